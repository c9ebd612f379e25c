/** Which sites would have no place left to fetch one package from, if it went to other package servers. */
import { assignmentReason, type Distribution } from './distribution.ts';
import type { Placement } from './placement.ts';
import { losingSites, type OwnSchemes } from './withoutSource.ts';

/** The package servers as far as the package goes to them. Automatic: a site's first request brings it to the site's servers. */
function forDistribution(placement: Placement, distribution: Distribution): Placement {
  if (distribution.mode === 'all' || distribution.mode === 'automatic') return placement;
  const bySite = [...placement.bySite].map(
    ([site, servers]) =>
      [site, servers.filter((server) => assignmentReason(distribution, server) !== undefined)] as const,
  );
  return { ...placement, bySite: new Map(bySite) };
}

/** Names of the sites that have a source of the package with the one distribution and none with the other. */
export function sitesLosingPackage(
  placement: Placement,
  before: Distribution,
  after: Distribution,
  own: OwnSchemes,
): string[] {
  return losingSites(forDistribution(placement, before), forDistribution(placement, after), own);
}
