/** Saved reports: the list and one of them. */
import { parseGuid, type Guid } from '../../wire/guid.ts';
import type { ReportTable } from '../cmdb/schema.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import type { Selectable } from 'kysely';
import type { Report, ReportChart, ReportParameter } from './definition.ts';

export const REPORT_SORTS = [
  'Name',
  'Folder',
  'CreatedBy',
  'ModifiedAt',
  'LastRunAt',
  'LastRunRows',
  'LastRunMilliseconds',
] as const;
export type ReportSort = (typeof REPORT_SORTS)[number];

export interface ReportQuery {
  /** Finds in name, description, folder and tags; a whole GUID finds that report. */
  search?: string;
  folder?: string;
  isBuiltIn?: boolean;
  sort: ReportSort;
  descending: boolean;
  offset: number;
  /** At most 500. */
  limit: number;
}

const MOST_ROWS = 500;
const SEARCHED = ['Name', 'Description', 'Folder', 'Tags'] as const;

export async function listReports(session: Session, query: ReportQuery): Promise<{ rows: Report[]; total: number }> {
  const { total } = await filter(session, query)
    .select((row) => row.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const ordered = filter(session, query)
    .selectAll()
    .orderBy(query.sort, query.descending ? 'desc' : 'asc')
    // More keys make pages stable, and folders read like a list of contents.
    .$if(query.sort !== 'Name', (more) => more.orderBy('Name'))
    .orderBy('Guid');
  const rows = await page(session, ordered, query.offset, Math.min(query.limit, MOST_ROWS)).execute();
  return { rows: rows.map(toReport), total: Number(total) };
}

function filter(session: Session, query: ReportQuery) {
  let found = session.db.selectFrom('Report');
  const search = query.search?.trim() ?? '';
  const guid = parseGuid(search);
  if (guid !== undefined) found = found.where('Guid', '=', guid);
  else if (search !== '')
    found = found.where((row) => row.or(SEARCHED.map((column) => contains(session, column, search))));
  if (query.folder !== undefined) found = found.where('Folder', '=', query.folder);
  if (query.isBuiltIn !== undefined) found = found.where('IsBuiltIn', '=', query.isBuiltIn ? 1 : 0);
  return found;
}

export async function getReport({ db }: Session, guid: Guid): Promise<Report | undefined> {
  const row = await db.selectFrom('Report').selectAll().where('Guid', '=', guid).executeTakeFirst();
  return row === undefined ? undefined : toReport(row);
}

/** Folders that reports lie in, by name. */
export async function listFolders({ db }: Session): Promise<string[]> {
  const rows = await db
    .selectFrom('Report')
    .select('Folder')
    .distinct()
    .where('Folder', '<>', '')
    .orderBy('Folder')
    .execute();
  return rows.map((row) => row.Folder);
}

function toReport(row: Selectable<ReportTable>): Report {
  return {
    guid: row.Guid,
    name: row.Name,
    description: row.Description,
    folder: row.Folder,
    tags: row.Tags,
    sql: row.SqlText,
    parameters: JSON.parse(row.Parameters) as ReportParameter[],
    chart: row.Chart === null ? undefined : (JSON.parse(row.Chart) as ReportChart),
    rowLimit: row.RowLimit,
    timeLimitSeconds: row.TimeLimitSeconds,
    isBuiltIn: row.IsBuiltIn === 1,
    createdAt: row.CreatedAt,
    createdBy: row.CreatedBy,
    modifiedAt: row.ModifiedAt,
    modifiedBy: row.ModifiedBy,
    lastRunAt: row.LastRunAt,
    lastRunBy: row.LastRunBy,
    lastRunRows: row.LastRunRows,
    lastRunMilliseconds: row.LastRunMilliseconds,
  };
}
