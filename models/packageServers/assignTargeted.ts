/**
 * Automatic assignment ahead of requests: "at package refresh or Update Distribution Points the package is assigned to the
 * sites of all computers targeted by a policy that needs it" (HOWTO63094). It is looked at every few minutes instead, for
 * targets and sites change as well.
 *
 * A site that got a package automatically and needs it no more gives it up after a time: counted from the last look that
 * found a computer of the site in a target of an enabled policy with the package, or from the assignment. Who asks after
 * that has it assigned again. What somebody assigned by hand (prestaging) is never taken away.
 */
import type { Guid } from '../../wire/guid.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import { isUniqueViolation } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';

const DAY = 86_400_000;
/** Packages whose sites are read at once. */
const BATCH = 200;
/** Sites of a package that are written by one statement. */
const SITES_AT_ONCE = 500;

export interface CaredFor {
  assigned: number;
  released: number;
}

/** `releaseAfterDays` 0: nothing is given up. */
export async function assignTargeted(cmdb: Cmdb, clock: Clock, releaseAfterDays = 0): Promise<CaredFor> {
  const done: CaredFor = { assigned: 0, released: 0 };
  const needs = new SiteNeeds(cmdb);
  const packages = await automaticPackages(cmdb);
  const targets = await targetsOf(cmdb);
  for (let at = 0; at < packages.length; at += BATCH) {
    const batch = packages.slice(at, at + BATCH);
    const assigned = await assignedSites(cmdb, batch);
    for (const packageGuid of batch) {
      const needed = await needs.of(targets.get(packageGuid) ?? []);
      const change = changeOf(needed, assigned.get(packageGuid) ?? [], clock.now(), releaseAfterDays);
      if (change.added.length + change.seen.length + change.released.length === 0) continue;
      if (!(await write(cmdb, clock, packageGuid, change))) continue;
      done.assigned += change.added.length;
      done.released += change.released.length;
    }
  }
  return done;
}

async function automaticPackages({ db }: Session): Promise<Guid[]> {
  const rows = await db
    .selectFrom('PackageDistribution')
    .select('PackageGuid')
    .where('Mode', '=', 'automatic')
    .execute();
  return rows.map(({ PackageGuid }) => PackageGuid);
}

interface Target {
  guid: Guid;
  isForAll: boolean;
}

/** Targets of the enabled policies of each package. */
async function targetsOf({ db }: Session): Promise<Map<Guid, Target[]>> {
  const rows = await db
    .selectFrom('Policy as p')
    .innerJoin('PackageDistribution as d', 'd.PackageGuid', 'p.PackageGuid')
    .innerJoin('PolicyTarget as pt', 'pt.PolicyGuid', 'p.Guid')
    .innerJoin('Target as t', 't.Guid', 'pt.TargetGuid')
    .where('d.Mode', '=', 'automatic')
    .where('p.IsEnabled', '=', 1)
    .select(['d.PackageGuid', 't.Guid', 't.Kind'])
    .distinct()
    .execute();
  const byPackage = Map.groupBy(rows, (row) => row.PackageGuid);
  return new Map(
    [...byPackage].map(([guid, some]) => [
      guid,
      some.map(({ Guid: target, Kind }) => ({ guid: target, isForAll: Kind === 'all' })),
    ]),
  );
}

/** Sites with managed computers, of all or of a target: each is asked for once, however many policies share it. */
class SiteNeeds {
  readonly #session: Session;
  readonly #known = new Map<Guid | 'all', ReadonlySet<Guid>>();

  constructor(session: Session) {
    this.#session = session;
  }

