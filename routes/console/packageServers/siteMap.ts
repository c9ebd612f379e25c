/** The map of sites: the rows of the list below it as a drawing. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { readSiteMap, type MapSite } from '../../../models/sites/siteMap.ts';
import type { Cell } from '../cells.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { drawMap, fallbackText } from './mapDrawing.ts';
import { serverTabs } from './serverTabs.ts';

/** A drawing of more is no map any more; the list has them all. */
const MOST_DRAWN = 60;

export function registerSiteMap(router: Router, context: AppContext): void {
  router.get('/package-servers/map', async (request, response) => {
    let shown: readonly MapSite[] = [];
    const definition = mapList(context, (rows) => (shown = rows));
    await answerList(request, response, definition, {
      title: 'Map of sites',
      tabs: serverTabs('/package-servers/map'),
      template: 'packageServers/siteMap',
      // Drawn once the list knows which sites are on this page of it.
      drawing: () => (shown.length === 0 ? undefined : drawMap(shown.slice(0, MOST_DRAWN))),
      left: () => Math.max(0, shown.length - MOST_DRAWN),
    });
  });
}

const SORTS: Record<string, (site: MapSite) => string | number> = {
  attention: (site) => -site.severity,
  name: (site) => site.name.toLowerCase(),
  computers: (site) => site.computers,
  subnets: (site) => site.subnets,
  servers: (site) => site.servers.length,
  today: (site) => today(site),
};

const today = ({ servers }: MapSite): number => servers.reduce((sum, { clientsToday }) => sum + clientsToday, 0);

function mapList(context: AppContext, onRows: (rows: readonly MapSite[]) => void): ListDefinition<MapSite> {
  return {
    path: '/package-servers/map',
    noun: ['site', 'sites'],
    search: 'site or package server',
    sort: { key: 'attention' },
    columns: COLUMNS,
    filters: [
      {
        key: 'show',
        label: 'Show',
        none: 'All sites',
        options: [
          { value: 'trouble', label: 'With trouble' },
          { value: 'none', label: 'Without package server' },
          { value: 'servers', label: 'With package servers' },
          { value: 'internet', label: 'Internet sites' },
        ],
      },
    ],
    empty: {
      title: 'No sites yet',
      text: 'A site is a place with subnets. Computers fetch packages from the package servers of their site.',
      action: { label: 'New site', href: at('/sites/new'), primary: true },
    },
    fetch: async ({ search, filters, sort, descending, offset, limit }) => {
      const text = search.trim().toLowerCase();
      const sites = (await readSiteMap(context.cmdb, context))
        .filter((site) => filters.show === undefined || isShown(site, filters.show))
        .filter(({ name, servers }) =>
          [name, ...servers.map((one) => one.name)].some((part) => part.toLowerCase().includes(text)),
        );
      const by = SORTS[sort] ?? SORTS.attention!;
      const sign = descending ? -1 : 1;
      // They come with trouble and the largest first, and equal ones keep that order.
      sites.sort((a, b) => (by(a) < by(b) ? -sign : by(a) > by(b) ? sign : 0));
      const rows = sites.slice(offset, offset + limit);
      onRows(rows);
      return { rows, total: sites.length };
    },
  };
}

function isShown({ severity, servers, isInternet }: MapSite, show: string): boolean {
  if (show === 'trouble') return severity > 0;
  if (show === 'internet') return isInternet;
  return show === 'none' ? servers.length === 0 : servers.length > 0;
}

const COLUMNS: ListDefinition<MapSite>['columns'] = [
  {
    key: 'name',
    label: 'Site',
    cell: (site) => ({
      kind: 'link',
      text: site.name,
      href: at(`/sites/${site.guid}`),
      ...(site.isInternet ? { note: 'Internet' } : {}),
    }),
  },
  { key: 'attention', label: 'State', cell: stateCell },
  { key: 'computers', label: 'Computers', cell: (site) => site.computers, numeric: true },
  { key: 'subnets', label: 'Subnets', cell: (site) => site.subnets, numeric: true },
  { key: 'servers', label: 'Package servers', cell: serversCell },
  { key: 'today', label: 'Fetched today', cell: today, numeric: true },
  {
    key: 'fallback',
    label: 'Packages otherwise from',
    cell: (site) => fallbackText(site).replace('Otherwise: ', ''),
    sortable: false,
  },
];

const LOOKS = ['ok', 'warning', 'error'] as const;

function stateCell({ severity, trouble }: MapSite): Cell {
  return trouble === '' ? { kind: 'state', state: LOOKS[severity] } : { kind: 'prose', text: trouble };
}

function serversCell({ guid, servers }: MapSite): Cell {
  if (servers.length === 0) return { kind: 'text', text: 'None' };
  const active = servers.filter(({ state }) => state === 'active').length;
  const text = active === servers.length ? String(servers.length) : `${active} of ${servers.length} active`;
  return { kind: 'link', text, href: at('/package-servers', { site: guid }) };
}
