/** What would be lost if packages were deleted or switched off: said before it is done. */
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import type { PackageServerIndex } from '../packageServers/packageServerIndex.ts';
import type { PackageCatalogue } from './catalogue.ts';

const BATCH = 500;

export interface LosingPolicy {
  guid: Guid;
  name: string;
  isEnabled: boolean;
  packageGuid: Guid;
}

export interface DroppingServer {
  guid: Guid;
  name: string;
  packages: number;
  /** Of the versions that they hold now, as far as known. */
  bytes: number;
}

/** Policies that deliver one of the packages, by name. */
export async function policiesOfPackages({ db }: Session, guids: readonly Guid[]): Promise<LosingPolicy[]> {
  const found: LosingPolicy[] = [];
  for (let from = 0; from < guids.length; from += BATCH) {
    const rows = await db
      .selectFrom('Policy as y')
      .innerJoin('Item as i', 'i.Guid', 'y.Guid')
      .select(['y.Guid', 'i.Name', 'y.IsEnabled', 'y.PackageGuid'])
      .where('y.PackageGuid', 'in', guids.slice(from, from + BATCH))
      .execute();
    found.push(
      ...rows.map((row) => ({
        guid: row.Guid,
        name: row.Name,
        isEnabled: row.IsEnabled === 1,
        packageGuid: row.PackageGuid!,
      })),
    );
  }
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

/** Package servers that hold any of the packages, those with most to drop first. */
export function serversThatDrop(
  { packages, packageServers }: { packages: Pick<PackageCatalogue, 'get'>; packageServers: PackageServerIndex },
  guids: readonly Guid[],
): DroppingServer[] {
  const dropping = new Map<Guid, DroppingServer>();
  for (const guid of guids) {
    const entry = packages.get(guid);
    for (const [server, { version }] of packageServers.holdingsOf(guid).byServer) {
      const known = packageServers.get(server);
      if (known === undefined || version === undefined) continue;
      const bytes = entry?.snapshots.get(version)?.totalSize ?? entry?.totalSize ?? 0;
      const before = dropping.get(server) ?? { guid: server, name: known.name, packages: 0, bytes: 0 };
      dropping.set(server, { ...before, packages: before.packages + 1, bytes: before.bytes + Number(bytes) });
    }
  }
  return [...dropping.values()].sort((a, b) => b.bytes - a.bytes || a.name.localeCompare(b.name));
}

/**
 * Bytes of the store that no other package needs: what the next collection of garbage frees when these go.
 * `undefined` for more than 500 packages, where the question would cost more than it is worth.
 */
export async function bytesFreed({ db }: Session, guids: readonly Guid[]): Promise<number | undefined> {
  if (guids.length === 0) return 0;
  if (guids.length > BATCH) return undefined;
  // Grouped first: thousands of equal files are one content, which is then asked for once.
  const own = db
    .selectFrom('SnapshotFile as f')
    .select((row) => ['f.Hash', row.fn.max('f.Size').as('Size')])
    .where('f.PackageGuid', 'in', guids)
    .where('f.IsFolder', '=', 0)
    .groupBy('f.Hash');
  const row = await db
    .selectFrom(own.as('own'))
    .select((is) => is.fn.sum('own.Size').as('Bytes'))
    .where((is) =>
      is.not(
        is.exists(
          is
            .selectFrom('SnapshotFile as o')
            .select(sql<number>`1`.as('found'))
            .whereRef('o.Hash', '=', 'own.Hash')
            .where('o.PackageGuid', 'not in', guids),
        ),
      ),
    )
    .executeTakeFirstOrThrow();
  return Number(row.Bytes ?? 0);
}
