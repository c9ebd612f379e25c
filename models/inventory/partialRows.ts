/** Partial updates: what an event says of a class whose other data is to stay (events-nse.md 3.2). */
import type { DataClass } from './dataClasses.ts';
import type { ClassRow } from './inventoryRows.ts';

/**
 * The rows of a class after a partial update, each with all its columns.
 *
 * A class with one row: what the event gives is set, the rest stays. A class with many: each row of the event is looked
 * for among those that are there, by the first column in which it has a value; where several rows have that value, by the
 * next such column as well, and so on, until one is left. A row that is found gets the new values and keeps the others;
 * one that is not is added. No row goes: that takes a full update.
 */
export function mergeRows(dataClass: DataClass, before: readonly ClassRow[], given: readonly ClassRow[]): ClassRow[] {
  const names = dataClass.columns.flatMap((column) => (column === undefined ? [] : [column.name]));
  const telling = dataClass.columns.flatMap((column) =>
    column === undefined || column.isVolatile ? [] : [column.name],
  );
  const index = new RowIndex(before, telling);
  for (const row of given) {
    const place = dataClass.isMultiRow ? index.find(row) : index.first();
    const old = place === undefined ? undefined : index.rows[place];
    const merged: ClassRow = {};
    for (const name of names) merged[name] = name in row ? row[name]! : (old?.[name] ?? null);
    index.put(place, merged);
  }
  return index.rows;
}

const hasValue = (value: string | number | null | undefined): boolean =>
  value !== undefined && value !== null && value !== '';

/** Rows by column and value; a column is indexed when it is first asked for. */
class RowIndex {
  readonly rows: ClassRow[];
  readonly #telling: readonly string[];
  readonly #byColumn = new Map<string, Map<string, Set<number>>>();

  constructor(rows: readonly ClassRow[], telling: readonly string[]) {
    this.rows = [...rows];
    this.#telling = telling;
  }

  first(): number | undefined {
    return this.rows.length === 0 ? undefined : 0;
  }

  /** Where the row is that the given one is about. */
  find(given: ClassRow): number | undefined {
    let found: number[] | undefined;
    for (const name of this.#telling) {
      if (!hasValue(given[name])) continue;
      if (found === undefined) found = [...(this.#column(name).get(String(given[name])) ?? [])];
      else found = found.filter((place) => String(this.rows[place]![name]) === String(given[name]));
      if (found.length < 2) return found[0];
    }
    return found?.[0];
  }

  put(place: number | undefined, row: ClassRow): void {
    const at = place ?? this.rows.length;
    for (const [name, places] of this.#byColumn) {
      const old = this.rows[at]?.[name];
      if (hasValue(old)) places.get(String(old))?.delete(at);
      if (hasValue(row[name])) addTo(places, String(row[name]), at);
    }
    this.rows[at] = row;
  }

  #column(name: string): Map<string, Set<number>> {
    let places = this.#byColumn.get(name);
    if (places === undefined) {
      places = new Map();
      for (const [place, row] of this.rows.entries()) if (hasValue(row[name])) addTo(places, String(row[name]), place);
      this.#byColumn.set(name, places);
    }
    return places;
  }
}

function addTo(places: Map<string, Set<number>>, value: string, place: number): void {
  const list = places.get(value);
  if (list === undefined) places.set(value, new Set([place]));
  else list.add(place);
}
