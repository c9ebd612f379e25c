/** One short batch of a purge; every statement is served by an index. */
import { sql, type DeleteQueryBuilder, type DeleteResult, type ExpressionBuilder } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { untyped, type AnySchema } from '../cmdb/untyped.ts';
import type { Source, Subject } from './subjects.ts';

/** Computers whose inventory goes in one batch: a class may hold thousands of rows of each. */
const COMPUTERS_A_BATCH = 10;

/** At most `most` rows that are older than `before`, on SQLite the oldest; answers how many went. */
export async function deleteOlder(session: Session, subject: Subject, before: Utc, most: number): Promise<number> {
  const { source, classGuid } = subject;
  const isOld = (row: ExpressionBuilder<AnySchema, string>) =>
    row.and([
      row(source.timeColumn, '<', before),
      ...(source.classColumn === undefined ? [] : [row(source.classColumn, '=', classGuid)]),
    ]);
  const db = untyped(session);
  // TOP goes through the index on the time; lock escalation begins at 5,000 rows, batches stay below.
  if (session.engine === 'mssql') return removed(db.deleteFrom(source.table).top(most).where(isOld));
  const oldest = db.selectFrom(source.table).select(source.key).where(isOld).orderBy(source.timeColumn).limit(most);
  return removed(db.deleteFrom(source.table).where(keyOf(source), 'in', oldest));
}

const keyOf = ({ key }: Source) => sql`(${sql.join(key.map((name) => sql.ref(name)))})`;

async function removed(query: DeleteQueryBuilder<AnySchema, string, DeleteResult>): Promise<number> {
  const result = await query.executeTakeFirst();
  return Number(result.numDeletedRows);
}

export interface ComputerRows {
  computer: Guid;
  rows: number;
}

/** How many rows computers have, `most` of them after a GUID: a walk over the index of the computer column. */
export async function rowsPerComputer(
  session: Session,
  { table, computerColumn }: Source,
  after: Guid | undefined,
  most: number,
): Promise<ComputerRows[]> {
  const query = untyped(session)
    .selectFrom(table)
    .select((is) => [is.ref(computerColumn!).$castTo<Guid>().as('computer'), is.fn.countAll().as('rows')])
    .groupBy(computerColumn!)
    .orderBy(computerColumn!);
  const rest = after === undefined ? query : query.where(computerColumn!, '>', after);
  const rows = await top(session, rest, most).execute();
  return rows.map(({ computer, rows: count }) => ({ computer, rows: Number(count) }));
}

/** The oldest `most` rows of a computer. */
export async function deleteOldestOf(
  session: Session,
  { table, timeColumn, computerColumn }: Source,
  computer: Guid,
  most: number,
): Promise<number> {
  const db = untyped(session);
  const oldest = db
    .selectFrom(table)
    .select('Id')
    .where(computerColumn!, '=', computer)
    .orderBy(timeColumn)
    .orderBy('Id');
  return removed(db.deleteFrom(table).where('Id', 'in', top(session, oldest, most)));
}

/** Inventory of a class, of some computers that were last heard of before an instant; answers the rows. */
export async function deleteOfSilent(session: Session, subject: Subject, before: Utc): Promise<number> {
  const query = session.db
    .selectFrom('ResourceUpdate')
    .innerJoin('ComputerContact', 'ComputerContact.ResourceGuid', 'ResourceUpdate.ResourceGuid')
    .select('ResourceUpdate.ResourceGuid')
    .where('ResourceUpdate.InventoryClassGuid', '=', subject.classGuid!)
    .where('ComputerContact.LastContactAt', '<', before)
    .orderBy('ComputerContact.LastContactAt');
  const silent = (await top(session, query, COMPUTERS_A_BATCH).execute()).map((row) => row.ResourceGuid);
  if (silent.length === 0) return 0;
  const count = await removed(untyped(session).deleteFrom(subject.source.table).where('_ResourceGuid', 'in', silent));
  // Without its summary the class counts as never sent: what the computer sends next is written, changed or not.
  const gone = await session.db
    .deleteFrom('ResourceUpdate')
    .where('InventoryClassGuid', '=', subject.classGuid!)
    .where('ResourceGuid', 'in', silent)
    .executeTakeFirst();
  return Math.max(count, Number(gone.numDeletedRows));
}
