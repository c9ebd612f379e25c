/** Signs in as a person's browser does, and knows the console's lists. */
import { ADMIN_PASSWORD } from './server.ts';

const CONSOLE = '/Altiris/Console';

export interface ListPage {
  name: string;
  path: string;
  /** What somebody may type into its search box. */
  search?: string;
  /** What p95 is to stay under, where it is not what a list's is. */
  mostMs?: number;
}

export const LISTS: readonly ListPage[] = [
  { name: 'home', path: '' },
  { name: 'computers', path: '/computers', search: 'BER-NB-01' },
  { name: 'packages', path: '/packages', search: 'office' },
  { name: 'packages with problems', path: '/packages/problems' },
  { name: 'policies', path: '/policies', search: 'ring' },
  { name: 'deliveries', path: '/deliveries', search: 'firefox' },
  { name: 'registration', path: '/registration', search: 'BER-' },
  { name: 'events', path: '/events' },
  { name: 'bad events', path: '/events/bad' },
  { name: 'sites', path: '/sites' },
  { name: 'subnets', path: '/sites/subnets', search: '10.20' },
  { name: 'overlaps', path: '/sites/overlaps' },
  { name: 'discovered networks', path: '/sites/discovered' },
  { name: 'package servers', path: '/package-servers' },
  { name: 'new package server', path: '/package-servers/new', search: 'BER-NB-01' },
  { name: 'map of sites', path: '/package-servers/map' },
  { name: 'users and assets', path: '/resources', search: 'garcia' },
  { name: 'duplicates', path: '/duplicates' },
  { name: 'recycle bin', path: '/recycle-bin' },
  { name: 'producers', path: '/producers' },
  { name: 'data classes', path: '/data-classes' },
  { name: 'retention', path: '/retention' },
  { name: 'space and growth', path: '/retention/space' },
  { name: 'reports', path: '/reports' },
  { name: 'audit log', path: '/audit', search: 'firefox' },
].map((page) => ({ ...page, path: CONSOLE + page.path }));

/** What shows how far packages are, at the sizes of bench/manyPlaces.ts; `packageGuid` goes to all package servers. */
export const placedLists = (packageGuid: string): readonly ListPage[] => [
  { name: '5,000 packages on 500 package servers', path: `${CONSOLE}/packages`, search: 'package 12' },
  { name: '500 servers of a package', path: `${CONSOLE}/packages/${packageGuid}/servers` },
];

/** Looks at every computer; a list does not. */
const MOST_PREVIEW_MS = 150;

/** Sites and subnets at the sizes of bench/manyPlaces.ts, and what comes of deleting one site. */
export const siteLists = (siteGuid: string): readonly ListPage[] => [
  { name: '1,000 sites', path: `${CONSOLE}/sites`, search: 'place 12' },
  { name: '5,000 subnets', path: `${CONSOLE}/sites/subnets`, search: '10.140' },
  { name: 'subnets of one of 1,000 sites', path: `${CONSOLE}/sites/${siteGuid}/subnets` },
  { name: 'map of 1,000 sites', path: `${CONSOLE}/package-servers/map`, search: 'place 12' },
  { name: '500 package servers', path: `${CONSOLE}/package-servers`, search: 'place 12' },
  { name: 'preview of deleting a site', path: `${CONSOLE}/sites/${siteGuid}/delete`, mostMs: MOST_PREVIEW_MS },
];

/** Answers the session's cookie. @throws Error when the server does not let us in */
export async function signIn(url: string): Promise<string> {
  const form = await fetch(`${url}${CONSOLE}/signIn`);
  const token = /name="_csrf" value="([^"]+)"/.exec(await form.text())?.[1];
  if (token === undefined) throw new Error('the sign-in page has no form');
  const answer = await fetch(`${url}${CONSOLE}/signIn`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: cookieOf(form) },
    body: new URLSearchParams({ name: 'admin', password: ADMIN_PASSWORD, returnTo: CONSOLE, _csrf: token }),
  });
  if (answer.status !== 303) throw new Error(`signing in was answered ${answer.status}`);
  return cookieOf(answer);
}

function cookieOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0]!)
    .join('; ');
}

/**
 * Addresses of one list that a person may be at: as it opens, sorted by each column that its heading offers, both ways,
 * far behind, and searched.
 */
export function variations(list: ListPage, html: string): string[] {
  const sorts = new Set([...html.matchAll(/[?&;]sort=([A-Za-z0-9_]+)/g)].map((match) => match[1]!));
  const last = Math.max(1, ...[...html.matchAll(/[?&;]page=(\d+)/g)].map((match) => Number(match[1])));
  return [
    '',
    ...[...sorts].flatMap((sort) => [`?sort=${sort}&dir=asc`, `?sort=${sort}&dir=desc`]),
    ...(last > 1 ? [`?page=${last}`] : []),
    ...(list.search === undefined ? [] : [`?q=${encodeURIComponent(list.search)}`]),
  ].map((query) => list.path + query);
}
