/** The list of computers. */
import type { AppContext } from '../../../app/context.ts';
import { utc } from '../../../models/clock.ts';
import {
  listComputers,
  operatingSystems,
  siteNames,
  type ComputerQuery,
  type ComputerRow,
  type ComputerSort,
} from '../../../models/computers/computerList.ts';
import { parseGuid } from '../../../wire/guid.ts';
import type { ListDefinition } from '../list.ts';
import { at } from '../paths.ts';

const DAY = 24 * 3600_000;

const SORTS: Record<string, ComputerSort> = {
  name: 'Name',
  domain: 'Domain',
  os: 'OsName',
  ip: 'IpAddress',
  mac: 'MacAddress',
  agent: 'AgentVersion',
  user: 'UserName',
  contact: 'LastContactAt',
  inventory: 'LastInventoryAt',
};

/** Operating systems offered as a filter: more than this would be a list of its own. */
const MOST_SYSTEMS = 30;

export async function computerList({ cmdb, clock }: AppContext): Promise<ListDefinition<ComputerRow>> {
  const [systems, sites] = [await operatingSystems(cmdb), await siteNames(cmdb)];
  return {
    path: '/computers',
    noun: ['computer', 'computers'],
    search: 'name, domain, address, user or GUID',
    sort: { key: 'name' },
    columns: [
      {
        key: 'name',
        label: 'Name',
        cell: (row) => ({ kind: 'link', text: row.Name, href: at(`/computers/${row.Guid}`) }),
      },
      { key: 'domain', label: 'Domain', cell: (row) => row.Domain },
      { key: 'os', label: 'Operating system', cell: (row) => row.OsName },
      { key: 'version', label: 'OS version', cell: (row) => row.OsVersion, sortable: false, hidden: true },
      { key: 'type', label: 'System type', cell: (row) => row.SystemType, sortable: false, hidden: true },
      { key: 'ip', label: 'IP address', cell: (row) => ({ kind: 'code', text: row.IpAddress }) },
      { key: 'mac', label: 'MAC address', cell: (row) => ({ kind: 'code', text: row.MacAddress }), hidden: true },
      { key: 'agent', label: 'Agent', cell: (row) => row.AgentVersion },
      { key: 'user', label: 'User', cell: (row) => row.UserName },
      { key: 'site', label: 'Site', cell: (row) => row.SiteName, sortable: false },
      {
        key: 'contact',
        label: 'Last contact',
        cell: (row) => ({ kind: 'time', at: row.LastContactAt, none: 'Never' }),
      },
      {
        key: 'policy',
        label: 'Last policy request',
        cell: (row) => ({ kind: 'time', at: row.LastPolicyAt, none: 'Never' }),
        sortable: false,
        hidden: true,
      },
      {
        key: 'event',
        label: 'Last event',
        cell: (row) => ({ kind: 'time', at: row.LastEventAt, none: 'Never' }),
        sortable: false,
        hidden: true,
      },
      {
        key: 'inventory',
        label: 'Last inventory',
        cell: (row) => ({ kind: 'time', at: row.LastInventoryAt, none: 'None yet' }),
      },
      {
        key: 'retired',
        label: 'Retired',
        cell: (row) => ({ kind: 'time', at: row.RetiredAt, none: 'No' }),
        sortable: false,
        hidden: true,
      },
      { key: 'guid', label: 'GUID', cell: (row) => ({ kind: 'guid', guid: row.Guid }), sortable: false, hidden: true },
    ],
    filters: [
      {
        key: 'os',
        label: 'OS',
        options: systems
          .slice(0, MOST_SYSTEMS)
          .map(({ OsName }) => ({ value: OsName, label: OsName === '' ? 'Not known' : OsName })),
      },
      { key: 'site', label: 'Site', options: sites.map((site) => ({ value: site.Guid, label: site.Name })) },
      {
        key: 'kept',
        label: 'Kept as',
        options: [
          { value: 'managed', label: 'Managed' },
          { value: 'retired', label: 'Retired' },
          { value: 'conflict', label: 'In a conflict' },
        ],
      },
      {
        key: 'silent',
        label: 'Silent for',
        options: [
          { value: '1', label: '1 day' },
          { value: '7', label: '7 days' },
          { value: '30', label: '30 days' },
        ],
      },
    ],
    key: (row) => row.Guid,
    bulk: [
      { label: 'New policy for these', path: '/computers/policy', privilege: 'write', icon: 'add' },
      { label: 'Merge', path: '/computers/merge', privilege: 'write', icon: 'merge' },
      { label: 'Retire', path: '/computers/retire', privilege: 'write' },
      { label: 'Manage again', path: '/computers/manage', privilege: 'write' },
      { label: 'Delete', path: '/computers/delete', privilege: 'write', icon: 'trash', danger: true },
    ],
    empty: {
      title: 'No computers yet',
      text: 'A computer appears here when its agent has registered and was allowed. Make an enrolment token, then start the agent with it on the first computer.',
      action: { label: 'Enrolment tokens', href: at('/registration/tokens'), primary: true },
    },
    fetch: ({ search, filters, sort, descending, offset, limit }) =>
      listComputers(cmdb, {
        search,
        osName: filters.os,
        siteGuid: parseGuid(filters.site),
        kept: filters.kept as ComputerQuery['kept'],
        silentSince: filters.silent === undefined ? undefined : utc(clock.now() - Number(filters.silent) * DAY),
        sort: SORTS[sort] ?? 'Name',
        descending,
        offset,
        limit,
      }),
  };
}
