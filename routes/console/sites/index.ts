/** Sites and subnets. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { answerList } from '../list.ts';
import { at } from '../paths.ts';
import { lockOf } from '../signedIn.ts';
import { registerAssignedComputers } from './assignedComputers.ts';
import { registerDeleteSite } from './deleteSite.ts';
import { registerEditSite } from './editSite.ts';
import { registerEditSubnet } from './editSubnet.ts';
import { registerDiscovered } from './discovered.ts';
import { registerExplainAddress } from './explainAddress.ts';
import { registerImportSubnets } from './importSubnets.ts';
import { registerNewSite } from './newSite.ts';
import { registerNewSubnets } from './newSubnets.ts';
import { siteList } from './siteList.ts';
import { registerSiteLists } from './sitePages.ts';
import { siteTabs } from './siteTabs.ts';
import { registerSubnetActions } from './subnetActions.ts';
import { overlapList, subnetList } from './subnetList.ts';

const TITLE = 'Sites and subnets';

export function registerSitePages(router: Router, context: AppContext): void {
  router.get('/sites', async (request, response) => {
    const disabled = lockOf(request, 'write');
    await answerList(request, response, siteList(context), {
      title: TITLE,
      tabs: siteTabs('/sites'),
      actions: [{ label: 'New site', href: at('/sites/new'), icon: 'add', primary: true, disabled }],
    });
  });
  router.get('/sites/subnets', async (request, response) => {
    const disabled = lockOf(request, 'write');
    await answerList(request, response, await subnetList(context), {
      title: TITLE,
      tabs: siteTabs('/sites/subnets'),
      actions: [
        { label: 'Add subnets', href: at('/sites/subnets/new'), icon: 'add', primary: true, disabled },
        { label: 'Import CSV', href: at('/sites/subnets/import'), icon: 'add', disabled },
        { label: 'Delete unused', href: at('/sites/subnets/delete-unused'), icon: 'trash', post: true, disabled },
      ],
    });
  });
  router.get('/sites/overlaps', async (request, response) => {
    await answerList(request, response, overlapList(context), {
      title: TITLE,
      subtitle: 'The longest prefix that contains an address decides. Exact twins are refused.',
      tabs: siteTabs('/sites/overlaps'),
    });
  });
  // Addresses with a fixed word come before those with a GUID in its place.
  registerNewSubnets(router, context);
  registerImportSubnets(router, context);
  registerDiscovered(router, context);
  registerSubnetActions(router, context);
  registerEditSubnet(router, context);
  registerExplainAddress(router, context);
  registerNewSite(router, context);
  registerEditSite(router, context);
  registerDeleteSite(router, context);
  registerSiteLists(router, context);
  registerAssignedComputers(router, context);
}
