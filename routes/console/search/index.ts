/** The search of the bar: one box for everything, the result grouped by kind. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { globalSearch, type SearchHit, type SearchResult } from '../../../models/search/globalSearch.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';

const HITS_A_KIND = 10;

const KINDS = [
  { key: 'computers', label: 'Computers', icon: 'computer', path: '/computers' },
  { key: 'resources', label: 'Users and assets', icon: 'asset', path: '/resources' },
  { key: 'packages', label: 'Packages', icon: 'package', path: '/packages' },
  { key: 'policies', label: 'Policies', icon: 'policy', path: '/policies' },
] as const;

export function registerSearchPage(router: Router, { cmdb }: AppContext): void {
  router.get('/search', async (request, response) => {
    const text = typeof request.query.q === 'string' ? request.query.q.trim().slice(0, 200) : '';
    const result = text === '' ? undefined : await globalSearch(cmdb, text, HITS_A_KIND);
    const groups = result === undefined ? [] : groupsOf(result, text);
    // A whole GUID or a full name leads straight to its page.
    const [only, ...others] = groups.flatMap(({ hits }) => hits);
    if (only !== undefined && others.length === 0 && request.query.list === undefined)
      return response.redirect(303, only.href);
    await render(request, response, 'search/search', { title: 'Search', text, groups });
  });
}

function groupsOf(result: SearchResult, text: string) {
  return KINDS.filter(({ key }) => result[key].length > 0).map(({ key, label, icon, path }) => ({
    label,
    icon,
    hits: result[key].map((hit: SearchHit) => ({ name: hit.name, note: hit.note, href: at(`${path}/${hit.guid}`) })),
    moreHref: result.more[key] ? at(path, { q: text }) : undefined,
  }));
}
