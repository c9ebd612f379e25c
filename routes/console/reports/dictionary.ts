/** What a report can read, with columns: read from the database, so that it is never out of date. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { InvalidInput } from '../../../models/fieldErrors.ts';
import type { Cell } from '../cells.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { currentUser, lockOf } from '../signedIn.ts';

const COLUMNS = `SELECT TABLE_NAME, COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS
  WHERE TABLE_SCHEMA IN ('dbo', 'reports') ORDER BY TABLE_NAME, ORDINAL_POSITION`;
const MOST_COLUMNS = 20_000;

export function registerDictionary(router: Router, { reports }: AppContext): void {
  router.get('/reports/tables', async (request, response) => {
    const problem = lockOf(request, 'reports') ?? reports.runner.switchedOff;
    const search = typeof request.query.q === 'string' ? request.query.q.trim().slice(0, 100) : '';
    const read = async () => {
      const { rows } = await reports.preview(currentUser(request).guid, COLUMNS, [], MOST_COLUMNS);
      return tablesOf(rows as string[][], search.toLowerCase());
    };
    const tables = problem === undefined ? await read().catch(saidByDatabase) : problem;
    await render(request, response, 'reports/tables', {
      title: 'Tables and views',
      subtitle: 'What a report can read. Nothing else: no users, sessions, tokens or keys.',
      breadcrumb: [{ label: 'Reports', href: at('/reports') }],
      search,
      problem: typeof tables === 'string' ? tables : undefined,
      tables: typeof tables === 'string' ? [] : tables,
    });
  });
}

function saidByDatabase(error: unknown): string {
  if (error instanceof InvalidInput) return error.errors[0]!.message;
  throw error;
}

/** Rows of a table: name and columns; those that a search finds in either. */
function tablesOf(rows: readonly string[][], search: string): Cell[][] {
  const columns = new Map<string, string[]>();
  for (const [table, column] of rows) columns.set(table!, [...(columns.get(table!) ?? []), column!]);
  return [...columns]
    .map(([table, names]) => ({ table, text: names.map(spelled).join(', ') }))
    .filter(({ table, text }) => `${table} ${text}`.toLowerCase().includes(search))
    .map(({ table, text }) => [
      { kind: 'code', text: table },
      { kind: 'prose', text },
    ]);
}

const spelled = (column: string): string => (/^\w+$/.test(column) ? column : `[${column}]`);
