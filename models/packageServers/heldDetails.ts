/** What the tables know of some packages on one server, beside the states that are derived in memory. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';

export interface HeldDetails {
  /** When the server last said something else of it. */
  changedAt: string;
  /** When this server last looked at it there. */
  probedAt: string | null;
  probeProblem: string;
  /** Computers that fetched something of it on that day. */
  clientsToday: number;
}

/** `packages`: those of a page, at most 1,000. `dayAt`: begin of the day, ISO 8601. */
export async function readHeldDetails(
  { db }: Session,
  server: Guid,
  packages: readonly Guid[],
  dayAt: string,
): Promise<Map<Guid, HeldDetails>> {
  if (packages.length === 0) return new Map();
  const rows = await db
    .selectFrom('PackageHolding as h')
    .leftJoin('PackageClientDay as d', (join) =>
      join
        .onRef('d.ResourceGuid', '=', 'h.ResourceGuid')
        .onRef('d.PackageGuid', '=', 'h.PackageGuid')
        .on('d.DayAt', '=', dayAt),
    )
    .select(['h.PackageGuid', 'h.ChangedAt', 'h.ProbedAt', 'h.ProbeProblem', 'd.ClientCount'])
    .where('h.ResourceGuid', '=', server)
    .where('h.PackageGuid', 'in', packages)
    .execute();
  return new Map(
    rows.map(({ PackageGuid, ChangedAt, ProbedAt, ProbeProblem, ClientCount }) => [
      PackageGuid,
      { changedAt: ChangedAt, probedAt: ProbedAt, probeProblem: ProbeProblem, clientsToday: ClientCount ?? 0 },
    ]),
  );
}
