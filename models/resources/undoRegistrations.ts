/** Registrations when a merge is taken back. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { untyped } from '../cmdb/untyped.ts';
import { putBack, type Row } from './keptRows.ts';
import type { MergeState } from './mergeRecord.ts';

/** A sentence when somebody decided about the winner's registrations after the merge: that decision is not overruled. */
export async function registrationsDecidedAnew(
  { db }: Session,
  winner: Guid,
  after: MergeState,
): Promise<string | undefined> {
  const now = await db
    .selectFrom('AgentRegistration')
    .select(['Guid', 'ResourceGuid', 'Name', 'State'])
    .where('ResourceGuid', '=', winner)
    .execute();
  for (const left of after.rows.AgentRegistration!) {
    const row = now.find((candidate) => candidate.Guid === left.Guid);
    if (row === undefined) return `A registration of ${String(left.Name)} was removed since.`;
    if (row.State !== left.State)
      return `A registration of ${row.Name} was decided anew since: it was ${String(left.State)} and is ${row.State}.`;
  }
  const newer = now.find((row) => !after.rows.AgentRegistration!.some((left) => left.Guid === row.Guid));
  return newer?.State === 'allowed' ? `Another key was allowed for ${newer.Name} since.` : undefined;
}

/** What a merge changes of a registration. Counts and times of requests since stay. */
const DECIDED = ['ResourceGuid', 'State', 'Reason', 'DecidedBy', 'DecidedAt', 'DuplicateOfGuid'] as const;

/** The loser's leave first: at most one key a computer is allowed, at every instant. */
export async function restoreRegistrations(
  session: Session,
  before: MergeState,
  { winner, loser }: { winner: Guid; loser: Guid },
): Promise<void> {
  const rows = before.rows.AgentRegistration!;
  for (const owner of [loser, winner]) {
    for (const row of rows.filter(({ ResourceGuid }) => ResourceGuid === owner)) await restoreOne(session, row);
  }
  for (const guid of before.rivals) {
    await session.db
      .updateTable('AgentRegistration')
      .set({ DuplicateOfGuid: loser })
      .where('Guid', '=', guid)
      .where('DuplicateOfGuid', '=', winner)
      .execute();
  }
}

async function restoreOne(session: Session, row: Row): Promise<void> {
  const decided = Object.fromEntries(DECIDED.map((column) => [column, row[column]]));
  const result = await untyped(session)
    .updateTable('AgentRegistration')
    .set(decided)
    .where('Guid', '=', row.Guid)
    .executeTakeFirst();
  // It was dropped because the winner had the same key.
  if (Number(result.numUpdatedRows) === 0) await putBack(session, 'AgentRegistration', [row]);
}
