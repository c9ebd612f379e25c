/** The list of policies as the console and the API show it. */
import { parseGuid, type Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { countDeliveries, FAILED, NO_DELIVERIES, SUCCEEDED, type DeliveryCounts } from './deliveryCounts.ts';
import type { PolicyKind } from './settings.ts';

const COLUMN_OF = {
  Name: 'i.Name',
  Description: 'i.Description',
  Kind: 'p.Kind',
  IsEnabled: 'p.IsEnabled',
  PackageName: 'k.Name',
  ProgramName: 'g.Name',
  ModifiedAt: 'i.ModifiedAt',
  ModifiedBy: 'i.ModifiedBy',
} as const;

export const POLICY_SORTS = [
  ...(Object.keys(COLUMN_OF) as (keyof typeof COLUMN_OF)[]),
  'succeeded',
  'failed',
  'total',
] as const;
export type PolicySort = (typeof POLICY_SORTS)[number];

export interface PolicyQuery {
  /** Finds in name, description, package and program; a whole GUID finds that policy. */
  search?: string;
  kind?: PolicyKind;
  isEnabled?: boolean;
  /** Policies that deliver this package: its "used by". */
  packageGuid?: Guid;
  sort: PolicySort;
  descending: boolean;
  offset: number;
  /** At most 500. */
  limit: number;
}

export interface PolicyRow {
  Guid: Guid;
  Name: string;
  Description: string;
  Kind: PolicyKind;
  IsEnabled: 0 | 1;
  PackageGuid: Guid | null;
  PackageName: string | null;
  ProgramName: string | null;
  ModifiedAt: Utc;
  ModifiedBy: string;
  /** Names, by name. */
  targets: string[];
  deliveries: DeliveryCounts;
}

const MOST_ROWS = 500;

export async function listPolicies(
  session: Session,
  query: PolicyQuery,
): Promise<{ rows: PolicyRow[]; total: number }> {
  const { total } = await filter(session, query)
    .select((row) => row.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const ordered = sorted(session, query)
    .select(['p.Guid', 'p.Kind', 'p.IsEnabled', 'p.PackageGuid', 'k.Name as PackageName', 'g.Name as ProgramName'])
    .select(['i.Name', 'i.Description', 'i.ModifiedAt', 'i.ModifiedBy'])
    // A second key makes pages stable where many rows are equal.
    .orderBy('p.Guid');
  const rows = await page(session, ordered, query.offset, Math.min(query.limit, MOST_ROWS)).execute();
  const guids = rows.map(({ Guid }) => Guid);
  const deliveries = await countDeliveries(session, guids);
  const targets = await targetNames(session, guids);
  return {
    rows: rows.map((row) => ({
      ...row,
      Kind: row.Kind as PolicyKind,
      targets: targets.get(row.Guid) ?? [],
      deliveries: deliveries.get(row.Guid) ?? NO_DELIVERIES,
    })),
    total: Number(total),
  };
}

function filter(session: Session, query: PolicyQuery) {
  let found = session.db
    .selectFrom('Policy as p')
    .innerJoin('Item as i', 'i.Guid', 'p.Guid')
    .leftJoin('Item as k', 'k.Guid', 'p.PackageGuid')
    .leftJoin('Program as g', 'g.Guid', 'p.ProgramGuid');
  const search = query.search?.trim() ?? '';
  const guid = parseGuid(search);
  if (guid !== undefined) found = found.where('p.Guid', '=', guid);
  else if (search !== '') {
    const searched = ['i.Name', 'i.Description', 'k.Name', 'g.Name'] as const;
    found = found.where((row) => row.or(searched.map((column) => contains(session, column, search))));
  }
  if (query.kind !== undefined) found = found.where('p.Kind', '=', query.kind);
  if (query.isEnabled !== undefined) found = found.where('p.IsEnabled', '=', query.isEnabled ? 1 : 0);
  if (query.packageGuid !== undefined) found = found.where('p.PackageGuid', '=', query.packageGuid);
  return found;
}

function sorted(session: Session, query: PolicyQuery) {
  const direction = query.descending ? 'desc' : 'asc';
  const { sort } = query;
  if (sort !== 'succeeded' && sort !== 'failed' && sort !== 'total') {
    return filter(session, query).orderBy(COLUMN_OF[sort], direction);
  }
  // The counts of all policies are needed then, and only then: one pass over an index.
  let deliveries = session.db
    .selectFrom('Delivery')
    .select((row) => ['PolicyGuid', row.fn.countAll<number>().as('count')]);
  if (sort !== 'total') deliveries = deliveries.where('Status', 'in', sort === 'failed' ? FAILED : SUCCEEDED);
  return filter(session, query)
    .leftJoin(deliveries.groupBy('PolicyGuid').as('d'), 'd.PolicyGuid', 'p.Guid')
    .orderBy((row) => row.fn.coalesce('d.count', row.lit(0)), direction);
}

async function targetNames({ db }: Session, policies: readonly Guid[]): Promise<Map<Guid, string[]>> {
  const names = new Map<Guid, string[]>();
  if (policies.length === 0) return names;
  const rows = await db
    .selectFrom('PolicyTarget as t')
    .innerJoin('Item as i', 'i.Guid', 't.TargetGuid')
    .select(['t.PolicyGuid', 'i.Name'])
    .where('t.PolicyGuid', 'in', policies)
    .orderBy('i.Name')
    .execute();
  for (const { PolicyGuid, Name } of rows) names.set(PolicyGuid, [...(names.get(PolicyGuid) ?? []), Name]);
  return names;
}
