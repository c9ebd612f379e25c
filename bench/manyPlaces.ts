/**
 * The sizes that the choice of sources is held to, as rows: 1,000 sites with 5,000 subnets, 500 package servers and 5,000
 * packages. A hundred packages go to all package servers, the others to forty sites each, so that every server holds
 * some hundreds; four sites of ten have a server, the others fall back to one that has, or to this server.
 */
import { join } from 'node:path';
import { updateMany } from '../models/cmdb/bulk.ts';
import { openCmdb } from '../models/cmdb/open.ts';
import type { Session } from '../models/cmdb/types.ts';
import type { Schema } from '../models/cmdb/schema.ts';
import { utc } from '../models/clock.ts';
import { FIRST_KEY } from '../models/signingKeys/keyState.ts';
import { settleComputers } from '../models/sites/settleComputers.ts';
import { newGuid, type Guid } from '../wire/guid.ts';
import { ITEM_CLASS } from '../wire/wellKnown.ts';

export const SITES = 1000;
export const SUBNETS = 5000;
export const SERVERS = 500;
export const PACKAGES = 5000;
/** Packages that go to all package servers; most requests are for these and as many others. */
export const POPULAR = 100;
const SITES_WITH_SERVER = 400;
const SITES_OF_A_PACKAGE = 40;
const HOST = 10;
const VERSION = 1_893_456_000;

export interface ManyPlaces {
  sites: Guid[];
  packages: Guid[];
}

/** Before the server starts; `computers` are there already, the first of them become package servers. */
export async function addManyPlaces(dataDir: string, computers: readonly Guid[]): Promise<ManyPlaces> {
  const cmdb = await openCmdb(`sqlite:${join(dataDir, 'cmdb.sqlite')}`);
  try {
    return await cmdb.transaction(async (session) => {
      const at = utc(Date.now());
      const sites = await addSites(session, at);
      const servers = await addServers(session, at, computers.slice(0, SERVERS));
      const packages = await addPackages(session, at, sites, servers);
      return { sites, packages };
    });
  } finally {
    await cmdb.close();
  }
}

/** Computers get addresses in these places, as many in each; those that became package servers keep what they told. */
export async function moveIn(dataDir: string, computers: readonly Guid[]): Promise<void> {
  const cmdb = await openCmdb(`sqlite:${join(dataDir, 'cmdb.sqlite')}`);
  try {
    const rows = computers.map((guid, number) => [guid, addressIn(number % SITES, Math.floor(number / SITES))]);
    await cmdb.transaction((session) => updateMany(session, 'Computer', ['ResourceGuid', 'IpAddress'], 1, rows));
    await settleComputers(cmdb);
  } finally {
    await cmdb.close();
  }
}

/** The `host`-th address of a site; its networks take turns. */
export function addressIn(site: number, host: number): string {
  return `${network(site, host % 4)}.${HOST + (host % 200)}`;
}

const network = (site: number, part: number): string => `10.${128 + (site >> 6)}.${(site & 63) * 4 + part}`;

const item = (guid: Guid, name: string, classGuid: Guid, at: string) => ({
  Guid: guid,
  Name: name,
  Description: '',
  ClassGuid: classGuid,
  ProductGuid: null,
  Attributes: 0,
  CreatedAt: at,
  CreatedBy: 'bench',
  ModifiedAt: at,
  ModifiedBy: 'bench',
});

async function addSites(session: Session, at: string): Promise<Guid[]> {
  const sites = Array.from({ length: SITES }, newGuid);
  await session.insertMany(
    'Item',
    sites.map((guid, number) => item(guid, `Place ${number}`, ITEM_CLASS.site, at)),
  );
  // Every second site without a server falls back to one with a server, the others to this server.
  const fallbackSite = (number: number): Guid | null =>
    number >= SITES_WITH_SERVER && number % 2 === 0 ? sites[number % SITES_WITH_SERVER]! : null;
  await session.insertMany(
    'Site',
    sites.map((guid, number) => ({
      Guid: guid,
      IsInternet: 0 as const,
      Fallback: fallbackSite(number) === null ? 'server' : 'site',
      FallbackSiteGuid: fallbackSite(number),
      FallbackMinutes: 0,
    })),
  );
  const subnets = sites.flatMap((site, number) => [
    ...[0, 1, 2, 3].map((part) => ({ site, network: `${network(number, part)}.0`, prefix: 24 })),
    { site, network: `2001:db8:${(0x1000 + number).toString(16)}::`, prefix: 48 },
  ]);
  await session.insertMany(
    'Subnet',
    subnets.map(({ site, network: text, prefix }) => ({
      Guid: newGuid(),
      Network: text,
      PrefixLength: prefix,
      Name: '',
      SiteGuid: site,
      Source: 'manual',
      ModifiedAt: at,
    })),
  );
  return sites;
}

