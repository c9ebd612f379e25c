/** Package servers and packages as pages and the API show them: settings and reports, and states derived on the spot. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import type { CatalogueEntry, PackageCatalogue } from '../packages/catalogue.ts';
import { assignmentReason } from './distribution.ts';
import { stateOf, type StateOfHolding } from './holdingState.ts';
import type { PackageServerIndex } from './packageServerIndex.ts';
import type { KnownServer } from './placement.ts';

export type ServerState = 'active' | 'draining' | 'unreachable' | 'silent' | 'never' | 'disabled';

export interface ServerRow {
  guid: Guid;
  name: string;
  state: ServerState;
  detail: string;
  sites: { guid: Guid; name: string }[];
  /** Whether the sites follow from its address. */
  isPlacedByAddress: boolean;
  addresses: string[];
  freeBytes: number | null;
  totalBytes: number | null;
  storedBytes: number | null;
  clientCount: number | null;
  version: string;
  reportedAt: string | null;
  probedAt: string | null;
}

interface Known {
  packageServers: PackageServerIndex;
}

export function serverState({ record, isSilent }: KnownServer): { state: ServerState; detail: string } {
  const { settings, reportedAt, probeProblem } = record;
  if (settings.IsEnabled === 0) return { state: 'disabled', detail: 'Its package service is switched off.' };
  if (reportedAt === undefined)
    return { state: 'never', detail: 'It has not reported yet: start ns package-server there.' };
  if (isSilent) return { state: 'silent', detail: 'It has not reported for more than five minutes.' };
  if (settings.IsProbed === 1 && probeProblem !== '') return { state: 'unreachable', detail: probeProblem };
  if (settings.IsDraining === 1) return { state: 'draining', detail: 'Agents are sent elsewhere.' };
  return { state: 'active', detail: '' };
}

/** Every package server, by name; `search` finds in names and sites. */
export async function listServers(
  session: Session,
  { packageServers }: Known,
  { search = '', state }: { search?: string; state?: string } = {},
): Promise<ServerRow[]> {
  const reports = await session.db.selectFrom('PackageServerReport').selectAll().execute();
  const byServer = new Map(reports.map((report) => [report.ResourceGuid, report]));
  const { servers, sites } = packageServers.placement;
  const text = search.trim().toLowerCase();
  return [...servers.values()]
    .map((server): ServerRow => {
      const report = byServer.get(server.guid);
      return {
        guid: server.guid,
        name: server.name,
        ...serverState(server),
        sites: server.sites.map((guid) => ({ guid, name: sites.get(guid)?.name ?? guid })),
        isPlacedByAddress: server.record.givenSites.length === 0,
        addresses: server.bases.map(({ url }) => url),
        freeBytes: report === undefined ? null : Number(report.FreeBytes),
        totalBytes: report === undefined ? null : Number(report.TotalBytes),
        storedBytes: report === undefined ? null : Number(report.StoredBytes),
        clientCount: report?.ClientCount ?? null,
        version: report?.Version ?? '',
        reportedAt: latest(report?.ReportedAt, packageServers.reportedAt(server.guid)),
        probedAt: report?.ProbedAt ?? null,
      };
    })
    .filter((row) => state === undefined || row.state === state)
    .filter(({ name, sites: placed, guid }) =>
      [name, guid, ...placed.map((site) => site.name)].some((part) => part.toLowerCase().includes(text)),
    );
}

// This node may have heard more lately than is written.
function latest(written: string | undefined, heard: number | undefined): string | null {
  const times = [written, heard === undefined ? undefined : new Date(heard).toISOString()].filter(
    (at) => at !== undefined,
  );
  return times.sort().at(-1) ?? null;
}

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
  { packageServers, packages }: Known & { packages: Pick<PackageCatalogue, 'all'> },
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

/** How many of the packages that a server is to hold it has ready. */
export function readiness(rows: readonly HeldRow[]): { ready: number; assigned: number } {
  const assigned = rows.filter(({ state }) => state !== 'unwanted');
  return { ready: assigned.filter(({ state }) => state === 'ready').length, assigned: assigned.length };
}
