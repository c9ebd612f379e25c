/** One site: facts, form, and its subnets. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { checkSiteUpdate, updateSite } from '../../../models/sites/changeSites.ts';
import type { SiteRule } from '../../../models/packageServers/records.ts';
import type { SiteRow } from '../../../models/sites/listSites.ts';
import { listSubnets } from '../../../models/sites/listSubnets.ts';
import type { SiteInput } from '../../../models/sites/siteInput.ts';
import type { Cell } from '../cells.ts';
import { attempt, readForm, showForm, textOf, type FormValues } from '../form.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify, type PageAction } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { loadSite } from './loadSite.ts';
import { carried, previewFirst } from './previewFirst.ts';
import { siteInput, siteSections, siteValues } from './siteForm.ts';
import { sitesCrumb } from './siteTabs.ts';
import { SOURCES } from './subnetList.ts';

const SUBNETS_SHOWN = 100;

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
      actions: actionsOf(site, disabled),
      facts: factsOf(site),
      subnets: await subnetTable(site),
      subnetsHref: at('/sites/subnets', { site: site.Guid }),
      subnetCount: site.Subnets,
    });
  };

  const subnetTable = async (site: SiteRow) => {
    const query = { siteGuid: site.Guid, sort: 'Network', descending: false, offset: 0, limit: SUBNETS_SHOWN } as const;
    const { rows } = await listSubnets(cmdb, query);
    return {
      caption: 'Subnets of the site',
      columns: [{ label: 'Subnet' }, { label: 'Name' }, { label: 'Source' }, { label: 'Modified' }],
      rows: rows.map((row): Cell[] => [
        { kind: 'link', text: `${row.Network}/${row.PrefixLength}`, href: at(`/sites/subnets/${row.Guid}`) },
        row.Name,
        SOURCES[row.Source] ?? row.Source,
        { kind: 'time', at: row.ModifiedAt },
      ]),
      empty: 'None yet: no computer belongs to the site',
    };
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
      change: { rules: [ruleOf(site, checked.done)] },
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

const ruleOf = ({ Guid: guid }: SiteRow, fields: SiteInput): SiteRule => ({
  guid,
  name: fields.name,
  fallback: fields.fallback,
  fallbackSite: fields.fallback === 'site' ? fields.fallbackSiteGuid : null,
  fallbackMinutes: fields.fallbackMinutes,
});

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

function factsOf(site: SiteRow): { label: string; cell: Cell }[] {
  return [
    {
      label: 'Computers',
      cell: { kind: 'number', value: site.Computers, href: at('/computers', { site: site.Guid }) },
    },
    {
      label: 'Subnets',
      cell: { kind: 'number', value: site.Subnets, href: at('/sites/subnets', { site: site.Guid }) },
    },
    { label: 'GUID', cell: { kind: 'guid', guid: site.Guid } },
    { label: 'Modified', cell: { kind: 'time', at: site.ModifiedAt } },
    { label: 'History', cell: { kind: 'link', text: 'Audit log', href: at('/audit', { object: site.Guid }) } },
  ];
}
