/** The tab History: who did what to the package and its programs, with what changed. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { AuditChange } from '../../../models/audit/changes.ts';
import { packageHistory, type HistoryEntry } from '../../../models/packages/packageHistory.ts';
import type { PackageDetail } from '../../../models/packages/getPackage.ts';
import type { Cell, DiffLine } from '../cells.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { loadPackage } from './loadPackage.ts';
import { packagePage } from './packagePage.ts';

const MOST_LINES = 8;
const MOST_PROGRAMS = 999;

export function registerPackageHistory(router: Router, context: AppContext): void {
  router.get('/packages/:guid/history', async (request, response) => {
    const software = await loadPackage(context.cmdb, request);
    await answerList(
      request,
      response,
      historyList(context, software),
      packagePage(context, request, software, '/history'),
    );
  });
}

function historyList({ cmdb }: AppContext, software: PackageDetail): ListDefinition<HistoryEntry> {
  const guids = [software.Guid, ...software.programs.slice(0, MOST_PROGRAMS).map(({ guid }) => guid)];
  return {
    path: `/packages/${software.Guid}/history`,
    noun: ['change', 'changes'],
    sort: { key: 'at', descending: true },
    columns: [
      {
        key: 'at',
        label: 'Time',
        cell: (row) => ({ kind: 'time', at: row.at, href: at(`/audit/${row.id}`) }),
        sortable: false,
      },
      { key: 'actor', label: 'Who', cell: (row) => row.actor, sortable: false },
      { key: 'action', label: 'Action', cell: (row) => row.action, sortable: false },
      {
        key: 'object',
        label: 'Object',
        cell: (row) => ({ kind: 'text', text: row.objectName, note: row.objectKind }),
        sortable: false,
      },
      { key: 'changes', label: 'What changed', cell: changesCell, sortable: false },
    ],
    empty: {
      title: 'Nothing was done to it yet',
      text: 'Every change of the package and its programs is recorded here, whoever makes it.',
    },
    fetch: ({ offset, limit }) => packageHistory(cmdb, guids, { offset, limit }),
  };
}

function changesCell({ id, changes }: HistoryEntry): Cell {
  if (changes.length === 0) return null;
  const more = changes.length - MOST_LINES;
  return {
    kind: 'diff',
    lines: changes.slice(0, MOST_LINES).map(lineOf),
    ...(more > 0 ? { more: { count: more, href: at(`/audit/${id}`) } } : {}),
  };
}

const lineOf = ({ field, before, after }: AuditChange): DiffLine => ({
  kind: 'changed',
  label: field,
  before: before ?? '',
  after: after ?? '',
});
