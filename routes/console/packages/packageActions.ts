/** Verbs of the two lists of packages, and of one package's page: update distribution points, enable, clone and the like. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { clonePackage } from '../../../models/packages/clonePackage.ts';
import { cancelRefresh, requestRefresh } from '../../../models/packages/requestRefresh.ts';
import { setPackagesEnabled } from '../../../models/packages/updatePackage.ts';
import type { Guid } from '../../../wire/guid.ts';
import { counted } from '../format.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { chosenPackages, LIST_PAGES, PACKAGES } from './chosenPackages.ts';
import { loadPackage } from './loadPackage.ts';

const VERBS = ['refresh', 'enable', 'clone'] as const;
type Verb = (typeof VERBS)[number];

const DONE: Record<Verb, string> = { refresh: 'refreshed now', enable: 'enabled', clone: 'cloned' };
const LEFT: Record<Verb, string> = {
  refresh: 'disabled, or being refreshed already',
  enable: 'enabled already',
  clone: 'deleted meanwhile',
};

/** Answers how many packages it was done to. */
async function act({ cmdb, clock }: AppContext, request: Request, verb: Verb, guids: readonly Guid[]): Promise<number> {
  const actor = actorOf(request);
  if (verb === 'refresh') return requestRefresh(cmdb, clock, actor, guids);
  if (verb === 'enable') return setPackagesEnabled(cmdb, clock, actor, guids, true);
  let cloned = 0;
  for (const guid of guids) if ((await clonePackage(cmdb, clock, actor, guid)) !== undefined) cloned++;
  return cloned;
}

/** For those that are ticked. Addresses with a fixed word come before those with a GUID in its place. */
export function registerListActions(router: Router, context: AppContext): void {
  for (const page of LIST_PAGES) {
    for (const verb of VERBS) {
      router.post(`${page.path}/${verb}`, requirePrivilege('write'), async (request, response) => {
        const guids = await chosenPackages(request, context, page);
        const changed = await act(context, request, verb, guids);
        const rest = guids.length - changed;
        const left = rest === 0 ? '' : ` ${counted(rest, PACKAGES)} left as before: ${LEFT[verb]}.`;
        const said = `${counted(changed, PACKAGES)} ${changed === 1 ? 'is' : 'are'} ${DONE[verb]}.${left}`;
        notify(request, said, changed > 0 ? 'ok' : 'bad');
        response.redirect(303, at(page.path));
      });
    }
  }
}

export function registerPackageActions(router: Router, context: AppContext): void {
  for (const verb of ['refresh', 'enable'] as const) {
    router.post(`/packages/:guid/${verb}`, requirePrivilege('write'), async (request, response) => {
      const software = await loadPackage(context.cmdb, request);
      const changed = await act(context, request, verb, [software.Guid]);
      const said = changed > 0 ? `${software.Name} is ${DONE[verb]}.` : `Nothing was changed: it is ${LEFT[verb]}.`;
      notify(request, said, changed > 0 ? 'ok' : 'bad');
      response.redirect(303, at(`/packages/${software.Guid}`));
    });
  }

  router.post('/packages/:guid/clone', requirePrivilege('write'), async (request, response) => {
    const { cmdb, clock } = context;
    const software = await loadPackage(cmdb, request);
    const guid = await clonePackage(cmdb, clock, actorOf(request), software.Guid);
    if (guid === undefined) throw notFound('package');
    notify(request, `${software.Name} was cloned: give the copy its name and source.`);
    response.redirect(303, at(`/packages/${guid}`));
  });

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
