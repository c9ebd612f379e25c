/** One site: facts and form. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { checkSiteUpdate, updateSite } from '../../../models/sites/changeSites.ts';
import type { SiteRow } from '../../../models/sites/listSites.ts';
import { overlapsBySite, siteTroubles } from '../../../models/sites/siteTroubles.ts';
import type { Cell } from '../cells.ts';
import { attempt, readForm, showForm, textOf, type FormValues } from '../form.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify, type PageAction } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { loadSite } from './loadSite.ts';
import { carried, previewFirst } from './previewFirst.ts';
import { ruleOf, siteInput, siteSections, siteValues } from './siteForm.ts';
import { sitePageTabs, sitesCrumb } from './siteTabs.ts';

export function registerEditSite(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;
  const show = async (
    request: Request,
    response: Response,
    site: SiteRow,
    values: FormValues,
    errors: readonly FieldError[],
  ) => {
    const disabled = lockOf(request, 'write');
    const form = {
      action: at(`/sites/${site.Guid}`),
      sections: await siteSections(cmdb, site.Guid),
      values,
      errors,
      submit: 'Apply',
      also: { name: 'preview', label: 'Preview' },
      cancel: sitesCrumb.href,
      disabled,
    };
    await showForm(request, response, form, {
      title: site.Name,
      template: 'sites/site',
      breadcrumb: [sitesCrumb],
      tabs: sitePageTabs(site.Guid, ''),
      actions: actionsOf(site, disabled),
      facts: await factsOf(site),
    });
  };

  const factsOf = async (site: SiteRow): Promise<{ label: string; cell: Cell }[]> => {
    const overlaps = (await overlapsBySite(cmdb)).get(site.Guid) ?? 0;
    const troubles = siteTroubles(context.packageServers.placement, site, overlaps);
    return [
      { label: 'To look at', cell: { kind: 'prose', text: troubles.join(' ') || 'Nothing' } },
      { label: 'GUID', cell: { kind: 'guid', guid: site.Guid } },
      { label: 'Modified', cell: { kind: 'time', at: site.ModifiedAt } },
      { label: 'History', cell: { kind: 'link', text: 'Audit log', href: at('/audit', { object: site.Guid }) } },
    ];
  };

  router.get('/sites/:guid', async (request, response) => {
    const site = await loadSite(cmdb, request);
    await show(request, response, site, siteValues(site), []);
  });

  router.post('/sites/:guid', requirePrivilege('write'), async (request, response) => {
    const site = await loadSite(cmdb, request);
    const values = readForm(request, await siteSections(cmdb, site.Guid));
    const checked = await attempt(() => checkSiteUpdate(cmdb, site.Guid, siteInput(values)));
    if ('errors' in checked) return show(request, response, site, values, checked.errors);
    const asked = await previewFirst(context, request, response, {
      title: `Change the site ${site.Name}?`,
      change: { rules: [ruleOf(site.Guid, checked.done)] },
      action: at(`/sites/${site.Guid}`),
      hidden: carried(values),
      submit: 'Apply',
      cancel: at(`/sites/${site.Guid}`),
      breadcrumb: [sitesCrumb],
    });
    if (asked) return;
    const result = await attempt(() => updateSite(cmdb, clock, actorOf(request), site.Guid, siteInput(values)));
    if ('errors' in result) return show(request, response, site, values, result.errors);
    if (!result.done) throw notFound('site');
    await context.packageServers.applyChange(cmdb, { Id: 0, Kind: 'site', ItemGuid: site.Guid });
    notify(request, `Site ${textOf(values, 'name')} was changed.`);
    response.redirect(303, at(`/sites/${site.Guid}`));
  });
}

function actionsOf(site: SiteRow, disabled: string | undefined): PageAction[] {
  return [
    {
      label: 'Add subnets',
      href: at('/sites/subnets/new', { site: site.Guid }),
      icon: 'add',
      primary: true,
      disabled,
    },
    { label: 'Delete', href: at(`/sites/${site.Guid}/delete`), icon: 'trash', danger: true, disabled },
  ];
}
