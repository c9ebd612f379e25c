/** Delete a site: first what it would do, then the deed. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { deleteSite } from '../../../models/sites/changeSites.ts';
import type { SiteRow } from '../../../models/sites/listSites.ts';
import { counted } from '../format.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { loadSite } from './loadSite.ts';
import { previewFirst, type Proposal } from './previewFirst.ts';
import { sitesCrumb } from './siteTabs.ts';

export function registerDeleteSite(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;
  router.get('/sites/:guid/delete', requirePrivilege('write'), async (request, response) => {
    await previewFirst(context, request, response, deletion(await loadSite(cmdb, request)));
  });

  router.post('/sites/:guid/delete', requirePrivilege('write'), async (request, response) => {
    const site = await loadSite(cmdb, request);
    if (await previewFirst(context, request, response, deletion(site))) return;
    if (!(await deleteSite(cmdb, clock, actorOf(request), site.Guid))) throw notFound('site');
    notify(request, `Site ${site.Name} was deleted.`);
    response.redirect(303, sitesCrumb.href);
  });
}

const deletion = ({ Guid, Name, Subnets }: SiteRow): Proposal => ({
  title: `Delete the site ${Name}?`,
  text:
    Subnets === 0
      ? 'It has no subnets.'
      : `Its ${counted(Subnets, ['subnet stays and belongs', 'subnets stay and belong'])} to no site.`,
  change: { goneSites: [Guid] },
  action: at(`/sites/${Guid}/delete`),
  hidden: [],
  submit: 'Delete the site',
  danger: true,
  cancel: at(`/sites/${Guid}`),
  breadcrumb: [sitesCrumb],
  always: true,
});
