/** The pages behind sign-in, one folder per noun. A new folder adds its import and its line here. */
import type { Router } from 'express';
import type { AppContext } from '../../app/context.ts';
import { registerAuditPages } from './auditLog/index.ts';
import { registerHealthPage } from './health/index.ts';
import { registerHomePage } from './home/index.ts';
import { registerLive } from './live.ts';
import { registerRegistrationPages } from './registration/index.ts';
import { registerSearchPage } from './search/index.ts';
import { registerSettingsPage } from './settings/index.ts';
import { registerComputerPages } from './computers/index.ts';
import { registerUserPages } from './users/index.ts';

type PageRegistration = (router: Router, context: AppContext) => void;

const PAGES: readonly PageRegistration[] = [
  registerComputerPages,
  registerRegistrationPages,
  registerHomePage,
  registerSearchPage,
  registerLive,
  registerUserPages,
  registerSettingsPage,
  registerAuditPages,
  registerHealthPage,
];

export function registerPages(router: Router, context: AppContext): void {
  for (const register of PAGES) register(router, context);
}
