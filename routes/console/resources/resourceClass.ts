/** One data class of a resource with all its columns: facts where it has one row, a table where it may have many. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { DataClasses, type DataClass } from '../../../models/inventory/dataClasses.ts';
import {
  columnsOf,
  listInventoryClasses,
  readClassRows,
  type InventoryClassSummary,
} from '../../../models/inventory/inventoryView.ts';
import { parseGuid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { pageBelow, type PlacedResource, type ResourcePlace } from './place.ts';

export function registerInventoryClass(router: Router, context: AppContext, place: ResourcePlace): void {
  const { cmdb } = context;
  router.get(`${place.path}/inventory/:class`, async (request, response) => {
    const resource = await place.load(request);
    const guid = parseGuid(String(request.params.class));
    const dataClass = guid && (await DataClasses.load(cmdb)).get(guid);
    if (dataClass === undefined || dataClass.kind !== 'inventory') throw notFound('data class');
    const sent = (await listInventoryClasses(cmdb, resource.guid)).find((each) => each.guid === guid);
    await answerList(request, response, rowList(context, resource, dataClass), {
      ...pageBelow(resource, ['/inventory', 'Inventory'], dataClass.name),
      template: 'resources/class',
      sent,
      historyHref: sent?.hasHistory === true ? at(`${resource.path}/history`, { class: dataClass.guid }) : undefined,
      facts: await singleRow(context, resource, dataClass, sent),
    });
  });
}

type Row = readonly (string | number | null)[];

/** In the order in which they were sent; that order is no column. */
const AS_SENT = 'sent';

function rowList({ cmdb }: AppContext, resource: PlacedResource, dataClass: DataClass): ListDefinition<Row> {
  return {
    path: `${resource.path}/inventory/${dataClass.guid}`,
    noun: ['row', 'rows'],
    search: 'all columns',
    sort: { key: AS_SENT },
    columns: columnsOf(dataClass).map(({ name, dataType }, index) => ({
      key: `c${index}`,
      label: name,
      cell: (row) => valueCell(row[index]!, dataType),
    })),
    empty: {
      title: 'None sent yet',
      text: `The ${resource.noun} has sent no row of ${dataClass.name}.`,
      action: { label: 'Classes that it has sent', href: at(`${resource.path}/inventory`) },
    },
    fetch: ({ offset, limit, search, sort, descending }) =>
      readClassRows(cmdb, resource.guid, dataClass, offset, limit, {
        search,
        descending,
        sort: sort === AS_SENT ? undefined : Number(sort.slice(1)),
      }),
  };
}

async function singleRow(
  { cmdb }: AppContext,
  resource: PlacedResource,
  dataClass: DataClass,
  sent: InventoryClassSummary | undefined,
) {
  if (dataClass.isMultiRow || sent === undefined) return undefined;
  const [row] = (await readClassRows(cmdb, resource.guid, dataClass, 0, 1)).rows;
  return (
    row &&
    columnsOf(dataClass).map(({ name, dataType }, index) => ({ label: name, cell: valueCell(row[index]!, dataType) }))
  );
}

/** Numbers stand as they came: most are codes, years and serial numbers, which no separator may break. */
export function valueCell(value: string | number | null, dataType: string): Cell {
  if (value === null || value === '') return null;
  return dataType === 'time' ? { kind: 'time', at: String(value) } : String(value);
}
