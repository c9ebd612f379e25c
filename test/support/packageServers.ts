/** Package servers with a history, for tests and pages: computers that are there, packages that are published. */
import type { AppContext } from '../../app/context.ts';
import { addPackageServer } from '../../models/packageServers/changePackageServers.ts';
import { takeReport } from '../../models/packageServers/takeReport.ts';
import { top } from '../../models/cmdb/sql.ts';
import type { Guid } from '../../wire/guid.ts';
import { holdingsDigest, type HeldPackage, type PackageServerReport } from '../../wire/packageServer.ts';

const JANE = { name: 'jane', address: '' };
const GB = 1024 ** 3;

/** A report of a server at an address that holds these packages. */
export function reportOf(
  address: string,
  packages: HeldPackage[],
  more: Partial<PackageServerReport> = {},
): PackageServerReport {
  return {
    version: '0.1.0',
    addresses: [address],
    httpsUrl: `https://${address}:8443`,
    httpUrl: '',
    uncPath: '',
    pin: 'ab'.repeat(32),
    freeBytes: 120 * GB,
    totalBytes: 500 * GB,
    storedBytes: 40 * GB,
    clientCount: 63,
    policyHash: '',
    digest: holdingsDigest(packages),
    packages,
    base: '',
    gone: [],
    clientDays: [],
    ...more,
  };
}

/** A package as a server holds it; ready unless said otherwise. */
export function held(guid: Guid, version: number, hash: string, more: Partial<HeldPackage> = {}): HeldPackage {
  return { guid, version, hash, versions: [version], state: 'ready', detail: '', doneBytes: 0, totalBytes: 0, ...more };
}

/** The first computers become package servers, each with packages in every state; one has never been heard of. */
export async function addPackageServers({ cmdb, clock, packages, packageServers }: AppContext): Promise<void> {
  const computers = cmdb.db.selectFrom('Computer').select(['ResourceGuid', 'IpAddress']).orderBy('Name');
  const published = [...packages.all()].filter(({ version }) => version !== undefined);
  for (const [index, { ResourceGuid, IpAddress }] of (await top(cmdb, computers, 4).execute()).entries()) {
    await addPackageServer(cmdb, clock, JANE, ResourceGuid, { isDraining: index === 2, isProbed: false });
    if (index === 3) continue;
    const holds = published.map(({ guid, version, snapshots, totalSize }, place): HeldPackage => {
      const ready = held(guid, version!, snapshots.get(version!)!.hash);
      if (place % 9 === 1)
        return {
          ...ready,
          version: undefined,
          state: 'downloading',
          doneBytes: Math.floor(totalSize / 3),
          totalBytes: totalSize,
        };
      if (place % 9 === 2) return { ...ready, version: version! - 1 };
      if (place % 9 === 3)
        return {
          ...ready,
          version: undefined,
          state: 'failed',
          detail: 'the disk has 900 MB free: 1200 MB are to come, 1024 MB are to stay free',
        };
      return ready;
    });
    await takeReport(cmdb, clock, ResourceGuid, reportOf(IpAddress, holds));
  }
  await packageServers.refresh(cmdb);
}
