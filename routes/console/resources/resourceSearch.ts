/** One box over all values of a resource's inventory. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { searchInventory, type ClassHits } from '../../../models/inventory/searchInventory.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { pageBelow, type PlacedResource, type ResourcePlace } from './place.ts';

/** Rows of a class that are shown; the rest is behind the link to the class. */
const ROWS_A_CLASS = 10;
const LONGEST_TEXT = 200;

export function registerInventorySearch(router: Router, { cmdb }: AppContext, place: ResourcePlace): void {
  router.get(`${place.path}/inventory/search`, async (request, response) => {
    const resource = await place.load(request);
    const text = typeof request.query.q === 'string' ? request.query.q.trim().slice(0, LONGEST_TEXT) : '';
    const found = text === '' ? [] : await searchInventory(cmdb, resource.guid, text, ROWS_A_CLASS);
    await render(request, response, 'resources/search', {
      ...pageBelow(resource, ['/inventory', 'Inventory'], 'Search in the inventory'),
      searchHref: at(`${resource.path}/inventory/search`),
      text,
      noun: resource.noun,
      total: found.reduce((sum, each) => sum + each.total, 0),
      classes: found.map((each) => section(resource, each, text)),
    });
  });
}

function section(resource: PlacedResource, { guid, name, total, hits }: ClassHits, text: string) {
  return {
    name,
    total,
    href: at(`${resource.path}/inventory/${guid}`, { q: text }),
    table: {
      caption: `Found in ${name}`,
      columns: [{ label: 'Column' }, { label: 'Value' }, { label: 'Rest of the row' }],
      rows: hits.map((hit) => [hit.column, hit.value, { kind: 'prose', text: hit.row }]),
    },
    isPart: total > ROWS_A_CLASS,
  };
}
