/** What changed between two row sets of a data class: the content of a row of InventoryHistory. */
import type { DataClass } from '../dataClasses.ts';
import type { ClassRow, ClassValue } from '../inventoryRows.ts';

/** One row that was there before and after, with the columns that differ. */
export interface RowChange {
  before: ClassRow;
  after: ClassRow;
  /** Which row of a class that has many: its first value. */
  row?: ClassRow;
}

export interface InventoryDifference {
  added: ClassRow[];
  removed: ClassRow[];
  changed: RowChange[];
  /** So many more rows differ and are not listed. */
  cut?: number;
}

/** A new version of everything is one event too: a page that lists more than this helps nobody. */
const MOST_ROWS = 200;

/** `undefined`: nothing differs but order and what differs in every event. */
export function changeOf(
  dataClass: DataClass,
  before: readonly ClassRow[],
  after: readonly ClassRow[],
): InventoryDifference | undefined {
  const names = dataClass.columns.flatMap((column) => (column === undefined || column.isVolatile ? [] : [column.name]));
  const [old, fresh] = withoutEqual(names, before, after);
  if (old.length === 0 && fresh.length === 0) return undefined;
  const pairs = dataClass.isMultiRow
    ? pairUp(names, old, fresh)
    : new Map(old[0] && fresh[0] ? [[fresh[0], old[0]]] : []);
  const paired = new Set(pairs.values());
  return shortened({
    added: fresh.filter((row) => !pairs.has(row)).map((row) => only(names, row)),
    removed: old.filter((row) => !paired.has(row)).map((row) => only(names, row)),
    changed: [...pairs].map(([now, then]) => rowChange(dataClass, names, then, now)),
  });
}

/** Both row sets without the rows that are in both, each counted as often as it comes. */
function withoutEqual(
  names: readonly string[],
  before: readonly ClassRow[],
  after: readonly ClassRow[],
): [ClassRow[], ClassRow[]] {
  const text = (row: ClassRow): string => JSON.stringify(names.map((name) => row[name] ?? null));
  const counts = new Map<string, number>();
  for (const row of after) counts.set(text(row), (counts.get(text(row)) ?? 0) + 1);
  const take = (row: ClassRow): boolean => {
    const count = counts.get(text(row)) ?? 0;
    counts.set(text(row), count - 1);
    return count <= 0;
  };
  const old = before.filter(take);
  // What is left of the counts is in `after` alone.
  const fresh = after.filter((row) => {
    const count = counts.get(text(row)) ?? 0;
    if (count <= 0) return false;
    counts.set(text(row), count - 1);
    return true;
  });
  return [old, fresh];
}

/** A new row and an old one are the same thing when they alone share their first value; new rows by old ones. */
function pairUp(names: readonly string[], old: ClassRow[], fresh: ClassRow[]): Map<ClassRow, ClassRow> {
  const byName = new Map<string, { old: ClassRow[]; fresh: ClassRow[] }>();
  const place = (row: ClassRow, side: 'old' | 'fresh'): void => {
    const [column, value] = firstValueOf(names, row);
    if (column === undefined) return;
    const key = `${column}\n${value}`;
    const both = byName.get(key) ?? { old: [], fresh: [] };
    both[side].push(row);
    byName.set(key, both);
  };
  for (const row of old) place(row, 'old');
  for (const row of fresh) place(row, 'fresh');
  const pairs = new Map<ClassRow, ClassRow>();
  for (const both of byName.values()) {
    if (both.old.length === 1 && both.fresh.length === 1) pairs.set(both.fresh[0]!, both.old[0]!);
  }
  return pairs;
}

function firstValueOf(names: readonly string[], row: ClassRow): [string, ClassValue] | [undefined] {
  for (const name of names) {
    const value = row[name];
    if (value !== undefined && value !== null && value !== '') return [name, value];
  }
  return [undefined];
}

function rowChange(dataClass: DataClass, names: readonly string[], then: ClassRow, now: ClassRow): RowChange {
  const differing = names.filter((name) => (then[name] ?? null) !== (now[name] ?? null));
  const change: RowChange = { before: only(differing, then), after: only(differing, now) };
  const [column, value] = firstValueOf(names, now);
  if (dataClass.isMultiRow && column !== undefined) change.row = { [column]: value };
  return change;
}

function only(names: readonly string[], row: ClassRow): ClassRow {
  const values: ClassRow = {};
  for (const name of names) values[name] = row[name] ?? null;
  return values;
}

/** Changed rows tell most, then new ones. */
function shortened({ added, removed, changed }: InventoryDifference): InventoryDifference {
  const difference: InventoryDifference = { added: [], removed: [], changed: changed.slice(0, MOST_ROWS) };
  difference.added = added.slice(0, MOST_ROWS - difference.changed.length);
  difference.removed = removed.slice(0, MOST_ROWS - difference.changed.length - difference.added.length);
  const listed = difference.changed.length + difference.added.length + difference.removed.length;
  const cut = changed.length + added.length + removed.length - listed;
  return cut === 0 ? difference : { ...difference, cut };
}