async function addServers(session: Session, at: string, servers: readonly Guid[]): Promise<Guid[][]> {
  const bySite: Guid[][] = Array.from({ length: SITES_WITH_SERVER }, () => []);
  const rows = servers.map((guid, number): Schema['PackageServer'] & { ResourceGuid: Guid } => {
    bySite[number % SITES_WITH_SERVER]!.push(guid);
    return {
      ResourceGuid: guid,
      KeySalt: `salt-${number}`,
      IsEnabled: 1,
      IsDraining: 0,
      IsConstrained: 0,
      // There is nobody at these addresses to look at.
      IsProbed: 0,
      IsHttpPublished: 0,
      IsHttpsPublished: 1,
      IsUncPublished: 0,
      MinFreeDiskMb: 0,
      UnusedAfterHours: 0,
      KeepOldHours: 0,
      ThrottleKb: 0,
      Share: 100,
      VerifyCount: 0,
      ResyncCount: 0,
      CreatedAt: at,
      ModifiedAt: at,
    } as Schema['PackageServer'];
  });
  await session.insertMany('PackageServer', rows);
  const reports = servers.map((guid, number) => {
    const address = addressIn(number % SITES_WITH_SERVER, number >= SITES_WITH_SERVER ? 1 : 0);
    return {
      ResourceGuid: guid,
      // They report no more: the last time was tomorrow.
      ReportedAt: utc(Date.parse(at) + 86_400_000),
      Version: '0.1.0',
      Addresses: address,
      HttpUrl: '',
      HttpsUrl: `https://ps${number}.bench.example.com:8443`,
      UncPath: '',
      Pin: 'ab'.repeat(32),
      FreeBytes: 0,
      TotalBytes: 0,
      StoredBytes: 0,
      Digest: '',
      ClientCount: 0,
      ProbedAt: null,
      ProbeProblem: '',
      FirstReportedAt: at,
      PolicyHash: '',
      PolicyAt: null,
    };
  });
  await session.insertMany('PackageServerReport', reports);
  return bySite;
}

async function addPackages(
  session: Session,
  at: string,
  sites: readonly Guid[],
  servers: readonly Guid[][],
): Promise<Guid[]> {
  const packages = Array.from({ length: PACKAGES }, newGuid);
  const model = await session.db.selectFrom('Package').selectAll().executeTakeFirstOrThrow();
  await session.insertMany(
    'Item',
    packages.map((guid, number) => item(guid, `Bench package ${number}`, ITEM_CLASS.package, at)),
  );
  await session.insertMany(
    'Package',
    packages.map((guid) => ({ ...model, Guid: guid, IsEnabled: 1 as const, State: 'valid', CurrentVersion: VERSION })),
  );
  // Of the key that is in use: the server would else look whether it has to sign them anew.
  const signed = { Signature: '', KeyName: FIRST_KEY };
  const snapshot = { FileCount: 0, TotalSize: 5_000_000, ...signed, CreatedAt: at, RetiredAt: null };
  await session.insertMany(
    'Snapshot',
    packages.map((guid, number) => ({ PackageGuid: guid, Version: VERSION, Hash: hashOf(number), ...snapshot })),
  );
  const narrow = packages.slice(POPULAR);
  await session.insertMany(
    'PackageDistribution',
    narrow.map((PackageGuid) => ({ PackageGuid, Mode: 'sites' })),
  );
  await session.insertMany(
    'PackageDistributionSite',
    narrow.flatMap((PackageGuid, number) =>
      sitesOf(number).map((site) => ({ PackageGuid, SiteGuid: sites[site]!, IsAutomatic: 0 as const, AddedAt: at })),
    ),
  );
  const holding = { Versions: String(VERSION), State: 'ready', Detail: '', DoneBytes: 0, TotalBytes: 0 };
  const rest = { HeldVersion: VERSION, ...holding, ChangedAt: at, ProbedAt: null, ProbeProblem: '' };
  for (const [number, guid] of packages.entries()) {
    const holders =
      number < POPULAR ? servers.flat() : sitesOf(number - POPULAR).flatMap((site) => servers[site] ?? []);
    await session.insertMany(
      'PackageHolding',
      holders.map((ResourceGuid) => ({ ResourceGuid, PackageGuid: guid, HeldHash: hashOf(number), ...rest })),
    );
  }
  return packages;
}

const hashOf = (number: number): string => number.toString(16).padStart(64, '0');

/** Spread over all sites, others for each package. */
const sitesOf = (number: number): number[] =>
  Array.from({ length: SITES_OF_A_PACKAGE }, (_, place) => (number * 7 + place * (SITES / SITES_OF_A_PACKAGE)) % SITES);