  async of(targets: readonly Target[]): Promise<Set<Guid>> {
    const needed = new Set<Guid>();
    for (const { guid, isForAll } of targets) {
      for (const site of await this.#sites(isForAll ? 'all' : guid)) needed.add(site);
    }
    return needed;
  }

  async #sites(target: Guid | 'all'): Promise<ReadonlySet<Guid>> {
    const known = this.#known.get(target);
    if (known !== undefined) return known;
    let computers = this.#session.db
      .selectFrom('Computer as c')
      .innerJoin('Resource as r', 'r.Guid', 'c.ResourceGuid')
      .innerJoin('Site as s', 's.Guid', 'c.SiteGuid')
      .where('r.IsManaged', '=', 1)
      .where('r.DeletedAt', 'is', null);
    if (target !== 'all') {
      computers = computers
        .innerJoin('TargetMember as m', 'm.ResourceGuid', 'c.ResourceGuid')
        .where('m.TargetGuid', '=', target);
    }
    const rows = await computers.select('s.Guid').distinct().execute();
    const sites = new Set(rows.map(({ Guid: site }) => site));
    this.#known.set(target, sites);
    return sites;
  }
}

interface AssignedSite {
  SiteGuid: Guid;
  IsAutomatic: 0 | 1;
  AddedAt: string;
  NeededAt: string | null;
}

async function assignedSites({ db }: Session, packages: readonly Guid[]): Promise<Map<Guid, AssignedSite[]>> {
  const rows = await db
    .selectFrom('PackageDistributionSite')
    .select(['PackageGuid', 'SiteGuid', 'IsAutomatic', 'AddedAt', 'NeededAt'])
    .where('PackageGuid', 'in', packages)
    .execute();
  return Map.groupBy(rows, (row) => row.PackageGuid);
}

interface SiteChange {
  added: Guid[];
  /** Still needed, and not noted so for a day. */
  seen: Guid[];
  released: Guid[];
}

function changeOf(needed: ReadonlySet<Guid>, assigned: readonly AssignedSite[], now: number, days: number): SiteChange {
  const there = new Set(assigned.map(({ SiteGuid }) => SiteGuid));
  const change: SiteChange = { added: [...needed].filter((site) => !there.has(site)), seen: [], released: [] };
  for (const { SiteGuid, IsAutomatic, AddedAt, NeededAt } of assigned) {
    if (IsAutomatic === 0) continue;
    const since = now - Date.parse(NeededAt ?? AddedAt);
    if (needed.has(SiteGuid)) {
      if (NeededAt === null || since >= DAY) change.seen.push(SiteGuid);
    } else if (days > 0 && since >= days * DAY) change.released.push(SiteGuid);
  }
  return change;
}

/** False: somebody else has just changed where the package goes; the next look finds it as it is then. */
async function write(cmdb: Cmdb, clock: Clock, packageGuid: Guid, change: SiteChange): Promise<boolean> {
  const at = utc(clock.now());
  try {
    return await cmdb.transaction(async (session) => {
      const { db } = session;
      const mode = await db
        .selectFrom('PackageDistribution')
        .select('Mode')
        .where('PackageGuid', '=', packageGuid)
        .where('Mode', '=', 'automatic')
        .executeTakeFirst();
      if (mode === undefined) return false;
      if (change.added.length > 0) {
        const row = { PackageGuid: packageGuid, IsAutomatic: 1 as const, AddedAt: at, NeededAt: at };
        await session.insertMany(
          'PackageDistributionSite',
          change.added.map((SiteGuid) => ({ ...row, SiteGuid })),
        );
      }
      for (const some of batches(change.seen)) {
        await db
          .updateTable('PackageDistributionSite')
          .set({ NeededAt: at })
          .where('PackageGuid', '=', packageGuid)
          .where('SiteGuid', 'in', some)
          .execute();
      }
      for (const some of batches(change.released)) {
        await db
          .deleteFrom('PackageDistributionSite')
          .where('PackageGuid', '=', packageGuid)
          .where('IsAutomatic', '=', 1)
          .where('SiteGuid', 'in', some)
          .execute();
      }
      if (change.added.length + change.released.length > 0) await recordChange(session, clock, 'package', packageGuid);
      return true;
    });
  } catch (error) {
    // An agent of the site asked in the same moment, or another node has looked.
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

function batches(all: readonly Guid[]): Guid[][] {
  return Array.from({ length: Math.ceil(all.length / SITES_AT_ONCE) }, (_, index) =>
    all.slice(index * SITES_AT_ONCE, (index + 1) * SITES_AT_ONCE),
  );
}
