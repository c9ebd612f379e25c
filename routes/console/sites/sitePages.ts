/** The tabs of a site that are lists: its subnets, package servers and computers, as the whole lists show them. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { SiteRow } from '../../../models/sites/listSites.ts';
import { computerList } from '../computers/computerList.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { serverList } from '../packageServers/serverList.ts';
import { at } from '../paths.ts';
import { lockOf } from '../signedIn.ts';
import { loadSite } from './loadSite.ts';
import { sitesCrumb, sitePageTabs, type SitePart } from './siteTabs.ts';
import { subnetList } from './subnetList.ts';

export function registerSiteLists(router: Router, context: AppContext): void {
  const { cmdb } = context;
  router.get('/sites/:guid/subnets', async (request, response) => {
    const site = await loadSite(cmdb, request);
    const disabled = lockOf(request, 'write');
    const definition = within(await subnetList(context), site, '/subnets', {
      title: 'No subnets yet',
      text: 'Computers belong to the site that their address lies in: add its subnets.',
      action: { label: 'Add subnets', href: at('/sites/subnets/new', { site: site.Guid }), primary: true, disabled },
    });
    const action = { label: 'Add subnets', href: at('/sites/subnets/new', { site: site.Guid }), icon: 'add', disabled };
    await answerList(request, response, definition, {
      ...headOf(site, '/subnets'),
      actions: [{ ...action, primary: true }],
    });
  });

  router.get('/sites/:guid/servers', async (request, response) => {
    const site = await loadSite(cmdb, request);
    const definition = within(serverList(context), site, '/servers', {
      title: 'No package server serves this site',
      text: 'A package server serves the site that its address lies in, or those that are ticked on its page.',
      action: { label: 'New package server', href: at('/package-servers/new') },
    });
    await answerList(request, response, definition, headOf(site, '/servers'));
  });

  router.get('/sites/:guid/computers', async (request, response) => {
    const site = await loadSite(cmdb, request);
    const definition = within(await computerList(context), site, '/computers', {
      title: 'No computers in this site',
      text: 'No address that a computer has told lies in one of its subnets, and none was given to it by hand.',
    });
    await answerList(request, response, definition, headOf(site, '/computers'));
  });
}

const headOf = (site: SiteRow, part: SitePart) => ({
  title: site.Name,
  breadcrumb: [sitesCrumb],
  tabs: sitePageTabs(site.Guid, part),
});

/** Without what is done to ticked rows: "all that match" would be those of every site. */
function within<Row>(
  definition: ListDefinition<Row>,
  { Guid }: SiteRow,
  part: SitePart,
  empty: ListDefinition<Row>['empty'],
): ListDefinition<Row> {
  return {
    ...definition,
    path: `/sites/${Guid}${part}`,
    columns: definition.columns.filter(({ key }) => key !== 'site'),
    filters: (definition.filters ?? []).filter(({ key }) => key !== 'site'),
    bulk: [],
    empty,
    fetch: (query) => definition.fetch({ ...query, filters: { ...query.filters, site: Guid } }),
  };
}
