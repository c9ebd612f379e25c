/** Finds a text in everything that a resource's inventory holds. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { DataClasses } from './dataClasses.ts';
import { columnsOf, listInventoryClasses, readClassRows } from './inventoryView.ts';

export interface InventoryHit {
  /** Column that holds the text. */
  column: string;
  value: string;
  /** What else the row says, to tell rows apart: its first values. */
  row: string;
}

export interface ClassHits {
  guid: Guid;
  name: string;
  /** Rows that hold the text. */
  total: number;
  /** Of the first rows only. */
  hits: InventoryHit[];
}

/** Values of a row that stand beside the one that was found. */
const VALUES_BESIDE = 3;

/**
 * Classes of the resource with the text in a value, by name, each with what was found in its first `rows` rows.
 * Capitals are no matter. Each class is asked by the index on the resource: as many questions as it has classes.
 */
export async function searchInventory(
  session: Session,
  resource: Guid,
  text: string,
  rows: number,
): Promise<ClassHits[]> {
  const classes = await DataClasses.load(session);
  const found: ClassHits[] = [];
  for (const { guid, name } of await listInventoryClasses(session, resource)) {
    const dataClass = classes.get(guid);
    if (dataClass === undefined) continue;
    const read = await readClassRows(session, resource, dataClass, 0, rows, { search: text });
    if (read.total === 0) continue;
    const columns = columnsOf(dataClass).map((column) => column.name);
    found.push({ guid, name, total: read.total, hits: read.rows.flatMap((row) => hitsIn(row, columns, text)) });
  }
  return found;
}

function hitsIn(row: readonly (string | number | null)[], columns: readonly string[], text: string): InventoryHit[] {
  const sought = text.toLowerCase();
  const values = row.map((value) => (value === null ? '' : String(value)));
  return columns.flatMap((column, index) => {
    if (!values[index]!.toLowerCase().includes(sought)) return [];
    const beside = values.filter((value, other) => other !== index && value !== '').slice(0, VALUES_BESIDE);
    return [{ column, value: values[index]!, row: beside.join(' · ') }];
  });
}
