/** The rows that a list's action is for: the row of the button, the ticked ones, or all that match. */
import type { Request } from 'express';
import type { ListDefinition } from './list.ts';
import { readListQuery } from './listQuery.ts';
import { PageError } from './pageError.ts';

const ROWS_AT_ONCE = 500;

/**
 * Keys of the chosen rows, from the list's form: `only` (a row's own button), `all` with `matching` (search and
 * filters), the ticked `id`s, or `ids` in one field, as a question carries exactly those that it was about: a form of
 * many thousand fields would not be read. @throws PageError when nothing is chosen
 */
export async function selection<Row>(request: Request, definition: ListDefinition<Row>): Promise<string[]> {
  const { only, all, matching, id, ids } = (request.body ?? {}) as Record<string, string | string[] | undefined>;
  if (typeof only === 'string' && only !== '') return [only];
  if (typeof ids === 'string' && ids !== '') return ids.split(',');
  const keys = all === '1' ? await everyMatch(definition, String(matching ?? '')) : [id ?? []].flat();
  if (keys.length > 0) return keys;
  throw new PageError(
    422,
    'Nothing is chosen',
    `No ${definition.noun[0]} was ticked, so nothing was changed.`,
    'Go back and tick at least one.',
  );
}

async function everyMatch<Row>(definition: ListDefinition<Row>, matching: string): Promise<string[]> {
  const query = readListQuery(new URLSearchParams(matching), definition);
  const keys: string[] = [];
  for (;;) {
    const { rows, total } = await definition.fetch({ ...query, offset: keys.length, limit: ROWS_AT_ONCE });
    keys.push(...rows.map((row) => definition.key!(row)));
    // A row that moved to a later page while we read stands there twice.
    if (rows.length === 0 || keys.length >= total) return [...new Set(keys)];
  }
}
