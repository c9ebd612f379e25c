/**
 * The schema `reports` of SQL Server: all that a report can read. Migration 0009 makes it, its role and the views that
 * stand for tables of the same name; this adds a view for every other compatibility view and for every data class, also
 * for those that administrators add. Both schemas belong to dbo, so whoever may read the view needs no right to what
 * lies behind it.
 */
import { OWN_REPORT_VIEWS } from '../../cmdb/migrate.ts';
import type { MssqlCmdb } from '../../cmdb/mssql.ts';
import { isReadable } from './readable.ts';

interface Shape {
  name: string;
  columns: string[];
}

const quote = (name: string): string => `[${name.replaceAll(']', ']]')}]`;

/** Brings the views up to date; answers how many it made or took away. One node at a time. */
export async function ensureReportViews({ pool, driver }: MssqlCmdb): Promise<number> {
  if ((await differences(pool)).length === 0) return 0;
  const transaction = pool.transaction();
  await transaction.begin(driver.ISOLATION_LEVEL.READ_COMMITTED);
  try {
    await transaction.request().query(
      `DECLARE @result int;
       EXEC @result = sp_getapplock @Resource = N'notification-server report views', @LockMode = N'Exclusive', @LockOwner = N'Transaction', @LockTimeout = 30000;
       IF @result < 0 THROW 50000, N'another node has been making the report views for half a minute', 1;`,
    );
    const statements = await differences(transaction);
    for (const statement of statements) await transaction.request().batch(statement);
    await transaction.commit();
    return statements.length;
  } catch (error) {
    await transaction.rollback().catch(() => undefined);
    throw error;
  }
}

type Asked = Pick<MssqlCmdb['pool'], 'request'> | { request(): ReturnType<MssqlCmdb['pool']['request']> };

/** What has to be done, as statements; empty when every view is there and has the columns of what it shows. */
async function differences(asked: Asked): Promise<string[]> {
  const [shown, made] = [await shapes(asked, 'dbo'), await shapes(asked, 'reports')];
  const wanted = new Map([...shown].filter(([key, { name }]) => isReadable(name) && !OWN_REPORT_VIEWS.has(key)));
  const statements: string[] = [];
  for (const [key, { name }] of made) {
    const stays = OWN_REPORT_VIEWS.has(key) || sameColumns(wanted.get(key), made.get(key));
    if (!stays) statements.push(`DROP VIEW reports.${quote(name)}`);
  }
  for (const [key, { name, columns }] of wanted) {
    if (sameColumns(wanted.get(key), made.get(key))) continue;
    statements.push(
      `CREATE VIEW reports.${quote(name)} AS SELECT ${columns.map(quote).join(', ')} FROM dbo.${quote(name)}`,
    );
  }
  return statements;
}

const sameColumns = (one: Shape | undefined, other: Shape | undefined): boolean =>
  one !== undefined &&
  other !== undefined &&
  one.columns.join('\n').toLowerCase() === other.columns.join('\n').toLowerCase();

async function shapes(asked: Asked, schema: string): Promise<Map<string, Shape>> {
  const { recordset } = await asked
    .request()
    .input('schema', schema)
    .query<{ name: string; columnName: string }>(
      `SELECT TABLE_NAME AS name, COLUMN_NAME AS columnName FROM INFORMATION_SCHEMA.COLUMNS
       WHERE TABLE_SCHEMA = @schema ORDER BY TABLE_NAME, ORDINAL_POSITION`,
    );
  const found = new Map<string, Shape>();
  for (const { name, columnName } of recordset) {
    const shape = found.get(name.toLowerCase()) ?? { name, columns: [] };
    shape.columns.push(columnName);
    found.set(name.toLowerCase(), shape);
  }
  return found;
}
