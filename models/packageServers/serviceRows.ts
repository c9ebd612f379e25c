/** The rows of a computer's package service, for what happens to the computer: it is merged into another, or purged. */
import type { Guid } from '../../wire/guid.ts';
import { recordChange } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
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

/** More packages than that are read anew quicker all together. */
const ONE_BY_ONE = 50;

/**
 * Packages and computers that were given to the service are kept in memory by packages and by sites, where the news of
 * the server alone would leave its name. Call it before the rows go, in their transaction.
 */
async function tellOfGiven(session: Session, clock: Clock, server: Guid): Promise<void> {
  const { db } = session;
  const given = await db
    .selectFrom('PackageServerTarget')
    .select('TargetGuid')
    .where('ResourceGuid', '=', server)
    .executeTakeFirst();
  if (given !== undefined) await recordChange(session, clock, 'site');
  const packages = await db
    .selectFrom('PackageDistributionServer')
    .select('PackageGuid')
    .where('ResourceGuid', '=', server)
    .execute();
  if (packages.length > ONE_BY_ONE) return recordChange(session, clock, 'package');
  for (const { PackageGuid } of packages) await recordChange(session, clock, 'package', PackageGuid);
}

/** Within the caller's transaction; news of the server itself is the caller's. */
export async function removeServiceRows(session: Session, clock: Clock, computer: Guid): Promise<void> {
  await tellOfGiven(session, clock, computer);
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
  clock: Clock,
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
    await tellOfGiven(session, clock, loser);
    await db
      .insertInto('PackageServer')
      .values({ ...theirs, ResourceGuid: winner })
      .execute();
    for (const table of SERVICE_TABLES) {
      await db.updateTable(table).set({ ResourceGuid: winner }).where('ResourceGuid', '=', loser).execute();
    }
  }
  await removeServiceRows(session, clock, loser);
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
