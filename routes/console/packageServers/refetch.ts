/** Has a package server fetch one package anew; asks first, because the package is not served there meanwhile. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { refetchPackage } from '../../../models/packageServers/refetch.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { formatBytes } from '../format.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { loadPackageServer } from './loadPackageServer.ts';
import { serversCrumb } from './serverTabs.ts';

export function registerRefetch(router: Router, context: AppContext): void {
  const { cmdb, clock, packageServers } = context;
  const load = async (request: Request) => {
    const server = await loadPackageServer(context, request);
    const guid = parseGuid(typeof request.query.package === 'string' ? request.query.package : undefined);
    const entry = guid === undefined ? undefined : context.packages.get(guid);
    if (entry === undefined) throw notFound('package');
    return { server, entry, action: at(`/package-servers/${server.guid}/again`, { package: entry.guid }) };
  };

  router.get('/package-servers/:guid/again', requirePrivilege('write'), async (request, response) => {
    const { server, entry, action } = await load(request);
    await askFirst(
      request,
      response,
      {
        title: `Fetch ${entry.name} anew on ${server.name}?`,
        text: `Its files are thrown away there and fetched again, ${formatBytes(entry.totalSize)} at most; files that other packages have too stay. Until it is ready again, computers are sent elsewhere for this package.`,
        action,
        submit: 'Fetch anew',
        danger: true,
        cancel: at(`/package-servers/${server.guid}`),
      },
      { breadcrumb: [serversCrumb, { label: server.name, href: at(`/package-servers/${server.guid}`) }] },
    );
  });

  router.post('/package-servers/:guid/again', requirePrivilege('write'), async (request, response) => {
    const { server, entry, action } = await load(request);
    if (!isConfirmed(request)) return response.redirect(303, action);
    const isOrdered = await refetchPackage(cmdb, clock, actorOf(request), server.guid, entry.guid);
    await packageServers.refreshServer(cmdb, server.guid);
    const text = isOrdered
      ? `${server.name} will fetch ${entry.name} anew once it has heard of it.`
      : `${server.name} holds nothing of ${entry.name}: there is nothing to fetch anew.`;
    notify(request, text, isOrdered ? 'ok' : 'bad');
    response.redirect(303, at(`/package-servers/${server.guid}`));
  });
}
