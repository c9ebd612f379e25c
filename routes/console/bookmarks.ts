/**
 * Addresses of the original console that stand in bookmarks and in links of reports (console-and-webservices.md section
 * 1): an item's page, a resource's page and a page inside the frame, each led to the page that shows the same here.
 */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../app/context.ts';
import type { Session } from '../../models/cmdb/types.ts';
import { getComputer } from '../../models/computers/computerStore.ts';
import { readResource } from '../../models/resources/readResource.ts';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { ITEM_CLASS } from '../../wire/wellKnown.ts';
import { notFound } from './pageError.ts';
import { at } from './paths.ts';

const ITEM_PAGE = '/ItemPage.aspx';

const PLACES: Readonly<Record<Guid, string>> = {
  [ITEM_CLASS.package]: '/packages',
  [ITEM_CLASS.policy]: '/policies',
  [ITEM_CLASS.site]: '/sites',
};

/** Outside the console's tree nobody can be signed in: the GUID is handed to the item page, which asks for it. */
export function registerResourceBookmarks(router: Router): void {
  router.get(['/Altiris/Resource', '/Altiris/Resource/*path'], (request, response) => {
    response.redirect(302, at(ITEM_PAGE, { ItemGuid: guidIn(new URLSearchParams(searchOf(request.url))) }));
  });
}

export function registerBookmarks(router: Router, { cmdb }: AppContext): void {
  router.get(ITEM_PAGE, async (request, response) => {
    await lead(cmdb, response, guidIn(new URLSearchParams(searchOf(request.url))));
  });

  // `/Altiris/Console/?mainUrl=…`: the page that the frame was to show.
  router.get('/', async (request: Request, response, next) => {
    const { mainUrl } = request.query;
    if (typeof mainUrl !== 'string') return next();
    await lead(cmdb, response, guidIn(new URLSearchParams(searchOf(mainUrl))));
  });
}

const searchOf = (address: string): string => (address.includes('?') ? address.slice(address.indexOf('?') + 1) : '');

/** The value of the first parameter that is named like a GUID and is one: `ItemGuid`, `ResourceGuid`, `guid` …. */
function guidIn(parameters: URLSearchParams): Guid | undefined {
  for (const [name, value] of parameters) {
    const guid = /guid$/i.test(name) ? parseGuid(value) : undefined;
    if (guid !== undefined) return guid;
  }
  return undefined;
}

async function lead(session: Session, response: Response, guid: Guid | undefined): Promise<void> {
  const place = guid && (await placeOf(session, guid));
  if (place === undefined) throw notFound('item');
  response.redirect(302, at(place));
}

async function placeOf(session: Session, guid: Guid): Promise<string | undefined> {
  const computer = await getComputer(session, guid);
  if (computer !== undefined) return `/computers/${computer.Guid}`;
  const item = await session.db.selectFrom('Item').select('ClassGuid').where('Guid', '=', guid).executeTakeFirst();
  const place = item && PLACES[item.ClassGuid];
  if (place !== undefined) return `${place}/${guid}`;
  const resource = await readResource(session, guid);
  return resource && `/resources/${resource.guid}`;
}
