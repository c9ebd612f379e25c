/** One data class of a comparison, as views/resources/compare.ejs draws it. */
import type { ClassComparison } from '../../../models/inventory/compare/compareInventory.ts';
import type { InventoryDifference } from '../../../models/inventory/history/changeOf.ts';
import { columnsOf } from '../../../models/inventory/inventoryView.ts';
import type { ClassRow } from '../../../models/inventory/inventoryRows.ts';
import type { Guid } from '../../../wire/guid.ts';
import { changedLines, rowLabel, valueText } from './differenceLines.ts';

/** A value, or a row, on both sides; empty where a side has none. */
interface Line {
  what: string;
  first: string;
  second: string;
  differs: boolean;
}

export interface CompareSection {
  name: string;
  /** The comparison of this class alone. */
  href: string;
  /** equal, different, or not_compared. */
  state: string;
  counts: string;
  note: string | undefined;
  lines: Line[];
  /** Differences that are not listed. */
  more: number;
}

const LINES_SHOWN = 300;

export function compareSection(compared: ClassComparison, hrefOf: (dataClass: Guid) => string): CompareSection {
  const { dataClass, isEqual, rows, note, single, difference } = compared;
  const lines = single === undefined ? rowLines(difference) : valueLines(compared, single);
  return {
    name: dataClass.name,
    href: hrefOf(dataClass.guid),
    state: isEqual === undefined ? 'not_compared' : isEqual ? 'equal' : 'different',
    counts: dataClass.isMultiRow ? rows.map(countText).join(' and ') : missingText(rows),
    note,
    lines: lines.slice(0, LINES_SHOWN),
    more: Math.max(0, lines.length - LINES_SHOWN) + (difference?.cut ?? 0),
  };
}

const countText = (rows: number | undefined): string =>
  rows === undefined ? 'not sent' : `${rows.toLocaleString('en-US')} ${rows === 1 ? 'row' : 'rows'}`;

function missingText([first, second]: ClassComparison['rows']): string {
  if (first === undefined) return 'Only on the second side';
  return second === undefined ? 'Only on the first side' : '';
}

function valueLines({ dataClass }: ClassComparison, [first, second]: [ClassRow | undefined, ClassRow | undefined]) {
  return columnsOf(dataClass).map(({ name, isVolatile }): Line => {
    const [one, other] = [valueText(first?.[name]), valueText(second?.[name])];
    // What differs in every event tells nothing.
    return { what: name, first: one, second: other, differs: one !== other && !isVolatile };
  });
}

function rowLines(difference: InventoryDifference | undefined): Line[] {
  if (difference === undefined) return [];
  const { changed, removed, added } = difference;
  return [
    ...changed.flatMap(changedLines).map(({ label, before, after }) => line(label, before, after)),
    ...removed.map((row) => line(rowLabel(row), 'Has it', '')),
    ...added.map((row) => line(rowLabel(row), '', 'Has it')),
  ];
}

const line = (what: string, first: string, second: string): Line => ({ what, first, second, differs: true });
