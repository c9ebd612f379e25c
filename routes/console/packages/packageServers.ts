/** The tab Package servers: where the package goes, and how far each server is (console-pages 1.4). */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { DISTRIBUTION_MODES, MODE_WORDS, type Distribution } from '../../../models/packageServers/distribution.ts';
import type { PackageDetail } from '../../../models/packages/getPackage.ts';
import type { Guid } from '../../../wire/guid.ts';
import { readForm, type Field, type FieldSection, type FormValues } from '../form.ts';
import { listModel } from '../listModel.ts';
import { exportList } from '../listExport.ts';
import { readListQuery } from '../listQuery.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { lockOf, requirePrivilege } from '../signedIn.ts';
import { askedBy, changeServers, registerAssignServer } from './changeServers.ts';
import { loadPackage } from './loadPackage.ts';
import { registerServerOrders } from './orderServers.ts';
import { packagePage } from './packagePage.ts';
import { packageServerList, packageServerRows, readyOf } from './packageServerList.ts';

const REFRESH_SECONDS = 5;
const UNDER_WAY = ['downloading', 'pending', 'stale'];
/** Servers and sites that can be ticked: what a distribution can name, and those that it names. */
const MOST_SHOWN = 1000;

export function registerPackageServers(router: Router, context: AppContext): void {
  const { cmdb, packageServers } = context;

  router.get('/packages/:guid/servers', async (request, response) => {
    const software = await loadPackage(cmdb, request);
    await show(context, request, response, software, valuesOf(packageServers.distributionOf(software.Guid)), []);
  });

  router.post('/packages/:guid/servers', requirePrivilege('write'), async (request, response) => {
    const software = await loadPackage(cmdb, request);
    const values = readForm(request, sections(context, packageServers.distributionOf(software.Guid)));
    const outcome = await changeServers(context, request, response, software, askedBy(values));
    if (outcome !== 'answered') await show(context, request, response, software, values, outcome.errors);
  });

  registerAssignServer(router, context);
  registerServerOrders(router, context);
}

async function show(
  context: AppContext,
  request: Request,
  response: Response,
  software: PackageDetail,
  values: FormValues,
  errors: readonly FieldError[],
): Promise<void> {
  const distribution = context.packageServers.distributionOf(software.Guid);
  const rows = await packageServerRows(context, software.Guid);
  const locked = lockOf(request, 'write');
  const definition = packageServerList(software, distribution, rows, locked);
  const query = readListQuery(request.query, definition);
  const { format } = request.query;
  if (format === 'csv' || format === 'json') return exportList(response, definition, query, format);
  const page = packagePage(context, request, software, '/servers');
  const isUnderWay = rows.some(({ state }) => UNDER_WAY.includes(state));
  const form = {
    action: at(`/packages/${software.Guid}/servers`),
    sections: sections(context, distribution),
    values,
    errors,
    submit: 'Apply',
    cancel: at(`/packages/${software.Guid}`),
    disabled: locked,
  };
  const model = {
    ...page,
    refresh: page.refresh ?? (isUnderWay ? REFRESH_SECONDS : undefined),
    list: { ...(await listModel(request, definition, query)), views: undefined },
    ready: readyOf(rows, software.CurrentVersion),
    form,
  };
  await render(request, response, 'packages/servers', model, errors.length === 0 ? 200 : 422);
}

const valuesOf = ({ mode, servers, sites }: Distribution): FormValues => ({
  mode,
  servers: [...servers],
  sites: [...sites],
});

function sections({ packageServers }: AppContext, distribution: Distribution): FieldSection[] {
  const { servers, sites } = packageServers.placement;
  const mode: Field = {
    name: 'mode',
    label: 'Package servers',
    kind: 'radio',
    options: DISTRIBUTION_MODES.map((value) => ({ value, label: MODE_WORDS[value], ...helpOf(value) })),
  };
  return [
    {
      fields: [
        mode,
        ...choices('servers', 'Servers, with “individually”', servers.values(), distribution.servers),
        ...choices(
          'sites',
          'Sites, with “by site”; prestaged, with “automatically”',
          sites.values(),
          distribution.sites,
        ),
      ],
    },
  ];
}

/** What is ticked is always among them: a form that left it out would untick it. */
function choices(
  name: string,
  label: string,
  all: Iterable<{ guid: Guid; name: string }>,
  ticked: ReadonlySet<Guid>,
): Field[] {
  const known = [...all].sort((a, b) => a.name.localeCompare(b.name));
  const first = new Set(known.slice(0, MOST_SHOWN));
  const options = known
    .filter((one) => first.has(one) || ticked.has(one.guid))
    .map((one) => ({ value: one.guid, label: one.name }));
  const help =
    known.length > options.length
      ? { help: `The first ${options.length} of ${known.length}; more go by “all”, “automatically” or the API.` }
      : {};
  return options.length === 0 ? [] : [{ name, label, kind: 'checkboxes', options, ...help }];
}

function helpOf(mode: (typeof DISTRIBUTION_MODES)[number]): { help?: string } {
  if (mode !== 'automatic') return {};
  return {
    help: 'To a site when one of its computers is in a policy that needs the package, or first asks for it; it then waits until a server is ready. Ticked sites get it at once.',
  };
}
