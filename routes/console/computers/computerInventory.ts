/** What a computer has told of itself, data class by data class. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { ComputerDetail } from '../../../models/computers/computerStore.ts';
import { DataClasses, type DataClass } from '../../../models/inventory/dataClasses.ts';
import { readInventory, readInventoryRows, type InventoryClassView } from '../../../models/inventory/inventoryView.ts';
import { parseGuid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { computerPage } from './computerPage.ts';
import { loadComputer } from './loadComputer.ts';

/** Rows of a class on the page of all classes; the rest is on the class's own. */
const ROWS_SHOWN = 25;

export function registerComputerInventory(router: Router, context: AppContext): void {
  const { cmdb } = context;

  router.get('/computers/:guid/inventory', async (request, response) => {
    const computer = await loadComputer(cmdb, request);
    const classes = await DataClasses.load(cmdb);
    const views = await readInventory(cmdb, computer.Guid, ROWS_SHOWN);
    await render(request, response, 'computers/inventory', {
      ...computerPage(context, request, computer, '/inventory'),
      classes: views.map((view) => section(computer, classes.get(view.guid)!, view)),
    });
  });

  router.get('/computers/:guid/inventory/:class', async (request, response) => {
    const computer = await loadComputer(cmdb, request);
    const guid = parseGuid(String(request.params.class));
    const dataClass = guid && (await DataClasses.load(cmdb)).get(guid);
    if (dataClass === undefined) throw notFound('data class');
    await showClass(context, request, response, computer, dataClass);
  });
}

function showClass(
  context: AppContext,
  request: Request,
  response: Response,
  computer: ComputerDetail,
  dataClass: DataClass,
): Promise<void> {
  const page = computerPage(context, request, computer, '/inventory');
  return answerList(request, response, rowList(context, computer, dataClass), {
    ...page,
    title: dataClass.name,
    state: undefined,
    subtitle: undefined,
    tabs: undefined,
    breadcrumb: [
      ...page.breadcrumb!,
      { label: computer.Name, href: at(`/computers/${computer.Guid}`) },
      { label: 'Inventory', href: at(`/computers/${computer.Guid}/inventory`) },
    ],
  });
}

type Row = readonly (string | number | null)[];

function rowList({ cmdb }: AppContext, computer: ComputerDetail, dataClass: DataClass): ListDefinition<Row> {
  const columns = columnsOf(dataClass);
  return {
    path: `/computers/${computer.Guid}/inventory/${dataClass.guid}`,
    noun: ['row', 'rows'],
    sort: { key: 'c0' },
    columns: columns.map(({ name, dataType }, index) => ({
      key: `c${index}`,
      label: name,
      cell: (row) => valueCell(row[index]!, dataType),
      sortable: false,
    })),
    empty: {
      title: 'None sent yet',
      text: `The computer has sent no row of ${dataClass.name}.`,
    },
    fetch: async ({ offset, limit }) => {
      const found = await readInventoryRows(cmdb, computer.Guid, dataClass.guid, offset, limit);
      return { rows: found?.rows ?? [], total: found?.total ?? 0 };
    },
  };
}

/** One data class as views/computers/inventory.ejs draws it: a single row as facts, several as a table. */
function section(computer: ComputerDetail, dataClass: DataClass, view: InventoryClassView) {
  const columns = columnsOf(dataClass);
  const cells = view.rows.map((row) => row.map((value, index) => valueCell(value, columns[index]!.dataType)));
  const [first] = cells;
  const single = !dataClass.isMultiRow && first !== undefined;
  return {
    name: view.name,
    href: at(`/computers/${computer.Guid}/inventory/${view.guid}`),
    total: view.total,
    shown: view.rows.length,
    modifiedAt: view.modifiedAt,
    facts: single ? first.map((cell, index) => ({ label: columns[index]!.name, cell })) : undefined,
    table: single
      ? undefined
      : { caption: view.name, columns: columns.map(({ name }) => ({ label: name })), rows: cells, empty: 'No rows' },
  };
}

const columnsOf = (dataClass: DataClass) => dataClass.columns.filter((column) => column !== undefined);

/** Numbers stand as they came: most are codes, years and serial numbers, which no separator may break. */
function valueCell(value: string | number | null, dataType: string): Cell {
  if (value === null || value === '') return null;
  return dataType === 'time' ? { kind: 'time', at: String(value) } : String(value);
}
