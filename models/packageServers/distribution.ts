/** Which package servers a package goes to (console-pages 1.4). */
import { z } from 'zod';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import { insertIfMissing } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { choice, readFields } from '../fieldTypes.ts';
import { REMOVED } from '../packages/packageState.ts';

export const DISTRIBUTION_MODES = ['all', 'servers', 'sites', 'automatic'] as const;
export type DistributionMode = (typeof DISTRIBUTION_MODES)[number];

export const MODE_WORDS: Record<DistributionMode, string> = {
  all: 'All package servers',
  servers: 'Package servers individually',
  sites: 'Package servers by site',
  automatic: 'Package servers automatically, with manual prestaging',
};

export interface Distribution {
  readonly mode: DistributionMode;
  readonly servers: ReadonlySet<Guid>;
  /** With `automatic`, also those that were added because an agent asked. */
  readonly sites: ReadonlySet<Guid>;
}

/** What holds until somebody says otherwise. */
export const TO_ALL: Distribution = { mode: 'all', servers: new Set(), sites: new Set() };

/** In the distribution's own words: why a server has to hold the package, or `undefined`. */
export function assignmentReason(
  { mode, servers, sites }: Distribution,
  server: { guid: Guid; sites: readonly Guid[] },
): string | undefined {
  if (mode === 'all') return 'the package goes to all package servers';
  if (mode === 'servers') return servers.has(server.guid) ? 'the package goes to this package server' : undefined;
  if (!server.sites.some((site) => sites.has(site))) return undefined;
  return mode === 'sites' ? 'the package goes to its site' : 'computers of its site need the package';
}

/** Packages whose rows are read at a time: those of thousands at once would weigh far more than what is kept of them. */
const PACKAGES_AT_ONCE = 500;

/** Distributions other than "to all", by package; all, or one. */
export async function readDistributions({ db }: Session, guid?: Guid): Promise<Map<Guid, Distribution>> {
  let modes = db.selectFrom('PackageDistribution').selectAll();
  if (guid !== undefined) modes = modes.where('PackageGuid', '=', guid);
  const rows = await modes.execute();
  const found = new Map<Guid, Distribution>();
  // The same sites and servers again and again: each is one text in memory.
  const known = new Map<Guid, Guid>();
  const same = (one: Guid): Guid => known.get(one) ?? (known.set(one, one), one);
  for (let at = 0; at < rows.length; at += PACKAGES_AT_ONCE) {
    const batch = rows.slice(at, at + PACKAGES_AT_ONCE);
    const packages = batch.map(({ PackageGuid }) => PackageGuid);
    const servers = db.selectFrom('PackageDistributionServer').selectAll().where('PackageGuid', 'in', packages);
    const sites = db.selectFrom('PackageDistributionSite').select(['PackageGuid', 'SiteGuid']);
    const serversOf = Map.groupBy(await servers.execute(), (row) => row.PackageGuid);
    const sitesOf = Map.groupBy(await sites.where('PackageGuid', 'in', packages).execute(), (row) => row.PackageGuid);
    for (const { PackageGuid, Mode } of batch) {
      found.set(PackageGuid, {
        mode: Mode as DistributionMode,
        servers: new Set(serversOf.get(PackageGuid)?.map((row) => same(row.ResourceGuid))),
        sites: new Set(sitesOf.get(PackageGuid)?.map((row) => same(row.SiteGuid))),
      });
    }
  }
  return found;
}

const guids = z
  .preprocess(
    (value) => (value === undefined || value === '' ? [] : Array.isArray(value) ? value : [value]),
    z.array(z.string()),
  )
  .transform((texts, context): Guid[] =>
    texts.map((text) => {
      const guid = parseGuid(text);
      if (guid === undefined) context.addIssue('Choose from the list.');
      return guid ?? (text as Guid);
    }),
  );

export const distributionInput = z.object({ mode: choice(DISTRIBUTION_MODES, 'all'), servers: guids, sites: guids });

const MOST = 1000;

/** @throws InvalidInput; false when there is no such package */
export async function changeDistribution(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  packageGuid: Guid,
  input: unknown,
): Promise<boolean> {
  const { mode, servers, sites } = readFields(distributionInput, input);
  if (servers.length > MOST || sites.length > MOST) {
    throw new InvalidInput([{ field: 'mode', message: `At most ${MOST} servers or sites; choose all or automatic.` }]);
  }
  return cmdb.transaction(async (session) => {
    const { db } = session;
    const item = await db
      .selectFrom('Package as p')
      .innerJoin('Item as i', 'i.Guid', 'p.Guid')
      .select('i.Name')
      .where('p.Guid', '=', packageGuid)
      .where('p.State', '<>', REMOVED)
      .executeTakeFirst();
    if (item === undefined) return false;
    const before = (await readDistributions(session, packageGuid)).get(packageGuid) ?? TO_ALL;
    await requireKnown(session, servers, sites);
    const asked = mode === 'automatic' ? await automaticSites(session, packageGuid) : [];
    await deleteDistribution(session, packageGuid);
    await db.insertInto('PackageDistribution').values({ PackageGuid: packageGuid, Mode: mode }).execute();
    if (mode === 'servers') {
      const rows = [...new Set(servers)].map((ResourceGuid) => ({ PackageGuid: packageGuid, ResourceGuid }));
      await session.insertMany('PackageDistributionServer', rows);
    }
    // Automatic: those that are named are prestaged; what agents asked for before stays.
    const at = utc(clock.now());
    if (mode === 'sites' || mode === 'automatic') {
      const rows = [...new Set([...sites, ...asked])].map((SiteGuid) => ({
        PackageGuid: packageGuid,
        SiteGuid,
        IsAutomatic: sites.includes(SiteGuid) ? (0 as const) : (1 as const),
        AddedAt: at,
      }));
      await session.insertMany('PackageDistributionSite', rows);
    }
    await recordAudit(session, clock, actor, {
      action: 'distribute',
      objectKind: 'package',
      objectGuid: packageGuid,
      objectName: item.Name,
      before: plain(before),
      after: { mode, servers, sites },
    });
    await recordChange(session, clock, 'package', packageGuid);
    return true;
  });
}

