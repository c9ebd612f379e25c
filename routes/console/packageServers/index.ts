/** Package servers: the list, what holds for all, and a server's page with its tabs. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { answerList } from '../list.ts';
import { at } from '../paths.ts';
import { lockOf } from '../signedIn.ts';
import { registerAssignedToServer } from './assignedComputers.ts';
import { registerEditServer } from './editServer.ts';
import { registerNewServer } from './newServer.ts';
import { registerServerActions } from './serverActions.ts';
import { registerServerActivity } from './serverActivity.ts';
import { registerServerEvents } from './serverEventList.ts';
import { serverList } from './serverList.ts';
import { registerServerPage } from './serverPage.ts';
import { serverTabs } from './serverTabs.ts';
import { registerSiteMap } from './siteMap.ts';
import { registerServiceSettings } from './serviceSettings.ts';

export function registerPackageServerPages(router: Router, context: AppContext): void {
  router.get('/package-servers', async (request, response) => {
    const disabled = lockOf(request, 'write');
    await answerList(request, response, serverList(context), {
      title: 'Package servers',
      tabs: serverTabs('/package-servers'),
      actions: [
        { label: 'New package server', href: at('/package-servers/new'), icon: 'add', primary: true, disabled },
      ],
    });
  });
  // Addresses with a fixed word come before those with a GUID in its place.
  registerServiceSettings(router, context);
  registerNewServer(router, context);
  registerSiteMap(router, context);
  registerServerActions(router, context);
  registerEditServer(router, context);
  registerServerActivity(router, context);
  registerServerEvents(router, context);
  registerAssignedToServer(router, context);
  registerServerPage(router, context);
}
