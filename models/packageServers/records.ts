/** Rows of package servers as code sees them, read for the index in memory. */
import type { Guid } from '../../wire/guid.ts';
import type { HoldingState } from '../../wire/packageServer.ts';
import type { PackageHoldingTable, PackageServerTable } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import type { Holding } from './holdingState.ts';
import { rowInForce } from './inheritance.ts';
import { readServiceSettings } from './serviceSettings.ts';

export interface ServerRecord {
  guid: Guid;
  name: string;
  /** As they hold: what is taken over has the value for all. */
  settings: PackageServerTable;
  /** Sites it was given; empty: the site of its address. */
  givenSites: Guid[];
  addresses: string[];
  httpUrl: string;
  httpsUrl: string;
  /** Share that publishes the same files; empty: none. */
  uncPath: string;
  pin: string;
  digest: string;
  /** Milliseconds since 1970; undefined before the first report. */
  reportedAt: number | undefined;
  /** What keeps this server from reaching it; empty: nothing. */
  probeProblem: string;
  /** Packages that it is told to fetch anew, with the number of such orders. */
  refetch: ReadonlyMap<Guid, number>;
}

/** Package servers whose computer is there, by GUID; all, or one. */
export async function readServers(session: Session, guid?: Guid): Promise<Map<Guid, ServerRecord>> {
  const { db } = session;
  let servers = db.selectFrom('PackageServer as w').innerJoin('Resource as r', 'r.Guid', 'w.ResourceGuid');
  let reports = db.selectFrom('PackageServerReport').selectAll();
  let refetches = db
    .selectFrom('PackageRefetch')
    .select(['ResourceGuid', 'PackageGuid', 'Orders'])
    .orderBy('PackageGuid');
  let sites = db.selectFrom('PackageServerSite').select(['ResourceGuid', 'SiteGuid']).orderBy('SiteGuid');
  if (guid !== undefined) {
    servers = servers.where('w.ResourceGuid', '=', guid);
    reports = reports.where('ResourceGuid', '=', guid);
    sites = sites.where('ResourceGuid', '=', guid);
    refetches = refetches.where('ResourceGuid', '=', guid);
  }
  const forAll = await readServiceSettings(session);
  const rows = await servers.selectAll('w').select('r.Name').where('r.DeletedAt', 'is', null).execute();
  const reportOf = new Map((await reports.execute()).map((report) => [report.ResourceGuid, report]));
  const sitesOf = Map.groupBy(await sites.execute(), (row) => row.ResourceGuid);
  const refetchesOf = Map.groupBy(await refetches.execute(), (row) => row.ResourceGuid);
  return new Map(
    rows.map(({ Name, ...row }) => {
      const settings = rowInForce(row, forAll);
      const report = reportOf.get(settings.ResourceGuid);
      const record: ServerRecord = {
        guid: settings.ResourceGuid,
        name: Name,
        settings,
        givenSites: (sitesOf.get(settings.ResourceGuid) ?? []).map(({ SiteGuid }) => SiteGuid),
        addresses: report === undefined || report.Addresses === '' ? [] : report.Addresses.split(' '),
        httpUrl: report?.HttpUrl ?? '',
        httpsUrl: report?.HttpsUrl ?? '',
        uncPath: report?.UncPath ?? '',
        pin: report?.Pin ?? '',
        digest: report?.Digest ?? '',
        reportedAt: report === undefined ? undefined : Date.parse(report.ReportedAt),
        probeProblem: report?.ProbeProblem ?? '',
        refetch: new Map(refetchesOf.get(settings.ResourceGuid)?.map((row) => [row.PackageGuid, row.Orders])),
      };
      return [record.guid, record];
    }),
  );
}

export interface HoldingRecord extends Holding {
  server: Guid;
  packageGuid: Guid;
}

export async function readHoldings({ db }: Session, server?: Guid): Promise<HoldingRecord[]> {
  let holdings = db.selectFrom('PackageHolding').selectAll();
  if (server !== undefined) holdings = holdings.where('ResourceGuid', '=', server);
  return (await holdings.execute()).map(holdingOf);
}

export function holdingOf(row: PackageHoldingTable): HoldingRecord {
  return {
    server: row.ResourceGuid,
    packageGuid: row.PackageGuid,
    version: row.HeldVersion ?? undefined,
    hash: row.HeldHash,
    state: row.State as HoldingState,
    detail: row.Detail,
    doneBytes: Number(row.DoneBytes),
    totalBytes: Number(row.TotalBytes),
    probeProblem: row.ProbeProblem,
  };
}

export interface SiteRule {
  guid: Guid;
  name: string;
  fallback: string;
  fallbackSite: Guid | null;
  fallbackMinutes: number;
  isInternet?: boolean;
}

export async function readSiteRules({ db }: Session): Promise<Map<Guid, SiteRule>> {
  const rows = await db
    .selectFrom('Site as s')
    .innerJoin('Item as i', 'i.Guid', 's.Guid')
    .select(['s.Guid', 'i.Name', 's.IsInternet', 's.Fallback', 's.FallbackSiteGuid', 's.FallbackMinutes'])
    .execute();
  return new Map(
    rows.map((row) => [
      row.Guid,
      {
        guid: row.Guid,
        name: row.Name,
        fallback: row.Fallback,
        fallbackSite: row.FallbackSiteGuid,
        fallbackMinutes: row.FallbackMinutes,
        isInternet: row.IsInternet === 1,
      },
    ]),
  );
}
