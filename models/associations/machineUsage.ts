/**
 * The daily job "machine usage" (KB 180952): from the log-ons of 28 days it computes how long each user used each
 * computer, and the primary user, who used it longest. The association from the computer to that user is kept with it.
 */
import { setImmediate as letOthersWork } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import { ASSOCIATION_TYPE, DATA_CLASS, RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { utc, type Clock } from '../clock.ts';
import { top } from '../cmdb/sql.ts';
import { guidParam, type Cmdb, type Session } from '../cmdb/types.ts';
import { DataClasses, type DataClass } from '../inventory/dataClasses.ts';
import { classData, type PositionalRow } from '../inventory/inventoryRows.ts';
import { writeInventory, type InventoryChange } from '../inventory/writeInventory.ts';
import type { ResourceName } from './findResources.ts';
import { findOrMakeResources } from './makeResources.ts';
import { isServerGenerated, type PrimaryUserRow } from './primaryUser.ts';
import { writeAssociations, type Association } from './writeAssociations.ts';

const DAY = 86_400_000;
/** How long the original keeps sessions (PrimaryUserRecordDays). */
export const USAGE_DAYS = 28;
/** Of computers: their sessions are summed and written in some 20 ms on SQLite. */
const BATCH = 50;

interface UserTime {
  user: string;
  domain: string;
  seconds: number;
}

export interface UsageRun {
  computers: number;
}

/** @param goOn asked before each batch: false ends the run early (another node has taken over, or the server stops) */
export async function computeMachineUsage(
  cmdb: Cmdb,
  clock: Clock,
  goOn: () => Promise<boolean> = async () => true,
): Promise<UsageRun> {
  const classes = await DataClasses.load(cmdb);
  let computers = 0;
  let last: Guid | undefined;
  while (await goOn()) {
    const batch = await nextComputers(cmdb, last);
    if (batch.length === 0) break;
    computers += await computeFor(cmdb, clock, classes, batch);
    last = batch.at(-1)!.guid;
    await letOthersWork();
  }
  return { computers };
}

interface UsedComputer {
  guid: Guid;
  name: string;
}

async function nextComputers(session: Session, after: Guid | undefined): Promise<UsedComputer[]> {
  // In the order of a primary key: by type of resource all 35,000 would be sorted for each batch.
  const query = session.db
    .selectFrom('Computer as c')
    .innerJoin('Resource as r', 'r.Guid', 'c.ResourceGuid')
    .select(['c.ResourceGuid as guid', 'c.Name as name'])
    .where('r.DeletedAt', 'is', null)
    .orderBy('c.ResourceGuid');
  return top(session, after === undefined ? query : query.where('c.ResourceGuid', '>', after), BATCH).execute();
}

/**
 * Answers how many of the computers were used. What a computer says of itself between the reading and the writing is
 * written over, until it says it again; most days there is nothing to write, and nobody waits for a transaction.
 */
async function computeFor(
  cmdb: Cmdb,
  clock: Clock,
  classes: DataClasses,
  computers: readonly UsedComputer[],
): Promise<number> {
  const now = clock.now();
  const usage = await readUsage(cmdb, computers, utc(now - USAGE_DAYS * DAY));
  if (usage.size === 0) return 0;
  const used = computers.filter(({ guid }) => usage.has(guid));
  const changes = await changedOnly(cmdb, [
    ...usageChanges(classes.get(DATA_CLASS.machineUsage), usage, now),
    ...primaryUserChanges(classes.get(DATA_CLASS.primaryUser), await readPrimaryUsers(cmdb, used), usage, now),
  ]);
  const users = await newUsers(cmdb, used, usage);
  if (changes.length === 0 && users.length === 0) return used.length;
  const write = async (session: Session): Promise<void> => {
    if (changes.length > 0) await writeInventory(session, now, changes);
    if (users.length > 0) await associate(session, clock, users);
  };
  // The next night computes it again.
  await cmdb.transaction(write, { mayBeLost: true });
  return used.length;
}

/** Users of each computer, the longest first; equal times in order of their names, so that none flips to and fro. */
async function readUsage(
  { db }: Session,
  computers: readonly UsedComputer[],
  since: string,
): Promise<Map<Guid, UserTime[]>> {
  const rows = await db
    .selectFrom('ClientLogOn')
    .select((is) => [
      'ResourceGuid as computer',
      'UserName as user',
      'UserDomain as domain',
      is.fn.sum<number>('DurationSeconds').as('seconds'),
    ])
    .where(
      'ResourceGuid',
      'in',
      computers.map(({ guid }) => guid),
    )
    .where('EventAt', '>=', since)
    .where('DurationSeconds', '>', 0)
    .groupBy(['ResourceGuid', 'UserName', 'UserDomain'])
    .execute();
  const usage = new Map<Guid, UserTime[]>();
  for (const { computer, user, domain, seconds } of rows) {
    const users = usage.get(computer) ?? [];
    users.push({ user, domain, seconds: Number(seconds) });
    usage.set(computer, users);
  }
  for (const users of usage.values()) users.sort((a, b) => b.seconds - a.seconds || (nameOf(a) < nameOf(b) ? -1 : 1));
  return usage;
}

const nameOf = ({ user, domain }: UserTime): string => `${domain}\\${user}`.toLowerCase();

function monthAndYear(now: number): { Month: string; Year: string } {
  const date = new Date(now);
  return { Month: String(date.getMonth() + 1), Year: String(date.getFullYear()) };
}

/** Values by the names of the class's columns, whatever order they stand in. */
function positional({ columns }: DataClass, values: Readonly<Record<string, string | null>>): PositionalRow {
  return columns.map((column) => (column === undefined ? undefined : (values[column.name] ?? undefined)));
}

function usageChanges(
  dataClass: DataClass | undefined,
  usage: ReadonlyMap<Guid, UserTime[]>,
  now: number,
): InventoryChange[] {
  if (dataClass === undefined) return [];
  return [...usage].map(([resource, users]) => {
    const rows = users.map(({ user, domain, seconds }, index) =>
      positional(dataClass, {
        ...monthAndYear(now),
        User: user,
        Domain: domain,
        Hours: String(Math.round(seconds / 3600)),
        Minutes: String(Math.round(seconds / 60)),
        Rank: String(index + 1),
      }),
    );
    return { resource, eventAt: now, data: classData(dataClass, rows, 0, new Set()) };
  });
}

/** A computer that tells its primary user itself is left alone: the two would overwrite each other for ever. */
function primaryUserChanges(
  dataClass: DataClass | undefined,
  known: ReadonlyMap<Guid, PrimaryUserRow[]>,
  usage: ReadonlyMap<Guid, UserTime[]>,
  now: number,
): InventoryChange[] {
  if (dataClass === undefined) return [];
  const { Month, Year } = monthAndYear(now);
  return [...usage].flatMap(([resource, users]) => {
    const rows = known.get(resource) ?? [];
    if (rows.some((row) => !isServerGenerated(row))) return [];
    const others = rows.filter((row) => row.Month !== Month || row.Year !== Year);
    const { user, domain } = users[0]!;
    const own = { Month, Year, User: user, Domain: domain, 'Server Generated': '1' };
    const all = [...others, own].map((row) => positional(dataClass, { ...row }));
    return [{ resource, eventAt: now, data: classData(dataClass, all, 0, new Set()) }];
  });
}

async function readPrimaryUsers(
  session: Session,
  computers: readonly UsedComputer[],
): Promise<Map<Guid, PrimaryUserRow[]>> {
  const names = ['Month', 'Year', 'User', 'Domain', 'Server Generated'].map((name) => sql.id(name));
  const guids = sql.join(computers.map(({ guid }) => guidParam(guid)));
  const { rows } = await sql<PrimaryUserRow & { computer: Guid }>`
    select ${sql.ref('_ResourceGuid')} as computer, ${sql.join(names)} from Inv_AeX_AC_Primary_User
    where ${sql.ref('_ResourceGuid')} in (${guids})`.execute(session.db);
  const known = new Map<Guid, PrimaryUserRow[]>();
  for (const { computer, ...row } of rows) known.set(computer, [...(known.get(computer) ?? []), row]);
  return known;
}

/** Without those that would only move the times of what is there already, every day on every computer. */
async function changedOnly({ db }: Session, changes: readonly InventoryChange[]): Promise<InventoryChange[]> {
  if (changes.length === 0) return [];
  const rows = await db
    .selectFrom('ResourceUpdate')
    .select(['ResourceGuid', 'InventoryClassGuid', 'DataHash'])
    .where('InventoryClassGuid', 'in', [DATA_CLASS.machineUsage, DATA_CLASS.primaryUser])
    .where(
      'ResourceGuid',
      'in',
      changes.map(({ resource }) => resource),
    )
    .execute();
  const known = new Map(rows.map((row) => [`${row.ResourceGuid} ${row.InventoryClassGuid}`, row.DataHash]));
  return changes.filter(({ resource, data }) => known.get(`${resource} ${data.dataClass.guid}`) !== data.hash);
}

interface ComputerUser extends ResourceName {
  computer: Guid;
}

/** Primary users that their computers are not associated with yet. One without a domain is known on its computer only. */
async function newUsers(
  session: Session,
  computers: readonly UsedComputer[],
  usage: ReadonlyMap<Guid, UserTime[]>,
): Promise<ComputerUser[]> {
  const known = await knownAssociations(session, computers);
  return computers.flatMap(({ guid: computer, name }) => {
    const { user, domain } = usage.get(computer)![0]!;
    const home = domain === '' ? name : domain;
    const value = `${user}.${home}`.toUpperCase();
    if (known.get(computer) === value.toLowerCase()) return [];
    const keys = [{ name: 'name.domain', value }];
    return [{ computer, guid: undefined, typeGuid: RESOURCE_TYPE.user, name: `${home}\\${user}`, keys }];
  });
}

async function associate(session: Session, clock: Clock, users: readonly ComputerUser[]): Promise<void> {
  const guids = await findOrMakeResources(session, clock, users);
  const associations = users.map((user): Association => ({
    type: ASSOCIATION_TYPE.primaryUser,
    parent: user.computer,
    child: guids.get(user)!,
  }));
  await writeAssociations(session, [{ at: clock.now(), associations }]);
}

/** The key of the user that each computer has now: nearly always it is the one of yesterday. */
async function knownAssociations({ db }: Session, computers: readonly UsedComputer[]): Promise<Map<Guid, string>> {
  const users = await db
    .selectFrom('ResourceAssociation as a')
    .innerJoin('Resource as r', 'r.Guid', 'a.ChildResourceGuid')
    .select(['a.ParentResourceGuid as computer', 'r.Guid as user'])
    .where('a.ResourceAssociationTypeGuid', '=', ASSOCIATION_TYPE.primaryUser)
    .where(
      'a.ParentResourceGuid',
      'in',
      computers.map(({ guid }) => guid),
    )
    .where('r.DeletedAt', 'is', null)
    .execute();
  if (users.length === 0) return new Map();
  // A query of its own: joined, SQLite would begin with every key of this name.
  const keys = await db
    .selectFrom('ResourceKey')
    .select(['ResourceGuid', 'KeyValue'])
    .where(
      'ResourceGuid',
      'in',
      users.map(({ user }) => user),
    )
    .where('KeyName', '=', 'name.domain')
    .execute();
  const keyOf = new Map(keys.map((key) => [key.ResourceGuid, key.KeyValue.toLowerCase()]));
  return new Map(users.map(({ computer, user }) => [computer, keyOf.get(user) ?? '']));
}
