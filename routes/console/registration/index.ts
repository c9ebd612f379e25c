/** Registration: requests, enrolment tokens, rules. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { answerList } from '../list.ts';
import { registerDecide } from './decide.ts';
import { registrationTabs } from './registrationTabs.ts';
import { requestList } from './requestList.ts';
import { registerRequestPage } from './requestPage.ts';
import { registerRules } from './rules.ts';
import { registerTokens } from './tokens.ts';

export function registerRegistrationPages(router: Router, context: AppContext): void {
  router.get('/registration', async (request, response) => {
    await answerList(request, response, requestList(context), {
      title: 'Registration',
      tabs: registrationTabs('/registration'),
    });
  });
  registerDecide(router, context);
  registerTokens(router, context);
  registerRules(router, context);
  registerRequestPage(router, context);
}
