/** What a merge would do, before it does: which data stays, and what moves. */
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { untyped } from '../cmdb/untyped.ts';
import { areApart, hardwareOf } from './hardware.ts';
import { planMerge, type MergePair, type MergePlan } from './mergePlan.ts';
import { logTables } from './resourceTables.ts';

export interface SideFacts {
  guid: Guid;
  name: string;
  domain: string;
  osName: string;
  address: string;
  createdAt: Utc;
  lastContactAt: Utc | null;
  lastInventoryAt: Utc | null;
  registration: string;
  keys: string[];
  targets: { guid: Guid; name: string }[];
  deliveries: number;
  associations: number;
  /** Events, changes of inventory and entries of the timeline. */
  happened: number;
}

export interface MergePreview {
  plan: MergePlan;
  winner: SideFacts;
  loser: SideFacts;
  /** Deliveries of policies that both have: the newer result stays. */
  sharedDeliveries: number;
  /** The hardware keys say that these are two machines. */
  isApart: boolean;
}

/** @throws InvalidInput when the two cannot be merged */
export async function previewMerge(session: Session, pair: MergePair): Promise<MergePreview> {
  const plan = await planMerge(session, pair);
  const [winner, loser] = [await factsOf(session, pair.winner), await factsOf(session, pair.loser)];
  const [ours, theirs] = [await hardwareKeys(session, pair.winner), await hardwareKeys(session, pair.loser)];
  const isApart = ours !== undefined && theirs !== undefined && areApart(ours, theirs);
  return { plan, winner, loser, sharedDeliveries: await shared(session, pair), isApart };
}

async function factsOf(session: Session, guid: Guid): Promise<SideFacts> {
  const { db } = session;
  const row = await db
    .selectFrom('Resource as r')
    .leftJoin('Computer as c', 'c.ResourceGuid', 'r.Guid')
    .leftJoin('ComputerContact as k', 'k.ResourceGuid', 'r.Guid')
    .select(['r.Guid as guid', 'r.Name as name', 'r.CreatedAt as createdAt', 'c.Domain as domain'])
    .select(['c.OsName as osName', 'c.IpAddress as address', 'c.LastInventoryAt as lastInventoryAt'])
    .select('k.LastContactAt as lastContactAt')
    .where('r.Guid', '=', guid)
    .executeTakeFirstOrThrow();
  const registrations = await db
    .selectFrom('AgentRegistration')
    .select('State')
    .where('ResourceGuid', '=', guid)
    .execute();
  const keys = await keysOf(session, guid);
  return {
    ...row,
    domain: row.domain ?? '',
    osName: row.osName ?? '',
    address: row.address ?? '',
    registration: registrations.some(({ State }) => State === 'allowed')
      ? 'allowed'
      : (registrations[0]?.State ?? 'none'),
    keys: keys.map(({ name, value }) => `${name} ${value}`),
    targets: await targetsOf(session, guid),
    deliveries: await count(session, 'Delivery', 'ResourceGuid', guid),
    associations:
      (await count(session, 'ResourceAssociation', 'ParentResourceGuid', guid)) +
      (await count(session, 'ResourceAssociation', 'ChildResourceGuid', guid)),
    happened: await happened(session, guid),
  };
}

async function keysOf({ db }: Session, guid: Guid): Promise<{ name: string; value: string }[]> {
  return db
    .selectFrom('ResourceKey')
    .select(['KeyName as name', 'KeyValue as value'])
    .where('ResourceGuid', '=', guid)
    .orderBy('KeyName')
    .execute();
}

const hardwareKeys = async (session: Session, guid: Guid) => hardwareOf(await keysOf(session, guid));

async function targetsOf({ db }: Session, guid: Guid): Promise<{ guid: Guid; name: string }[]> {
  return db
    .selectFrom('TargetMember as m')
    .innerJoin('Item as i', 'i.Guid', 'm.TargetGuid')
    .select(['m.TargetGuid as guid', 'i.Name as name'])
    .where('m.ResourceGuid', '=', guid)
    .orderBy('i.Name')
    .execute();
}

async function count(session: Session, table: string, column: string, guid: Guid): Promise<number> {
  const row = await untyped(session)
    .selectFrom(table)
    .select((is) => is.fn.countAll().as('total'))
    .where(column, '=', guid)
    .executeTakeFirstOrThrow();
  return Number(row.total);
}

async function happened(session: Session, guid: Guid): Promise<number> {
  let total = 0;
  for (const { table, column } of await logTables(session)) total += await count(session, table, column, guid);
  return total;
}

async function shared({ db }: Session, { winner, loser }: MergePair): Promise<number> {
  const row = await db
    .selectFrom('Delivery as a')
    .innerJoin('Delivery as b', 'b.PolicyGuid', 'a.PolicyGuid')
    .select((is) => is.fn.countAll<number>().as('total'))
    .where('a.ResourceGuid', '=', winner)
    .where('b.ResourceGuid', '=', loser)
    .executeTakeFirstOrThrow();
  return Number(row.total);
}
