/** Packages: the list, the new form, and a package's page with its tabs. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { answerList } from '../list.ts';
import { at } from '../paths.ts';
import { lockOf } from '../signedIn.ts';
import { registerDeletePackage, registerListDelete } from './deletePackage.ts';
import { registerDisablePackage, registerListDisable } from './disablePackages.ts';
import { registerEditPackage } from './editPackage.ts';
import { registerExplainPackage } from './explainPackage.ts';
import { registerExplainPackages } from './explainPackages.ts';
import { registerFixPath } from './fixPath.ts';
import { registerNewPackage } from './newPackage.ts';
import { registerListOrders } from './orderServers.ts';
import { registerListActions, registerPackageActions } from './packageActions.ts';
import { registerPackageHistory } from './packageHistory.ts';
import { registerPackageXml } from './packageXml.ts';
import { registerPackageDiff } from './packageDiff.ts';
import { registerPackageFiles } from './packageFiles.ts';
import { packageList } from './packageList.ts';
import { listTabs } from './packagePage.ts';
import { registerPackagePolicies } from './packagePolicies.ts';
import { registerPackageServers } from './packageServers.ts';
import { registerPackageStatus } from './packageStatus.ts';
import { registerProblems } from './problems.ts';
import { registerPrograms } from './programs.ts';

export function registerPackagePages(router: Router, context: AppContext): void {
  router.get('/packages', async (request, response) => {
    await answerList(request, response, packageList(context), {
      title: 'Packages',
      tabs: listTabs('/packages'),
      actions: [
        {
          label: 'New package',
          href: at('/packages/new'),
          icon: 'add',
          primary: true,
          disabled: lockOf(request, 'write'),
        },
      ],
    });
  });
  // Addresses with a fixed word come before those with a GUID in its place.
  registerNewPackage(router, context);
  registerProblems(router, context);
  registerFixPath(router, context);
  registerExplainPackages(router, context);
  registerListActions(router, context);
  registerListDisable(router, context);
  registerListDelete(router, context);
  registerListOrders(router, context);
  registerPackageActions(router, context);
  registerDisablePackage(router, context);
  registerEditPackage(router, context);
  registerDeletePackage(router, context);
  registerPrograms(router, context);
  registerPackageFiles(router, context);
  registerPackageDiff(router, context);
  registerPackageServers(router, context);
  registerExplainPackage(router, context);
  registerPackagePolicies(router, context);
  registerPackageStatus(router, context);
  registerPackageHistory(router, context);
  registerPackageXml(router, context);
}
