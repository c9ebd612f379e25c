/** Runs of the purge, as rows that every node sees: asked for, under way with their progress, over. */
import type { Actor } from '../audit/audit.ts';
import { recordAudit } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import { insertReturningId, page, top } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';

/**
 * interrupted: its server stopped or was killed; the next run goes on. overran: its time was over before everything was
 * deleted. failed: see the log of the server.
 */
export type RunState = 'requested' | 'running' | 'done' | 'interrupted' | 'overran' | 'failed';

export interface RemovedRows {
  label: string;
  removed: number;
}

export interface PurgeRun {
  id: number;
  state: RunState;
  requestedBy: string;
  /** ISO 8601, UTC. */
  requestedAt: string;
  startedAt: string | null;
  seenAt: string | null;
  endedAt: string | null;
  node: string;
  /** What it is at. */
  step: string;
  planned: number;
  removed: number;
  detail: RemovedRows[];
}

/** A run that was not seen for so long is one of a server that was killed. */
export const LOST_AFTER_MS = 2 * 60_000;

/** Asks for a run; the first node that looks does it. False when one is asked for or under way already. */
export async function requestRun(cmdb: Cmdb, clock: Clock, actor: Actor): Promise<boolean> {
  return cmdb.transaction(async (session) => {
    const [last] = await lastRuns(session, 1);
    if (last !== undefined && (last.state === 'requested' || isUnderWay(last, clock.now()))) return false;
    await insertRun(session, clock, 'requested', actor.name, '');
    await recordAudit(session, clock, actor, { action: 'start', objectKind: 'retention', objectName: 'Purge' });
    return true;
  });
}

export const isUnderWay = ({ state, seenAt }: PurgeRun, now: number): boolean =>
  state === 'running' && seenAt !== null && Date.parse(seenAt) > now - LOST_AFTER_MS;

function insertRun(session: Session, clock: Clock, state: RunState, by: string, node: string): Promise<number> {
  const now = utc(clock.now());
  const isRunning = state === 'running';
  return insertReturningId(session, 'PurgeRun', {
    State: state,
    RequestedBy: by.slice(0, 255),
    RequestedAt: now,
    StartedAt: isRunning ? now : null,
    SeenAt: isRunning ? now : null,
    EndedAt: null,
    Node: node.slice(0, 100),
    Step: '',
    Planned: 0,
    Removed: 0,
    Detail: '[]',
  });
}

/** Begins the run that was asked for, or one of its own; runs that nobody does any more become interrupted. Hold the lease. */
export async function beginRun(cmdb: Cmdb, clock: Clock, node: string, by: string): Promise<number> {
  return cmdb.transaction(async (session) => {
    const now = utc(clock.now());
    await session.db
      .updateTable('PurgeRun')
      .set({ State: 'interrupted', EndedAt: now })
      .where('State', '=', 'running')
      .execute();
    const [asked] = await lastRuns(session, 1);
    if (asked?.state !== 'requested') return insertRun(session, clock, 'running', by, node);
    await session.db
      .updateTable('PurgeRun')
      .set({ State: 'running', StartedAt: now, SeenAt: now, Node: node.slice(0, 100) })
      .where('Id', '=', asked.id)
      .execute();
    return asked.id;
  });
}

/** Progress; a power cut may take it. */
export async function noteProgress(
  cmdb: Cmdb,
  clock: Clock,
  id: number,
  progress: { step: string; planned: number; removed: number },
): Promise<void> {
  await cmdb.transaction(
    async ({ db }) => {
      await db
        .updateTable('PurgeRun')
        .set({
          SeenAt: utc(clock.now()),
          Step: progress.step.slice(0, 200),
          Planned: progress.planned,
          Removed: progress.removed,
        })
        .where('Id', '=', id)
        .execute();
    },
    { mayBeLost: true },
  );
}

export async function endRun(
  { db }: Session,
  clock: Clock,
  id: number,
  state: RunState,
  { removed, detail }: { removed: number; detail: readonly RemovedRows[] },
): Promise<void> {
  await db
    .updateTable('PurgeRun')
    .set({ State: state, EndedAt: utc(clock.now()), Step: '', Removed: removed, Detail: JSON.stringify(detail) })
    .where('Id', '=', id)
    .execute();
}

/** The newest first. */
export async function lastRuns(session: Session, count: number): Promise<PurgeRun[]> {
  const query = session.db.selectFrom('PurgeRun').selectAll().orderBy('Id', 'desc');
  return (await top(session, query, count).execute()).map(toRun);
}

export async function listRuns(
  session: Session,
  offset: number,
  limit: number,
): Promise<{ rows: PurgeRun[]; total: number }> {
  const { db } = session;
  const rows = await page(
    session,
    db.selectFrom('PurgeRun').selectAll().orderBy('Id', 'desc'),
    offset,
    limit,
  ).execute();
  const { Total } = await db
    .selectFrom('PurgeRun')
    .select((is) => is.fn.countAll().as('Total'))
    .executeTakeFirstOrThrow();
  return { rows: rows.map(toRun), total: Number(Total) };
}

interface Row {
  Id: number;
  State: string;
  RequestedBy: string;
  RequestedAt: string;
  StartedAt: string | null;
  SeenAt: string | null;
  EndedAt: string | null;
  Node: string;
  Step: string;
  Planned: number;
  Removed: number;
  Detail: string;
}

const toRun = (row: Row): PurgeRun => ({
  id: row.Id,
  state: row.State as RunState,
  requestedBy: row.RequestedBy,
  requestedAt: row.RequestedAt,
  startedAt: row.StartedAt,
  seenAt: row.SeenAt,
  endedAt: row.EndedAt,
  node: row.Node,
  step: row.Step,
  planned: row.Planned,
  removed: row.Removed,
  detail: JSON.parse(row.Detail) as RemovedRows[],
});
