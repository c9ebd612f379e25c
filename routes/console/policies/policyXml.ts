/** The tab XML: the policy as agents get it. */
import type { Router } from 'express';
import { create } from 'xmlbuilder2';
import type { AppContext } from '../../../app/context.ts';
import { PageError } from '../pageError.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { loadPolicy } from './loadPolicy.ts';
import { policyPage } from './policyPage.ts';

export function registerPolicyXml(router: Router, context: AppContext): void {
  router.get('/policies/:guid/xml', async (request, response) => {
    const policy = await loadPolicy(context.cmdb, request);
    const body = context.policies.bodyOf(policy.guid);
    await render(request, response, 'policies/xml', {
      ...policyPage(context, request, policy, '/xml'),
      hash: body?.hash,
      // Indented for reading; the plain text is byte for byte what agents get.
      xml: body === undefined ? undefined : create(body.xml).end({ prettyPrint: true, headless: true }),
      rawHref: at(`/policies/${policy.guid}/policy.xml`),
    });
  });

  router.get('/policies/:guid/policy.xml', async (request, response) => {
    const policy = await loadPolicy(context.cmdb, request);
    const body = context.policies.bodyOf(policy.guid);
    if (body === undefined) {
      const why = context.policies.problemOf(policy.guid) ?? '';
      throw new PageError(404, 'The policy is sent to nobody', 'So there is no XML of it.', why);
    }
    // As text: a browser must show it, not run what a policy's author may have put into it.
    response.type('text/plain').send(body.xml);
  });
}
