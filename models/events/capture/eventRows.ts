/** Reading the rows of status events: values by column, GUIDs, numbers and times as the CMDB keeps them. */
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { parseLocalTime } from '../../../wire/nse.ts';
import type { DataClass, DataClasses } from '../../inventory/dataClasses.ts';
import { EventRejected } from '../eventRejected.ts';
import type { NseEvent, NseRow } from '../nseEvent.ts';
import { classLabel, rowsByName } from '../readNse.ts';

/** Agents send one row an event. */
const MOST_ROWS = 100;

/** Values of a row by the names of its class's columns. */
export type EventRow<C extends string> = Partial<Record<C, string>>;

/**
 * The rows of the one class that such an event carries, by the order of columns that the CMDB defines for it (the
 * vendor's is not public, so an administrator may correct it). Text longer than its column is cut and flagged.
 * @throws EventRejected for another class, or no row
 */
export function eventRows<C extends string>(
  event: NseEvent,
  classes: DataClasses,
  classGuid: Guid,
  flags: Set<string>,
): EventRow<C>[] {
  const dataClass = classes.get(classGuid);
  if (dataClass === undefined) throw new EventRejected(`The CMDB has no class ${classGuid}.`);
  const names = dataClass.columns.map((column) => column?.name);
  const rows: NseRow[] = [];
  for (const block of event.blocks) {
    if (classes.find(block.classGuid, block.className)?.guid !== classGuid)
      throw new EventRejected(
        `The event carries the class ${classLabel(block)}, which its capture item does not take.`,
      );
    rows.push(...rowsByName(block, names, flags));
  }
  if (rows.length === 0) throw new EventRejected(`The event carries no row of ${dataClass.name}.`);
  if (rows.length > MOST_ROWS)
    throw new EventRejected(`The event carries ${rows.length} rows; at most ${MOST_ROWS} are taken.`);
  return rows.map((row) => byColumn<C>(row, dataClass, flags));
}

function byColumn<C extends string>(row: NseRow, dataClass: DataClass, flags: Set<string>): EventRow<C> {
  const values: Record<string, string> = {};
  dataClass.columns.forEach((column, position) => {
    const value = row[position];
    if (column === undefined || value === undefined) return;
    const longest = column.dataType === 'text' ? column.maxLength : undefined;
    if (longest !== undefined && value.length > longest) {
      flags.add(`${column.name} was cut to ${longest} characters.`);
      values[column.name] = value.slice(0, longest);
    } else values[column.name] = value;
  });
  return values as EventRow<C>;
}

/** @throws EventRejected for a GUID that cannot be read: the row would be about nothing */
export function rowGuid(value: string | undefined, what: string): Guid | undefined {
  if (value === undefined || value.trim() === '') return undefined;
  const guid = parseGuid(value);
  if (guid === undefined) throw new EventRejected(`The ${what} is no GUID: "${value.slice(0, 60)}".`);
  return guid;
}

/** A whole number; one that is none or does not fit is left out and flagged. */
export function rowNumber(
  value: string | undefined,
  what: string,
  flags: Set<string>,
  most = 0x7fffffff,
): number | null {
  if (value === undefined || value.trim() === '') return null;
  const number = Number(value);
  if (Number.isInteger(number) && number >= -0x80000000 && number <= most) return number;
  // Windows exit codes come as unsigned numbers too: 3221225477 is -1073741819.
  if (Number.isInteger(number) && most === 0x7fffffff && number > 0 && number <= 0xffffffff) return number | 0;
  flags.add(`The ${what} is no number that can be kept; it was left out.`);
  return null;
}

/** Rows carry local time: UTC = local + bias of the envelope. Milliseconds since 1970. */
export function rowTime(value: string | undefined, what: string, event: NseEvent, flags: Set<string>): number | null {
  if (value === undefined || value.trim() === '') return null;
  const at = parseLocalTime(value, event.biasMinutes);
  if (at === undefined) flags.add(`The ${what} could not be read; it was left out.`);
  return at ?? null;
}
