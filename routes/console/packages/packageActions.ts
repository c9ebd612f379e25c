/** Update distribution points, enable and disable: for one package, or for those that are ticked in the list. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { cancelRefresh, requestRefresh } from '../../../models/packages/requestRefresh.ts';
import { setPackagesEnabled } from '../../../models/packages/updatePackage.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { counted } from '../format.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { selection } from '../selection.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { loadPackage } from './loadPackage.ts';
import { packageList } from './packageList.ts';

const NOUN = ['package', 'packages'] as const;

const VERBS = ['refresh', 'enable', 'disable'] as const;
type Verb = (typeof VERBS)[number];

const DONE: Record<Verb, string> = { refresh: 'refreshed now', enable: 'enabled', disable: 'disabled' };
const LEFT: Record<Verb, string> = {
  refresh: 'disabled, or being refreshed already',
  enable: 'enabled already',
  disable: 'disabled already',
};

export function registerPackageActions(router: Router, context: AppContext): void {
  const act = (request: Request, verb: Verb, guids: readonly Guid[]): Promise<number> => {
    const { cmdb, clock } = context;
    const actor = actorOf(request);
    return verb === 'refresh'
      ? requestRefresh(cmdb, clock, actor, guids)
      : setPackagesEnabled(cmdb, clock, actor, guids, verb === 'enable');
  };

  for (const verb of VERBS) {
    router.post(`/packages/${verb}`, requirePrivilege('write'), async (request, response) => {
      const keys = await selection(request, packageList(context));
      const guids = keys.map((key) => parseGuid(key)).filter((guid) => guid !== undefined);
      const changed = await act(request, verb, guids);
      const rest = guids.length - changed;
      const left = rest === 0 ? '' : ` ${counted(rest, NOUN)} left as before: ${LEFT[verb]}.`;
      notify(
        request,
        `${counted(changed, NOUN)} ${changed === 1 ? 'is' : 'are'} ${DONE[verb]}.${left}`,
        changed > 0 ? 'ok' : 'bad',
      );
      response.redirect(303, at('/packages'));
    });

    router.post(`/packages/:guid/${verb}`, requirePrivilege('write'), async (request, response) => {
      const software = await loadPackage(context.cmdb, request);
      const changed = await act(request, verb, [software.Guid]);
      const said = changed > 0 ? `${software.Name} is ${DONE[verb]}.` : `Nothing was changed: it is ${LEFT[verb]}.`;
      notify(request, said, changed > 0 ? 'ok' : 'bad');
      response.redirect(303, at(`/packages/${software.Guid}`));
    });
  }

  router.post('/packages/:guid/cancelRefresh', requirePrivilege('write'), async (request, response) => {
    const software = await loadPackage(context.cmdb, request);
    await cancel(context, request, response, software.Guid);
  });
}

async function cancel(
  { cmdb, clock, settings }: AppContext,
  request: Request,
  response: Response,
  guid: Guid,
): Promise<void> {
  const isCancelled = await cancelRefresh(cmdb, clock, actorOf(request), guid, settings.packageRefreshHours);
  if (isCancelled) notify(request, 'The refresh was cancelled; what was published stays.');
  else notify(request, 'No refresh was under way any more.', 'bad');
  response.redirect(303, at(`/packages/${guid}`));
}
