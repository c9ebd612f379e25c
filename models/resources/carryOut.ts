/** Carries out the rules for silent, retired and deleted computers, once a day on one node. */
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { AgentDirectory } from '../agents/directory.ts';
import { recordAudit, systemActor, type Actor } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import { insertIfMissing } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { deleteComputers } from './deleteComputers.ts';
import { trimIdentityChanges } from './identityChanges.ts';
import { forecast, listDue, readLifecycle, type LifecycleRules, type LifecycleStep } from './lifecycle.ts';
import { dueForPurge, purgeComputers } from './purge.ts';
import { retireComputers } from './retire.ts';

interface Deps {
  cmdb: Cmdb;
  clock: Clock;
  agents: AgentDirectory;
}

/** The hour (UTC) from which on the day's run may begin. */
export const RUN_HOUR = 2;
const DAY_MS = 86_400_000;
const LAST_RUN = 'computers.lifecycle.lastRun';

/** When the rules are carried out next. */
export function nextRun(now: number): number {
  const today = Math.floor(now / DAY_MS) * DAY_MS + RUN_HOUR * 3600_000;
  return now < today ? today : today + DAY_MS;
}

export interface CarriedOut {
  retired: number;
  deleted: number;
  purged: number;
}

/** The day's run, if it is due and no other node has begun it; else `undefined`. */
export async function carryOutDaily(deps: Deps, signal: AbortSignal): Promise<CarriedOut | undefined> {
  const now = deps.clock.now();
  if (new Date(now).getUTCHours() < RUN_HOUR) return undefined;
  return (await claimDay(deps.cmdb, utc(now).slice(0, 10), utc(now))) ? carryOut(deps, systemActor, signal) : undefined;
}

/** True for the one node that begins the day's run. */
async function claimDay(cmdb: Cmdb, day: string, at: string): Promise<boolean> {
  return cmdb.transaction(async (session) => {
    const row = { Name: LAST_RUN, Value: day, ModifiedAt: at, ModifiedBy: 'system' };
    if (await insertIfMissing(session, 'Setting', ['Name'], row)) return true;
    const claimed = await session.db
      .updateTable('Setting')
      .set({ Value: day, ModifiedAt: at })
      .where('Name', '=', LAST_RUN)
      .where('Value', '<', day)
      .executeTakeFirst();
    return Number(claimed.numUpdatedRows) > 0;
  });
}

/** Everything that is due now. Broken off by the signal, it goes on the next day. */
export async function carryOut(deps: Deps, actor: Actor, signal: AbortSignal): Promise<CarriedOut> {
  const { cmdb, clock } = deps;
  const rules = await readLifecycle(cmdb);
  const { heldBack } = await forecast(cmdb, rules, clock.now());
  const retired =
    heldBack !== undefined
      ? 0
      : await eachDue(deps, rules, 'retire', signal, (guids) =>
          retireComputers(deps, actor, guids, `Retired: silent for ${rules.retireAfterDays} days.`),
        );
  const deleted = await eachDue(deps, rules, 'delete', signal, (guids) =>
    deleteComputers(deps, actor, guids, `Retired for ${rules.deleteAfterDays} days.`),
  );
  const purged = await purgeDue(deps, actor, rules, signal);
  await trimIdentityChanges(cmdb, clock);
  await removeStrays(cmdb);
  const done = { retired, deleted, purged };
  await note(deps, actor, rules, { ...done, ...(heldBack === undefined ? {} : { heldBack }) });
  return done;
}

/** Computers taken up at a time. */
const BATCH = 500;

async function eachDue(
  { cmdb, clock }: Deps,
  rules: LifecycleRules,
  step: LifecycleStep,
  signal: AbortSignal,
  work: (guids: Guid[]) => Promise<number>,
): Promise<number> {
  let done = 0;
  while (!signal.aborted) {
    const { rows } = await listDue(cmdb, rules, { step, at: clock.now(), offset: 0, limit: BATCH });
    const some = rows.length === 0 ? 0 : await work(rows.map(({ guid }) => guid));
    done += some;
    // None of them could be taken: they would be found again and again.
    if (some === 0) break;
  }
  return done;
}

async function purgeDue(deps: Deps, actor: Actor, rules: LifecycleRules, signal: AbortSignal): Promise<number> {
  let purged = 0;
  const before = deps.clock.now() - rules.keepDeletedDays * DAY_MS;
  while (!signal.aborted) {
    const guids = await dueForPurge(deps.cmdb, before, BATCH);
    const some = guids.length === 0 ? 0 : await purgeComputers(deps, actor, guids, signal);
    purged += some;
    if (some === 0) break;
  }
  return purged;
}

/** An event that was being applied while its computer was deleted may have left a row that lists go by (SQL Server only). */
async function removeStrays({ db }: Session): Promise<void> {
  for (const table of ['Computer', 'ComputerContact']) {
    await sql`DELETE FROM ${sql.table(table)} WHERE ResourceGuid IN (SELECT ResourceGuid FROM RecycledResource)`.execute(
      db,
    );
  }
}

async function note({ cmdb, clock }: Deps, actor: Actor, rules: LifecycleRules, done: object): Promise<void> {
  if (Object.values(done).every((value) => value === 0)) return;
  await recordAudit(cmdb, clock, actor, {
    action: 'carry out',
    objectKind: 'setting',
    objectName: 'Retire and delete computers',
    before: rules,
    after: done,
  });
}
