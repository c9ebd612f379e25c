/**
 * Retired computers: everything is kept, but they are not counted as managed and no policy is meant for them. They come
 * back by themselves when they are heard of.
 */
import type { Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { recordAudit, systemActor, type Actor } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import { top } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { addToTimeline } from '../computers/timeline.ts';
import { noteChanges } from './noteChanges.ts';

const BATCH = 500;
/** Names in one audit entry. */
const NAMED = 100;

interface Deps {
  cmdb: Cmdb;
  clock: Clock;
}

/** Retires those that are managed; answers how many. `reason`: a sentence for timeline and audit log. */
export async function retireComputers(
  deps: Deps,
  actor: Actor,
  computers: readonly Guid[],
  reason: string,
): Promise<number> {
  return inBatches(computers, (batch) =>
    deps.cmdb.transaction(async (session) => {
      const rows = await computersIn(session, batch, 'managed');
      await setRetired(session, deps.clock, rows, utc(deps.clock.now()));
      await tell(session, deps.clock, actor, { action: 'retire', kind: 'retired', reason, rows });
      return rows.length;
    }),
  );
}

/** Makes retired computers managed again; answers how many. */
export async function manageComputers(deps: Deps, actor: Actor, computers: readonly Guid[]): Promise<number> {
  return inBatches(computers, (batch) =>
    deps.cmdb.transaction(async (session) => {
      const rows = await computersIn(session, batch, 'retired');
      await setRetired(session, deps.clock, rows, null);
      const reason = `Managed again by ${actor.name}.`;
      await tell(session, deps.clock, actor, { action: 'manage again', kind: 'cameBack', reason, rows });
      return rows.length;
    }),
  );
}

/**
 * Retired computers that were heard of are managed again. Called with everybody who was: where nobody is retired it costs
 * one look-up, else one for each few hundred.
 */
export async function comeBack(deps: Deps, heard: readonly Guid[]): Promise<number> {
  if (!(await isAnyRetired(deps.cmdb))) return 0;
  return inBatches(heard, async (batch) => {
    if ((await computersIn(deps.cmdb, batch, 'retired')).length === 0) return 0;
    return deps.cmdb.transaction(async (session) => {
      const rows = await computersIn(session, batch, 'retired');
      await setRetired(session, deps.clock, rows, null);
      const reason = 'Came back by itself: it contacted the server.';
      await tell(session, deps.clock, systemActor, { action: 'come back', kind: 'cameBack', reason, rows });
      return rows.length;
    });
  });
}

async function isAnyRetired(session: Session): Promise<boolean> {
  const query = session.db.selectFrom('Resource').select('Guid').where('RetiredAt', 'is not', null);
  return (await top(session, query, 1).execute()).length > 0;
}

async function inBatches(computers: readonly Guid[], work: (batch: Guid[]) => Promise<number>): Promise<number> {
  let done = 0;
  for (let at = 0; at < computers.length; at += BATCH) done += await work(computers.slice(at, at + BATCH));
  return done;
}

interface Found {
  Guid: Guid;
  Name: string;
  RetiredAt: string | null;
}

async function computersIn({ db }: Session, batch: readonly Guid[], state: 'managed' | 'retired'): Promise<Found[]> {
  return db
    .selectFrom('Resource')
    .select(['Guid', 'Name', 'RetiredAt'])
    .where('Guid', 'in', batch)
    .where('ResourceTypeGuid', '=', RESOURCE_TYPE.computer)
    .where('DeletedAt', 'is', null)
    .where('RetiredAt', state === 'managed' ? 'is' : 'is not', null)
    .execute();
}

async function setRetired({ db }: Session, clock: Clock, rows: readonly Found[], at: string | null): Promise<void> {
  if (rows.length === 0) return;
  await db
    .updateTable('Resource')
    .set({ RetiredAt: at, IsManaged: at === null ? 1 : 0, ModifiedAt: utc(clock.now()) })
    .where(
      'Guid',
      'in',
      rows.map((row) => row.Guid),
    )
    .execute();
}

interface Told {
  action: string;
  kind: string;
  reason: string;
  rows: readonly Found[];
}

async function tell(session: Session, clock: Clock, actor: Actor, { action, kind, reason, rows }: Told): Promise<void> {
  if (rows.length === 0) return;
  const since = ({ RetiredAt }: Found): string =>
    RetiredAt === null ? '' : ` It was retired on ${RetiredAt.slice(0, 10)}.`;
  await addToTimeline(
    session,
    rows.map((row) => ({ computer: row.Guid, at: clock.now(), kind, detail: reason + since(row) })),
  );
  const [first] = rows;
  await recordAudit(session, clock, actor, {
    action,
    objectKind: 'computer',
    objectGuid: rows.length === 1 ? first!.Guid : null,
    objectName: rows.length === 1 ? first!.Name : `${rows.length} computers`,
    after: {
      reason,
      count: rows.length,
      computers: rows.slice(0, NAMED).map(({ Guid: guid, Name: name }) => ({ guid, name })),
    },
  });
  await noteChanges(
    session,
    clock,
    ['computer'],
    rows.map((row) => row.Guid),
  );
}
