/** The packages of one server: which version it holds, what it said last, what a look at it found. */
import type { AppContext } from '../../../app/context.ts';
import { utc } from '../../../models/clock.ts';
import { readHeldDetails, type HeldDetails } from '../../../models/packageServers/heldDetails.ts';
import type { HeldRow } from '../../../models/packageServers/overview.ts';
import type { KnownServer } from '../../../models/packageServers/placement.ts';
import type { Cell } from '../cells.ts';
import type { ListDefinition } from '../list.ts';
import { at } from '../paths.ts';

const MB = 1024 * 1024;

const HELD_STATES = ['ready', 'downloading', 'stale', 'pending', 'invalid', 'silent', 'unwanted'] as const;
const WORDS: Record<(typeof HELD_STATES)[number], string> = {
  ready: 'Ready',
  downloading: 'Downloading',
  stale: 'Stale',
  pending: 'Pending',
  invalid: 'Invalid',
  silent: 'Silent',
  unwanted: 'Not assigned any more',
};

const SORTS: Record<string, (row: HeldRow) => string | number> = {
  name: (row) => row.name.toLowerCase(),
  state: (row) => HELD_STATES.indexOf(row.state),
  held: (row) => row.heldVersion ?? 0,
  current: (row) => row.currentVersion ?? 0,
  size: (row) => row.size,
};

interface Row extends HeldRow {
  details: HeldDetails | undefined;
}

/** `disabled`: why the person may give no orders. */
export function heldList(
  { cmdb, clock }: AppContext,
  server: KnownServer,
  rows: readonly HeldRow[],
  disabled: string | undefined,
): ListDefinition<Row> {
  const path = `/package-servers/${server.guid}`;
  return {
    path,
    noun: ['package', 'packages'],
    search: 'name',
    sort: { key: 'name' },
    columns: columnsOf(server, disabled),
    filters: [{ key: 'state', label: 'State', options: HELD_STATES.map((value) => ({ value, label: WORDS[value] })) }],
    empty: {
      title: 'Nothing to hold',
      text: 'No package with a published snapshot is assigned to this server. The tab Package servers of a package says which servers it goes to.',
    },
    fetch: async ({ search = '', filters, sort, descending, offset, limit }) => {
      const text = search.trim().toLowerCase();
      const by = SORTS[sort] ?? SORTS.name!;
      const sign = descending ? -1 : 1;
      const found = rows
        .filter(({ name, guid }) => name.toLowerCase().includes(text) || guid === text)
        .filter(({ state }) => filters.state === undefined || state === filters.state)
        .sort((a, b) => (by(a) < by(b) ? -sign : by(a) > by(b) ? sign : 0));
      const shown = found.slice(offset, offset + limit);
      const today = `${utc(clock.now()).slice(0, 10)}T00:00:00.000Z`;
      const guids = shown.map(({ guid }) => guid);
      const details = await readHeldDetails(cmdb, server.guid, guids, today);
      return { rows: shown.map((row) => ({ ...row, details: details.get(row.guid) })), total: found.length };
    },
  };
}

function columnsOf(server: KnownServer, disabled: string | undefined): ListDefinition<Row>['columns'] {
  return [
    {
      key: 'name',
      label: 'Package',
      cell: (row) => ({ kind: 'link', text: row.name, href: at(`/packages/${row.guid}/servers`) }),
    },
    { key: 'state', label: 'State', cell: heldState },
    { key: 'progress', label: 'Progress', cell: progressCell, sortable: false },
    { key: 'held', label: 'Held', cell: (row) => versionText(row.heldVersion) },
    { key: 'current', label: 'Current', cell: (row) => versionText(row.currentVersion) },
    { key: 'size', label: 'Size', cell: (row) => ({ kind: 'bytes', bytes: row.size }), numeric: true },
    {
      key: 'detail',
      label: 'Why',
      cell: (row) => (row.detail === '' ? null : { kind: 'prose', text: row.detail }),
      sortable: false,
    },
    {
      key: 'said',
      label: 'Last news',
      cell: (row) => ({ kind: 'time', at: row.details?.changedAt ?? null, none: 'None' }),
      sortable: false,
    },
    { key: 'looked', label: 'Our look', cell: (row) => lookCell(row, server), sortable: false },
    {
      key: 'clients',
      label: 'Computers today',
      cell: (row) => ({ kind: 'number', value: row.details?.clientsToday ?? 0 }),
      numeric: true,
      sortable: false,
      hidden: true,
    },
    {
      key: 'codebases',
      label: 'Offered at',
      cell: (row) => ({ kind: 'code', text: codebasesOf(row, server) }),
      sortable: false,
      hidden: true,
    },
    {
      key: 'again',
      label: 'Order',
      cell: (row) => againCell(row, server, disabled),
      sortable: false,
    },
  ];
}

const versionText = (version: number | null): string | null => (version === null ? null : String(version));

/** What this server found when it fetched a piece of the package as an agent would. */
function lookCell({ details }: Row, { record }: KnownServer): Cell {
  if (record.settings.IsProbed === 0) return { kind: 'text', text: 'Switched off' };
  if (details === undefined || details.probedAt === null) return { kind: 'text', text: 'Not yet' };
  if (details.probeProblem !== '') return { kind: 'prose', text: details.probeProblem };
  return { kind: 'time', at: details.probedAt };
}

/** Where agents find it; nothing while it is not ready. */
function codebasesOf({ state, heldVersion }: Row, { bases }: KnownServer): string {
  if (heldVersion === null || state === 'silent' || state === 'unwanted') return '';
  return bases.map(({ url }) => url).join(' ');
}

function againCell({ guid, heldVersion, state }: Row, server: KnownServer, disabled: string | undefined): Cell {
  // What it holds none of, it fetches anyway.
  if (state === 'unwanted' || heldVersion === null) return null;
  const href = at(`/package-servers/${server.guid}/again`, { package: guid });
  return disabled === undefined
    ? { kind: 'link', text: 'Fetch anew', href }
    : { kind: 'post', label: 'Fetch anew', href, disabled };
}

export const heldState = ({ state, detail }: HeldRow): Cell => ({ kind: 'state', state: `held_${state}`, detail });

export function progressCell({ progress }: HeldRow): Cell {
  if (progress === undefined || progress.total === 0) return null;
  return {
    kind: 'progress',
    done: Math.round(progress.done / MB),
    total: Math.max(1, Math.round(progress.total / MB)),
    unit: 'MB',
  };
}
