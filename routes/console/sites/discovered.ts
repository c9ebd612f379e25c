/** Networks that inventory has seen and nobody has given to a site: with their computers, and assigned in one step. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { InvalidInput, type FieldError } from '../../../models/fieldErrors.ts';
import type { NetworkKind } from '../../../models/sites/adapterNetwork.ts';
import { takeCensus } from '../../../models/sites/census.ts';
import { checkSubnets, createSubnets } from '../../../models/sites/changeSubnets.ts';
import { toSites } from '../../../models/sites/proposedSubnets.ts';
import {
  listSeenNetworks,
  type Coverage,
  type SeenRow,
  type SeenSort,
  type SeenView,
} from '../../../models/sites/seenNetworks.ts';
import { attempt, showForm } from '../form.ts';
import { counted } from '../format.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { selection } from '../selection.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { siteField } from './newSubnets.ts';
import { previewFirst } from './previewFirst.ts';
import { sitesCrumb, siteTabs } from './siteTabs.ts';

const NOUN = ['network', 'networks'] as const;
const discoveredCrumb = { label: 'Discovered', href: at('/sites/discovered') };
const breadcrumb = [sitesCrumb, discoveredCrumb];
const NO_SITE = 'none';
const ASSIGN = at('/sites/discovered/assign');

const SORTS: Record<string, SeenSort> = {
  network: 'Network',
  computers: 'Computers',
  seen: 'LastSeenAt',
  within: 'Within',
  kind: 'Kind',
};

const COVERAGE: Record<Coverage, string> = {
  uncovered: 'In no subnet',
  wide: 'Only in a much wider one',
  known: 'Known',
};

const KINDS: Record<NetworkKind, string> = {
  network: 'Network',
  virtual: 'Of virtual machines or containers',
  host: 'One address: a tunnel or dialled line',
  linkLocal: 'Link-local',
  loopback: 'Loopback',
};

export function registerDiscovered(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;

  router.get('/sites/discovered', async (request, response) => {
    const disabled = lockOf(request, 'write');
    await answerList(request, response, seenList(context, disabled), {
      title: 'Sites and subnets',
      subtitle: 'Networks of computers’ adapters, as inventory tells them. Counted every five minutes.',
      tabs: siteTabs('/sites/discovered'),
      actions: [{ label: 'Count now', href: at('/sites/discovered/count'), icon: 'refresh', post: true, disabled }],
    });
  });

  router.post('/sites/discovered/count', requirePrivilege('write'), async (request, response) => {
    await takeCensus(cmdb);
    notify(request, 'Computers and their networks were counted anew.');
    response.redirect(303, discoveredCrumb.href);
  });

  router.post('/sites/discovered/assign', requirePrivilege('write'), async (request, response) => {
    const networks = await selection(request, seenList(context));
    const { siteGuid } = request.body as Record<string, unknown>;
    if (typeof siteGuid !== 'string') return askForSite(context, request, response, networks, []);
    const inputs = networks.map((subnet) => ({ subnet, siteGuid: siteGuid === NO_SITE ? '' : siteGuid }));
    const checked = await attempt(async () => {
      if (siteGuid === '') throw chooseSite();
      return checkSubnets(cmdb, inputs);
    });
    if ('errors' in checked) return askForSite(context, request, response, networks, atField(checked.errors, networks));
    const what = counted(networks.length, NOUN);
    const asked = await previewFirst(context, request, response, {
      title: `Take ${what} in as ${networks.length === 1 ? 'a subnet' : 'subnets'}?`,
      text: `${networks.slice(0, 12).join(', ')}${networks.length > 12 ? ' and more' : ''}.`,
      change: { subnets: await toSites(cmdb, checked.done) },
      action: ASSIGN,
      hidden: [
        ['ids', networks.join()],
        ['siteGuid', siteGuid],
      ],
      submit: `Take ${what} in`,
      cancel: discoveredCrumb.href,
      breadcrumb,
    });
    if (asked) return;
    const result = await attempt(() => createSubnets(cmdb, clock, actorOf(request), inputs, 'discovered'));
    if ('errors' in result) return askForSite(context, request, response, networks, atField(result.errors, networks));
    notify(request, `${what} taken in; computers have their new sites.`);
    response.redirect(303, discoveredCrumb.href);
  });
}

const chooseSite = (): InvalidInput => new InvalidInput([{ field: 'siteGuid', message: 'Choose a site.' }]);

/** `3.subnet` is the fourth network: it is named. */
function atField(errors: readonly FieldError[], networks: readonly string[]): FieldError[] {
  const told = errors.map(({ field, message }): FieldError => {
    const [index, part] = field.split('.');
    return part === 'subnet'
      ? { field: '', message: `${networks[Number(index)]}: ${message}` }
      : { field: 'siteGuid', message };
  });
  return told
    .filter((error, index) => told.findIndex(({ message }) => message === error.message) === index)
    .slice(0, 10);
}

