/** The settings of one package server. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import {
  packageServerInput,
  readPackageServerInput,
  updatePackageServer,
} from '../../../models/packageServers/changePackageServers.ts';
import { valuesInForce } from '../../../models/packageServers/inheritance.ts';
import type { KnownServer } from '../../../models/packageServers/placement.ts';
import { siteNames } from '../../../models/sites/listSites.ts';
import { askBeforeLoss } from '../askBeforeLoss.ts';
import { attempt, readForm, showForm, type FormValues } from '../form.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { loadPackageServer } from './loadPackageServer.ts';
import { serverInput, serverSections, serverValues } from './serverForm.ts';
import { serverPage } from './serverPage.ts';

export function registerEditServer(router: Router, context: AppContext): void {
  const { cmdb, clock, packageServers } = context;
  const sectionsOf = async (server: KnownServer) =>
    serverSections({
      sites: await siteNames(cmdb),
      forAll: packageServers.placement.settings,
      given: server.record.givenSites,
      isNew: false,
    });
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
      sections: await sectionsOf(server),
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
    const values = readForm(request, await sectionsOf(server));
    const input = serverInput(values, server.record.settings.IsDraining === 1);
    const path = at(`/package-servers/${server.guid}/settings`);
    const change = { submit: 'Apply', action: path, values, cancel: path };
    const read = packageServerInput.safeParse(input);
    if (read.success) {
      const { inherited = [], ...own } = read.data;
      const inForce = valuesInForce(own, inherited, packageServers.placement.settings);
      const servers = new Map([[server.guid, inForce]]);
      if (await askBeforeLoss(context, request, response, { servers }, change)) return;
    }
    const result = await attempt(() => updatePackageServer(cmdb, clock, actorOf(request), server.guid, input));
    if ('errors' in result) return show(request, response, server, values, result.errors);
    if (!result.done) throw notFound('package server');
    await packageServers.refreshServer(cmdb, server.guid);
    notify(request, `Package server ${server.name} was changed. It hears of it with its next report.`);
    response.redirect(303, path);
  });
}
