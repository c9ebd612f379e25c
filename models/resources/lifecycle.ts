/**
 * Which computers are retired, deleted and deleted for good by themselves, and when. Each step has a number of days of its
 * own, and is off until somebody switches it on; only the recycle bin empties itself after a month.
 */
import type { SelectQueryBuilder } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import type { Schema, Utc } from '../cmdb/schema.ts';
import { page } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput, type FieldError } from '../fieldErrors.ts';
import { readSetting, writeSetting } from '../settings/settingStore.ts';

export interface LifecycleRules {
  /** Days of silence after which a computer is retired; undefined: never. */
  retireAfterDays: number | undefined;
  /** Days after its retirement on which it is deleted; undefined: never. */
  deleteAfterDays: number | undefined;
  /** Days in the recycle bin. */
  keepDeletedDays: number;
}

export const DEFAULT_RULES: LifecycleRules = {
  retireAfterDays: undefined,
  deleteAfterDays: undefined,
  keepDeletedDays: 30,
};

const SETTING = 'computers.lifecycle';
const DAY_MS = 86_400_000;
const MOST_DAYS = 3650;

export async function readLifecycle(session: Session): Promise<LifecycleRules> {
  const text = await readSetting(session, SETTING);
  return text === undefined ? DEFAULT_RULES : { ...DEFAULT_RULES, ...(JSON.parse(text) as Partial<LifecycleRules>) };
}

function check(rules: LifecycleRules): void {
  const errors: FieldError[] = [];
  const days = (field: keyof LifecycleRules, least: number): void => {
    const value = rules[field];
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= MOST_DAYS))
      errors.push({ field, message: `Give a whole number of days from ${least} to ${MOST_DAYS}.` });
  };
  // A computer that is switched off for a long weekend is not silent.
  days('retireAfterDays', 7);
  days('deleteAfterDays', 1);
  days('keepDeletedDays', 1);
  if (errors.length > 0) throw new InvalidInput(errors);
}

/** @throws InvalidInput */
export async function saveLifecycle(cmdb: Cmdb, clock: Clock, actor: Actor, rules: LifecycleRules): Promise<void> {
  check(rules);
  await cmdb.transaction(async (session) => {
    const before = await readLifecycle(session);
    await writeSetting(session, clock, SETTING, JSON.stringify(rules), actor.name.slice(0, 255));
    await recordAudit(session, clock, actor, {
      action: 'update',
      objectKind: 'setting',
      objectName: 'Retire and delete computers',
      before,
      after: rules,
    });
    await recordChange(session, clock, 'setting');
  });
}

export type LifecycleStep = 'retire' | 'delete' | 'purge';

export interface DueComputer {
  guid: Guid;
  name: string;
  domain: string;
  /** What its days are counted from: last contact or creation, retirement, deletion. */
  since: Utc;
}

export interface DueQuery {
  step: LifecycleStep;
  /** The instant at which the rules are carried out. */
  at: number;
  offset: number;
  limit: number;
}

/** Computers that a step takes at an instant if nothing happens until then, the longest silent first. */
export async function listDue(
  session: Session,
  rules: LifecycleRules,
  { step, at, offset, limit }: DueQuery,
): Promise<{ rows: DueComputer[]; total: number }> {
  const days = { retire: rules.retireAfterDays, delete: rules.deleteAfterDays, purge: rules.keepDeletedDays }[step];
  if (days === undefined) return { rows: [], total: 0 };
  const found = dueQuery(session, step, utc(at - days * DAY_MS));
  const { total } = await session.db
    .selectFrom(found.as('d'))
    .select((row) => row.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const sorted = session.db
    .selectFrom(found.as('d'))
    .select(['d.guid', 'd.name', 'd.domain', 'd.sinceAt as since'])
    .orderBy('d.sinceAt')
    .orderBy('d.guid');
  return { rows: await page(session, sorted, offset, limit).execute(), total: Number(total) };
}

interface DueRow {
  guid: Guid;
  name: string;
  domain: string;
  sinceAt: Utc;
}

/** The three have one row type and different tables below, which Kysely cannot see as one query. */
function dueQuery(session: Session, step: LifecycleStep, before: Utc): SelectQueryBuilder<Schema, never, DueRow> {
  const query = { retire: silentBefore, delete: retiredBefore, purge: deletedBefore }[step](session, before);
  return query as unknown as SelectQueryBuilder<Schema, never, DueRow>;
}

const deletedBefore = ({ db }: Session, before: Utc) =>
  db
    .selectFrom('RecycledResource as b')
    .select(['b.ResourceGuid as guid', 'b.Name as name', 'b.Domain as domain', 'b.DeletedAt as sinceAt'])
    .where('b.DeletedAt', '<', before);

const liveComputers = ({ db }: Session) =>
  db
    .selectFrom('Resource as r')
    .leftJoin('Computer as c', 'c.ResourceGuid', 'r.Guid')
    .leftJoin('ComputerContact as k', 'k.ResourceGuid', 'r.Guid')
    .select(['r.Guid as guid', 'r.Name as name'])
    .select((row) => row.fn.coalesce('c.Domain', row.val('')).as('domain'))
    .where('r.ResourceTypeGuid', '=', RESOURCE_TYPE.computer)
    .where('r.DeletedAt', 'is', null);

const retiredBefore = (session: Session, before: Utc) =>
  liveComputers(session).select('r.RetiredAt as sinceAt').where('r.RetiredAt', '<', before);

/** One that was never heard of counts from the day on which it was made. */
const silentBefore = (session: Session, before: Utc) =>
  liveComputers(session)
    .select((row) => row.fn.coalesce('k.LastContactAt', 'r.CreatedAt').as('sinceAt'))
    .where('r.RetiredAt', 'is', null)
    .where('r.IsManaged', '=', 1)
    .where((row) =>
      row.or([
        row('k.LastContactAt', '<', before),
        row.and([row('k.LastContactAt', 'is', null), row('r.CreatedAt', '<', before)]),
      ]),
    );

export interface LifecycleForecast {
  retire: number;
  delete: number;
  purge: number;
  /** Why nobody will be retired although some are due: a sentence. */
  heldBack: string | undefined;
}

/** What would be done at an instant. */
export async function forecast(session: Session, rules: LifecycleRules, at: number): Promise<LifecycleForecast> {
  const count = async (step: LifecycleStep): Promise<number> =>
    (await listDue(session, rules, { step, at, offset: 0, limit: 1 })).total;
  const due = { retire: await count('retire'), delete: await count('delete'), purge: await count('purge') };
  return { ...due, heldBack: await whyHeldBack(session, due.retire) };
}

/** Below this a share means nothing. */
const FEW = 20;

/** When most of the fleet is silent at once it is the server, or the way to it, that was away. */
async function whyHeldBack({ db }: Session, due: number): Promise<string | undefined> {
  const { total } = await db
    .selectFrom('Resource')
    .select((row) => row.fn.countAll<number>().as('total'))
    .where('ResourceTypeGuid', '=', RESOURCE_TYPE.computer)
    .where('IsManaged', '=', 1)
    .where('DeletedAt', 'is', null)
    .executeTakeFirstOrThrow();
  const managed = Number(total);
  if (due < FEW || due * 2 <= managed) return undefined;
  return `${due.toLocaleString('en-US')} of ${managed.toLocaleString('en-US')} managed computers are silent. That is more than half: it looks like the server was not reachable, so none of them is retired.`;
}
