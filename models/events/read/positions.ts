/** Columns by position (Inventory Solution 7.0 guide): attribute `cN` is column N. */
import type { XmlAttributes } from '../../../wire/xmlAttributes.ts';
import type { NseRow } from '../nseEvent.ts';

/** More columns than any table has. */
export const MAX_COLUMNS = 512;

/** N of `cN`; `undefined` for any other name. */
export function positionOf(name: string): number | undefined {
  const { length } = name;
  // c or C, as bit 0x20 tells letter case.
  if (length < 2 || length > 4 || (name.charCodeAt(0) | 0x20) !== 0x63) return undefined;
  let position = 0;
  for (let at = 1; at < length; at++) {
    const digit = name.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    position = position * 10 + digit;
  }
  return position < MAX_COLUMNS ? position : undefined;
}

/** Values by position; other attributes mean nothing. */
export function positionalRow(attributes: XmlAttributes): NseRow {
  const row: NseRow = [];
  for (let index = 0; index < attributes.count; index++) {
    const position = positionOf(attributes.names[index]!);
    if (position !== undefined) row[position] = attributes.values[index];
  }
  return row;
}
