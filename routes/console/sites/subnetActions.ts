/** Assign subnets to a site, take them out, delete them: first what it would do, then the deed. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { readSite } from '../../../models/sites/changeSites.ts';
import { assignSubnets, deleteSubnets, readSubnets, rejectUnknownSite } from '../../../models/sites/changeSubnets.ts';
import { unusedSubnets } from '../../../models/sites/listSubnets.ts';
import { allTo } from '../../../models/sites/proposedSubnets.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { attempt, showForm } from '../form.ts';
import { counted } from '../format.ts';
import { notFound } from '../pageError.ts';
import { notify } from '../render.ts';
import { at } from '../paths.ts';
import { selection } from '../selection.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { siteField } from './newSubnets.ts';
import { previewFirst, type Proposal } from './previewFirst.ts';
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
    const { siteGuid } = request.body as Record<string, unknown>;
    if (siteGuid === undefined) return askForSite(context, request, response, chosen, []);
    const site = siteGuid === NO_SITE ? null : parseGuid(String(siteGuid));
    if (site === undefined) {
      return askForSite(context, request, response, chosen, [{ field: 'siteGuid', message: 'Choose a site.' }]);
    }
    const checked = await attempt(() => rejectUnknownSite(cmdb, site));
    if ('errors' in checked) return askForSite(context, request, response, chosen, checked.errors);
    await assign(request, response, chosen, site, '/sites/subnets/assign');
  });

  router.post('/sites/subnets/remove', requirePrivilege('write'), async (request, response) => {
    const chosen = await load(context, await chosenGuids(context, request));
    await assign(request, response, chosen, null, '/sites/subnets/remove');
  });

  const assign = async (request: Request, response: Response, chosen: Chosen, site: Guid | null, path: string) => {
    const what = counted(chosen.guids.length, NOUN);
    const asked = await previewFirst(context, request, response, {
      title: site === null ? `Take ${what} out of any site?` : `Assign ${what} to ${await nameOf(context, site)}?`,
      text: `${namesText(chosen.names)}.`,
      change: { subnets: await allTo(cmdb, chosen.names, site) },
      action: at(path),
      hidden: [
        ['siteGuid', site ?? NO_SITE],
        ['ids', chosen.guids.join()],
      ],
      submit: site === null ? `Remove ${what}` : `Assign ${what}`,
      cancel: subnetsCrumb.href,
      breadcrumb,
      always: site === null,
    });
    if (asked) return;
    const moved = await assignSubnets(cmdb, clock, actorOf(request), chosen.guids, site);
    notify(
      request,
      `${counted(moved, NOUN)} ${site === null ? 'removed' : 'assigned'}; computers have their new sites.`,
    );
    response.redirect(303, subnetsCrumb.href);
  };

  router.get('/sites/subnets/:guid/delete', requirePrivilege('write'), async (request, response) => {
    const guid = parseGuid(String(request.params.guid));
    const chosen = await load(context, guid === undefined ? [] : [guid]);
    await previewFirst(context, request, response, await deletion(context, chosen));
  });

  router.post('/sites/subnets/delete', requirePrivilege('write'), async (request, response) => {
    await remove(request, response, await load(context, await chosenGuids(context, request)));
  });

  router.post('/sites/subnets/delete-unused', requirePrivilege('write'), async (request, response) => {
    const { ids } = request.body as Record<string, unknown>;
    // Those that the question was about, not those that are unused by now.
    const guids = typeof ids === 'string' ? guidsOf(ids.split(',')) : await unusedSubnets(cmdb);
    if (guids.length === 0) {
      notify(request, 'Every subnet has computers in it: there is nothing to delete.');
      return response.redirect(303, subnetsCrumb.href);
    }
    await remove(request, response, await load(context, guids));
  });

  const remove = async (request: Request, response: Response, chosen: Chosen) => {
    if (await previewFirst(context, request, response, await deletion(context, chosen))) return;
    const deleted = await deleteSubnets(cmdb, clock, actorOf(request), chosen.guids);
    notify(request, `${counted(deleted, NOUN)} deleted; computers have their new sites.`);
    response.redirect(303, subnetsCrumb.href);
  };
}

const guidsOf = (keys: readonly string[]): Guid[] =>
  keys.map((key) => parseGuid(key)).filter((guid) => guid !== undefined);

async function chosenGuids(context: AppContext, request: Request): Promise<Guid[]> {
  return guidsOf(await selection(request, await subnetList(context)));
}

/** @throws PageError when none of them is there */
async function load({ cmdb }: AppContext, guids: readonly Guid[]): Promise<Chosen> {
  const found = await readSubnets(cmdb, guids);
  if (found.length === 0) throw notFound('subnet');
  return { guids: found.map(({ guid }) => guid), names: found.map(({ subnet }) => subnet) };
}

const namesText = (names: readonly string[]): string =>
  `${names.slice(0, 12).join(', ')}${names.length > 12 ? ` and ${counted(names.length - 12, ['more', 'more'])}` : ''}`;

async function nameOf({ cmdb }: AppContext, site: Guid): Promise<string> {
  return (await readSite(cmdb, site))?.name ?? '';
}

async function askForSite(
  context: AppContext,
  request: Request,
  response: Response,
  { guids, names }: Chosen,
  errors: readonly FieldError[],
): Promise<void> {
  const { options, ...field } = await siteField(context);
  const choices = [
    { value: '', label: 'Choose a site' },
    ...options!.map((option) => (option.value === '' ? { ...option, value: NO_SITE } : option)),
  ];
  const form = {
    action: at('/sites/subnets/assign'),
    sections: [
      {
        help: `${namesText(names)}.`,
        fields: [{ ...field, options: choices }],
      },
    ],
    values: {},
    errors,
    hidden: [['ids', guids.join()] as const],
    submit: 'Preview',
    cancel: subnetsCrumb.href,
  };
  await showForm(request, response, form, {
    title: `Assign ${counted(guids.length, NOUN)} to a site`,
    subtitle: 'The next page says what it would do; nothing is written before.',
    breadcrumb,
  });
}

const deletion = async ({ cmdb }: AppContext, { guids, names }: Chosen): Promise<Proposal> => ({
  title: guids.length === 1 ? `Delete the subnet ${names[0]}?` : `Delete ${counted(guids.length, NOUN)}?`,
  text: `${namesText(names)}. Afterwards the next larger subnet around an address decides, or the computer has no site.`,
  change: { subnets: await allTo(cmdb, names, 'gone') },
  action: at('/sites/subnets/delete'),
  hidden: [['ids', guids.join()]],
  submit: `Delete ${counted(guids.length, NOUN)}`,
  danger: true,
  cancel: subnetsCrumb.href,
  breadcrumb,
  always: true,
});
