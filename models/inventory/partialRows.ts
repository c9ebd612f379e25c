/** Partial updates: what an event says of a class whose other data is to stay (events-nse.md 3.2). */
import type { DataClass } from './dataClasses.ts';
import type { ClassRow } from './inventoryRows.ts';

/**
 * The rows of a class after a partial update, each with all its columns.
 *
 * A class with one row: what the event gives is set, the rest stays. A class with many: each row of the event is looked
 * for among those that were there, by the first column in which it has a value; where several rows have that value, by
 * the next such column as well, and so on, until one is left. A row that is found gets the new values and keeps the
 * others; one that is not is added, and one without any value says nothing. No row goes: that takes a full update.
 */
export function mergeRows(dataClass: DataClass, before: readonly ClassRow[], given: readonly ClassRow[]): ClassRow[] {
  const names = dataClass.columns.flatMap((column) => (column === undefined ? [] : [column.name]));
  const rows = [...before];
  const merge = (place: number | undefined, row: ClassRow): void => {
    const old = place === undefined ? undefined : before[place];
    const merged: ClassRow = {};
    for (const name of names) merged[name] = name in row ? row[name]! : (old?.[name] ?? null);
    rows[place ?? rows.length] = merged;
  };
  if (!dataClass.isMultiRow) {
    for (const row of given) merge(before.length === 0 ? undefined : 0, row);
    return rows;
  }
  const telling = dataClass.columns.flatMap((column) =>
    column === undefined || column.isVolatile ? [] : [column.name],
  );
  const index = new RowIndex(before, telling);
  for (const row of given) if (telling.some((name) => hasValue(row[name]))) merge(index.take(row), row);
  return rows;
}

const hasValue = (value: string | number | null | undefined): boolean =>
  value !== undefined && value !== null && value !== '';

/** Rows by column and value; a column is indexed when it is first asked for. */
class RowIndex {
  readonly #rows: readonly ClassRow[];
  readonly #telling: readonly string[];
  readonly #byColumn = new Map<string, Map<string, number[]>>();
  readonly #taken = new Set<number>();

  constructor(rows: readonly ClassRow[], telling: readonly string[]) {
    this.#rows = rows;
    this.#telling = telling;
  }

  /** Where the row is that the given one is about. Two rows of an event are about two rows. */
  take(given: ClassRow): number | undefined {
    let found: number[] | undefined;
    for (const name of this.#telling) {
      if (!hasValue(given[name])) continue;
      const value = String(given[name]);
      if (found === undefined) found = this.#withValue(name, value).filter((place) => !this.#taken.has(place));
      else found = found.filter((place) => String(this.#rows[place]![name]) === value);
      if (found.length < 2) break;
    }
    const place = found?.[0];
    if (place !== undefined) this.#taken.add(place);
    return place;
  }

  #withValue(name: string, value: string): number[] {
    let places = this.#byColumn.get(name);
    if (places === undefined) {
      places = new Map();
      for (const [place, row] of this.#rows.entries()) {
        if (!hasValue(row[name])) continue;
        const list = places.get(String(row[name]));
        if (list === undefined) places.set(String(row[name]), [place]);
        else list.push(place);
      }
      this.#byColumn.set(name, places);
    }
    return places.get(value) ?? [];
  }
}
