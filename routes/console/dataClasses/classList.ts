/** The list of data classes: a few dozen, so the page reads them all and narrows them itself. */
import type { AppContext } from '../../../app/context.ts';
import { listClasses, type ListedClass } from '../../../models/dataClasses/listClasses.ts';
import type { Column, ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { historyWord, keptWord, kindWord, rowsWord } from './classWords.ts';

/** Counting every table costs more than all the rest of the page. */
const COUNTS_KEPT_MS = 30_000;

const COLUMNS: readonly Column<ListedClass>[] = [
  {
    key: 'name',
    label: 'Name',
    cell: ({ guid, name }) => ({ kind: 'link', text: name, href: at(`/data-classes/${guid}`) }),
  },
  { key: 'kind', label: 'Kind', cell: kindWord },
  { key: 'origin', label: 'From', cell: ({ isBuiltIn }) => (isBuiltIn ? 'Built in' : 'Your own') },
  { key: 'table', label: 'Table', cell: ({ table }) => ({ kind: 'code', text: table }) },
  {
    key: 'columns',
    label: 'Columns',
    cell: ({ columns }) => ({ kind: 'number', value: columns }),
    numeric: true,
    hidden: true,
  },
  { key: 'rows', label: 'Rows', cell: ({ rows }) => ({ kind: 'number', value: rows }), numeric: true },
  {
    key: 'computers',
    label: 'Resources',
    cell: ({ computers }) => ({ kind: 'number', value: computers ?? null }),
    numeric: true,
  },
  {
    key: 'lastWrite',
    label: 'Last write',
    cell: ({ lastWriteAt }) => ({ kind: 'time', at: lastWriteAt, none: 'Never' }),
  },
  { key: 'history', label: 'History', cell: (row) => (row.kind === 'event' ? null : historyWord(row)) },
  { key: 'kept', label: 'Kept', cell: keptWord },
  { key: 'rowsEach', label: 'Rows each', cell: rowsWord, hidden: true },
  { key: 'guid', label: 'GUID', cell: ({ guid }) => ({ kind: 'guid', guid }), hidden: true },
];

const SORT: Readonly<Record<string, (row: ListedClass) => string | number>> = {
  name: ({ name }) => name.toLowerCase(),
  kind: kindWord,
  origin: ({ isBuiltIn }) => Number(isBuiltIn),
  table: ({ table }) => table.toLowerCase(),
  columns: ({ columns }) => columns,
  rows: ({ rows }) => rows,
  computers: ({ computers }) => computers ?? -1,
  lastWrite: ({ lastWriteAt }) => lastWriteAt ?? '',
  history: historyWord,
  kept: keptWord,
  rowsEach: rowsWord,
  guid: ({ guid }) => guid,
};

export const classList = ({ cmdb }: AppContext): ListDefinition<ListedClass> => ({
  path: '/data-classes',
  noun: ['data class', 'data classes'],
  search: 'name, table or GUID',
  sort: { key: 'name' },
  columns: COLUMNS,
  filters: [
    {
      key: 'kind',
      label: 'Kind',
      options: [
        { value: 'inventory', label: 'Inventory' },
        { value: 'event', label: 'Events' },
      ],
    },
    {
      key: 'origin',
      label: 'From',
      options: [
        { value: 'builtIn', label: 'Built in' },
        { value: 'own', label: 'Your own' },
      ],
    },
  ],
  empty: { title: 'No data classes', text: 'A data class says which columns an event may fill.' },
  fetch: async ({ search, filters, sort, descending, offset, limit }) => {
    const text = search.toLowerCase();
    const found = (await listClasses(cmdb, COUNTS_KEPT_MS))
      .filter(({ name, table, guid }) => [name, table, guid].some((part) => part.toLowerCase().includes(text)))
      .filter(({ kind }) => filters.kind === undefined || kind === filters.kind)
      .filter(({ isBuiltIn }) => filters.origin === undefined || isBuiltIn === (filters.origin === 'builtIn'));
    const key = SORT[sort] ?? SORT.name!;
    const sign = descending ? -1 : 1;
    found.sort((a, b) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : 0));
    return { rows: found.slice(offset, offset + limit), total: found.length };
  },
});
