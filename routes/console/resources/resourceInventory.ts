/** The data classes that a resource has, and those that it does not have. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { listInventoryClasses, listMissingClasses } from '../../../models/inventory/inventoryView.ts';
import type { Guid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { answerList, type ListDefinition } from '../list.ts';
import type { ListQuery } from '../listQuery.ts';
import { at } from '../paths.ts';
import type { PlacedResource, ResourcePlace } from './place.ts';

export function registerInventory(router: Router, context: AppContext, place: ResourcePlace): void {
  router.get(`${place.path}/inventory`, async (request, response) => {
    const resource = await place.load(request);
    await answerList(request, response, classList(context, resource), {
      ...resource.page('/inventory'),
      template: 'resources/inventory',
      searchHref: at(`${resource.path}/inventory/search`),
    });
  });
}

interface ClassRow {
  guid: Guid;
  name: string;
  /** Of what was sent; null for a class that was not. */
  rowCount: number | null;
  modifiedAt: string | null;
  changedAt: string | null;
  hasHistory: boolean | null;
}

function classList({ cmdb }: AppContext, resource: PlacedResource): ListDefinition<ClassRow> {
  const inventory = `${resource.path}/inventory`;
  return {
    path: inventory,
    noun: ['data class', 'data classes'],
    sort: { key: 'name' },
    columns: [
      {
        key: 'name',
        label: 'Data class',
        cell: (row) => ({ kind: 'link', text: row.name, href: at(`${inventory}/${row.guid}`) }),
      },
      { key: 'rows', label: 'Rows', cell: (row) => ({ kind: 'number', value: row.rowCount }), numeric: true },
      {
        key: 'received',
        label: 'Last received',
        cell: (row) => ({ kind: 'time', at: row.modifiedAt, none: 'Never' }),
      },
      { key: 'changed', label: 'Last changed', cell: changedCell },
      { key: 'history', label: 'History', cell: (row) => historyCell(resource, row), sortable: false },
      { key: 'guid', label: 'GUID', cell: (row) => ({ kind: 'guid', guid: row.guid }), sortable: false, hidden: true },
    ],
    filters: [{ key: 'show', label: 'Show', none: 'Sent', options: [{ value: 'missing', label: 'Never sent' }] }],
    empty: {
      title: 'None sent yet',
      text: `Nothing was received about this ${resource.noun}. An agent sends its basic inventory when it starts and at the interval of its settings; what it tells is shown here, class by class.`,
      action: { label: 'Classes that it could send', href: at(inventory, { show: 'missing' }) },
    },
    fetch: async (query) => {
      const rows =
        query.filters.show === 'missing'
          ? (await listMissingClasses(cmdb, resource.guid)).map(neverSent)
          : await listInventoryClasses(cmdb, resource.guid);
      return { rows: sorted(rows, query).slice(query.offset, query.offset + query.limit), total: rows.length };
    },
  };
}

const neverSent = ({ guid, name }: { guid: Guid; name: string }): ClassRow => ({
  guid,
  name,
  rowCount: null,
  modifiedAt: null,
  changedAt: null,
  hasHistory: null,
});

/** Classes are dozens, so they are sorted here. */
function sorted(rows: readonly ClassRow[], { sort, descending }: ListQuery): ClassRow[] {
  const value = (row: ClassRow): string | number => {
    if (sort === 'rows') return row.rowCount ?? -1;
    if (sort === 'received') return row.modifiedAt ?? '';
    return sort === 'changed' ? (row.changedAt ?? '') : row.name.toLowerCase();
  };
  const direction = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [one, other] = [value(a), value(b)];
    return one === other ? a.name.localeCompare(b.name) : direction * (one < other ? -1 : 1);
  });
}

function changedCell(row: ClassRow): Cell {
  if (row.hasHistory === null) return { kind: 'time', at: null, none: 'Never' };
  return { kind: 'time', at: row.changedAt, none: 'Not kept' };
}

function historyCell(resource: PlacedResource, { hasHistory, guid }: ClassRow): Cell {
  if (hasHistory === null) return null;
  if (!hasHistory) return 'Not kept';
  return { kind: 'link', text: 'Changes', href: at(`${resource.path}/history`, { class: guid }) };
}
