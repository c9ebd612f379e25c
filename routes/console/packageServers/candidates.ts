/** Computers that may become package servers, each with what is in the way. */
import type { AppContext } from '../../../app/context.ts';
import { listComputers, type ComputerRow, type ComputerSort } from '../../../models/computers/computerList.ts';
import { prerequisitesOf, type Prerequisites } from '../../../models/packageServers/prerequisites.ts';
import type { Cell } from '../cells.ts';
import type { ListDefinition } from '../list.ts';
import { at } from '../paths.ts';

interface Row extends ComputerRow {
  prerequisites: Prerequisites | undefined;
}

const SORTS: Record<string, ComputerSort> = {
  name: 'Name',
  os: 'OsName',
  address: 'IpAddress',
  agent: 'AgentVersion',
  contact: 'LastContactAt',
};

export function candidateList({ cmdb, clock, sites }: AppContext): ListDefinition<Row> {
  return {
    path: '/package-servers/new',
    noun: ['computer', 'computers'],
    search: 'name, address or user',
    sort: { key: 'name' },
    columns: [
      {
        key: 'name',
        label: 'Computer',
        cell: (row) => ({ kind: 'link', text: row.Name, href: at('/package-servers/new', { computer: row.Guid }) }),
      },
      { key: 'prerequisites', label: 'Prerequisites', cell: prerequisitesCell, sortable: false },
      { key: 'os', label: 'Operating system', cell: (row) => row.OsName },
      { key: 'address', label: 'Address', cell: (row) => ({ kind: 'code', text: row.IpAddress }) },
      { key: 'site', label: 'Site', cell: (row) => row.SiteName, sortable: false },
      { key: 'agent', label: 'Agent', cell: (row) => row.AgentVersion, hidden: true },
      {
        key: 'contact',
        label: 'Last contact',
        cell: (row) => ({ kind: 'time', at: row.LastContactAt, none: 'Never' }),
      },
    ],
    empty: {
      title: 'No computers yet',
      text: 'A package server is a managed computer first. Start “ns agent” or “ns package-server” on one, with an enrolment token.',
      action: { label: 'New enrolment token', href: at('/registration/tokens/new'), primary: true },
    },
    fetch: async ({ search, sort, descending, offset, limit }) => {
      const order = { sort: SORTS[sort] ?? 'Name', descending, offset, limit };
      const { rows, total } = await listComputers(cmdb, { search, kept: 'managed', ...order });
      const deps = { now: clock.now(), siteOf: (address: string) => sites.siteOf(address) };
      const guids = rows.map(({ Guid }) => Guid);
      const found = await prerequisitesOf(cmdb, guids, deps);
      return { rows: rows.map((row) => ({ ...row, prerequisites: found.get(row.Guid) })), total };
    },
  };
}

/** The first that is in the way, else the first that may be. */
function prerequisitesCell({ prerequisites }: Row): Cell {
  const { checks = [] } = prerequisites ?? {};
  const worst = checks.find(({ state }) => state === 'error') ?? checks.find(({ state }) => state === 'warning');
  if (worst === undefined) return { kind: 'state', state: 'ok', detail: 'Every prerequisite is met.' };
  return { kind: 'prose', text: worst.text };
}
