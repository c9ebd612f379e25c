/** The list of sites. */
import type { AppContext } from '../../../app/context.ts';
import { listSites, type SiteRow, type SiteSort } from '../../../models/sites/listSites.ts';
import { countServersOf, overlapsBySite, siteTroubles } from '../../../models/sites/siteTroubles.ts';
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

/** A site with what memory knows of it. */
interface ShownSite extends SiteRow {
  servers: number;
  troubles: readonly string[];
}

export function siteList({ cmdb, packageServers }: AppContext): ListDefinition<ShownSite> {
  return {
    path: '/sites',
    noun: ['site', 'sites'],
    search: 'name, description or GUID',
    sort: { key: 'name' },
    columns: [
      {
        key: 'name',
        label: 'Name',
        cell: (row) => ({
          kind: 'link',
          text: row.Name,
          href: at(`/sites/${row.Guid}`),
          ...(row.IsInternet === 1 ? { note: 'Internet site' } : {}),
        }),
      },
      {
        key: 'description',
        label: 'Description',
        cell: (row) => (row.Description === '' ? null : { kind: 'prose', text: row.Description }),
      },
      {
        key: 'subnets',
        label: 'Subnets',
        cell: (row) => ({ kind: 'number', value: row.Subnets, href: at(`/sites/${row.Guid}/subnets`) }),
        numeric: true,
      },
      {
        key: 'computers',
        label: 'Computers',
        cell: (row) => ({ kind: 'number', value: row.Computers, href: at(`/sites/${row.Guid}/computers`) }),
        numeric: true,
      },
      {
        key: 'servers',
        label: 'Package servers',
        cell: (row) => ({ kind: 'number', value: row.servers, href: at(`/sites/${row.Guid}/servers`) }),
        numeric: true,
        sortable: false,
      },
      {
        key: 'troubles',
        label: 'To look at',
        cell: (row) => (row.troubles.length === 0 ? null : { kind: 'prose', text: row.troubles.join(' ') }),
        sortable: false,
      },
      {
        key: 'assigned',
        label: 'Assigned by hand',
        cell: (row) => ({ kind: 'number', value: row.Assigned, href: at(`/sites/${row.Guid}/assigned`) }),
        numeric: true,
        sortable: false,
        hidden: true,
      },
      {
        key: 'fallback',
        label: 'Packages otherwise from',
        cell: (row) => FALLBACK_LABELS[row.Fallback] ?? row.Fallback,
        sortable: false,
      },
      { key: 'internet', label: 'Internet site', cell: (row) => (row.IsInternet === 1 ? 'Yes' : 'No'), hidden: true },
      { key: 'modified', label: 'Modified', cell: (row) => ({ kind: 'time', at: row.ModifiedAt }), hidden: true },
      { key: 'guid', label: 'GUID', cell: (row) => ({ kind: 'guid', guid: row.Guid }), sortable: false, hidden: true },
    ],
    key: (row) => row.Guid,
    empty: {
      title: 'No sites yet',
      text: 'A site is a place with its subnets. Computers belong to the site that their address lies in, and fetch packages from there.',
      action: { label: 'New site', href: at('/sites/new'), primary: true },
    },
    fetch: async ({ search, sort, descending, offset, limit }) => {
      const query = { search, sort: SORTS[sort] ?? 'Name', descending, offset, limit };
      const [{ rows, total }, overlaps] = await Promise.all([listSites(cmdb, query), overlapsBySite(cmdb)]);
      const { placement } = packageServers;
      const shown = rows.map((row) => ({
        ...row,
        servers: countServersOf(placement, row.Guid),
        troubles: siteTroubles(placement, row, overlaps.get(row.Guid) ?? 0),
      }));
      return { rows: shown, total };
    },
  };
}
