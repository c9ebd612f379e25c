/**
 * Fills a CMDB with a believable company, for benchmarks, screenshots and demonstrations. The same options at the same
 * time give the same rows. Rows only: there are no files behind the packages and no machines behind the computers.
 */
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange, type ChangeKind } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { addAudit, addCounters, longAgo } from './activity.ts';
import { addComputer } from './computerRows.ts';
import { makeComputer, type SeededComputer } from './computers.ts';
import { addDeliveries } from './deliveries.ts';
import { addPurgeRuns, addQueueSamples, addSpaceSamples, addTallies } from './eventCounts.ts';
import { addHistory } from './history.ts';
import { addPackage, type SeededPackage } from './packages.ts';
import { addPolicy, type SeededPolicy } from './policies.ts';
import { Random } from './random.ts';
import { addIdentity } from './identity.ts';
import { addOpenRequests } from './registrations.ts';
import { RowWriter } from './rowWriter.ts';
import { addSites, MOST_COMPUTERS_PER_SITE, MOST_SITES, planSites, type SeededSite } from './sites.ts';
import { addTargets } from './targets.ts';
import { addPrimaryUser, presentUsers, type SeededUsers } from './users.ts';

export interface SeedOptions {
  computers: number;
  packages: number;
  policies: number;
  sites: number;
  /** Deliveries of the last 30 days; fewer come out when policies and computers give no more. */
  events: number;
  seed: string;
  /** Adds to a CMDB that has computers already. */
  force: boolean;
}

export interface SeedResult {
  computers: number;
  packages: number;
  policies: number;
  sites: number;
  deliveries: number;
  rows: number;
}

/** The options do not fit together or not to this CMDB; the message is for the person who gave them. */
export class SeedRefused extends Error {
  override name = 'SeedRefused';
}

/** What is there already: names, networks and GUIDs of an addition go on behind it. */
interface Present {
  computers: number;
  sites: number;
  packages: number;
}

async function countPresent({ db }: Session): Promise<Present> {
  const count = async (table: 'Computer' | 'Site' | 'Package'): Promise<number> => {
    const row = await db.selectFrom(table).select(db.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
    return Number(row.count);
  };
  // The predefined one for computers outside has no network of the seeded company.
  const internetSites = await db.selectFrom('Site').select('Guid').where('IsInternet', '=', 1).execute();
  const sites = (await count('Site')) - internetSites.length;
  return { computers: await count('Computer'), sites, packages: await count('Package') };
}

function checkOptions(options: SeedOptions, present: Present): void {
  if (present.computers > 0 && !options.force) {
    throw new SeedRefused(`the CMDB has ${present.computers} computers already; --force adds to them`);
  }
  if (present.sites + options.sites > MOST_SITES) {
    throw new SeedRefused(
      `at most ${MOST_SITES} sites fit into the seeded network; there are ${present.sites} already`,
    );
  }
  if (options.sites === 0 && options.computers > 0) throw new SeedRefused('computers need at least one site');
  if (options.policies > 0 && options.packages === 0) throw new SeedRefused('policies need at least one package');
}

/** `progress` hears how many rows have been written. @throws SeedRefused, CmdbUnavailable */
export async function seedCmdb(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  options: SeedOptions,
  progress: (rows: number) => void = () => undefined,
): Promise<SeedResult> {
  const present = await countPresent(cmdb);
  checkOptions(options, present);
  const now = clock.now();
  let rows = 0;
  const writer = new RowWriter(cmdb, (written) => progress((rows = written)));
  const random = new Random(`${options.seed}+${present.computers}+${present.packages}`);

  const sites = planSites(random.stream('sites'), options.sites, present.sites, options.computers);
  const crowded = sites.find((site) => site.computers > MOST_COMPUTERS_PER_SITE);
  if (crowded !== undefined)
    throw new SeedRefused(`${crowded.name} would get ${crowded.computers} computers: more sites are needed`);
  addSites(writer, random.stream('subnets'), sites, longAgo(now));
  await writer.write();

  const users = await presentUsers(cmdb);
  const computers = await addComputers(writer, random, sites, users, present.computers, now);
  const { packages, policies } = await addSoftware(writer, random, options, present, sites, computers, now);
  const deliveries = await addDeliveries(writer, random.stream('deliveries'), policies, options.events, now);
  addAudit(writer, random.stream('audit'), packages, policies);
  if (present.computers === 0) {
    addCounters(writer, random.stream('counters'), computers.length, now);
    await addTallies(cmdb, writer, random.stream('tallies'), computers, policies, now);
    addQueueSamples(writer, random.stream('queue'), computers.length, now);
    addPurgeRuns(writer, random.stream('purge'), now);
  }
  await writer.write();
  if (present.computers === 0) await addSpaceSamples(cmdb, clock);
  const result = {
    computers: computers.length,
    packages: packages.length,
    policies: policies.length,
    sites: sites.length,
    deliveries,
    rows,
  };
  await tellOthers(cmdb, clock, actor, options, result);
  return result;
}

const TOUCHED: readonly ChangeKind[] = ['site', 'registration', 'computer', 'package', 'target', 'policy'];

/** Audit log and running servers: one entry for the whole, and a change without a GUID, "all of this kind". */
async function tellOthers(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  options: SeedOptions,
  result: SeedResult,
): Promise<void> {
  await cmdb.transaction(async (session) => {
    await recordAudit(session, clock, actor, {
      action: 'seed',
      objectKind: 'cmdb',
      objectName: cmdb.location,
      after: { ...result, seed: options.seed },
    });
    for (const kind of TOUCHED) await recordChange(session, clock, kind);
  });
}

async function addComputers(
  writer: RowWriter,
  random: Random,
  sites: readonly SeededSite[],
  users: SeededUsers,
  firstNumber: number,
  now: number,
): Promise<SeededComputer[]> {
  const facts = random.stream('computers');
  const registrations = random.stream('registrations');
  const [history, people] = [random.stream('history'), random.stream('people')];
  const computers: SeededComputer[] = [];
  for (const site of sites) {
    for (let number = 0; number < site.computers; number++) {
      const computer = makeComputer(facts, site, number, firstNumber, now);
      computers.push(computer);
      addComputer(writer, registrations, computer);
      addHistory(writer, history, computer);
      addPrimaryUser(writer, people, users, computer);
      await writer.writeIfFull();
    }
  }
  addOpenRequests(writer, random.stream('requests'), computers, now);
  addIdentity(writer, random.stream('identity'), computers, now);
  await writer.write();
  return computers;
}

async function addSoftware(
  writer: RowWriter,
  random: Random,
  options: SeedOptions,
  present: Present,
  sites: readonly SeededSite[],
  computers: readonly SeededComputer[],
  now: number,
): Promise<{ packages: SeededPackage[]; policies: SeededPolicy[] }> {
  const packages: SeededPackage[] = [];
  const forPackages = random.stream('packages');
  for (let number = 0; number < options.packages; number++) {
    packages.push(addPackage(writer, forPackages, present.packages + number, now));
    await writer.writeIfFull();
  }
  await writer.write();
  const targets =
    options.policies === 0 ? [] : await addTargets(writer, random.stream('targets'), sites, computers, longAgo(now));
  const forPolicies = random.stream('policies');
  const policies = Array.from({ length: options.policies }, () =>
    addPolicy(writer, forPolicies, packages, targets, now),
  );
  await writer.write();
  return { packages, policies };
}
