/** The list of bad events. */
import type { AppContext } from '../../../app/context.ts';
import { utc } from '../../../models/clock.ts';
import type { BadEvent } from '../../../models/events/queue.ts';
import { computerNames } from '../../../models/items/names.ts';
import type { Guid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import type { ListDefinition } from '../list.ts';
import { at } from '../paths.ts';

export interface BadEventRow extends BadEvent {
  /** Undefined when the computer is not known any more. */
  senderName: string | undefined;
}

export const BAD_EVENT_NOUN = ['bad event', 'bad events'] as const;

export function badEventList({ cmdb, queue }: AppContext): ListDefinition<BadEventRow> {
  return {
    path: '/events/bad',
    noun: BAD_EVENT_NOUN,
    sort: { key: 'id', descending: true },
    columns: [
      {
        key: 'id',
        label: 'Event',
        cell: (row) => ({ kind: 'link', text: String(row.id), href: at(`/events/bad/${row.id}`) }),
        sortable: false,
      },
      {
        key: 'computer',
        label: 'Computer',
        cell: (row) => computerCell(row.sender, row.senderName),
        sortable: false,
      },
      { key: 'reason', label: 'Reason', cell: (row) => ({ kind: 'prose', text: row.reason }), sortable: false },
      {
        key: 'received',
        label: 'Received',
        cell: (row) => ({ kind: 'time', at: utc(row.receivedAt) }),
        sortable: false,
      },
      {
        key: 'size',
        label: 'Size',
        cell: (row) => ({ kind: 'bytes', bytes: row.size }),
        sortable: false,
        numeric: true,
      },
      { key: 'attempts', label: 'Failed attempts', cell: (row) => row.attempts, sortable: false, numeric: true },
    ],
    key: (row) => String(row.id),
    bulk: [
      { label: 'Retry', path: '/events/bad/retry', privilege: 'write', icon: 'refresh' },
      { label: 'Discard', path: '/events/bad/discard', privilege: 'write', icon: 'trash', danger: true },
    ],
    empty: {
      title: 'No bad events',
      text: 'An event that was accepted but cannot be applied is kept here with the reason: a data class that the CMDB does not define, or a computer that speaks for another one.',
    },
    fetch: async ({ offset, limit }) => {
      const { total, events } = await queue.listBad(offset, limit);
      const names = await computerNames(
        cmdb,
        events.map((event) => event.sender),
      );
      const rows = events.map((event) => ({
        ...event,
        senderName: event.sender ? names.get(event.sender) : undefined,
      }));
      return { total, rows };
    },
  };
}

/** The sender by name, as a link; one that is gone by its GUID. */
export function computerCell(sender: Guid | null, name: string | undefined): Cell {
  if (sender === null || name === undefined) return { kind: 'guid', guid: sender };
  return { kind: 'link', text: name, href: at(`/computers/${sender}`) };
}
