/** The settings of one package server. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { readPackageServerInput, updatePackageServer } from '../../../models/packageServers/changePackageServers.ts';
import type { KnownServer } from '../../../models/packageServers/placement.ts';
import { withoutServer } from '../../../models/packageServers/withoutSource.ts';
import { siteNames } from '../../../models/sites/listSites.ts';
import { attempt, readForm, showForm, type FormValues } from '../form.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { askAboutLoss } from './askAboutLoss.ts';
import { loadPackageServer } from './loadPackageServer.ts';
import { serverInput, serverSections, serverValues } from './serverForm.ts';
import { serverPage } from './serverPage.ts';

export function registerEditServer(router: Router, context: AppContext): void {
  const { cmdb, clock, packageServers } = context;
  const show = async (
    request: Request,
    response: Response,
    server: KnownServer,
    values: FormValues,
    errors: readonly FieldError[],
  ) => {
    const path = at(`/package-servers/${server.guid}`);
    const form = {
      action: `${path}/settings`,
      sections: serverSections(await siteNames(cmdb), false),
      values,
      errors,
      submit: 'Apply',
      cancel: path,
      disabled: lockOf(request, 'write'),
    };
    await showForm(request, response, form, serverPage(request, server, '/settings'));
  };

  router.get('/package-servers/:guid/settings', async (request, response) => {
    const server = await loadPackageServer(context, request);
    const input = await readPackageServerInput(cmdb, server.guid);
    if (input === undefined) throw notFound('package server');
    await show(request, response, server, serverValues(input), []);
  });

  router.post('/package-servers/:guid/settings', requirePrivilege('write'), async (request, response) => {
    const server = await loadPackageServer(context, request);
    const values = readForm(request, serverSections(await siteNames(cmdb), false));
    const input = serverInput(values, server.record.settings.IsDraining === 1);
    const path = at(`/package-servers/${server.guid}/settings`);
    const change = { submit: 'Apply', action: path, values, cancel: path };
    const after = withoutServer(packageServers.placement, server.guid);
    if (input.isEnabled !== true && (await askAboutLoss(context, request, response, after, change))) return;
    const result = await attempt(() => updatePackageServer(cmdb, clock, actorOf(request), server.guid, input));
    if ('errors' in result) return show(request, response, server, values, result.errors);
    if (!result.done) throw notFound('package server');
    await packageServers.refreshServer(cmdb, server.guid);
    notify(request, `Package server ${server.name} was changed. It hears of it with its next report.`);
    response.redirect(303, path);
  });
}
