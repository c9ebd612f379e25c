/** Subnets from a file: what it would make and change is worked out first, and written in one transaction afterwards. */
import { newGuid, type Guid } from '../../wire/guid.ts';
import { ITEM_CLASS } from '../../wire/wellKnown.ts';
import { recordAudits, type Actor, type AuditRecord } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import { updateMany } from '../cmdb/bulk.ts';
import { isUniqueViolation } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { CONTROL, readFields } from '../fieldTypes.ts';
import { INTERNET_SITE, insertSubnets, textOf } from './changeSubnets.ts';
import { settleComputers } from './settleComputers.ts';
import type { SiteName } from './siteIndex.ts';
import { subnetInput, type SubnetInput } from './siteInput.ts';
import { readSubnetCsv, type CsvFault, type CsvLine } from './subnetCsv.ts';

export const MOST_LINES = 10_000;

export interface PlannedSubnet extends SubnetInput {
  /** Of a subnet that is there, its own. */
  guid: Guid;
  line: number;
  siteName: string | null;
}

export interface PlannedChange extends PlannedSubnet {
  before: { name: string; siteGuid: Guid | null; siteName: string | null };
}

export interface ImportPlan {
  create: PlannedSubnet[];
  change: PlannedChange[];
  /** Lines that say what is there already. */
  same: number;
  /** Lines that are left out, by number. */
  faults: CsvFault[];
  /** Sites that the file names, are not there and are made as well; nothing of them is written yet. */
  newSites: SiteName[];
  /** Names of sites that are not there and are not made: their lines are among the faults. */
  unknownSites: string[];
}

/**
 * @param createSites whether sites that are not there are to be made
 * @throws InvalidInput when there is nothing to read
 */
export async function planImport(
  session: Session,
  file: string,
  { createSites }: { createSites: boolean },
): Promise<ImportPlan> {
  const { lines, faults, isMore } = readSubnetCsv(file, MOST_LINES);
  const fault = (message: string): InvalidInput => new InvalidInput([{ field: 'csv', message }]);
  if (file.includes('\uFFFD')) throw fault('The file is not UTF-8: save it as “CSV UTF-8”.');
  if (lines.length + faults.length === 0) throw fault('The file has no lines.');
  if (isMore) throw fault(`Import at most ${MOST_LINES} lines at once.`);
  const planner = new Planner(await readSites(session), await readKnown(session), createSites);
  for (const line of lines) planner.take(line);
  return planner.plan(faults);
}

type Site = SiteName & { isInternet: boolean };
type Known = { guid: Guid; name: string; siteGuid: Guid | null; siteName: string | null };

class Planner {
  readonly #sites: Map<string, Site>;
  readonly #known: ReadonlyMap<string, Known>;
  readonly #createSites: boolean;
  readonly #seen = new Map<string, number>();
  readonly #create: PlannedSubnet[] = [];
  readonly #change: PlannedChange[] = [];
  readonly #faults: CsvFault[] = [];
  readonly #newSites: SiteName[] = [];
  readonly #unknown = new Set<string>();
  #same = 0;

  /** `sites` by their names in small letters, `known` subnets by `network/prefix`. */
  constructor(sites: Map<string, Site>, known: ReadonlyMap<string, Known>, createSites: boolean) {
    this.#sites = sites;
    this.#known = known;
    this.#createSites = createSites;
  }

  take(line: CsvLine): void {
    try {
      const input = readFields(subnetInput, { subnet: line.subnet, name: line.name });
      const text = textOf(input.subnet);
      const twin = this.#seen.get(text);
      const site = twin === undefined ? this.#siteOf(line) : this.#fail(line, `${text} is in line ${twin} already.`);
      if (site === 'fault') return;
      this.#seen.set(text, line.number);
      this.#put(text, { ...input, siteGuid: site?.guid ?? null, siteName: site?.name ?? null, line: line.number });
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      this.#fail(line, error.errors.map(({ message }) => message).join(' '));
    }
  }

