/** Resources of other types than computers: users, assets, departments …; and the tabs that every resource has. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { registerCompare } from './compare.ts';
import type { ResourcePlace } from './place.ts';
import { registerAssociations } from './resourceAssociations.ts';
import { registerInventoryClass } from './resourceClass.ts';
import { registerExport } from './resourceExport.ts';
import { registerHistory } from './resourceHistory.ts';
import { registerInventory } from './resourceInventory.ts';
import { registerKeys } from './resourceKeys.ts';
import { registerResourceList } from './resourceList.ts';
import { otherPlace } from './otherPlace.ts';
import { registerInventorySearch } from './resourceSearch.ts';
import { registerResourceSummary } from './resourceSummary.ts';

export function registerResourcePages(router: Router, context: AppContext): void {
  registerResourceList(router, context);
  registerCompare(router, context);
  const place = otherPlace(context);
  registerResourceSummary(router, context, place);
  registerResourceTabs(router, context, place);
}

/** What is shown of every resource, whatever its type. */
export function registerResourceTabs(router: Router, context: AppContext, place: ResourcePlace): void {
  registerInventory(router, context, place);
  registerInventorySearch(router, context, place);
  registerInventoryClass(router, context, place);
  registerHistory(router, context, place);
  registerAssociations(router, context, place);
  registerKeys(router, context, place);
  registerExport(router, context, place);
}
