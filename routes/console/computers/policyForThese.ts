/** From ticked computers to a new policy for just these. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { PageError } from '../pageError.ts';
import { at } from '../paths.ts';
import { selection } from '../selection.ts';
import { requirePrivilege } from '../signedIn.ts';
import { computerList } from './computerList.ts';

/** They travel in the address of the form, which has to stay short enough for proxies. */
const MOST_COMPUTERS = 150;

export function registerPolicyForThese(router: Router, context: AppContext): void {
  router.post('/computers/policy', requirePrivilege('write'), async (request, response) => {
    const guids = await selection(request, await computerList(context));
    if (guids.length > MOST_COMPUTERS) {
      throw new PageError(
        422,
        'Too many computers for a list',
        `${guids.length.toLocaleString('en-US')} computers were chosen, at most ${MOST_COMPUTERS} go into a policy this way. Nothing was changed.`,
        'Make the policy for a target, or for all computers.',
      );
    }
    response.redirect(303, at('/policies/new', { computers: guids.join(',') }));
  });
}
