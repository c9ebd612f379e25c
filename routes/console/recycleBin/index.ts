/** The recycle bin, and the rules by which computers get there. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { registerLifecyclePages } from './lifecycle.ts';
import { registerRecycledList } from './recycledList.ts';

export function registerRecycleBinPages(router: Router, context: AppContext): void {
  registerRecycledList(router, context);
  registerLifecyclePages(router, context);
}
