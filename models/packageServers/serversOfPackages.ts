import type { Guid } from '../../wire/guid.ts';
import type { PackageCatalogue } from '../packages/catalogue.ts';
import { assignmentReason } from './distribution.ts';
import type { PackageServerIndex } from './packageServerIndex.ts';
import type { KnownServer } from './placement.ts';

/** Package servers that are to hold any of the packages, by name. */
export function serversOfPackages(
  { packages, packageServers }: { packages: Pick<PackageCatalogue, 'get'>; packageServers: PackageServerIndex },
  guids: readonly Guid[],
): KnownServer[] {
  const distributions = guids
    .filter((guid) => packages.get(guid)?.isEnabled === true)
    .map((guid) => packageServers.distributionOf(guid));
  // Most packages go to all: the others need not be looked at then.
  const toAll = distributions.find(({ mode }) => mode === 'all');
  const asked = toAll === undefined ? distributions : [toAll];
  return [...packageServers.placement.servers.values()].filter((server) =>
    asked.some((distribution) => assignmentReason(distribution, server) !== undefined),
  );
}
