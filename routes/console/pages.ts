/** The pages behind sign-in, one folder per noun. A new folder adds its import and its line here. */
import type { Router } from 'express';
import type { AppContext } from '../../app/context.ts';
import { registerUserPages } from './users/index.ts';

type PageRegistration = (router: Router, context: AppContext) => void;

const PAGES: readonly PageRegistration[] = [registerUserPages];

export function registerPages(router: Router, context: AppContext): void {
  for (const register of PAGES) register(router, context);
}
