/** Settings: every one with its value, where it comes from, and what it does. They are read when the server starts. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { answerList, type ListDefinition } from '../list.ts';
import type { ListQuery } from '../listQuery.ts';
import { settingsTabs } from './settingsTabs.ts';

type SettingRow = AppContext['describedSettings'][number];

const SORTS: Readonly<Record<string, (row: SettingRow) => string>> = {
  name: (row) => row.name,
  env: (row) => row.env,
  value: (row) => row.value,
  default: (row) => row.default,
  origin: (row) => row.origin,
  help: (row) => row.help,
};

export function registerSettingsPage(router: Router, { describedSettings }: AppContext): void {
  router.get('/settings', (request, response) =>
    answerList(request, response, settingList(describedSettings), {
      title: 'Settings',
      tabs: settingsTabs('settings'),
      subtitle:
        'Read from the environment and coresettings.json in the data folder when the server starts: change them there, then restart it.',
    }),
  );
}

const settingList = (all: readonly SettingRow[]): ListDefinition<SettingRow> => ({
  path: '/settings',
  noun: ['setting', 'settings'],
  search: 'name or help',
  sort: { key: 'env' },
  columns: [
    { key: 'env', label: 'Setting', cell: (row) => ({ kind: 'code', text: row.env, copy: true }) },
    { key: 'value', label: 'Value', cell: (row) => (row.value === '' ? null : { kind: 'code', text: row.value }) },
    { key: 'origin', label: 'From', cell: (row) => row.origin },
    { key: 'help', label: 'What it does', cell: (row) => ({ kind: 'prose', text: row.help }) },
    {
      key: 'default',
      label: 'Default',
      cell: (row) => (row.default === '' ? null : { kind: 'code', text: row.default }),
      hidden: true,
    },
    {
      key: 'name',
      label: 'In coresettings.json',
      cell: (row) => ({ kind: 'code', text: row.name, copy: true }),
      hidden: true,
    },
  ],
  filters: [
    {
      key: 'origin',
      label: 'From',
      options: ['default', 'environment', 'coresettings.json'].map((origin) => ({ value: origin, label: origin })),
    },
  ],
  empty: { title: 'No settings', text: 'Every server has settings; this page has a fault.' },
  fetch: async (query) => select(all, query),
});

function select(all: readonly SettingRow[], query: ListQuery): { rows: SettingRow[]; total: number } {
  const text = query.search.toLowerCase();
  const matching = all.filter(
    (row) =>
      (query.filters.origin === undefined || row.origin === query.filters.origin) &&
      `${row.name} ${row.env} ${row.help}`.toLowerCase().includes(text),
  );
  const key = SORTS[query.sort]!;
  const sorted = matching.toSorted(
    (one, other) => key(one).localeCompare(key(other), 'en') * (query.descending ? -1 : 1),
  );
  return { rows: sorted.slice(query.offset, query.offset + query.limit), total: matching.length };
}
