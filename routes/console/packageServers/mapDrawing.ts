/**
 * Places of everything on the map of sites: boxes in columns, a line at the left of each column up to the Notification
 * Server for the sites that fall back to it, an arrow from a site to the one it falls back to, Internet sites apart below.
 */
import type { MapServer, MapSite } from '../../../models/sites/siteMap.ts';
import { cutMiddle, formatNumber } from '../format.ts';

export const COLUMNS = 4;
const BOX = { width: 232, gap: 24, left: 34 };
const HEAD = { x: 34, y: 8, height: 40 };
const LINE = 18;
/** Of a box without its servers: name, two lines of figures, what it falls back to, and the edges. */
const FIXED = 110;
const MOST_SERVERS = 4;
const WIDTH = BOX.left + COLUMNS * BOX.width + (COLUMNS - 1) * (BOX.gap + BOX.left) + 8;

/** Letters that fit into a box; wide ones are cut off at its edge, and the whole name is told beside it. */
const MOST_LETTERS = { name: 24, server: 17, line: 36 };
/** Room of a server's name in pixels, beside its icon and its state. */
const SERVER_WIDTH = 120;

export interface DrawnServer {
  guid: string;
  name: string;
  nameWidth: number;
  fullName: string;
  state: MapServer['state'];
  /** Beside its state: packages that are invalid there. */
  note: string;
  y: number;
}

export interface DrawnSite {
  site: MapSite;
  name: string;
  /** Pixels. */
  nameWidth: number;
  x: number;
  y: number;
  width: number;
  height: number;
  figures: string;
  load: string;
  servers: DrawnServer[];
  more: string;
  moreY: number;
  fallback: string;
  fallbackY: number;
  /** A line or two. */
  trouble: string[];
}

export interface MapDrawing {
  width: number;
  height: number;
  head: { x: number; y: number; width: number; height: number };
  sites: DrawnSite[];
  /** Paths to the Notification Server, one a column that has such sites. */
  up: string[];
  /** Paths from a site to the one that it falls back to. */
  across: string[];
  /** Where the Internet sites begin; undefined: none is drawn. */
  internetY: number | undefined;
}

export function drawMap(sites: readonly MapSite[]): MapDrawing {
  const local = sites.filter(({ isInternet }) => !isInternet);
  const internet = sites.filter(({ isInternet }) => isInternet);
  const top = HEAD.y + HEAD.height + 40;
  const near = placeRows(local, top);
  const internetY = internet.length === 0 ? undefined : near.bottom + 24;
  const far = placeRows(internet, (internetY ?? 0) + 20);
  const drawn = [...near.sites, ...far.sites];
  const bottom = internet.length === 0 ? near.bottom : far.bottom;
  return {
    width: WIDTH,
    height: bottom + 8,
    head: { x: HEAD.x, y: HEAD.y, width: WIDTH - HEAD.x - 8, height: HEAD.height },
    sites: drawn,
    up: linesUp(drawn),
    across: arrowsAcross(drawn),
    internetY,
  };
}

/** Row by row, each as high as its highest box. */
function placeRows(sites: readonly MapSite[], top: number): { sites: DrawnSite[]; bottom: number } {
  const drawn: DrawnSite[] = [];
  let y = top;
  for (let at = 0; at < sites.length; at += COLUMNS) {
    const row = sites.slice(at, at + COLUMNS);
    const height = Math.max(...row.map(heightOf));
    row.forEach((site, column) => {
      const x = BOX.left + column * (BOX.width + BOX.gap + BOX.left);
      drawn.push(drawSite(site, { x, y, height }));
    });
    y += height + BOX.gap;
  }
  return { sites: drawn, bottom: y };
}

function heightOf({ servers, trouble }: MapSite): number {
  const shown = Math.max(1, Math.min(servers.length, MOST_SERVERS)) + (servers.length > MOST_SERVERS ? 1 : 0);
  return FIXED + (shown + lines(trouble).length) * LINE;
}

