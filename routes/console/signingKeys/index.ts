/** Settings → Signing keys: what packages are signed with, who has followed, and how a key is replaced. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { registerEndKey } from './endKey.ts';
import { registerKeyPage } from './keyPage.ts';
import { registerNewKey } from './newKey.ts';

export function registerSigningKeyPages(router: Router, context: AppContext): void {
  registerKeyPage(router, context);
  registerNewKey(router, context);
  registerEndKey(router, context);
}
