/** Blockouts: periods in which agents keep quiet, as rows of form fields with one empty row more. */
import type { FieldError } from '../../../models/fieldErrors.ts';
import type { AgentSettings } from '../../../models/policies/settings.ts';
import { textOf, type FieldSection, type FormValues } from '../form.ts';

const MOST = 50;
const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

const field = (index: number, name: string): string => `blockouts.${index}.${name}`;

/** @param count of the blockouts that there are */
export function blockoutSections(count: number): FieldSection[] {
  return Array.from({ length: Math.min(count + 1, MOST) }, (_, index) => ({
    title: index < count ? `Blockout ${index + 1}` : 'New blockout',
    ...(index < count
      ? {}
      : { help: 'A period in which agents keep quiet, in local time of each computer unless chosen otherwise above.' }),
    fields: [
      {
        name: field(index, 'type'),
        label: 'Kind',
        kind: 'select',
        options: [
          { value: '', label: index < count ? 'None: remove this blockout' : 'None' },
          { value: 'total', label: 'Total: agents do not call the server' },
          { value: 'download', label: 'Downloads only' },
        ],
      },
      { name: field(index, 'start'), label: 'Begins at', kind: 'time' },
      { name: field(index, 'durationMinutes'), label: 'Lasts', kind: 'number', unit: 'minutes', min: 1, max: 1440 },
      {
        name: field(index, 'days'),
        label: 'On these days',
        kind: 'checkboxes',
        // 0 is Sunday.
        options: WEEKDAYS.map((label, day) => ({ value: String((day + 1) % 7), label })),
      },
    ],
  }));
}

export function blockoutValues(blockouts: AgentSettings['blockouts']): FormValues {
  return Object.fromEntries(
    blockouts.flatMap((blockout, index) => [
      [field(index, 'type'), blockout.type],
      [field(index, 'start'), blockout.start],
      [field(index, 'durationMinutes'), String(blockout.durationMinutes)],
      [field(index, 'days'), blockout.days.map(String)],
    ]),
  );
}

/** Rows with a kind, in their order. */
function usedRows(values: FormValues): number[] {
  return Array.from({ length: MOST }, (_, index) => index).filter(
    (index) => textOf(values, field(index, 'type')) !== '',
  );
}

export function readBlockouts(values: FormValues): object[] {
  return usedRows(values).map((index) => {
    const minutes = textOf(values, field(index, 'durationMinutes'));
    return {
      type: textOf(values, field(index, 'type')),
      start: textOf(values, field(index, 'start')),
      durationMinutes: /^\d{1,9}$/.test(minutes) ? Number(minutes) : minutes,
      days: [values[field(index, 'days')] ?? []].flat().map(Number),
    };
  });
}

/** Rows without a kind are left out of the input: faults go back to the rows that they come from. */
export function atBlockoutRows(values: FormValues, errors: readonly FieldError[]): FieldError[] {
  const rows = usedRows(values);
  return errors.map(({ field: name, message }) => ({
    field: name.replace(/^blockouts\.(\d+)\.(\w+).*$/, (_, index: string, part: string) =>
      field(rows[Number(index)] ?? 0, part),
    ),
    message,
  }));
}
