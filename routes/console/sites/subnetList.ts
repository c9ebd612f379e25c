/** The list of subnets. */
import type { AppContext } from '../../../app/context.ts';
import { listSubnets, siteNames, type SubnetRow, type SubnetSort } from '../../../models/sites/listSites.ts';
import { parseGuid } from '../../../wire/guid.ts';
import type { ListDefinition } from '../list.ts';
import { at } from '../paths.ts';

const SORTS: Record<string, SubnetSort> = {
  network: 'Network',
  prefix: 'PrefixLength',
  name: 'Name',
  site: 'SiteName',
  source: 'Source',
  modified: 'ModifiedAt',
};

export const SOURCES: Readonly<Record<string, string>> = { manual: 'By hand', discovered: 'Discovered from inventory' };

/** Value of the site filter for subnets that belong to none. */
const NO_SITE = 'none';

export async function subnetList({ cmdb }: AppContext): Promise<ListDefinition<SubnetRow>> {
  const sites = await siteNames(cmdb);
  return {
    path: '/sites/subnets',
    noun: ['subnet', 'subnets'],
    search: 'network, name or site',
    sort: { key: 'network' },
    columns: [
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
      {
        key: 'site',
        label: 'Site',
        cell: (row) =>
          row.SiteGuid === null
            ? 'None'
            : { kind: 'link', text: row.SiteName ?? '', href: at(`/sites/${row.SiteGuid}`) },
      },
      { key: 'source', label: 'Source', cell: (row) => SOURCES[row.Source] ?? row.Source },
      { key: 'modified', label: 'Modified', cell: (row) => ({ kind: 'time', at: row.ModifiedAt }) },
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
    ],
    key: (row) => row.Guid,
    bulk: [
      { label: 'Assign to site', path: '/sites/subnets/assign', privilege: 'write', icon: 'site' },
      { label: 'Delete', path: '/sites/subnets/delete', privilege: 'write', icon: 'trash', danger: true },
    ],
    empty: {
      title: 'No subnets yet',
      text: 'A subnet tells which site an address belongs to. The longest prefix that contains the address decides.',
      action: { label: 'Add subnets', href: at('/sites/subnets/new'), primary: true },
    },
    fetch: ({ search, filters, sort, descending, offset, limit }) => {
      const siteGuid = filters.site === NO_SITE ? null : parseGuid(filters.site);
      return listSubnets(cmdb, {
        search,
        ...(siteGuid === undefined ? {} : { siteGuid }),
        sort: SORTS[sort] ?? 'Network',
        descending,
        offset,
        limit,
      });
    },
  };
}
