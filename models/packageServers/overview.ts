/** Packages on package servers as pages and the API show them: states derived on the spot. */
import type { Guid } from '../../wire/guid.ts';
import type { CatalogueEntry, PackageCatalogue } from '../packages/catalogue.ts';
import { assignmentReason } from './distribution.ts';
import { stateOf, type StateOfHolding } from './holdingState.ts';
import type { PackageServerIndex } from './packageServerIndex.ts';
import type { KnownServer } from './placement.ts';

export interface HeldRow {
  guid: Guid;
  name: string;
  state: StateOfHolding['state'] | 'unwanted';
  detail: string;
  /** What is there and what is to come, while it is downloading. */
  progress: { done: number; total: number } | undefined;
  heldVersion: number | null;
  currentVersion: number | null;
  size: number;
}

/** What a server is to hold, and what it holds though nobody wants it there any more. */
export function packagesOf(
  server: KnownServer,
  { packageServers, packages }: { packageServers: PackageServerIndex; packages: Pick<PackageCatalogue, 'all'> },
): HeldRow[] {
  const rows: HeldRow[] = [];
  for (const entry of packages.all()) {
    const row = heldRow(server, entry, packageServers);
    if (row !== undefined) rows.push(row);
  }
  return rows.sort((a, b) => a.name.localeCompare(b.name));
}

/** `undefined`: the server has nothing to do with the package. */
export function heldRow(
  server: KnownServer,
  entry: CatalogueEntry,
  packageServers: PackageServerIndex,
): HeldRow | undefined {
  const holding = packageServers.holdingsOf(entry.guid).byServer.get(server.guid);
  const isWanted =
    entry.isEnabled &&
    entry.version !== undefined &&
    assignmentReason(packageServers.distributionOf(entry.guid), server) !== undefined;
  if (!isWanted && holding === undefined) return undefined;
  const current =
    entry.version === undefined
      ? undefined
      : { version: entry.version, hash: entry.snapshots.get(entry.version)!.hash };
  const found = isWanted
    ? stateOf(current, holding, server.isSilent)
    : { state: 'unwanted' as const, detail: 'It is not assigned here any more; its files go after their time.' };
  const isUnderWay = found.state === 'downloading' && holding !== undefined;
  return {
    guid: entry.guid,
    name: entry.name,
    state: found.state,
    detail: found.detail,
    progress: isUnderWay ? { done: holding.doneBytes, total: holding.totalBytes } : undefined,
    heldVersion: holding?.version ?? null,
    currentVersion: entry.version ?? null,
    size: entry.totalSize,
  };
}

export interface HolderRow extends HeldRow {
  server: KnownServer;
  sites: { guid: Guid; name: string }[];
  /** Why the package goes there; empty when it does not any more. */
  assigned: string;
}

/** The package servers of a package. */
export function holdersOf(entry: CatalogueEntry, packageServers: PackageServerIndex): HolderRow[] {
  const { servers, sites } = packageServers.placement;
  const distribution = packageServers.distributionOf(entry.guid);
  return [...servers.values()].flatMap((server) => {
    const row = heldRow(server, entry, packageServers);
    if (row === undefined) return [];
    const placed = server.sites.map((guid) => ({ guid, name: sites.get(guid)?.name ?? guid }));
    return [{ ...row, server, sites: placed, assigned: assignmentReason(distribution, server) ?? '' }];
  });
}
