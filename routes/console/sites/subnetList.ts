/** The list of subnets. */
import type { AppContext } from '../../../app/context.ts';
import { siteNames } from '../../../models/sites/listSites.ts';
import { listSubnets, type SubnetRow, type SubnetSort, type SubnetView } from '../../../models/sites/listSubnets.ts';
import type { OverlapKind } from '../../../models/sites/nesting.ts';
import type { Guid } from '../../../wire/guid.ts';
import { parseGuid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import type { Column, ListDefinition } from '../list.ts';
import { at } from '../paths.ts';

const SORTS: Record<string, SubnetSort> = {
  network: 'Network',
  prefix: 'PrefixLength',
  name: 'Name',
  site: 'SiteName',
  source: 'Source',
  computers: 'Computers',
  overlap: 'Overlap',
  seen: 'LastSeenAt',
  modified: 'ModifiedAt',
};

export const SOURCES: Readonly<Record<string, string>> = {
  manual: 'By hand',
  ad: 'Active Directory',
  discovered: 'Discovered from inventory',
};

/** What a subnet in another means, in two words; the page of overlaps has the sentence. */
const OVERLAP_NOTES: Record<OverlapKind, string> = {
  same: 'same site',
  outside: 'of no site',
  other: 'another site',
  none: 'this one of none',
};

/** Value of the site filter for subnets that belong to none. */
const NO_SITE = 'none';

export const siteCell = (row: { SiteGuid: Guid | null; SiteName: string | null }): Cell =>
  row.SiteGuid === null ? null : { kind: 'link', text: row.SiteName ?? '', href: at(`/sites/${row.SiteGuid}`) };

/** Columns that every list of subnets has; their order is that of a file for import. */
const COLUMNS: readonly Column<SubnetRow>[] = [
  {
    key: 'network',
    label: 'Subnet',
    cell: (row) => ({
      kind: 'link',
      text: `${row.Network}/${row.PrefixLength}`,
      href: at(`/sites/subnets/${row.Guid}`),
    }),
  },
  { key: 'prefix', label: 'Prefix', cell: (row) => row.PrefixLength, numeric: true, hidden: true },
  { key: 'name', label: 'Name', cell: (row) => row.Name },
  { key: 'site', label: 'Site', cell: siteCell },
];

const COUNT_COLUMN: Column<SubnetRow> = {
  key: 'computers',
  label: 'Computers',
  cell: (row) => ({ kind: 'number', value: row.Computers }),
  numeric: true,
};

export async function subnetList({ cmdb }: AppContext): Promise<ListDefinition<SubnetRow>> {
  const sites = await siteNames(cmdb);
  return {
    path: '/sites/subnets',
    noun: ['subnet', 'subnets'],
    search: 'network, name, site or address',
    sort: { key: 'network' },
    columns: [
      ...COLUMNS,
      { key: 'source', label: 'Source', cell: (row) => SOURCES[row.Source] ?? row.Source },
      COUNT_COLUMN,
      {
        key: 'overlap',
        label: 'Lies in',
        cell: ({ Overlap }) =>
          Overlap === null ? null : { kind: 'text', text: Overlap.within, note: OVERLAP_NOTES[Overlap.kind] },
      },
      { key: 'seen', label: 'Last seen', cell: (row) => ({ kind: 'time', at: row.LastSeenAt, none: 'Never' }) },
      { key: 'modified', label: 'Modified', cell: (row) => ({ kind: 'time', at: row.ModifiedAt }), hidden: true },
      { key: 'guid', label: 'GUID', cell: (row) => ({ kind: 'guid', guid: row.Guid }), sortable: false, hidden: true },
    ],
    filters: [
      {
        key: 'site',
        label: 'Site',
        options: [
          { value: NO_SITE, label: 'None: unassigned' },
          ...sites.map((site) => ({ value: site.Guid, label: site.Name })),
        ],
      },
      {
        key: 'view',
        label: 'Show',
        options: [
          { value: 'overlapping', label: 'Overlapping' },
          { value: 'nested', label: 'In another subnet' },
          { value: 'empty', label: 'Without computers' },
        ],
      },
    ],
    key: (row) => row.Guid,
    bulk: [
      { label: 'Assign to site', path: '/sites/subnets/assign', privilege: 'write', icon: 'site' },
      { label: 'Remove from site', path: '/sites/subnets/remove', privilege: 'write' },
      { label: 'Delete', path: '/sites/subnets/delete', privilege: 'write', icon: 'trash', danger: true },
    ],
    empty: {
      title: 'No subnets yet',
      text: 'A subnet tells which site an address belongs to. The longest prefix that contains the address decides.',
      action: { label: 'Add subnets', href: at('/sites/subnets/new'), primary: true },
    },
    fetch: ({ search, filters, sort, ...rest }) =>
      listSubnets(cmdb, {
        ...rest,
        search,
        siteGuid: filters.site === NO_SITE ? null : parseGuid(filters.site),
        view: filters.view as SubnetView | undefined,
        sort: SORTS[sort] ?? 'Network',
      }),
  };
}

/** Subnets in subnets, each with a sentence that says whose its computers are. */
export function overlapList({ cmdb }: AppContext): ListDefinition<SubnetRow> {
  return {
    path: '/sites/overlaps',
    noun: ['overlap', 'overlaps'],
    search: 'network, name, site or address',
    sort: { key: 'network' },
    columns: [
      ...COLUMNS,
      { key: 'overlap', label: 'Lies in', cell: ({ Overlap }) => ({ kind: 'text', text: Overlap!.within }) },
      COUNT_COLUMN,
      {
        key: 'reason',
        label: 'What comes of it',
        cell: ({ Overlap }) => ({ kind: 'prose', text: Overlap!.reason }),
        sortable: false,
      },
    ],
    filters: [
      {
        key: 'view',
        label: 'Show',
        none: 'In another site',
        options: [{ value: 'nested', label: 'All that are nested' }],
      },
    ],
    empty: {
      title: 'No overlaps',
      text: 'No subnet lies in one of another site. Nested subnets of one site, or in a subnet without a site, are nothing to look at.',
      action: { label: 'All that are nested', href: at('/sites/overlaps', { view: 'nested' }) },
    },
    fetch: ({ filters, sort, ...rest }) =>
      listSubnets(cmdb, {
        ...rest,
        view: filters.view === 'nested' ? 'nested' : 'overlapping',
        sort: SORTS[sort] ?? 'Network',
      }),
  };
}
