import type { Failure } from '../../../models/deliveries/countDeliveries.ts';
import type { Cell } from '../cells.ts';

/** The commonest failures, as views/partials/table.ejs takes them. */
export function failureTable(failures: readonly Failure[]) {
  return {
    caption: 'Why deliveries failed',
    columns: [
      { label: 'Return code' },
      { label: 'Status' },
      { label: 'Detail' },
      { label: 'Computers', numeric: true },
    ],
    rows: failures.map((failure): Cell[] => [
      failure.returnCode?.toString() ?? null,
      { kind: 'state', state: failure.status },
      { kind: 'prose', text: failure.detail },
      failure.count,
    ]),
  };
}
