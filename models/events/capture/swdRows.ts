/** Reading the rows of software-delivery events: values by name, GUIDs, numbers and times as the CMDB keeps them. */
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { NSE_COLUMNS, parseLocalTime, type NseValues } from '../../../wire/nse.ts';
import { DATA_CLASS } from '../../../wire/wellKnown.ts';
import { EventRejected } from '../eventRejected.ts';
import { classLabel, type NseEvent } from '../readNse.ts';

/** Agents send one row an event. */
const MOST_ROWS = 100;

type SwdClass = 'swdExecution' | 'swdPackage';

/** The rows of the one class that such an event carries. @throws EventRejected for another class, or none */
export function swdRows<C extends SwdClass>(event: NseEvent, dataClass: C, className: string): NseValues<C>[] {
  const columns = NSE_COLUMNS[dataClass] as readonly string[];
  for (const block of event.blocks) {
    const known =
      block.classGuid === undefined
        ? block.className.toLowerCase() === className.toLowerCase()
        : block.classGuid === DATA_CLASS[dataClass];
    if (!known)
      throw new EventRejected(
        `The event carries the class ${classLabel(block)}, which its capture item does not take.`,
      );
  }
  const rows = event.blocks.flatMap((block) => block.rows);
  if (rows.length === 0) throw new EventRejected(`The event carries no row of ${className}.`);
  if (rows.length > MOST_ROWS)
    throw new EventRejected(`The event carries ${rows.length} rows; at most ${MOST_ROWS} are taken.`);
  return rows.map(
    (row) => Object.fromEntries(columns.map((column, position) => [column, row[position]])) as NseValues<C>,
  );
}

const LONGEST_TEXT = 255;

/** Text that fits its column; longer text is cut and flagged. */
export function shortText(value: string | undefined, flags: Set<string>, longest = LONGEST_TEXT): string {
  if (value === undefined) return '';
  if (value.length <= longest) return value;
  flags.add(`Text was cut to ${longest} characters.`);
  return value.slice(0, longest);
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