  #put(text: string, planned: Omit<PlannedSubnet, 'guid'>): void {
    const before = this.#known.get(text);
    if (before === undefined) this.#create.push({ ...planned, guid: newGuid() });
    else if (before.name === planned.name && before.siteGuid === planned.siteGuid) this.#same++;
    else this.#change.push({ ...planned, guid: before.guid, before });
  }

  #siteOf(line: CsvLine): SiteName | undefined | 'fault' {
    const name = line.site;
    if (name === '') return undefined;
    const site = this.#sites.get(name.toLowerCase());
    if (site?.isInternet === true) return this.#fail(line, INTERNET_SITE);
    if (site !== undefined) return site;
    if (CONTROL.test(name) || name.length > 255) return this.#fail(line, 'The name of the site cannot be taken.');
    if (!this.#createSites) {
      this.#unknown.add(name);
      return this.#fail(line, `There is no site ${name}.`);
    }
    const made = { guid: newGuid(), name, isInternet: false };
    this.#sites.set(name.toLowerCase(), made);
    this.#newSites.push(made);
    return made;
  }

  #fail({ number, text }: CsvLine, reason: string): 'fault' {
    this.#faults.push({ number, text, reason });
    return 'fault';
  }

  plan(unreadable: readonly CsvFault[]): ImportPlan {
    return {
      create: this.#create,
      change: this.#change,
      same: this.#same,
      faults: [...this.#faults, ...unreadable].sort((a, b) => a.number - b.number),
      newSites: this.#newSites,
      unknownSites: [...this.#unknown],
    };
  }
}

async function readSites({ db }: Session): Promise<Map<string, Site>> {
  const rows = await db
    .selectFrom('Site as s')
    .innerJoin('Item as i', 'i.Guid', 's.Guid')
    .select(['s.Guid', 'i.Name', 's.IsInternet'])
    .execute();
  return new Map(
    rows.map(({ Guid, Name, IsInternet }) => [
      Name.toLowerCase(),
      { guid: Guid, name: Name, isInternet: IsInternet === 1 },
    ]),
  );
}

async function readKnown({ db }: Session): Promise<Map<string, Known>> {
  const rows = await db
    .selectFrom('Subnet as n')
    .leftJoin('Item as i', 'i.Guid', 'n.SiteGuid')
    .select(['n.Guid', 'n.Network', 'n.PrefixLength', 'n.Name', 'n.SiteGuid', 'i.Name as SiteName'])
    .execute();
  return new Map(
    rows.map((row) => [
      `${row.Network}/${row.PrefixLength}`,
      { guid: row.Guid, name: row.Name, siteGuid: row.SiteGuid, siteName: row.SiteName },
    ]),
  );
}

/**
 * Reads the file again and writes what it says now, all of it or nothing; lines with faults are left out.
 * @throws InvalidInput as planImport
 */
export async function importSubnets(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  file: string,
  options: { createSites: boolean },
): Promise<ImportPlan> {
  try {
    const plan = await cmdb.transaction(async (session) => {
      const planned = await planImport(session, file, options);
      await write(session, clock, actor, planned);
      return planned;
    });
    if (plan.create.length + plan.change.length > 0) await settleComputers(cmdb);
    return plan;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new InvalidInput([
      { field: 'csv', message: 'Somebody else has added one of the subnets just now: try again.' },
    ]);
  }
}

async function write(
  session: Session,
  clock: Clock,
  actor: Actor,
  { create, change, newSites }: ImportPlan,
): Promise<void> {
  if (create.length + change.length + newSites.length === 0) return;
  const now = utc(clock.now());
  await insertSites(session, actor, newSites, now);
  await insertSubnets(session, clock, actor, create, 'manual');
  const rows = change.map(({ guid, name, siteGuid }) => [guid, name, siteGuid, now]);
  await updateMany(session, 'Subnet', ['Guid', 'Name', 'SiteGuid', 'ModifiedAt'], 1, rows);
  const sites = newSites.map(({ guid, name }): AuditRecord => record('site', 'create', guid, name, { name }));
  const changes = change.map(({ guid, subnet, name, siteGuid, before }): AuditRecord => {
    const text = textOf(subnet);
    const former = { subnet: text, name: before.name, siteGuid: before.siteGuid };
    return { ...record('subnet', 'update', guid, text, { subnet: text, name, siteGuid }), before: former };
  });
  await recordAudits(session, clock, actor, [...sites, ...changes]);
  await recordChange(session, clock, 'site');
}

const record = (objectKind: string, action: string, objectGuid: Guid, objectName: string, after: object) => ({
  action,
  objectKind,
  objectGuid,
  objectName,
  after,
});

async function insertSites(session: Session, actor: Actor, sites: readonly SiteName[], now: string): Promise<void> {
  await session.insertMany(
    'Item',
    sites.map(({ guid, name }) => ({
      Guid: guid,
      Name: name,
      Description: '',
      ClassGuid: ITEM_CLASS.site,
      ProductGuid: null,
      Attributes: 0,
      CreatedAt: now,
      CreatedBy: actor.name,
      ModifiedAt: now,
      ModifiedBy: actor.name,
    })),
  );
  await session.insertMany(
    'Site',
    sites.map(({ guid }) => ({ Guid: guid, IsInternet: 0, Fallback: 'server' })),
  );
}
