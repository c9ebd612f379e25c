/** Computers that a package server serves because people said so, whatever the site ("Manually Assigned Agents"). */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { at } from '../paths.ts';
import { assignedPages, type AssignedPage } from '../sites/assignedComputersPages.ts';
import { loadPackageServer } from './loadPackageServer.ts';
import { serverPage } from './serverPage.ts';

export function registerAssignedToServer(router: Router, context: AppContext): void {
  assignedPages(router, context, '/package-servers/:guid', async (request: Request): Promise<AssignedPage> => {
    const server = await loadPackageServer(context, request);
    const path = `/package-servers/${server.guid}`;
    return {
      place: { kind: 'packageServer', guid: server.guid },
      path,
      name: server.name,
      takesComputers: true,
      what: 'These computers fetch from here instead of from the servers of their site, as long as this one has the package.',
      page: serverPage(request, server, '/assigned'),
      crumb: { label: server.name, href: at(path) },
    };
  });
}
