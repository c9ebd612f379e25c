/** The rows of a data class as they were at an earlier time: those of now, with every later change taken back. */
import type { Guid } from '../../../wire/guid.ts';
import type { Utc } from '../../cmdb/schema.ts';
import { top } from '../../cmdb/sql.ts';
import type { Session } from '../../cmdb/types.ts';
import type { DataClass } from '../dataClasses.ts';
import type { InventoryDifference } from '../history/changeOf.ts';
import { parseDifference } from '../historyView.ts';
import type { ClassRow } from '../inventoryRows.ts';

export interface EarlierRows {
  rows: ClassRow[];
  /** Why this may not be all, in a sentence; undefined: it is exact. */
  doubt: string | undefined;
}

/** Changes that are taken back for one class: a class that changes more often is no record of anything. */
const MOST_CHANGES = 1000;

export async function rowsAt(
  session: Session,
  resource: Guid,
  dataClass: DataClass,
  rowsNow: readonly ClassRow[],
  at: Utc,
): Promise<EarlierRows> {
  const query = session.db
    .selectFrom('InventoryHistory')
    .select('Change')
    .where('ResourceGuid', '=', resource)
    .where('InventoryClassGuid', '=', dataClass.guid)
    .where('At', '>', at)
    .orderBy('At', 'desc')
    .orderBy('Id', 'desc');
  const changes = await top(session, query, MOST_CHANGES + 1).execute();
  if (changes.length > MOST_CHANGES) {
    return {
      rows: [...rowsNow],
      doubt: `It has changed more than ${MOST_CHANGES} times since; it is shown as it is now.`,
    };
  }
  return changes.reduce<EarlierRows>((later, { Change }) => before(later, parseDifference(Change)), {
    rows: [...rowsNow],
    doubt: undefined,
  });
}

const INCOMPLETE = 'So much changed at once that not every row was kept; what is shown here is not complete.';

function before({ rows, doubt }: EarlierRows, change: InventoryDifference | undefined): EarlierRows {
  if (change === undefined) return { rows, doubt: INCOMPLETE };
  const left = [...rows];
  let missed = (change.cut ?? 0) > 0;
  for (const row of change.added) missed = take(left, row) === undefined || missed;
  for (const { before: then, after, row = {} } of change.changed) {
    const now = take(left, { ...row, ...after });
    if (now === undefined) missed = true;
    // The name of the row is what it is called after the change.
    else left.push({ ...now, ...then });
  }
  return { rows: [...left, ...change.removed], doubt: missed ? INCOMPLETE : doubt };
}

/** Takes out one row that has all these values. */
function take(rows: ClassRow[], values: ClassRow): ClassRow | undefined {
  const names = Object.keys(values);
  const index = rows.findIndex((row) => names.every((name) => (row[name] ?? null) === values[name]));
  return index === -1 ? undefined : rows.splice(index, 1)[0];
}
