/** The list of package servers. */
import type { AppContext } from '../../../app/context.ts';
import { currentStep, ROLL_OUT_STEPS, type RollOutStepName } from '../../../models/packageServers/rollOut.ts';
import { listServers, type ServerRow } from '../../../models/packageServers/serverRows.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import type { ListDefinition } from '../list.ts';
import { at } from '../paths.ts';

const FILTERED_STATES = ['active', 'draining', 'unreachable', 'silent', 'never', 'disabled'] as const;
const STATE_WORDS: Record<(typeof FILTERED_STATES)[number], string> = {
  active: 'Active',
  draining: 'Draining',
  unreachable: 'Not reachable',
  silent: 'Silent',
  never: 'Never seen',
  disabled: 'Disabled',
};

/** What a server waits for at each step. */
export const WAITS_FOR: Record<RollOutStepName, string> = {
  given: 'To be switched on',
  policy: 'Policy',
  reporting: 'First report',
  packages: 'Packages',
};

const SORTS: Record<string, (row: ServerRow) => string | number> = {
  name: (row) => row.name.toLowerCase(),
  fqdn: (row) => row.fqdn.toLowerCase(),
  os: (row) => row.osName.toLowerCase(),
  state: (row) => row.state,
  step: (row) => row.rollOut.filter(({ state }) => state === 'done').length,
  sites: (row) => row.sites[0]?.name.toLowerCase() ?? '',
  ready: (row) => (row.assigned === 0 ? 1 : row.ready / row.assigned),
  invalid: (row) => row.counts.invalid,
  free: (row) => row.freeBytes ?? -1,
  stored: (row) => row.storedBytes ?? -1,
  clients: (row) => row.clientCount ?? -1,
  version: (row) => row.version,
  reported: (row) => row.reportedAt ?? '',
  contact: (row) => row.lastContactAt ?? '',
};

/** Sites that can be chosen as a filter; with more, the search finds them. */
const MOST_OFFERED = 200;

export function serverList(context: AppContext): ListDefinition<ServerRow> {
  const { cmdb, packageServers } = context;
  return {
    path: '/package-servers',
    noun: ['package server', 'package servers'],
    search: 'name, host name or site',
    sort: { key: 'name' },
    columns: COLUMNS,
    filters: [
      { key: 'state', label: 'State', options: FILTERED_STATES.map((value) => ({ value, label: STATE_WORDS[value] })) },
      {
        key: 'waits',
        label: 'Waits for',
        none: 'Anything',
        options: [
          ...ROLL_OUT_STEPS.map((value) => ({ value, label: WAITS_FOR[value] })),
          { value: 'done', label: 'Nothing' },
        ],
      },
      {
        key: 'trouble',
        label: 'Trouble',
        none: 'Any or none',
        options: [
          { value: 'packages', label: 'Invalid packages' },
          { value: 'disk', label: 'Little disk left' },
        ],
      },
      ...siteFilter(packageServers.placement.sites.values()),
    ],
    key: (row) => row.guid,
    empty: {
      title: 'No package servers yet',
      text: 'Package servers keep packages close to the computers of a site. Without one, every computer fetches from this server.',
      action: { label: 'New package server', href: at('/package-servers/new'), primary: true },
    },
    fetch: async ({ search, filters, sort, descending, offset, limit }) => {
      const { state, waits: waitingAt, trouble } = filters;
      const siteGuid = parseGuid(filters.site);
      const rows = await listServers(cmdb, context, { search, state, waitingAt, trouble, siteGuid });
      const by = SORTS[sort] ?? SORTS.name!;
      const sign = descending ? -1 : 1;
      rows.sort((a, b) => (by(a) < by(b) ? -sign : by(a) > by(b) ? sign : 0));
      return { rows: rows.slice(offset, offset + limit), total: rows.length };
    },
  };
}

const COLUMNS: ListDefinition<ServerRow>['columns'] = [
  {
    key: 'name',
    label: 'Name',
    cell: (row) => ({ kind: 'link', text: row.name, href: at(`/package-servers/${row.guid}`) }),
  },
  { key: 'fqdn', label: 'Host name', cell: (row) => row.fqdn, hidden: true },
  { key: 'os', label: 'Operating system', cell: (row) => row.osName, hidden: true },
  { key: 'state', label: 'State', cell: (row) => ({ kind: 'state', state: row.state, detail: row.detail }) },
  { key: 'step', label: 'Roll-out', cell: stepCell },
  { key: 'sites', label: 'Sites', cell: sitesCell },
  {
    key: 'internet',
    label: 'Internet sites',
    cell: (row) => ({ kind: 'prose', text: row.internetSites.map(({ name }) => name).join(', ') }),
    sortable: false,
    hidden: true,
  },
  {
    key: 'ready',
    label: 'Packages ready',
    cell: ({ ready, assigned }) => ({ kind: 'progress', done: ready, total: assigned }),
  },
  {
    key: 'invalid',
    label: 'Invalid',
    cell: ({ guid, counts: { invalid } }) => ({
      kind: 'number',
      value: invalid,
      ...(invalid > 0 ? { href: at(`/package-servers/${guid}`, { state: 'invalid' }) } : {}),
    }),
    numeric: true,
  },
  { key: 'free', label: 'Free disk', cell: (row) => ({ kind: 'bytes', bytes: row.freeBytes }), numeric: true },
  {
    key: 'stored',
    label: 'Packages on disk',
    cell: (row) => ({ kind: 'bytes', bytes: row.storedBytes }),
    numeric: true,
    hidden: true,
  },
  {
    key: 'clients',
    label: 'Computers a day',
    cell: (row) => ({ kind: 'number', value: row.clientCount }),
    numeric: true,
  },
  { key: 'version', label: 'Version', cell: (row) => row.version, hidden: true },
  { key: 'reported', label: 'Last report', cell: (row) => ({ kind: 'time', at: row.reportedAt, none: 'Never' }) },
  {
    key: 'contact',
    label: 'Last contact',
    cell: (row) => ({ kind: 'time', at: row.lastContactAt, none: 'Never' }),
    hidden: true,
  },
  { key: 'guid', label: 'GUID', cell: (row) => ({ kind: 'guid', guid: row.guid }), sortable: false, hidden: true },
];

function siteFilter(sites: Iterable<{ guid: Guid; name: string }>) {
  const all = [...sites];
  if (all.length === 0 || all.length > MOST_OFFERED) return [];
  const options = all.map(({ guid, name }) => ({ value: guid, label: name }));
  return [{ key: 'site', label: 'Site', options: options.sort((a, b) => a.label.localeCompare(b.label)) }];
}

function stepCell({ rollOut }: ServerRow): Cell {
  const step = currentStep(rollOut);
  if (step === undefined) return { kind: 'state', state: 'rolled_out', detail: 'Every step is done.' };
  const number = rollOut.indexOf(step) + 1;
  return {
    kind: 'text',
    text: `Step ${number} of ${rollOut.length}`,
    note: `waits: ${WAITS_FOR[step.name].toLowerCase()}`,
  };
}

export function sitesCell({ sites }: Pick<ServerRow, 'sites'>): Cell {
  if (sites.length === 0) return { kind: 'text', text: 'None', note: 'by its address' };
  if (sites.length === 1) return { kind: 'link', text: sites[0]!.name, href: at(`/sites/${sites[0]!.guid}`) };
  return { kind: 'prose', text: sites.map(({ name }) => name).join(', ') };
}
