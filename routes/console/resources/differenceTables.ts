/** A change of inventory as tables: values before and after, and whole rows that came or went. */
import type { DataClass } from '../../../models/inventory/dataClasses.ts';
import type { InventoryDifference } from '../../../models/inventory/history/changeOf.ts';
import type { ClassRow } from '../../../models/inventory/inventoryRows.ts';
import { columnsOf } from '../../../models/inventory/inventoryView.ts';
import type { Cell } from '../cells.ts';
import { changedLines, valueText } from './differenceLines.ts';

export interface DifferenceTable {
  caption: string;
  columns: { label: string }[];
  rows: Cell[][];
  total: number;
}

/** More rows than this are a file, not a page. */
const ROWS_SHOWN = 500;

/** @param dataClass gives the order of columns; without it, the class being gone, they stand as they come */
export function differenceTables(difference: InventoryDifference, dataClass: DataClass | undefined): DifferenceTable[] {
  const { changed, added, removed } = difference;
  const tables = [
    table(
      'Changed values',
      ['What', 'Before', 'After'],
      changed.flatMap(changedLines).map((line) => [line.label, line.before || null, line.after || null]),
    ),
    rowTable('Added rows', added, dataClass),
    rowTable('Removed rows', removed, dataClass),
  ];
  return tables.filter(({ total }) => total > 0);
}

function table(caption: string, labels: readonly string[], rows: Cell[][]): DifferenceTable {
  return {
    caption,
    columns: labels.map((label) => ({ label })),
    rows: rows.slice(0, ROWS_SHOWN),
    total: rows.length,
  };
}

export function rowTable(
  caption: string,
  rows: readonly ClassRow[],
  dataClass: DataClass | undefined,
): DifferenceTable {
  const columns =
    dataClass === undefined
      ? [...new Set(rows.flatMap((row) => Object.keys(row)))]
      : columnsOf(dataClass).map((column) => column.name);
  return table(
    caption,
    columns,
    rows.map((row) => columns.map((column) => valueText(row[column]) || null)),
  );
}
