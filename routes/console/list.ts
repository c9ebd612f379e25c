/**
 * The list page: a definition says what the columns, filters and actions are, the address says which rows, in which
 * order. README.md beside this file shows a whole one.
 */
import type { Request, Response } from 'express';
import type { Session } from '../../models/cmdb/types.ts';
import { hasViews, savedViews } from '../../models/savedViews/savedViews.ts';
import type { Privilege } from '../../models/security/roles.ts';
import type { Cell } from './cells.ts';
import { exportList } from './listExport.ts';
import { listModel } from './listModel.ts';
import { listParameters, readListQuery, type ListQuery } from './listQuery.ts';
import { at } from './paths.ts';
import { render, type FrameSource, type PageAction, type PageModel } from './render.ts';
import { currentUser } from './signedIn.ts';

export interface Column<Row> {
  /** In the address and in exports. */
  key: string;
  label: string;
  cell: (row: Row) => Cell;
  /** Every column can be sorted by, unless it says false. */
  sortable?: false;
  /** Shown only when chosen in the column chooser. */
  hidden?: true;
  /** Right-aligned; the cells of a numeric column should be of a numeric kind. */
  numeric?: true;
}

export interface Filter {
  key: string;
  label: string;
  options: readonly { value: string; label: string }[];
  /** What the empty choice says; `All` by default. */
  none?: string;
}

export interface BulkAction {
  /** A plain verb: the number and the noun are added where they are known. */
  label: string;
  /** Console path that the ticked rows are posted to; read them there with `selection`. */
  path: string;
  privilege: Privilege;
  icon?: string;
  danger?: true;
}

export interface ListDefinition<Row> {
  /** Console path of the list. */
  path: string;
  /** `['computer', 'computers']` */
  noun: readonly [one: string, many: string];
  columns: readonly Column<Row>[];
  filters?: readonly Filter[];
  /** What the search box searches, for example `name, address or user`; without it there is no box. */
  search?: string;
  sort: { key: string; descending?: boolean };
  /** Identity of a row, for ticking; needed with `bulk`. */
  key?: (row: Row) => string;
  bulk?: readonly BulkAction[];
  /** Shown when there is nothing at all: what the thing is, why there is none, the next step. */
  empty: { title: string; text: string; action?: PageAction };
  fetch: (query: ListQuery) => Promise<{ rows: readonly Row[]; total: number }>;
}

/**
 * Answers with the list as a page, or as CSV or JSON of exactly what is filtered (`?format=csv`).
 * @param page title and actions; `template` when the list is a part of a page of its own, which includes
 * `/partials/list` with `list`
 */
export async function answerList<Row>(
  request: Request,
  response: Response,
  definition: ListDefinition<Row>,
  page: PageModel & { template?: string },
): Promise<void> {
  const query = readListQuery(request.query, definition);
  const { format } = request.query;
  if (format === 'csv' || format === 'json') return exportList(response, definition, query, format);
  const { template = 'list', ...model } = page;
  const { cmdb } = response.locals.frameSource as FrameSource;
  const [list, views] = await Promise.all([
    listModel(request, definition, query),
    viewMenu(cmdb, request, definition, query),
  ]);
  await render(request, response, template, { ...model, list: { ...list, views } });
}

/** The user's saved views of this list, and what saving the present one would keep. */
async function viewMenu<Row>(session: Session, request: Request, definition: ListDefinition<Row>, query: ListQuery) {
  const { path } = definition;
  if (!hasViews(path)) return undefined;
  const saved = await savedViews(session, currentUser(request), path);
  return {
    list: path,
    query: new URLSearchParams(listParameters({ ...query, offset: 0 }, definition)).toString(),
    saved: saved.map((view) => ({
      name: view.name,
      href: at(path, Object.fromEntries(new URLSearchParams(view.query))),
    })),
  };
}
