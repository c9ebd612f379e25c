/** One data class: what it is, its columns by position, and its newest rows. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { whyKept } from '../../../models/dataClasses/deleteClass.ts';
import { useOfClass, type ClassUse } from '../../../models/dataClasses/listClasses.ts';
import type { DataClassDetail } from '../../../models/dataClasses/readClass.ts';
import { sampleRows, type Sample } from '../../../models/dataClasses/sampleRows.ts';
import { RESOURCE_TYPE } from '../../../wire/wellKnown.ts';
import type { Cell } from '../cells.ts';
import { at } from '../paths.ts';
import { render, type PageAction } from '../render.ts';
import { lockOf } from '../signedIn.ts';
import { COLUMN_TYPE_WORDS, historyWord, keptWord, kindWord, rowsWord } from './classWords.ts';
import { classesCrumb, loadClass } from './loadClass.ts';

const SAMPLE = 20;

export function registerClassPage(router: Router, { cmdb }: AppContext): void {
  router.get('/data-classes/:guid', async (request, response) => {
    const found = await loadClass(cmdb, request);
    const use = await useOfClass(cmdb, found);
    const sample = await sampleRows(cmdb, found, SAMPLE, RESOURCE_TYPE.computer);
    await render(request, response, 'dataClasses/class', {
      title: found.name,
      subtitle: found.description,
      breadcrumb: [classesCrumb],
      actions: actions(request, found),
      facts: facts(found, use),
      columns: columnTable(found),
      sample: sampleTable(sample),
      isDeleting: found.kind === 'deleting',
    });
  });
}

function actions(request: Request, found: DataClassDetail): PageAction[] {
  const locked = lockOf(request, 'write');
  const path = `/data-classes/${found.guid}`;
  const gone = found.kind === 'deleting' ? 'This class is being deleted.' : undefined;
  const own = found.isBuiltIn ? 'Only classes of your own take more columns: agents fill this one.' : undefined;
  return [
    { label: 'Edit', href: at(`${path}/edit`), icon: 'edit', disabled: locked ?? gone },
    { label: 'Order of columns', href: at(`${path}/columns`), icon: 'columns', disabled: locked ?? gone },
    { label: 'Add column', href: at(`${path}/columns/new`), icon: 'add', disabled: locked ?? gone ?? own },
    {
      label: 'Delete',
      href: at(`${path}/delete`),
      icon: 'trash',
      danger: true,
      dialog: true,
      disabled: locked ?? whyKept(found),
    },
  ];
}

function facts(found: DataClassDetail, use: ClassUse): { label: string; cell: Cell }[] {
  const isEvent = found.kind === 'event';
  return [
    { label: 'GUID', cell: { kind: 'guid', guid: found.guid } },
    { label: 'Kind', cell: `${kindWord(found)}, ${found.isBuiltIn ? 'built in' : 'your own'}` },
    { label: isEvent ? 'View for reports' : 'Table', cell: { kind: 'code', text: found.table, copy: true } },
    { label: 'Rows each', cell: isEvent ? 'One an event' : rowsWord(found) },
    { label: isEvent ? 'Rows, at most' : 'Rows', cell: { kind: 'number', value: use.rows } },
    ...(use.computers === undefined
      ? []
      : [{ label: 'Resources', cell: { kind: 'number', value: use.computers } as const }]),
    { label: 'Last write', cell: { kind: 'time', at: use.lastWriteAt, none: 'Never' } },
    ...(isEvent ? [] : [{ label: 'History', cell: historyWord(found) }]),
    { label: 'Kept', cell: { kind: 'link', text: keptWord(found), href: at('/retention') } },
  ];
}

function columnTable({ columns, kind }: DataClassDetail) {
  return {
    caption: 'Columns',
    columns: [
      { label: 'Value' },
      { label: 'Column' },
      { label: 'Type' },
      { label: 'Longest text', numeric: true },
      ...(kind === 'inventory' ? [{ label: 'Counts as a change' }] : []),
    ],
    rows: columns.map(({ position, name, dataType, maxLength, isVolatile }): Cell[] => [
      { kind: 'code', text: `c${position}` },
      name,
      COLUMN_TYPE_WORDS[dataType] ?? dataType,
      { kind: 'number', value: maxLength },
      ...(kind === 'inventory' ? [isVolatile ? 'No, it differs in every event' : 'Yes'] : []),
    ]),
  };
}

function sampleTable({ columns, rows }: Sample) {
  return {
    caption: 'Newest rows',
    columns: [{ label: 'Resource' }, ...columns.map((label) => ({ label }))],
    rows: rows.map(({ guid, name, isComputer, values }): Cell[] => [
      { kind: 'link', text: name, href: at(`/${isComputer ? 'computers' : 'resources'}/${guid}`) },
      ...values,
    ]),
    empty: 'No event has brought a row yet.',
  };
}
