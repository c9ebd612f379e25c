/** The list of package servers: settings, reports and what the computer is, with states derived on the spot. */
import type { Guid } from '../../wire/guid.ts';
import type { Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import type { PackageCatalogue } from '../packages/catalogue.ts';
import type { PackageServerIndex } from './packageServerIndex.ts';
import type { KnownServer } from './placement.ts';
import { currentStep, rollOut, type RollOutFacts, type RollOutStep } from './rollOut.ts';
import { readinessOf, stateCounts, type StateCounts } from './stateCounts.ts';

export type ServerState = 'active' | 'draining' | 'unreachable' | 'silent' | 'never' | 'disabled';

export interface ServerRow {
  guid: Guid;
  name: string;
  fqdn: string;
  osName: string;
  state: ServerState;
  detail: string;
  sites: { guid: Guid; name: string }[];
  /** Those of them that are Internet sites. */
  internetSites: { guid: Guid; name: string }[];
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
  lastContactAt: string | null;
  /** Packages by state, as if the server were not silent. */
  counts: StateCounts;
  ready: number;
  assigned: number;
  /** Each step of its roll-out; without the times of packages, which only the server's own page reads. */
  rollOut: RollOutStep[];
}

interface Known {
  packageServers: PackageServerIndex;
  packages: Pick<PackageCatalogue, 'all'>;
  clock: Clock;
  settings: { policyIntervalSeconds: number };
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

export interface ServerQuery {
  /** Finds in names, host names and sites; a whole GUID finds that server. */
  search?: string;
  state?: string;
  siteGuid?: Guid;
  /** Only those that wait at this step of their roll-out. */
  waitingAt?: string;
  /** Only those with packages in trouble, or with little disk left. */
  trouble?: string;
}

/** Every package server, by name. */
export async function listServers(session: Session, known: Known, query: ServerQuery = {}): Promise<ServerRow[]> {
  const { search = '', state, siteGuid, waitingAt, trouble } = query;
  const rows = await readServerRows(session, known);
  const text = search.trim().toLowerCase();
  return rows
    .filter((row) => state === undefined || row.state === state)
    .filter((row) => siteGuid === undefined || row.sites.some(({ guid }) => guid === siteGuid))
    .filter((row) => waitingAt === undefined || (currentStep(row.rollOut)?.name ?? 'done') === waitingAt)
    .filter((row) => trouble === undefined || hasTrouble(row, trouble))
    .filter(({ name, fqdn, sites, guid }) =>
      [name, fqdn, guid, ...sites.map((site) => site.name)].some((part) => part.toLowerCase().includes(text)),
    );
}

/** Less is soon used up by one large package. */
const LITTLE_DISK = 0.1;

function hasTrouble({ counts, freeBytes, totalBytes }: ServerRow, trouble: string): boolean {
  if (trouble === 'packages') return counts.invalid > 0;
  return freeBytes !== null && totalBytes !== null && totalBytes > 0 && freeBytes / totalBytes < LITTLE_DISK;
}

/** One of them with its roll-out in full. `policyHash`: of the policy in force. */
export async function readServer(
  session: Session,
  known: Known,
  guid: Guid,
  policyHash: string,
): Promise<ServerRow | undefined> {
  const changed = await session.db
    .selectFrom('PackageHolding')
    .select((row) => row.fn.max('ChangedAt').as('at'))
    .where('ResourceGuid', '=', guid)
    .executeTakeFirst();
  const more = { wantedPolicyHash: policyHash, heldChangedAt: changed?.at ?? null };
  return (await readServerRows(session, known, guid, more))[0];
}

type More = Pick<RollOutFacts, 'wantedPolicyHash' | 'heldChangedAt'>;

async function readServerRows(
  session: Session,
  { packageServers, packages, clock, settings }: Known,
  guid?: Guid,
  more: More = { wantedPolicyHash: undefined, heldChangedAt: null },
): Promise<ServerRow[]> {
  const byServer = new Map((await readFacts(session, guid)).map((facts) => [facts.ResourceGuid, facts]));
  const internet = await internetSites(session);
  const { servers, sites } = packageServers.placement;
  const counts = stateCounts(packageServers, packages).all();
  return [...servers.values()].flatMap((server): ServerRow[] => {
    const facts = byServer.get(server.guid);
    const counted = counts.get(server.guid);
    // It came or went between two readings: the next one has it right.
    if (facts === undefined || counted === undefined) return [];
    const placed = server.sites.map((site) => ({ guid: site, name: sites.get(site)?.name ?? site }));
    const reportedAt = latest(facts.ReportedAt, packageServers.reportedAt(server.guid));
    const rollOutFacts = { ...rollOutFactsOf(server, facts, settings), reportedAt, counts: counted, ...more };
    return [
      {
        guid: server.guid,
        name: server.name,
        fqdn: facts.Fqdn ?? '',
        osName: facts.OsName ?? '',
        ...serverState(server),
        sites: placed,
        internetSites: placed.filter((site) => internet.has(site.guid)),
        isPlacedByAddress: server.record.givenSites.length === 0,
        addresses: server.bases.map(({ url }) => url),
        freeBytes: numberOf(facts.FreeBytes),
        totalBytes: numberOf(facts.TotalBytes),
        storedBytes: numberOf(facts.StoredBytes),
        clientCount: facts.ClientCount,
        version: facts.Version ?? '',
        reportedAt,
        probedAt: facts.ProbedAt,
        lastContactAt: facts.LastContactAt,
        counts: counted,
        ...readinessOf(counted, server.isSilent),
        rollOut: rollOut(rollOutFacts, clock.now()),
      },
    ];
  });
}

const numberOf = (value: number | null): number | null => (value === null ? null : Number(value));

type Facts = Awaited<ReturnType<typeof readFacts>>[number];

async function readFacts({ db }: Session, guid: Guid | undefined) {
  let rows = db
    .selectFrom('PackageServer as w')
    .leftJoin('PackageServerReport as t', 't.ResourceGuid', 'w.ResourceGuid')
    .leftJoin('Computer as c', 'c.ResourceGuid', 'w.ResourceGuid')
    .leftJoin('ComputerContact as k', 'k.ResourceGuid', 'w.ResourceGuid')
    .select([
      'w.ResourceGuid',
      'w.CreatedAt',
      't.ReportedAt',
      't.FirstReportedAt',
      't.Version',
      't.FreeBytes',
      't.TotalBytes',
      't.StoredBytes',
      't.ClientCount',
      't.ProbedAt',
      't.PolicyHash',
      't.PolicyAt',
      'c.Fqdn',
      'c.OsName',
      'k.LastContactAt',
      'k.LastPolicyAt',
    ]);
  if (guid !== undefined) rows = rows.where('w.ResourceGuid', '=', guid);
  return rows.execute();
}

function rollOutFactsOf({ record, isSilent }: KnownServer, facts: Facts, settings: Known['settings']) {
  return {
    isEnabled: record.settings.IsEnabled === 1,
    isSilent,
    givenAt: facts.CreatedAt,
    lastPolicyAt: facts.LastPolicyAt,
    lastContactAt: facts.LastContactAt,
    policyHash: facts.PolicyHash ?? '',
    policyAt: facts.PolicyAt,
    firstReportedAt: facts.FirstReportedAt,
    policyIntervalSeconds: settings.policyIntervalSeconds,
    throttleKb: record.settings.ThrottleKb,
  };
}

async function internetSites({ db }: Session): Promise<Set<Guid>> {
  const rows = await db.selectFrom('Site').select('Guid').where('IsInternet', '=', 1).execute();
  return new Set(rows.map(({ Guid }) => Guid));
}

// This node may have heard more lately than is written.
function latest(written: string | null, heard: number | undefined): string | null {
  const times = [written, heard === undefined ? null : new Date(heard).toISOString()].filter((at) => at !== null);
  return times.sort().at(-1) ?? null;
}
