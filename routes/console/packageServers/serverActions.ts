/** Orders to a package server, and taking its service away. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import {
  orderPackageServer,
  removePackageServer,
  type PackageServerOrder,
} from '../../../models/packageServers/changePackageServers.ts';
import { stateCounts } from '../../../models/packageServers/stateCounts.ts';
import { lossesOf } from '../../sourceLosses.ts';
import { askBeforeLoss } from '../askBeforeLoss.ts';
import { askFirst } from '../confirm.ts';
import { counted } from '../format.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { loadPackageServer } from './loadPackageServer.ts';
import { registerRefetch } from './refetch.ts';
import { serversCrumb } from './serverTabs.ts';

const DONE: Record<PackageServerOrder, string> = {
  verify: 'will hash every file again, and fetch anew what is damaged.',
  resync: 'will try everything at once that it lacks, and report in full.',
  resend: 'will report in full, which takes the place of all that is known of it here.',
  drain: 'is being drained: computers are sent elsewhere, and downloads that are under way go on.',
  undrain: 'serves its computers again.',
};

export function registerServerActions(router: Router, context: AppContext): void {
  const { cmdb, clock, packageServers } = context;
  for (const order of ['verify', 'resync', 'resend', 'drain', 'undrain'] as const) {
    router.post(`/package-servers/:guid/${order}`, requirePrivilege('write'), async (request, response) => {
      const { guid, name } = await loadPackageServer(context, request);
      const path = at(`/package-servers/${guid}`);
      const change = { submit: 'Drain it all the same', action: `${path}/drain`, cancel: path };
      const drained = { servers: new Map([[guid, { isDraining: true }]]) };
      if (order === 'drain' && (await askBeforeLoss(context, request, response, drained, change))) return;
      if (!(await orderPackageServer(cmdb, clock, actorOf(request), guid, order))) throw notFound('package server');
      await packageServers.refreshServer(cmdb, guid);
      notify(request, `Package server ${name} ${DONE[order]}`);
      response.redirect(303, path);
    });
  }

  registerRefetch(router, context);

  router.get('/package-servers/:guid/delete', requirePrivilege('write'), async (request, response) => {
    const server = await loadPackageServer(context, request);
    const ready = stateCounts(packageServers, context.packages).of(server.guid)?.ready ?? 0;
    const lost = lossesOf(context, { servers: new Map([[server.guid, 'gone']]) });
    const effect = lost.length === 0 ? '' : ' These have no source any more then:';
    const question = {
      title: `Take the package service from ${server.name}?`,
      text: `Computers are sent there no more, from the next request on. ${heldThere(ready)} The computer stays managed.${effect}`,
      items: lost,
      action: at(`/package-servers/${server.guid}/delete`),
      submit: 'Take the service away',
      danger: true,
      cancel: at(`/package-servers/${server.guid}`),
    };
    await askFirst(request, response, question, { breadcrumb: [serversCrumb] });
  });

  router.post('/package-servers/:guid/delete', requirePrivilege('write'), async (request, response) => {
    const { guid, name } = await loadPackageServer(context, request);
    if (!(await removePackageServer(cmdb, clock, actorOf(request), guid))) throw notFound('package server');
    await packageServers.refreshServer(cmdb, guid);
    notify(request, `${name} is no package server any more.`);
    response.redirect(303, serversCrumb.href);
  });
}

function heldThere(packages: number): string {
  if (packages === 0) return 'It holds no package.';
  const whose = packages === 1 ? 'its' : 'their';
  return `It holds ${counted(packages, ['package', 'packages'])}; ${whose} files stay on its disk until somebody removes them.`;
}
