/** The tab Package servers: where the package goes, and how far each server is (console-pages 1.4). */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import {
  changeDistribution,
  DISTRIBUTION_MODES,
  MODE_WORDS,
  type Distribution,
} from '../../../models/packageServers/distribution.ts';
import { holdersOf, type HolderRow } from '../../../models/packageServers/overview.ts';
import type { PackageDetail } from '../../../models/packages/getPackage.ts';
import type { Cell } from '../cells.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { notFound } from '../pageError.ts';
import { heldState, progressCell } from '../packageServers/heldList.ts';
import { sitesCell } from '../packageServers/serverList.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { loadPackage } from './loadPackage.ts';
import { packagePage } from './packagePage.ts';

const REFRESH_SECONDS = 5;
/** Servers and sites that can be ticked, and servers in the table. */
const MOST_SHOWN = 500;

export function registerPackageServers(router: Router, context: AppContext): void {
  const { cmdb, clock, packages, packageServers } = context;

  const show = async (
    request: Request,
    response: Response,
    software: PackageDetail,
    values: FormValues,
    errors: readonly FieldError[],
  ) => {
    const entry = packages.get(software.Guid);
    const holders = entry === undefined ? [] : holdersOf(entry, packageServers);
    const path = at(`/packages/${software.Guid}/servers`);
    const page = packagePage(context, request, software, '/servers');
    const isUnderWay = holders.some(({ state }) => state === 'downloading' || state === 'pending' || state === 'stale');
    const form = {
      action: path,
      sections: sections(),
      values,
      errors,
      submit: 'Apply',
      cancel: at(`/packages/${software.Guid}`),
      disabled: lockOf(request, 'write'),
    };
    const refresh = page.refresh ?? (isUnderWay ? REFRESH_SECONDS : undefined);
    await showForm(request, response, form, {
      ...page,
      template: 'packages/servers',
      refresh,
      holders: table(holders),
      ready: readyOf(holders),
    });
  };

  const sections = (): FieldSection[] => {
    const { servers, sites } = packageServers.placement;
    const serverOptions = [...servers.values()]
      .slice(0, MOST_SHOWN)
      .map(({ guid, name }) => ({ value: guid, label: name }));
    const siteOptions = [...sites.values()]
      .slice(0, MOST_SHOWN)
      .map(({ guid, name }) => ({ value: guid, label: name }));
    return [
      {
        fields: [
          {
            name: 'mode',
            label: 'Package servers',
            kind: 'radio',
            options: DISTRIBUTION_MODES.map((value) => ({ value, label: MODE_WORDS[value], ...helpOf(value) })),
          },
          ...(serverOptions.length === 0
            ? []
            : [
                {
                  name: 'servers',
                  label: 'Servers, with “individually”',
                  kind: 'checkboxes' as const,
                  options: serverOptions,
                },
              ]),
          ...(siteOptions.length === 0
            ? []
            : [
                {
                  name: 'sites',
                  label: 'Sites, with “by site”; prestaged, with “automatically”',
                  kind: 'checkboxes' as const,
                  options: siteOptions,
                },
              ]),
        ],
      },
    ];
  };

  const valuesOf = ({ mode, servers, sites }: Distribution): FormValues => ({
    mode,
    servers: [...servers],
    sites: [...sites],
  });

  router.get('/packages/:guid/servers', async (request, response) => {
    const software = await loadPackage(cmdb, request);
    await show(request, response, software, valuesOf(packageServers.distributionOf(software.Guid)), []);
  });

  router.post('/packages/:guid/servers', requirePrivilege('write'), async (request, response) => {
    const software = await loadPackage(cmdb, request);
    const values = readForm(request, sections());
    const input = { mode: textOf(values, 'mode'), servers: values.servers ?? [], sites: values.sites ?? [] };
    const result = await attempt(() => changeDistribution(cmdb, clock, actorOf(request), software.Guid, input));
    if ('errors' in result) return show(request, response, software, values, result.errors);
    if (!result.done) throw notFound('package');
    await packageServers.applyChange(cmdb, { Id: 0, Kind: 'package', ItemGuid: software.Guid });
    notify(
      request,
      `Package ${software.Name} goes to: ${MODE_WORDS[input.mode as keyof typeof MODE_WORDS].toLowerCase()}.`,
    );
    response.redirect(303, at(`/packages/${software.Guid}/servers`));
  });
}

function helpOf(mode: (typeof DISTRIBUTION_MODES)[number]): { help?: string } {
  if (mode !== 'automatic') return {};
  return {
    help: 'To a site when one of its computers first asks for the package; it then waits until a server is ready.',
  };
}

const readyOf = (holders: readonly HolderRow[]) => {
  const assigned = holders.filter(({ state }) => state !== 'unwanted');
  return {
    done: assigned.filter(({ state }) => state === 'ready').length,
    total: assigned.length,
    unit: 'servers are ready',
  };
};

const table = (holders: readonly HolderRow[]) => ({
  caption: 'Package servers of the package',
  columns: [
    { label: 'Server' },
    { label: 'Site' },
    { label: 'State' },
    { label: 'Progress' },
    { label: 'Version held' },
    { label: 'Detail' },
  ],
  rows: holders
    .slice(0, MOST_SHOWN)
    .map((row): Cell[] => [
      { kind: 'link', text: row.server.name, href: at(`/package-servers/${row.server.guid}`) },
      sitesCell(row),
      heldState(row),
      progressCell(row),
      row.heldVersion === null ? null : String(row.heldVersion),
      { kind: 'prose', text: row.detail || (row.assigned === '' ? '' : `Ready: ${row.assigned}.`) },
    ]),
  empty: 'No package server holds it or is to hold it: computers fetch it from this server',
});