async function askForSite(
  context: AppContext,
  request: Request,
  response: Response,
  networks: readonly string[],
  errors: readonly FieldError[],
): Promise<void> {
  const { options, ...field } = await siteField(context);
  const choices = [
    { value: '', label: 'Choose a site' },
    ...options!.map((option) => (option.value === '' ? { ...option, value: NO_SITE } : option)),
  ];
  const form = {
    action: ASSIGN,
    sections: [
      {
        help: `${networks.slice(0, 12).join(', ')}${networks.length > 12 ? ' and more' : ''}.`,
        fields: [{ ...field, options: choices }],
      },
    ],
    values: {},
    errors,
    hidden: [['ids', networks.join()] as const],
    submit: 'Preview',
    cancel: discoveredCrumb.href,
  };
  const title = `Assign ${counted(networks.length, NOUN)} to a site`;
  await showForm(request, response, form, { title, breadcrumb });
}

const whyNot = ({ text, within }: SeenRow): string | undefined =>
  within?.text === text ? 'It is a subnet already: assign that.' : undefined;

/** `disabled`: why the person who looks cannot assign. */
function seenList({ cmdb }: AppContext, disabled?: string): ListDefinition<SeenRow> {
  return {
    path: '/sites/discovered',
    noun: NOUN,
    search: 'network, subnet or site',
    sort: { key: 'computers', descending: true },
    columns: [
      { key: 'network', label: 'Network', cell: (row) => ({ kind: 'code', text: row.text }) },
      {
        key: 'computers',
        label: 'Computers',
        cell: (row) => ({ kind: 'number', value: row.Computers }),
        numeric: true,
      },
      { key: 'seen', label: 'Last seen', cell: (row) => ({ kind: 'time', at: row.LastSeenAt, none: 'Never' }) },
      { key: 'state', label: 'State', cell: (row) => COVERAGE[row.coverage], sortable: false },
      {
        key: 'within',
        label: 'Lies in',
        cell: ({ within }) =>
          within === null ? null : { kind: 'text', text: within.text, note: within.siteName ?? 'no site' },
      },
      { key: 'kind', label: 'Kind', cell: (row) => KINDS[row.Kind], hidden: true },
      {
        key: 'actions',
        label: 'Action',
        cell: (row) => ({
          kind: 'actions',
          actions: [{ label: 'Assign', href: ASSIGN, only: row.text, disabled: disabled ?? whyNot(row) }],
        }),
        sortable: false,
      },
    ],
    filters: [
      {
        key: 'view',
        label: 'Show',
        none: 'Not known yet',
        options: [
          { value: 'uncovered', label: 'In no subnet' },
          { value: 'wide', label: 'Only in a much wider one' },
          { value: 'known', label: 'Known' },
          { value: 'hidden', label: 'Hidden: tunnels, containers, link-local' },
        ],
      },
    ],
    key: (row) => row.text,
    bulk: [{ label: 'Assign to site', path: '/sites/discovered/assign', privilege: 'write', icon: 'site' }],
    empty: {
      title: 'Nothing to take in',
      text: 'Every network that inventory has seen lies in a subnet, or computers have not sent an inventory yet. Link-local, loopback, tunnel and container networks are hidden.',
      action: { label: 'Show the hidden ones', href: at('/sites/discovered', { view: 'hidden' }) },
    },
    fetch: ({ search, filters, sort, descending, offset, limit }) =>
      listSeenNetworks(cmdb, {
        view: (filters.view as SeenView | undefined) ?? 'open',
        search,
        sort: SORTS[sort] ?? 'Computers',
        descending,
        offset,
        limit,
      }),
  };
}
