/** The tab Used by: policies that deliver the package. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { answerList } from '../list.ts';
import { at } from '../paths.ts';
import { policyList } from '../policies/policyList.ts';
import { loadPackage } from './loadPackage.ts';
import { packagePage } from './packagePage.ts';

export function registerPackagePolicies(router: Router, context: AppContext): void {
  router.get('/packages/:guid/policies', async (request, response) => {
    const software = await loadPackage(context.cmdb, request);
    const definition = policyList(context, {
      path: `/packages/${software.Guid}/policies`,
      packageGuid: software.Guid,
      empty: {
        title: 'No policy uses the package',
        text: 'A policy tells which computers run a program of the package, and when.',
        action: { label: 'New policy', href: at('/policies/new', { package: software.Guid }), primary: true },
      },
    });
    await answerList(request, response, definition, packagePage(context, request, software, '/policies'));
  });
}
