/** The audit log as the console shows it. */
import type { SelectQueryBuilder } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { Schema, Utc } from '../cmdb/schema.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { readDetails, type AuditDetail } from './changes.ts';

export interface AuditRow {
  id: number;
  at: Utc;
  actor: string;
  action: string;
  objectKind: string;
  objectGuid: Guid | null;
  objectName: string;
  address: string;
}

export interface AuditQuery {
  offset: number;
  limit: number;
  sort: string;
  descending: boolean;
  /** Finds the text in actor and object name. */
  search: string;
  /** `action`, `kind`, `object` (GUID). */
  filters: Readonly<Record<string, string>>;
}

const COLUMNS = ['Id', 'At', 'Actor', 'Action', 'ObjectKind', 'ObjectGuid', 'ObjectName', 'Address'] as const;

const SORT_COLUMNS = {
  at: 'Id',
  actor: 'Actor',
  action: 'Action',
  kind: 'ObjectKind',
  object: 'ObjectName',
  address: 'Address',
} as const;

type Audit = Pick<Schema, 'AuditEntry'>;

function narrowed<O>(
  session: Session,
  query: SelectQueryBuilder<Audit, 'AuditEntry', O>,
  { search, filters }: AuditQuery,
): SelectQueryBuilder<Audit, 'AuditEntry', O> {
  let narrow = query;
  if (search !== '') {
    narrow = narrow.where((is) => is.or([contains(session, 'Actor', search), contains(session, 'ObjectName', search)]));
  }
  if (filters.action !== undefined) narrow = narrow.where('Action', '=', filters.action);
  if (filters.kind !== undefined) narrow = narrow.where('ObjectKind', '=', filters.kind);
  if (filters.object !== undefined) narrow = narrow.where('ObjectGuid', '=', filters.object as Guid);
  return narrow;
}

export async function listAudit(session: Session, query: AuditQuery): Promise<{ rows: AuditRow[]; total: number }> {
  const { db } = session;
  const column = SORT_COLUMNS[query.sort as keyof typeof SORT_COLUMNS] ?? SORT_COLUMNS.at;
  const ordered = narrowed(session, db.selectFrom('AuditEntry').select(COLUMNS), query).orderBy(
    column,
    query.descending ? 'desc' : 'asc',
  );
  const unambiguous = column === 'Id' ? ordered : ordered.orderBy('Id', 'desc');
  const rows = await page(session, unambiguous, query.offset, query.limit).execute();
  const counted = db.selectFrom('AuditEntry').select((is) => is.fn.countAll().as('Total'));
  const { Total } = await narrowed(session, counted, query).executeTakeFirstOrThrow();
  return { rows: rows.map(toRow), total: Number(Total) };
}

type DbRow = Pick<Audit['AuditEntry'], Exclude<(typeof COLUMNS)[number], 'Id'>> & { Id: number };

const toRow = (row: DbRow): AuditRow => ({
  id: row.Id,
  at: row.At,
  actor: row.Actor,
  action: row.Action,
  objectKind: row.ObjectKind,
  objectGuid: row.ObjectGuid,
  objectName: row.ObjectName,
  address: row.Address,
});

/** One entry with what it changed, field by field; undefined when there is none. */
export async function getAuditEntry(session: Session, id: number): Promise<(AuditRow & AuditDetail) | undefined> {
  const row = await session.db
    .selectFrom('AuditEntry')
    .select([...COLUMNS, 'Detail'])
    .where('Id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const [detail] = await readDetails(session, [row]);
  return { ...toRow(row), ...detail! };
}

/** Words that the log uses, for its filters. */
export async function auditWords({ db }: Session): Promise<{ actions: string[]; kinds: string[] }> {
  const actions = await db.selectFrom('AuditEntry').select('Action').distinct().orderBy('Action').execute();
  const kinds = await db.selectFrom('AuditEntry').select('ObjectKind').distinct().orderBy('ObjectKind').execute();
  return { actions: actions.map((row) => row.Action), kinds: kinds.map((row) => row.ObjectKind) };
}
