/** What changed in a resource's data, and when: all classes together or one, and each change whole on a page of its own. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { utc } from '../../../models/clock.ts';
import { DataClasses } from '../../../models/inventory/dataClasses.ts';
import { listHistory, readHistoryEntry, type HistoryEntry } from '../../../models/inventory/historyView.ts';
import { listInventoryClasses, type InventoryClassSummary } from '../../../models/inventory/inventoryView.ts';
import { parseGuid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { differenceLines } from './differenceLines.ts';
import { differenceTables } from './differenceTables.ts';
import { pageBelow, type PlacedResource, type ResourcePlace } from './place.ts';

const DAY = 24 * 3600_000;
/** Lines of a change in the list; the rest is on the change's own page. */
const LINES_SHOWN = 5;

export function registerHistory(router: Router, context: AppContext, place: ResourcePlace): void {
  const { cmdb } = context;
  router.get(`${place.path}/history`, async (request, response) => {
    const resource = await place.load(request);
    const sent = await listInventoryClasses(cmdb, resource.guid);
    await answerList(request, response, historyList(context, resource, sent), resource.page('/history'));
  });

  router.get(`${place.path}/history/:id`, async (request, response) => {
    const resource = await place.load(request);
    const id = /^\d{1,15}$/.test(String(request.params.id)) ? Number(request.params.id) : undefined;
    const entry = id === undefined ? undefined : await readHistoryEntry(cmdb, resource.guid, id);
    if (entry === undefined) throw notFound('change');
    const dataClass = (await DataClasses.load(cmdb)).get(entry.classGuid);
    await render(request, response, 'resources/change', {
      ...pageBelow(resource, ['/history', 'History'], `Change of ${entry.className}`),
      facts: entryFacts(resource, entry),
      tables: entry.difference && differenceTables(entry.difference, dataClass),
      cut: entry.difference?.cut ?? 0,
    });
  });
}

function entryFacts(resource: PlacedResource, entry: HistoryEntry) {
  const inventory = at(`${resource.path}/inventory/${entry.classGuid}`);
  return [
    { label: 'Data class', cell: { kind: 'link', text: entry.className, href: inventory } },
    { label: 'Applied', cell: { kind: 'time', at: entry.at } },
    { label: 'Sent', cell: { kind: 'time', at: entry.eventAt ?? null } },
  ];
}

const PERIODS: readonly [days: number, label: string][] = [
  [1, '1 day'],
  [7, '7 days'],
  [30, '30 days'],
  [90, '90 days'],
  [365, '1 year'],
];

function historyList(
  { cmdb, clock }: AppContext,
  resource: PlacedResource,
  sent: readonly InventoryClassSummary[],
): ListDefinition<HistoryEntry> {
  return {
    path: `${resource.path}/history`,
    noun: ['change', 'changes'],
    sort: { key: 'at', descending: true },
    columns: [
      { key: 'at', label: 'When', cell: (entry) => whenCell(resource, entry), sortable: false },
      {
        key: 'class',
        label: 'Data class',
        cell: (entry) => ({
          kind: 'link',
          text: entry.className,
          href: at(`${resource.path}/inventory/${entry.classGuid}`),
        }),
        sortable: false,
      },
      {
        key: 'change',
        label: 'What changed',
        cell: (entry) => changeCell(resource, entry),
        sortable: false,
      },
      {
        key: 'sent',
        label: 'Sent',
        cell: (entry) => ({ kind: 'time', at: entry.eventAt ?? null }),
        sortable: false,
        hidden: true,
      },
    ],
    filters: [
      {
        key: 'class',
        label: 'Data class',
        options: sent.filter((each) => each.hasHistory).map(({ guid, name }) => ({ value: guid, label: name })),
      },
      { key: 'within', label: 'Within', options: PERIODS.map(([days, label]) => ({ value: String(days), label })) },
    ],
    empty: {
      title: 'Nothing yet',
      text: `Once data of this ${resource.noun} was received, every later change of it is shown here: what it was before, what it became, and when.`,
    },
    fetch: ({ filters, offset, limit }) =>
      listHistory(cmdb, resource.guid, {
        classGuid: parseGuid(filters.class),
        since: filters.within === undefined ? undefined : utc(clock.now() - Number(filters.within) * DAY),
        offset,
        limit,
      }),
  };
}

/** The time leads to the change itself. */
function whenCell(resource: PlacedResource, { id, at: when }: HistoryEntry): Cell {
  return { kind: 'time', at: when, ...(id === undefined ? {} : { href: at(`${resource.path}/history/${id}`) }) };
}

function changeCell(resource: PlacedResource, { id, difference }: HistoryEntry): Cell {
  if (id === undefined) return 'First received';
  if (difference === undefined) return 'Cannot be read by this version';
  const lines = differenceLines(difference);
  const more = lines.length - LINES_SHOWN + (difference.cut ?? 0);
  return {
    kind: 'diff',
    lines: lines.slice(0, LINES_SHOWN),
    ...(more > 0 ? { more: { count: more, href: at(`${resource.path}/history/${id}`) } } : {}),
  };
}
