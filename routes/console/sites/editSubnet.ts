/** One subnet: its form, and how many computers take their site from it. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { checkSubnetUpdate, readSubnet, updateSubnet, type SubnetFields } from '../../../models/sites/changeSubnets.ts';
import { countComputersIn } from '../../../models/sites/computersInSubnets.ts';
import { toSites } from '../../../models/sites/proposedSubnets.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { counted } from '../format.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { siteField } from './newSubnets.ts';
import { carried, previewFirst } from './previewFirst.ts';
import { sitesCrumb, subnetsCrumb } from './siteTabs.ts';

type Loaded = SubnetFields & { guid: Guid };

export function registerEditSubnet(router: Router, context: AppContext): void {
  const { cmdb, clock, sites } = context;

  const load = async (request: Request): Promise<Loaded> => {
    const guid = parseGuid(String(request.params.guid));
    const fields = guid && (await readSubnet(cmdb, guid));
    if (guid === undefined || fields === undefined) throw notFound('subnet');
    return { guid, ...fields };
  };

  const sections = async (): Promise<FieldSection[]> => [
    {
      fields: [
        {
          name: 'subnet',
          label: 'Subnet',
          required: true,
          code: true,
          maxLength: 64,
          autocomplete: 'off',
          help: 'As 10.1.0.0/16, 10.1.0.0/255.255.0.0 or 2001:db8::/32.',
        },
        { name: 'name', label: 'Name', maxLength: 255, autocomplete: 'off' },
        await siteField(context),
      ],
    },
  ];

  const show = async (
    request: Request,
    response: Response,
    subnet: Loaded,
    values: FormValues,
    errors: readonly FieldError[],
  ) => {
    const disabled = lockOf(request, 'write');
    const computers = await countComputersIn(cmdb, sites, new Set([subnet.subnet]));
    const form = {
      action: at(`/sites/subnets/${subnet.guid}`),
      sections: await sections(),
      values,
      errors,
      submit: 'Apply',
      also: { name: 'preview', label: 'Preview' },
      cancel: subnetsCrumb.href,
      disabled,
    };
    await showForm(request, response, form, {
      title: subnet.subnet,
      subtitle: `${counted(computers, ['computer takes its', 'computers take their'])} site from this subnet.`,
      breadcrumb: [sitesCrumb, subnetsCrumb],
      actions: [
        {
          label: 'Delete',
          href: at(`/sites/subnets/${subnet.guid}/delete`),
          icon: 'trash',
          danger: true,
          disabled,
        },
      ],
    });
  };

  router.get('/sites/subnets/:guid', async (request, response) => {
    const subnet = await load(request);
    const values = { subnet: subnet.subnet, name: subnet.name, siteGuid: subnet.siteGuid ?? '' };
    await show(request, response, subnet, values, []);
  });

  router.post('/sites/subnets/:guid', requirePrivilege('write'), async (request, response) => {
    const subnet = await load(request);
    const values = readForm(request, await sections());
    const checked = await attempt(() => checkSubnetUpdate(cmdb, subnet.guid, values));
    if ('errors' in checked) return show(request, response, subnet, values, checked.errors);
    const asked = await previewFirst(context, request, response, {
      title: `Change the subnet ${subnet.subnet}?`,
      change: { subnets: new Map([[subnet.subnet, 'gone'], ...(await toSites(cmdb, [checked.done]))]) },
      action: at(`/sites/subnets/${subnet.guid}`),
      hidden: carried(values),
      submit: 'Apply',
      cancel: at(`/sites/subnets/${subnet.guid}`),
      breadcrumb: [sitesCrumb, subnetsCrumb],
    });
    if (asked) return;
    const result = await attempt(() => updateSubnet(cmdb, clock, actorOf(request), subnet.guid, values));
    if ('errors' in result) return show(request, response, subnet, values, result.errors);
    if (!result.done) throw notFound('subnet');
    notify(request, `Subnet ${textOf(values, 'subnet')} was changed; computers have their new sites.`);
    response.redirect(303, subnetsCrumb.href);
  });
}
