/** The pages behind sign-in, one folder per noun. A new folder adds its import and its line here. */
import type { Router } from 'express';
import type { AppContext } from '../../app/context.ts';
import { registerAuditPages } from './auditLog/index.ts';
import { registerBookmarks } from './bookmarks.ts';
import { registerDataClassPages } from './dataClasses/index.ts';
import { registerDeliveryPages } from './deliveries/index.ts';
import { registerDuplicatePages } from './duplicates/index.ts';
import { registerEventPages } from './events/index.ts';
import { registerHealthPage } from './health/index.ts';
import { registerHomePage } from './home/index.ts';
import { registerLive } from './live.ts';
import { registerPackageServerPages } from './packageServers/index.ts';
import { registerPackagePages } from './packages/index.ts';
import { registerPolicyPages } from './policies/index.ts';
import { registerRecycleBinPages } from './recycleBin/index.ts';
import { registerProducerPages } from './producers/index.ts';
import { registerRegistrationPages } from './registration/index.ts';
import { registerResourcePages } from './resources/index.ts';
import { registerReportPages } from './reports/index.ts';
import { registerRetentionPages } from './retention/index.ts';
import { registerSavedViews } from './savedViews.ts';
import { registerSearchPage } from './search/index.ts';
import { registerSettingsPage } from './settings/index.ts';
import { registerSigningKeyPages } from './signingKeys/index.ts';
import { registerSitePages } from './sites/index.ts';
import { registerComputerPages } from './computers/index.ts';
import { registerUserPages } from './users/index.ts';

type PageRegistration = (router: Router, context: AppContext) => void;

const PAGES: readonly PageRegistration[] = [
  registerBookmarks,
  registerEventPages,
  registerProducerPages,
  registerRetentionPages,
  registerDataClassPages,
  registerComputerPages,
  registerDuplicatePages,
  registerRecycleBinPages,
  registerResourcePages,
  registerPackagePages,
  registerPolicyPages,
  registerDeliveryPages,
  registerSitePages,
  registerPackageServerPages,
  registerRegistrationPages,
  registerHomePage,
  registerSearchPage,
  registerReportPages,
  registerLive,
  registerSavedViews,
  registerUserPages,
  registerSettingsPage,
  registerSigningKeyPages,
  registerAuditPages,
  registerHealthPage,
];

export function registerPages(router: Router, context: AppContext): void {
  for (const register of PAGES) register(router, context);
}
