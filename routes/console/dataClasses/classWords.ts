/** How the pages of data classes say what they are. */
import type { ListedClass } from '../../../models/dataClasses/listClasses.ts';

export const COLUMN_TYPE_WORDS: Readonly<Record<string, string>> = { text: 'Text', int: 'Whole number', time: 'Time' };

export const kindWord = ({ kind }: Pick<ListedClass, 'kind'>): string =>
  kind === 'event' ? 'Events' : kind === 'inventory' ? 'Inventory' : 'Being deleted';

export const rowsWord = ({ isMultiRow }: Pick<ListedClass, 'isMultiRow'>): string =>
  isMultiRow ? 'Many a resource' : 'One a resource';

/** How long data of the class stays, and its history. */
export function keptWord({ kind, keepDays, keepRows }: Pick<ListedClass, 'kind' | 'keepDays' | 'keepRows'>): string {
  if (kind !== 'event') return keepDays === null ? 'As long as the resource' : `${keepDays} days`;
  const parts = [
    ...(keepDays === null ? [] : [`${keepDays} days`]),
    ...(keepRows === null ? [] : [`${keepRows} rows a computer`]),
  ];
  return parts.length === 0 ? 'For ever' : parts.join(', ');
}

/** Of inventory; every event is a row of its own. */
export function historyWord({
  hasHistory,
  historyKeepDays,
}: Pick<ListedClass, 'hasHistory' | 'historyKeepDays'>): string {
  if (!hasHistory) return 'Off';
  return historyKeepDays === null ? 'On, kept for ever' : `On, ${historyKeepDays} days`;
}
