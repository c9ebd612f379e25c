/** Assign subnets to a site, and delete them: first how many computers it moves, then the deed. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { assignSubnets, deleteSubnets, readSubnet } from '../../../models/sites/changeSubnets.ts';
import { countComputersIn } from '../../../models/sites/computersInSubnets.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { attempt, showForm } from '../form.ts';
import { counted } from '../format.ts';
import { notFound } from '../pageError.ts';
import { notify } from '../render.ts';
import { at } from '../paths.ts';
import { selection } from '../selection.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { siteField } from './newSubnets.ts';
import { sitesCrumb, subnetsCrumb } from './siteTabs.ts';
import { subnetList } from './subnetList.ts';

const NOUN = ['subnet', 'subnets'] as const;
/** Said, not left empty: taking subnets out of their site must be chosen. */
const NO_SITE = 'none';
const breadcrumb = [sitesCrumb, subnetsCrumb];

interface Chosen {
  guids: Guid[];
  /** `network/prefix` */
  names: string[];
}

export function registerSubnetActions(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;

  router.post('/sites/subnets/assign', requirePrivilege('write'), async (request, response) => {
    const chosen = await load(context, await chosenGuids(context, request));
    if (!isConfirmed(request)) return askForSite(context, request, response, chosen, []);
    const chosenSite = String((request.body as Record<string, unknown>).siteGuid);
    const site = chosenSite === NO_SITE ? null : parseGuid(chosenSite);
    if (site === undefined) {
      return askForSite(context, request, response, chosen, [{ field: 'siteGuid', message: 'Choose a site.' }]);
    }
    const result = await attempt(() => assignSubnets(cmdb, clock, actorOf(request), chosen.guids, site));
    if ('errors' in result) return askForSite(context, request, response, chosen, result.errors);
    notify(request, `${counted(result.done, NOUN)} assigned; computers have their new sites.`);
    response.redirect(303, subnetsCrumb.href);
  });

  router.get('/sites/subnets/:guid/delete', requirePrivilege('write'), async (request, response) => {
    const guid = parseGuid(String(request.params.guid));
    await askToDelete(context, request, response, await load(context, guid === undefined ? [] : [guid]));
  });

  router.post('/sites/subnets/delete', requirePrivilege('write'), async (request, response) => {
    const chosen = await load(context, await chosenGuids(context, request));
    if (!isConfirmed(request)) return askToDelete(context, request, response, chosen);
    const deleted = await deleteSubnets(cmdb, clock, actorOf(request), chosen.guids);
    notify(request, `${counted(deleted, NOUN)} deleted; computers have their new sites.`);
    response.redirect(303, subnetsCrumb.href);
  });
}

async function chosenGuids(context: AppContext, request: Request): Promise<Guid[]> {
  const keys = await selection(request, await subnetList(context));
  return keys.map((key) => parseGuid(key)).filter((guid) => guid !== undefined);
}

/** @throws PageError when none of them is there */
async function load({ cmdb }: AppContext, guids: readonly Guid[]): Promise<Chosen> {
  const chosen: Chosen = { guids: [], names: [] };
  for (const guid of guids) {
    const subnet = await readSubnet(cmdb, guid);
    if (subnet === undefined) continue;
    chosen.guids.push(guid);
    chosen.names.push(subnet.subnet);
  }
  if (chosen.guids.length === 0) throw notFound('subnet');
  return chosen;
}

const takeTheirSite = (count: number): string =>
  `${counted(count, ['computer takes its site', 'computers take their site'])} from ${count === 1 ? 'it' : 'them'}`;

async function askForSite(
  context: AppContext,
  request: Request,
  response: Response,
  { guids, names }: Chosen,
  errors: readonly FieldError[],
): Promise<void> {
  const computers = await countComputersIn(context.cmdb, context.sites, new Set(names));
  const { options, ...field } = await siteField(context);
  const choices = [
    { value: '', label: 'Choose a site' },
    ...options!.map((option) => (option.value === '' ? { ...option, value: NO_SITE } : option)),
  ];
  const form = {
    action: at('/sites/subnets/assign'),
    sections: [
      {
        help: `${names.slice(0, 12).join(', ')}${names.length > 12 ? ' and more' : ''}.`,
        fields: [{ ...field, options: choices }],
      },
    ],
    values: {},
    errors,
    hidden: [['confirmed', '1'] as const, ...guids.map((guid) => ['id', guid] as const)],
    submit: `Assign ${counted(guids.length, NOUN)}`,
    cancel: subnetsCrumb.href,
  };
  const title = `Assign ${counted(guids.length, NOUN)} to a site`;
  await showForm(request, response, form, {
    title,
    subtitle: `${takeTheirSite(computers)} and will have the new one.`,
    breadcrumb,
  });
}

async function askToDelete(
  context: AppContext,
  request: Request,
  response: Response,
  { guids, names }: Chosen,
): Promise<void> {
  const computers = await countComputersIn(context.cmdb, context.sites, new Set(names));
  const question = {
    title: guids.length === 1 ? `Delete the subnet ${names[0]}?` : `Delete ${counted(guids.length, NOUN)}?`,
    text: `${takeTheirSite(computers)}. Afterwards the next larger subnet around an address decides, or the computer has no site.`,
    items: names,
    action: at('/sites/subnets/delete'),
    hidden: guids.map((guid) => ['id', guid] as const),
    submit: `Delete ${counted(guids.length, NOUN)}`,
    danger: true,
    cancel: subnetsCrumb.href,
  };
  await askFirst(request, response, question, { breadcrumb });
}
