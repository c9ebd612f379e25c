/** What the map of sites shows: each site with its computers, its package servers and where it falls back to. */
import { ALL_PACKAGES } from '../../wire/packageServer.ts';
import type { Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import type { PackageServerIndex } from '../packageServers/packageServerIndex.ts';
import type { KnownServer } from '../packageServers/placement.ts';
import { serverState, type ServerState } from '../packageServers/serverRows.ts';
import { stateCounts } from '../packageServers/stateCounts.ts';
import type { PackageCatalogue } from '../packages/catalogue.ts';

export interface MapServer {
  guid: Guid;
  name: string;
  state: ServerState;
  /** Packages that it is to hold, and that are invalid there. */
  invalid: number;
  /** Computers that fetched something from it today. */
  clientsToday: number;
}

export interface MapSite {
  guid: Guid;
  name: string;
  isInternet: boolean;
  computers: number;
  subnets: number;
  /** Those in trouble first. */
  servers: MapServer[];
  /** Where its computers go when no package server of the site has a package. */
  fallback: 'server' | 'none' | { guid: Guid; name: string };
  /** How long they must have tried. */
  fallbackMinutes: number;
  /** 2: computers have no source; 1: something is wrong; 0: well. */
  severity: 0 | 1 | 2;
  /** What is wrong, or empty. */
  trouble: string;
}

interface Known {
  packageServers: PackageServerIndex;
  packages: Pick<PackageCatalogue, 'all'>;
  clock: Clock;
}

/** Every site; those with trouble first, then by their computers. */
export async function readSiteMap(session: Session, { packageServers, packages, clock }: Known): Promise<MapSite[]> {
  const { placement } = packageServers;
  const { internet, computers, subnets } = await readFigures(session);
  const clients = await clientsToday(session, clock);
  const counts = stateCounts(packageServers, packages).all();
  const mapServer = (server: KnownServer): MapServer => ({
    guid: server.guid,
    name: server.name,
    state: serverState(server).state,
    invalid: counts.get(server.guid)?.invalid ?? 0,
    clientsToday: clients.get(server.guid) ?? 0,
  });
  return [...placement.sites.values()]
    .map(({ guid, name, fallback, fallbackSite, fallbackMinutes }): MapSite => {
      const servers = (placement.bySite.get(guid) ?? []).map(mapServer).sort((a, b) => rank(b) - rank(a));
      const next = fallbackSite === null ? undefined : placement.sites.get(fallbackSite);
      const site = {
        guid,
        name,
        isInternet: internet.has(guid),
        computers: computers.get(guid) ?? 0,
        subnets: subnets.get(guid) ?? 0,
        servers,
        fallback:
          fallback === 'site' && next !== undefined
            ? { guid: next.guid, name: next.name }
            : fallback === 'server'
              ? ('server' as const)
              : ('none' as const),
        fallbackMinutes,
      };
      return { ...site, ...troubleOf(site) };
    })
    .sort((a, b) => b.severity - a.severity || b.computers - a.computers || (a.name < b.name ? -1 : 1));
}

const BAD: readonly ServerState[] = ['silent', 'unreachable'];
const rank = ({ state, invalid }: MapServer): number => (BAD.includes(state) ? 2 : invalid > 0 ? 1 : 0);

function troubleOf({ servers, fallback, computers }: Omit<MapSite, 'severity' | 'trouble'>): {
  severity: 0 | 1 | 2;
  trouble: string;
} {
  const serving = servers.filter(({ state }) => state === 'active');
  const bad = servers.filter(({ state }) => BAD.includes(state));
  if (serving.length === 0 && fallback === 'none' && computers > 0) {
    const text =
      servers.length === 0
        ? 'No package server, and no other source'
        : 'No package server serves it now, and there is no other source';
    return { severity: 2, trouble: text };
  }
  if (servers.length > 0 && bad.length === servers.length) {
    return { severity: 2, trouble: 'No package server of the site answers' };
  }
  if (bad.length > 0)
    return { severity: 1, trouble: `${bad.length} of ${servers.length} package servers silent or not reachable` };
  const invalid = servers.filter((server) => server.invalid > 0).length;
  if (invalid > 0)
    return { severity: 1, trouble: `Invalid packages on ${invalid} of ${servers.length} package servers` };
  return { severity: 0, trouble: '' };
}

async function readFigures({ db }: Session) {
  const internet = await db.selectFrom('Site').select('Guid').where('IsInternet', '=', 1).execute();
  const computers = await db
    .selectFrom('Computer')
    .select((row) => ['SiteGuid', row.fn.countAll<number>().as('count')])
    .where('SiteGuid', 'is not', null)
    .groupBy('SiteGuid')
    .execute();
  const subnets = await db
    .selectFrom('Subnet')
    .select((row) => ['SiteGuid', row.fn.countAll<number>().as('count')])
    .where('SiteGuid', 'is not', null)
    .groupBy('SiteGuid')
    .execute();
  const counted = (rows: { SiteGuid: Guid | null; count: number }[]) =>
    new Map(rows.map(({ SiteGuid, count }) => [SiteGuid!, Number(count)]));
  return {
    internet: new Set(internet.map(({ Guid }) => Guid)),
    computers: counted(computers),
    subnets: counted(subnets),
  };
}

async function clientsToday({ db }: Session, clock: Clock): Promise<Map<Guid, number>> {
  const rows = await db
    .selectFrom('PackageClientDay')
    .select(['ResourceGuid', 'ClientCount'])
    .where('PackageGuid', '=', ALL_PACKAGES)
    .where('DayAt', '=', `${utc(clock.now()).slice(0, 10)}T00:00:00.000Z`)
    .execute();
  return new Map(rows.map(({ ResourceGuid, ClientCount }) => [ResourceGuid, ClientCount]));
}
