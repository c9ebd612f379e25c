/** The list of sites. */
import type { AppContext } from '../../../app/context.ts';
import { listSites, type SiteRow, type SiteSort } from '../../../models/sites/listSites.ts';
import type { ListDefinition } from '../list.ts';
import { at } from '../paths.ts';

const SORTS: Record<string, SiteSort> = {
  name: 'Name',
  description: 'Description',
  subnets: 'Subnets',
  computers: 'Computers',
  internet: 'IsInternet',
  modified: 'ModifiedAt',
};

export const FALLBACK_LABELS: Readonly<Record<string, string>> = {
  server: 'This server',
  site: 'Another site',
  none: 'Nowhere',
};

export function siteList({ cmdb }: AppContext): ListDefinition<SiteRow> {
  return {
    path: '/sites',
    noun: ['site', 'sites'],
    search: 'name, description or GUID',
    sort: { key: 'name' },
    columns: [
      { key: 'name', label: 'Name', cell: (row) => ({ kind: 'link', text: row.Name, href: at(`/sites/${row.Guid}`) }) },
      { key: 'description', label: 'Description', cell: (row) => row.Description },
      {
        key: 'subnets',
        label: 'Subnets',
        cell: (row) => ({ kind: 'number', value: row.Subnets, href: at('/sites/subnets', { site: row.Guid }) }),
        numeric: true,
      },
      {
        key: 'computers',
        label: 'Computers',
        cell: (row) => ({ kind: 'number', value: row.Computers, href: at('/computers', { site: row.Guid }) }),
        numeric: true,
      },
      {
        key: 'fallback',
        label: 'Packages otherwise from',
        cell: (row) => FALLBACK_LABELS[row.Fallback] ?? row.Fallback,
        sortable: false,
      },
      { key: 'internet', label: 'Internet site', cell: (row) => (row.IsInternet === 1 ? 'Yes' : 'No') },
      { key: 'modified', label: 'Modified', cell: (row) => ({ kind: 'time', at: row.ModifiedAt }) },
      { key: 'guid', label: 'GUID', cell: (row) => ({ kind: 'guid', guid: row.Guid }), sortable: false, hidden: true },
    ],
    key: (row) => row.Guid,
    empty: {
      title: 'No sites yet',
      text: 'A site is a place with its subnets. Computers belong to the site that their address lies in, and fetch packages from there.',
      action: { label: 'New site', href: at('/sites/new'), primary: true },
    },
    fetch: ({ search, sort, descending, offset, limit }) =>
      listSites(cmdb, { search, sort: SORTS[sort] ?? 'Name', descending, offset, limit }),
  };
}
