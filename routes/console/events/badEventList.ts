/** The list of bad events. */
import type { AppContext } from '../../../app/context.ts';
import { utc } from '../../../models/clock.ts';
import type { BadEvent, BadEventGroup, BadEventGroups } from '../../../models/events/badEvent.ts';
import { ownCaptureItems } from '../../../models/events/captureItems.ts';
import { QUEUE_CLASSES } from '../../../models/events/queueClasses.ts';
import { computerNames } from '../../../models/items/names.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { formatNumber, shortGuid } from '../format.ts';
import type { Filter, ListDefinition } from '../list.ts';
import type { ListQuery } from '../listQuery.ts';
import { at } from '../paths.ts';
import { badEventFilter, badEventSort } from './badEventFilter.ts';
import { computerCell } from './computerCell.ts';

export interface BadEventRow extends BadEvent {
  /** Undefined when the computer is not known any more. */
  senderName: string | undefined;
}

export const BAD_EVENT_NOUN = ['bad event', 'bad events'] as const;

/** @param parameters of the page's address: a value chosen there is offered although no event has it any more */
export async function badEventList(
  context: AppContext,
  groups: BadEventGroups,
  parameters: URLSearchParams,
): Promise<ListDefinition<BadEventRow>> {
  const { cmdb, queue } = context;
  return {
    path: '/events/bad',
    noun: BAD_EVENT_NOUN,
    search: 'reason, class or computer',
    sort: { key: 'id', descending: true },
    filters: await filtersOf(context, groups, parameters),
    columns: [
      {
        key: 'id',
        label: 'Event',
        cell: (row) => ({ kind: 'link', text: String(row.id), href: at(`/events/bad/${row.id}`) }),
      },
      { key: 'computer', label: 'Computer', cell: (row) => computerCell(row.sender, row.senderName) },
      { key: 'sentTo', label: 'For', cell: (row) => captureName(row.sentTo) },
      { key: 'class', label: 'Data class', cell: (row) => row.classLabel || null, sortable: false, hidden: true },
      { key: 'reason', label: 'Reason', cell: (row) => ({ kind: 'prose', text: row.reason }) },
      {
        key: 'received',
        label: 'Received',
        cell: (row) => ({ kind: 'time', at: utc(row.receivedAt) }),
        sortable: false,
      },
      {
        key: 'putAside',
        label: 'Put aside',
        cell: (row) => ({ kind: 'time', at: utc(row.putAsideAt) }),
        sortable: false,
        hidden: true,
      },
      { key: 'size', label: 'Size', cell: (row) => ({ kind: 'bytes', bytes: row.size }), numeric: true },
      { key: 'queue', label: 'Queue', cell: (row) => row.queueClass, sortable: false, hidden: true },
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
    fetch: async (query) => {
      const { offset, limit, sort, descending } = query;
      const filter = await badEventFilter(context, wanted(query));
      const { total, events } = await queue.listBad(offset, limit, { ...filter, sort: badEventSort(sort), descending });
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

const wanted = ({ search, filters }: ListQuery): URLSearchParams =>
  new URLSearchParams({ ...(search === '' ? {} : { q: search }), ...filters });

/** The name of a capture item; as the event says when there is none. */
export function captureName(sentTo: string): string | null {
  if (sentTo === '') return null;
  return ownCaptureItems.find(sentTo)?.name ?? sentTo;
}

async function filtersOf({ cmdb }: AppContext, groups: BadEventGroups, parameters: URLSearchParams): Promise<Filter[]> {
  const chosen = parseGuid(parameters.get('sender') ?? undefined);
  const senders = groups.senders.flatMap(({ value }) => (value === '' ? [] : [value as Guid]));
  const names = await computerNames(cmdb, chosen === undefined ? senders : [...senders, chosen]);
  const nameOf = (guid: string): string => names.get(guid as Guid) ?? shortGuid(guid);
  return [
    { key: 'reason', label: 'Reason', options: options(groups.reasons, parameters.get('reason'), (value) => value) },
    { key: 'sender', label: 'Computer', options: options(groups.senders, parameters.get('sender'), nameOf) },
    {
      key: 'to',
      label: 'For',
      options: options(groups.sentTo, parameters.get('to'), (value) => captureName(value) ?? value),
    },
    { key: 'queue', label: 'Queue', options: QUEUE_CLASSES.map((value) => ({ value, label: value })) },
  ];
}

const LONGEST_OPTION = 80;

function options(
  groups: readonly BadEventGroup[],
  chosen: string | null,
  label: (value: string) => string,
): Filter['options'] {
  const offered = groups.filter(({ value }) => value !== '');
  const found = offered.map(({ value, count }) => ({
    value,
    label: `${label(value).slice(0, LONGEST_OPTION)} (${formatNumber(count)})`,
  }));
  if (chosen === null || chosen === '' || offered.some(({ value }) => value === chosen)) return found;
  return [...found, { value: chosen, label: `${label(chosen).slice(0, LONGEST_OPTION)} (0)` }];
}
