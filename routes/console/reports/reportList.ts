/** The list of saved reports. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { Report } from '../../../models/reports/definition.ts';
import { listFolders, listReports, type ReportSort } from '../../../models/reports/reportStore.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { lockOf } from '../signedIn.ts';

const SORTS: Readonly<Record<string, ReportSort>> = {
  folder: 'Folder',
  name: 'Name',
  owner: 'CreatedBy',
  lastRun: 'LastRunAt',
  rows: 'LastRunRows',
  took: 'LastRunMilliseconds',
  changed: 'ModifiedAt',
};

export async function reportList({ cmdb }: AppContext): Promise<ListDefinition<Report>> {
  const folders = await listFolders(cmdb);
  return {
    path: '/reports',
    noun: ['report', 'reports'],
    search: 'name, folder, tag or description',
    sort: { key: 'folder' },
    columns: [
      {
        key: 'name',
        label: 'Name',
        cell: ({ guid, name }) => ({ kind: 'link', text: name, href: at(`/reports/${guid}`) }),
      },
      { key: 'folder', label: 'Folder', cell: ({ folder }) => folder },
      {
        key: 'description',
        label: 'What it shows',
        cell: ({ description }) => ({ kind: 'prose', text: description }),
        sortable: false,
      },
      { key: 'tags', label: 'Tags', cell: ({ tags }) => tags, sortable: false, hidden: true },
      {
        key: 'owner',
        label: 'Owner',
        cell: ({ createdBy, isBuiltIn }) => (isBuiltIn ? { kind: 'text', text: 'Ready report' } : createdBy),
      },
      {
        key: 'lastRun',
        label: 'Last run',
        cell: ({ lastRunAt }) => ({ kind: 'time', at: lastRunAt, none: 'Never' }),
      },
      {
        key: 'rows',
        label: 'Rows',
        cell: ({ lastRunRows }) => ({ kind: 'number', value: lastRunRows }),
        numeric: true,
      },
      {
        key: 'took',
        label: 'Took',
        cell: ({ lastRunMilliseconds }) => ({ kind: 'number', value: lastRunMilliseconds, unit: 'ms' }),
        numeric: true,
        hidden: true,
      },
      { key: 'changed', label: 'Changed', cell: ({ modifiedAt }) => ({ kind: 'time', at: modifiedAt }), hidden: true },
      { key: 'guid', label: 'GUID', cell: ({ guid }) => ({ kind: 'guid', guid }), sortable: false, hidden: true },
    ],
    filters: [
      { key: 'folder', label: 'Folder', options: folders.map((folder) => ({ value: folder, label: folder })) },
      {
        key: 'kind',
        label: 'Kind',
        options: [
          { value: 'ready', label: 'Ready reports' },
          { value: 'own', label: 'Own reports' },
        ],
      },
    ],
    key: ({ guid }) => guid,
    bulk: [{ label: 'Delete', path: '/reports/delete', privilege: 'sql', icon: 'trash', danger: true }],
    empty: { title: 'No reports', text: 'Ready reports are put here when the server starts.' },
    fetch: ({ sort, filters, ...query }) =>
      listReports(cmdb, {
        ...query,
        sort: SORTS[sort] ?? 'Folder',
        ...(filters.folder === undefined ? {} : { folder: filters.folder }),
        ...(filters.kind === undefined ? {} : { isBuiltIn: filters.kind === 'ready' }),
      }),
  };
}

export function registerReportList(router: Router, context: AppContext): void {
  router.get('/reports', async (request, response) => {
    await answerList(request, response, await reportList(context), {
      title: 'Reports',
      template: 'reports/reports',
      switchedOff: context.reports.runner.switchedOff,
      actions: [
        { label: 'New report', href: at('/reports/new'), icon: 'add', primary: true, disabled: lockOf(request, 'sql') },
        { label: 'Tables and views', href: at('/reports/tables'), icon: 'columns' },
        { label: 'My results', href: at('/reports/runs'), icon: 'clock' },
      ],
    });
  });
}
