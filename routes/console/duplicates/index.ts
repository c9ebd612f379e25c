/** Duplicates: machines that share a GUID, computers that are known by two, and the merges and splits that end it. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { registerIdentityChanges } from './changeList.ts';
import { registerConflictList } from './conflictList.ts';
import { registerConflictPage } from './conflictPage.ts';
import { registerDecideConflict } from './decideConflict.ts';
import { registerMergePage } from './mergePage.ts';
import { registerSplitPage } from './splitPage.ts';

export function registerDuplicatePages(router: Router, context: AppContext): void {
  registerConflictList(router, context);
  // Before /duplicates/:guid, which would take their names for GUIDs.
  registerIdentityChanges(router, context);
  registerMergePage(router, context);
  registerConflictPage(router, context);
  registerSplitPage(router, context);
  registerDecideConflict(router, context);
}