async function automaticSites({ db }: Session, packageGuid: Guid): Promise<Guid[]> {
  const rows = await db
    .selectFrom('PackageDistributionSite')
    .select('SiteGuid')
    .where('PackageGuid', '=', packageGuid)
    .where('IsAutomatic', '=', 1)
    .execute();
  return rows.map(({ SiteGuid }) => SiteGuid);
}

const plain = ({ mode, servers, sites }: Distribution) => ({ mode, servers: [...servers], sites: [...sites] });

async function requireKnown({ db }: Session, servers: readonly Guid[], sites: readonly Guid[]): Promise<void> {
  const known = async (field: string, wanted: readonly Guid[], found: Promise<unknown[]>): Promise<void> => {
    if ((await found).length === new Set(wanted).size) return;
    throw new InvalidInput([{ field, message: 'One of these is not there any more: choose again.' }]);
  };
  if (servers.length > 0) {
    const found = db.selectFrom('PackageServer').select('ResourceGuid').where('ResourceGuid', 'in', servers).execute();
    await known('servers', servers, found);
  }
  if (sites.length > 0) {
    await known('sites', sites, db.selectFrom('Site').select('Guid').where('Guid', 'in', sites).execute());
  }
}

export async function deleteDistribution({ db }: Session, packageGuid: Guid): Promise<void> {
  await db.deleteFrom('PackageDistributionServer').where('PackageGuid', '=', packageGuid).execute();
  await db.deleteFrom('PackageDistributionSite').where('PackageGuid', '=', packageGuid).execute();
  await db.deleteFrom('PackageDistribution').where('PackageGuid', '=', packageGuid).execute();
}

/**
 * Automatic assignment: "a request that arrives earlier triggers the assignment at once" (HOWTO63094). Answers whether
 * it was new.
 */
export async function assignSite(cmdb: Cmdb, clock: Clock, packageGuid: Guid, siteGuid: Guid): Promise<boolean> {
  return cmdb.transaction(async (session) => {
    const isThere = await session.db.selectFrom('Site').select('Guid').where('Guid', '=', siteGuid).executeTakeFirst();
    const isWanted = await session.db
      .selectFrom('PackageDistribution')
      .select('Mode')
      .where('PackageGuid', '=', packageGuid)
      .where('Mode', '=', 'automatic')
      .executeTakeFirst();
    if (isThere === undefined || isWanted === undefined) return false;
    const row = { PackageGuid: packageGuid, SiteGuid: siteGuid, IsAutomatic: 1 as const, AddedAt: utc(clock.now()) };
    const isNew = await insertIfMissing(session, 'PackageDistributionSite', ['PackageGuid', 'SiteGuid'], row);
    if (isNew) await recordChange(session, clock, 'package', packageGuid);
    return isNew;
  });
}

/** Sends a new package to where another one goes; sites that got that one because agents asked for it do not follow. */
export async function copyDistribution(session: Session, clock: Clock, from: Guid, to: Guid): Promise<void> {
  const { db } = session;
  const mode = await db
    .selectFrom('PackageDistribution')
    .select('Mode')
    .where('PackageGuid', '=', from)
    .executeTakeFirst();
  if (mode === undefined) return;
  await db.insertInto('PackageDistribution').values({ PackageGuid: to, Mode: mode.Mode }).execute();
  const servers = await db
    .selectFrom('PackageDistributionServer')
    .select('ResourceGuid')
    .where('PackageGuid', '=', from)
    .execute();
  await session.insertMany(
    'PackageDistributionServer',
    servers.map(({ ResourceGuid }) => ({ PackageGuid: to, ResourceGuid })),
  );
  const sites = await db
    .selectFrom('PackageDistributionSite')
    .select('SiteGuid')
    .where('PackageGuid', '=', from)
    .where('IsAutomatic', '=', 0)
    .execute();
  const AddedAt = utc(clock.now());
  await session.insertMany(
    'PackageDistributionSite',
    sites.map(({ SiteGuid }) => ({ PackageGuid: to, SiteGuid, IsAutomatic: 0 as const, AddedAt })),
  );
}
