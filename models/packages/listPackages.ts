/** The list of packages as the console and the API show it: paged, sorted, searched and filtered by the database. */
import { parseGuid, type Guid } from '../../wire/guid.ts';
import type { Bit, Utc } from '../cmdb/schema.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import type { DistributionMode } from '../packageServers/distribution.ts';
import { PROBLEM_STATES, REMOVED, type PackageState } from './packageState.ts';

/** Columns that the list can be sorted by. Thousands of packages are many: sorting by what is counted needs no index. */
export const PACKAGE_SORTS = [
  'Name',
  'VersionText',
  'Publisher',
  'Language',
  'SourceKind',
  'SourcePath',
  'TotalSize',
  'FileCount',
  'CurrentVersion',
  'State',
  'Programs',
  'Policies',
  'LastRefreshAt',
  'NextRefreshAt',
  'LastUsedAt',
  'ModifiedAt',
  'Owner',
  'ProblemSince',
  'FailureCount',
] as const;
export type PackageSort = (typeof PACKAGE_SORTS)[number];

export interface PackageQuery {
  /** Finds in name, publisher, version, description, source path and owner; a whole GUID finds that package. */
  search?: string;
  state?: PackageState;
  /** Only packages whose last refresh did not succeed. */
  problemsOnly?: boolean;
  sourceKind?: string;
  /** Only packages that go to package servers in this way. */
  mode?: DistributionMode;
  /** Only packages that nobody asked for since this instant, or ever. */
  unusedSince?: Utc;
  sort: PackageSort;
  descending: boolean;
  offset: number;
  /** At most 1,000. */
  limit: number;
}

export interface PackageListRow {
  Guid: Guid;
  Name: string;
  VersionText: string;
  Publisher: string;
  Language: string;
  SourceKind: string;
  SourcePath: string;
  IsEnabled: Bit;
  State: string;
  StateDetail: string;
  FailureCount: number;
  /** Of the current snapshot, bytes; null before the first. */
  TotalSize: number | null;
  FileCount: number | null;
  CurrentVersion: number | null;
  Programs: number;
  Policies: number;
  LastRefreshAt: Utc | null;
  NextRefreshAt: Utc | null;
  LastUsedAt: Utc | null;
  ModifiedAt: Utc;
  ModifiedBy: string;
  Owner: string;
  /** Since when refreshes fail; null while they do not. */
  ProblemSince: Utc | null;
}

/** Whose column it is: several of the tables have some of these names. */
const SORT_COLUMNS = {
  Name: 'i.Name',
  VersionText: 'p.VersionText',
  Publisher: 'p.Publisher',
  Language: 'p.Language',
  SourceKind: 'p.SourceKind',
  SourcePath: 'p.SourcePath',
  TotalSize: 's.TotalSize',
  FileCount: 's.FileCount',
  CurrentVersion: 'p.CurrentVersion',
  State: 'p.State',
  Programs: 'Programs',
  Policies: 'Policies',
  LastRefreshAt: 'p.LastRefreshAt',
  NextRefreshAt: 'p.NextRefreshAt',
  LastUsedAt: 'p.LastUsedAt',
  ModifiedAt: 'i.ModifiedAt',
  Owner: 'p.Owner',
  ProblemSince: 'p.ProblemSince',
  FailureCount: 'p.FailureCount',
} as const satisfies Record<PackageSort, string>;

const MOST_ROWS = 1000;
const SEARCHED = ['i.Name', 'p.Publisher', 'p.VersionText', 'i.Description', 'p.SourcePath', 'p.Owner'] as const;

export async function listPackages(
  session: Session,
  query: PackageQuery,
): Promise<{ rows: PackageListRow[]; total: number }> {
  const { total } = await filter(session, query)
    .select((row) => row.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const ordered = filter(session, query)
    .leftJoin('Snapshot as s', (join) =>
      join.onRef('s.PackageGuid', '=', 'p.Guid').onRef('s.Version', '=', 'p.CurrentVersion'),
    )
    .select([
      'p.Guid',
      'i.Name',
      'p.VersionText',
      'p.Publisher',
      'p.Language',
      'p.SourceKind',
      'p.SourcePath',
      'p.IsEnabled',
      'p.State',
      'p.StateDetail',
      'p.FailureCount',
      's.TotalSize',
      's.FileCount',
      'p.CurrentVersion',
      'p.LastRefreshAt',
      'p.NextRefreshAt',
      'p.LastUsedAt',
      'i.ModifiedAt',
      'i.ModifiedBy',
      'p.Owner',
      'p.ProblemSince',
    ])
    .select((row) => [
      row
        .selectFrom('Program as g')
        .select((program) => program.fn.countAll<number>().as('count'))
        .whereRef('g.PackageGuid', '=', 'p.Guid')
        .as('Programs'),
      row
        .selectFrom('Policy as y')
        .select((policy) => policy.fn.countAll<number>().as('count'))
        .whereRef('y.PackageGuid', '=', 'p.Guid')
        .as('Policies'),
    ])
    .orderBy(SORT_COLUMNS[query.sort], query.descending ? 'desc' : 'asc')
    // A second key makes pages stable where many rows are equal.
    .orderBy('p.Guid');
  const rows = await page(session, ordered, query.offset, Math.min(query.limit, MOST_ROWS)).execute();
  return {
    rows: rows.map((row) => ({
      ...row,
      Programs: Number(row.Programs),
      Policies: Number(row.Policies),
      ProblemSince: row.FailureCount > 0 ? row.ProblemSince : null,
    })),
    total: Number(total),
  };
}

function filter(session: Session, query: PackageQuery) {
  let found = session.db
    .selectFrom('Package as p')
    .innerJoin('Item as i', 'i.Guid', 'p.Guid')
    .where('p.State', '<>', REMOVED);
  const { search, state, problemsOnly, sourceKind, mode, unusedSince } = query;
  if (search !== undefined && search.trim() !== '') {
    const guid = parseGuid(search);
    const text = search.trim();
    found =
      guid !== undefined
        ? found.where('p.Guid', '=', guid)
        : found.where((row) => row.or(SEARCHED.map((column) => contains(session, column, text))));
  }
  if (state !== undefined) found = found.where('p.State', '=', state);
  if (problemsOnly === true) found = found.where('p.State', 'in', PROBLEM_STATES);
  if (sourceKind !== undefined) found = found.where('p.SourceKind', '=', sourceKind);
  if (mode !== undefined) {
    const distributions = session.db.selectFrom('PackageDistribution').select('PackageGuid');
    // A package without a row goes to all.
    found =
      mode === 'all'
        ? found.where('p.Guid', 'not in', distributions.where('Mode', '<>', 'all'))
        : found.where('p.Guid', 'in', distributions.where('Mode', '=', mode));
  }
  if (unusedSince !== undefined) {
    found = found.where((row) => row.or([row('p.LastUsedAt', '<', unusedSince), row('p.LastUsedAt', 'is', null)]));
  }
  return found;
}

/** Number of packages in each state: filters and the home page. */
export async function countPackagesByState(session: Session): Promise<Map<string, number>> {
  const rows = await session.db
    .selectFrom('Package')
    .select((row) => ['State', row.fn.countAll<number>().as('packages')])
    .where('State', '<>', REMOVED)
    .groupBy('State')
    .execute();
  return new Map(rows.map((row) => [row.State, Number(row.packages)]));
}
