/** The rows of a computer's package service, for what happens to the computer: it is merged into another, or purged. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { removeAssignments } from '../sites/assignmentLists.ts';

/** Every table whose rows hang on one of PackageServer; a test compares the list with the schema's foreign keys. */
export const SERVICE_TABLES = [
  'PackageClientDay',
  'PackageDistributionServer',
  'PackageHolding',
  'PackageRefetch',
  'PackageServerReport',
  'PackageServerSite',
  'PackageServerTarget',
] as const;

/** Within the caller's transaction. */
export async function removeServiceRows(session: Session, computer: Guid): Promise<void> {
  await removeAssignments(session, { kind: 'packageServer', guid: computer });
  for (const table of SERVICE_TABLES) {
    await session.db.deleteFrom(table).where('ResourceGuid', '=', computer).execute();
  }
  await session.db.deleteFrom('PackageServer').where('ResourceGuid', '=', computer).execute();
}

/**
 * Two computers become one: the service goes on under the winner's GUID, for that is the one the machine has now. Where
 * both have it, the winner's stays, and the loser's goes. Within the caller's transaction.
 */
export async function moveServiceRows(
  session: Session,
  { winner, loser }: { winner: Guid; loser: Guid },
): Promise<'moved' | 'dropped' | 'none'> {
  const { db } = session;
  const services = await db
    .selectFrom('PackageServer')
    .selectAll()
    .where('ResourceGuid', 'in', [winner, loser])
    .execute();
  const theirs = services.find(({ ResourceGuid }) => ResourceGuid === loser);
  if (theirs === undefined) return 'none';
  if (services.length === 1) {
    await db
      .insertInto('PackageServer')
      .values({ ...theirs, ResourceGuid: winner })
      .execute();
    for (const table of SERVICE_TABLES) {
      await db.updateTable(table).set({ ResourceGuid: winner }).where('ResourceGuid', '=', loser).execute();
    }
  }
  await removeServiceRows(session, loser);
  return services.length === 1 ? 'moved' : 'dropped';
}

/** Which of the computers (at most 1,000) have the package service. */
export async function servicesAmong({ db }: Session, computers: readonly Guid[]): Promise<Guid[]> {
  if (computers.length === 0) return [];
  const rows = await db
    .selectFrom('PackageServer')
    .select('ResourceGuid')
    .where('ResourceGuid', 'in', computers)
    .execute();
  return rows.map(({ ResourceGuid }) => ResourceGuid);
}
