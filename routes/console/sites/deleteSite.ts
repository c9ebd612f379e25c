/** Delete a site: the question with its effect, then the deed. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { deleteSite } from '../../../models/sites/changeSites.ts';
import type { SiteRow } from '../../../models/sites/listSites.ts';
import { askFirst } from '../confirm.ts';
import { counted } from '../format.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { loadSite } from './loadSite.ts';
import { sitesCrumb } from './siteTabs.ts';

export function registerDeleteSite(router: Router, { cmdb, clock }: AppContext): void {
  router.get('/sites/:guid/delete', requirePrivilege('write'), async (request, response) => {
    const site = await loadSite(cmdb, request);
    const question = {
      title: `Delete the site ${site.Name}?`,
      text: effect(site),
      action: at(`/sites/${site.Guid}/delete`),
      submit: 'Delete the site',
      danger: true,
      cancel: at(`/sites/${site.Guid}`),
    };
    await askFirst(request, response, question, { breadcrumb: [sitesCrumb] });
  });

  router.post('/sites/:guid/delete', requirePrivilege('write'), async (request, response) => {
    const site = await loadSite(cmdb, request);
    if (!(await deleteSite(cmdb, clock, actorOf(request), site.Guid))) throw notFound('site');
    notify(request, `Site ${site.Name} was deleted.`);
    response.redirect(303, sitesCrumb.href);
  });
}

function effect({ Subnets, Computers }: SiteRow): string {
  const subnets =
    Subnets === 0
      ? 'It has no subnets.'
      : `Its ${counted(Subnets, ['subnet stays and belongs', 'subnets stay and belong'])} to no site.`;
  const computers =
    Computers === 0
      ? 'No computer is in it.'
      : `${counted(Computers, ['computer has', 'computers have'])} no site until the subnets are assigned anew, and ${Computers === 1 ? 'fetches' : 'fetch'} packages from this server.`;
  return `${subnets} ${computers}`;
}
