/** Which policies a computer gets, which it does not, and why; and the document that it is answered with. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { computerPage } from './computerPage.ts';
import { loadComputer } from './loadComputer.ts';

export function registerComputerPolicies(router: Router, context: AppContext): void {
  router.get('/computers/:guid/policies', async (request, response) => {
    const computer = await loadComputer(context.cmdb, request);
    const policies = context.policies.explain(computer.Guid);
    const rows = policies.map((policy) => [
      { kind: 'link', text: policy.name, href: at(`/policies/${policy.guid}`) },
      { kind: 'state', state: policy.isIncluded ? 'applies' : 'not_applied' },
      { kind: 'prose', text: policy.reason },
    ]);
    await render(request, response, 'computers/policies', {
      ...computerPage(context, request, computer, '/policies'),
      policies: { caption: 'Policies', columns: [{ label: 'Policy' }, { label: 'Here' }, { label: 'Why' }], rows },
      hash: context.policies.setFor(computer.Guid).hash,
      xmlHref: at(`/computers/${computer.Guid}/policies.xml`),
    });
  });

  router.get('/computers/:guid/policies.xml', async (request, response) => {
    const computer = await loadComputer(context.cmdb, request);
    // As text: a browser must show it, not run what a policy's author may have put into it.
    response.type('text/plain').send(context.policies.answer(computer.Guid, {}));
  });
}
