/** Retention: how long things are kept, what the purge does, how large tables are and become. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { registerPurgePages } from './purgeRuns.ts';
import { registerRuleForm } from './ruleForm.ts';
import { registerRulesPage } from './rules.ts';
import { registerScheduleForm } from './scheduleForm.ts';
import { registerSpacePage } from './space.ts';

export function registerRetentionPages(router: Router, context: AppContext): void {
  registerRulesPage(router, context);
  registerRuleForm(router, context);
  registerScheduleForm(router, context);
  registerPurgePages(router, context);
  registerSpacePage(router, context);
}