function drawSite(site: MapSite, { x, y, height }: { x: number; y: number; height: number }): DrawnSite {
  const { computers, subnets, servers, trouble } = site;
  const today = servers.reduce((sum, { clientsToday }) => sum + clientsToday, 0);
  const serving = servers.filter(({ state }) => state === 'active').length;
  const each = serving === 0 ? '' : `, ${formatNumber(Math.round(computers / serving))} a server`;
  const first = y + 70 + lines(trouble).length * LINE;
  const shown = servers.slice(0, MOST_SERVERS);
  return {
    site,
    name: cutMiddle(site.name, MOST_LETTERS.name),
    nameWidth: BOX.width - (site.severity > 0 ? 44 : 24),
    x,
    y,
    width: BOX.width,
    height,
    figures: `${counted(computers, 'computer')}, ${counted(subnets, 'subnet')}`,
    load: servers.length === 0 ? 'No package server' : `Fetched today: ${formatNumber(today)}${each}`,
    servers: shown.map((server, index) => ({
      guid: server.guid,
      name: cutMiddle(server.name, MOST_LETTERS.server),
      nameWidth: SERVER_WIDTH,
      fullName: server.name,
      state: server.state,
      note: server.invalid === 0 ? '' : `${formatNumber(server.invalid)} invalid`,
      y: first + (index + 1) * LINE,
    })),
    more: servers.length > MOST_SERVERS ? `and ${servers.length - MOST_SERVERS} more` : '',
    moreY: first + (shown.length + 1) * LINE,
    fallback: cutMiddle(fallbackText(site), MOST_LETTERS.line),
    fallbackY: y + height - 10,
    trouble: lines(trouble),
  };
}

/** Whole words, in lines that fit. */
function lines(text: string): string[] {
  const found: string[] = [];
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const last = found.at(-1);
    if (last === undefined || last.length + word.length >= MOST_LETTERS.line) found.push(word);
    else found[found.length - 1] = `${last} ${word}`;
  }
  return found;
}

const counted = (count: number, word: string): string => `${formatNumber(count)} ${word}${count === 1 ? '' : 's'}`;

export function fallbackText({ fallback, fallbackMinutes }: MapSite): string {
  const where = fallback === 'server' ? 'this server' : fallback === 'none' ? 'nowhere' : fallback.name;
  const after = fallback !== 'none' && fallbackMinutes > 0 ? ` after ${fallbackMinutes} min` : '';
  return `Otherwise: ${where}${after}`;
}

/** One line a column, with a branch to each box: many arrows to one place would hide one another. */
function linesUp(drawn: readonly DrawnSite[]): string[] {
  const columns = Map.groupBy(
    drawn.filter(({ site }) => site.fallback === 'server'),
    ({ x }) => x,
  );
  return [...columns].map(([x, sites]) => {
    const line = x - 16;
    const lowest = Math.max(...sites.map(({ y }) => y + 24));
    const branches = sites.map(({ y }) => `M${x} ${y + 24}H${line}`);
    return [`M${line} ${lowest}V${HEAD.y + HEAD.height + 6}`, ...branches].join('');
  });
}

/** Right of the boxes, beside the lines up. */
const LANE = 16;

/**
 * Along the gaps between the boxes, so that nothing is crossed out; only between sites that are both drawn, the box says
 * the rest.
 */
function arrowsAcross(drawn: readonly DrawnSite[]): string[] {
  const places = new Map(drawn.map((one) => [one.site.guid, one]));
  return drawn.flatMap((from) => {
    const { fallback } = from.site;
    const to = typeof fallback === 'string' ? undefined : places.get(fallback.guid);
    if (to === undefined || to === from) return [];
    const end = to.x + to.width;
    const above = to.y - BOX.gap / 2;
    const target = `H${end + LANE}V${to.y + 14}H${end + 5}`;
    return [`M${from.x + from.width} ${from.y + from.height - 14}h${LANE}V${above}${target}`];
  });
}
