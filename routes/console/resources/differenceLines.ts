/** A change of inventory in lines that can be read: what became what, what came, what went. */
import type { InventoryDifference, RowChange } from '../../../models/inventory/history/changeOf.ts';
import type { ClassRow } from '../../../models/inventory/inventoryRows.ts';
import type { DiffLine } from '../cells.ts';

/** Values that tell rows of a class apart in a line. */
const VALUES_IN_A_LABEL = 3;

export function differenceLines({ changed, added, removed }: InventoryDifference): DiffLine[] {
  return [
    ...changed.flatMap(changedLines),
    ...added.map((row) => ({ kind: 'added' as const, label: rowLabel(row) })),
    ...removed.map((row) => ({ kind: 'removed' as const, label: rowLabel(row) })),
  ];
}

/** A line a column that differs; in a class of many rows with the row in front. */
export function changedLines({ before, after, row = {} }: RowChange): (DiffLine & { kind: 'changed' })[] {
  const name = rowLabel(row);
  return Object.keys(after).map((column) => ({
    kind: 'changed',
    label: name === '' ? column : `${name}: ${column}`,
    before: valueText(before[column]),
    after: valueText(after[column]),
  }));
}

/** The first values of a row that are there. */
export function rowLabel(row: ClassRow): string {
  return Object.values(row)
    .map(valueText)
    .filter((text) => text !== '')
    .slice(0, VALUES_IN_A_LABEL)
    .join(' · ');
}

export const valueText = (value: string | number | null | undefined): string =>
  value === null || value === undefined ? '' : String(value);
