/** Who is assigned to a site by hand: targets and single computers, whatever their addresses say. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { at } from '../paths.ts';
import { assignedPages, type AssignedPage } from './assignedComputersPages.ts';
import { loadSite } from './loadSite.ts';
import { sitePageTabs, sitesCrumb } from './siteTabs.ts';

export function registerAssignedComputers(router: Router, context: AppContext): void {
  assignedPages(router, context, '/sites/:guid', async (request: Request): Promise<AssignedPage> => {
    const site = await loadSite(context.cmdb, request);
    const isInternet = site.IsInternet === 1;
    return {
      place: { kind: 'site', guid: site.Guid },
      path: `/sites/${site.Guid}`,
      name: site.Name,
      takesComputers: !isInternet,
      what: isInternet
        ? 'An Internet site takes its computers from targets only: a network at home may be numbered like one of yours.'
        : 'These computers belong to the site, whatever their addresses say. A computer that is named itself counts more than a target.',
      page: {
        title: site.Name,
        breadcrumb: [sitesCrumb],
        tabs: sitePageTabs(site.Guid, '/assigned'),
      },
      crumb: { label: site.Name, href: at(`/sites/${site.Guid}`) },
    };
  });
}
