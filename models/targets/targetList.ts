/** The list of targets, and the choices of a policy's form. */
import type { Guid } from '../../wire/guid.ts';
import { ITEM_CLASS } from '../../wire/wellKnown.ts';
import type { Utc } from '../cmdb/schema.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { AD_HOC, countManagedComputers, type TargetKind } from './targetStore.ts';

export const TARGET_SORTS = ['Name', 'Description', 'Kind', 'ModifiedAt', 'ModifiedBy'] as const;
export type TargetSort = (typeof TARGET_SORTS)[number];

export interface TargetRow {
  Guid: Guid;
  Name: string;
  Description: string;
  Kind: TargetKind;
  ModifiedAt: Utc;
  ModifiedBy: string;
  computers: number;
  policies: number;
}

/** Named targets by page; `search` finds in name and description. At most 500 a page. */
export async function listTargets(
  session: Session,
  query: { search?: string; sort: TargetSort; descending: boolean; offset: number; limit: number },
): Promise<{ rows: TargetRow[]; total: number }> {
  const found = filter(session, query.search?.trim() ?? '');
  const { total } = await found.select((row) => row.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const ordered = found
    .select(['t.Guid', 'i.Name', 'i.Description', 't.Kind', 'i.ModifiedAt', 'i.ModifiedBy'])
    .orderBy(query.sort === 'Kind' ? 't.Kind' : `i.${query.sort}`, query.descending ? 'desc' : 'asc')
    .orderBy('t.Guid');
  const rows = await page(session, ordered, query.offset, Math.min(query.limit, 500)).execute();
  const guids = rows.map(({ Guid }) => Guid);
  const [members, policies] = [await memberCounts(session, guids), await policyCounts(session, guids)];
  const everybody = rows.some(({ Kind }) => Kind === 'all') ? await countManagedComputers(session) : 0;
  return {
    rows: rows.map((row) => ({
      ...row,
      Kind: row.Kind as TargetKind,
      computers: row.Kind === 'all' ? everybody : (members.get(row.Guid) ?? 0),
      policies: policies.get(row.Guid) ?? 0,
    })),
    total: Number(total),
  };
}

function filter(session: Session, search: string) {
  const found = session.db
    .selectFrom('Target as t')
    .innerJoin('Item as i', 'i.Guid', 't.Guid')
    .where('i.ClassGuid', '=', ITEM_CLASS.target)
    .where('i.Attributes', '!=', AD_HOC);
  if (search === '') return found;
  return found.where((row) =>
    row.or([contains(session, 'i.Name', search), contains(session, 'i.Description', search)]),
  );
}

async function memberCounts({ db }: Session, targets: readonly Guid[]): Promise<Map<Guid, number>> {
  if (targets.length === 0) return new Map();
  const rows = await db
    .selectFrom('TargetMember as m')
    .innerJoin('Computer as c', 'c.ResourceGuid', 'm.ResourceGuid')
    .select((row) => ['m.TargetGuid', row.fn.countAll<number>().as('count')])
    .where('m.TargetGuid', 'in', targets)
    .groupBy('m.TargetGuid')
    .execute();
  return new Map(rows.map((row) => [row.TargetGuid, Number(row.count)]));
}

async function policyCounts({ db }: Session, targets: readonly Guid[]): Promise<Map<Guid, number>> {
  if (targets.length === 0) return new Map();
  const rows = await db
    .selectFrom('PolicyTarget')
    .select((row) => ['TargetGuid', row.fn.countAll<number>().as('count')])
    .where('TargetGuid', 'in', targets)
    .groupBy('TargetGuid')
    .execute();
  return new Map(rows.map((row) => [row.TargetGuid, Number(row.count)]));
}

/** All named targets by name, "All Computers" first: the choices of a policy's form. */
export async function targetChoices(session: Session): Promise<{ guid: Guid; name: string; kind: TargetKind }[]> {
  const rows = await filter(session, '')
    .select(['t.Guid', 'i.Name', 't.Kind'])
    .orderBy('t.Kind')
    .orderBy('i.Name')
    .execute();
  return rows.map(({ Guid, Name, Kind }) => ({ guid: Guid, name: Name, kind: Kind as TargetKind }));
}
