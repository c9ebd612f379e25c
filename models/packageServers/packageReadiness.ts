/** How far a package has come on the servers that it goes to, from memory: cheap enough for every row of a list. */
import type { Guid } from '../../wire/guid.ts';
import type { CatalogueEntry } from '../packages/catalogue.ts';
import { assignmentReason, type Distribution } from './distribution.ts';
import { isReady } from './holdingState.ts';
import type { PackageHoldings, PackageServerIndex } from './packageServerIndex.ts';
import type { KnownServer, Placement } from './placement.ts';

export interface PackageReadiness {
  /** Servers that have the current version whole, verified and reachable. */
  ready: number;
  /** Servers that are to hold it. */
  assigned: number;
  /** Servers that hold any version of it, wanted there or not. */
  holding: number;
}

type Index = Pick<PackageServerIndex, 'placement' | 'distributionOf' | 'holdingsOf'>;

interface Kept {
  placement: Placement;
  distribution: Distribution;
  holdings: PackageHoldings;
  readiness: PackageReadiness;
}

/** All that it rests on is replaced when it changes, never altered. */
const kept = new WeakMap<CatalogueEntry, Kept>();

export function packageReadiness(entry: CatalogueEntry, index: Index): PackageReadiness {
  const { placement } = index;
  const distribution = index.distributionOf(entry.guid);
  const holdings = index.holdingsOf(entry.guid);
  const known = kept.get(entry);
  if (known?.placement === placement && known.distribution === distribution && known.holdings === holdings) {
    return known.readiness;
  }
  const readiness = count(entry, placement.servers, distribution, holdings);
  kept.set(entry, { placement, distribution, holdings, readiness });
  return readiness;
}

function count(
  { isEnabled, version, snapshots }: CatalogueEntry,
  servers: ReadonlyMap<Guid, KnownServer>,
  distribution: Distribution,
  { byServer }: PackageHoldings,
): PackageReadiness {
  const current = version === undefined ? undefined : snapshots.get(version);
  const isDelivered = isEnabled && current !== undefined;
  let [ready, assigned, holding] = [0, 0, 0];
  for (const server of servers.values()) {
    const held = byServer.get(server.guid);
    if (held?.version !== undefined) holding++;
    if (!isDelivered || assignmentReason(distribution, server) === undefined) continue;
    assigned++;
    if (held !== undefined && !server.isSilent && isReady(current, held)) ready++;
  }
  return { ready, assigned, holding };
}
