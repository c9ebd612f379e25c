/** Who is assigned to a site or package server by hand, as lists show it: targets first, then computers by name. */
import type { Guid } from '../../wire/guid.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { AD_HOC, countManagedComputers } from '../targets/targetStore.ts';
import { assignedTargets, ownList, type AssignedPlace } from './assignmentLists.ts';

export interface AssignedTarget {
  Guid: Guid;
  Name: string;
  /** Managed computers in it. */
  computers: number;
}

/** Named targets, by name; at most 1,000 by the rule of assignByHand.ts. */
export async function listAssignedTargets(session: Session, place: AssignedPlace): Promise<AssignedTarget[]> {
  const targets = await assignedTargets(session, place);
  if (targets.length === 0) return [];
  const rows = await session.db
    .selectFrom('Target as t')
    .innerJoin('Item as i', 'i.Guid', 't.Guid')
    .select(['t.Guid', 'i.Name', 't.Kind'])
    .where('t.Guid', 'in', targets)
    .where('i.Attributes', '!=', AD_HOC)
    .orderBy('i.Name')
    .execute();
  const counts = await session.db
    .selectFrom('TargetMember as m')
    .innerJoin('Computer as c', 'c.ResourceGuid', 'm.ResourceGuid')
    .select(['m.TargetGuid', (row) => row.fn.countAll<number>().as('count')])
    .where('m.TargetGuid', 'in', targets)
    .groupBy('m.TargetGuid')
    .execute();
  const countOf = new Map(counts.map(({ TargetGuid, count }) => [TargetGuid, Number(count)]));
  const everybody = rows.some(({ Kind }) => Kind === 'all') ? await countManagedComputers(session) : 0;
  return rows.map(({ Guid, Name, Kind }) => ({
    Guid,
    Name,
    computers: Kind === 'all' ? everybody : (countOf.get(Guid) ?? 0),
  }));
}

export interface AssignedComputer {
  Guid: Guid;
  Name: string;
  Domain: string;
  IpAddress: string;
}

export interface AssignedQuery {
  search?: string;
  descending?: boolean;
  offset: number;
  /** At most 1,000. */
  limit: number;
}

/** Computers that were named one by one. */
export async function listAssignedComputers(
  session: Session,
  place: AssignedPlace,
  { search = '', descending = false, offset, limit }: AssignedQuery,
): Promise<{ rows: AssignedComputer[]; total: number }> {
  const list = await ownList(session, place);
  if (list === undefined) return { rows: [], total: 0 };
  let found = session.db
    .selectFrom('TargetMember as m')
    .innerJoin('Computer as c', 'c.ResourceGuid', 'm.ResourceGuid')
    .where('m.TargetGuid', '=', list);
  if (search.trim() !== '') found = found.where(contains(session, 'c.Name', search.trim()));
  const { total } = await found.select((row) => row.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const ordered = found
    .select(['c.ResourceGuid as Guid', 'c.Name', 'c.Domain', 'c.IpAddress'])
    .orderBy('c.Name', descending ? 'desc' : 'asc')
    .orderBy('c.ResourceGuid');
  return { rows: await page(session, ordered, offset, Math.min(limit, 1000)).execute(), total: Number(total) };
}

/** Targets that can be assigned, for a picker: named ones that are not there yet. */
export async function targetChoices(session: Session, place: AssignedPlace): Promise<{ Guid: Guid; Name: string }[]> {
  const there = new Set(await assignedTargets(session, place));
  const rows = await session.db
    .selectFrom('Target as t')
    .innerJoin('Item as i', 'i.Guid', 't.Guid')
    .select(['t.Guid', 'i.Name'])
    .where('i.Attributes', '!=', AD_HOC)
    .orderBy('i.Name')
    .execute();
  return rows.filter(({ Guid }) => !there.has(Guid));
}
