/** A new package server: a managed computer gets the package service. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { InvalidInput, type FieldError } from '../../../models/fieldErrors.ts';
import { addPackageServer, packageServerInput } from '../../../models/packageServers/changePackageServers.ts';
import { siteNames } from '../../../models/sites/listSites.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../../wire/wellKnown.ts';
import { attempt, readForm, showForm, textOf, type FormValues } from '../form.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { serverInput, serverSections, serverValues } from './serverForm.ts';
import { serversCrumb } from './serverTabs.ts';

export function registerNewServer(router: Router, { cmdb, clock, packageServers }: AppContext): void {
  const sections = async () => serverSections(await siteNames(cmdb), true);
  const show = async (request: Request, response: Response, values: FormValues, errors: readonly FieldError[]) =>
    showForm(
      request,
      response,
      {
        action: at('/package-servers/new'),
        sections: await sections(),
        values,
        errors,
        submit: 'Give the package service',
        cancel: serversCrumb.href,
      },
      { title: 'New package server', breadcrumb: [serversCrumb] },
    );

  router.get('/package-servers/new', requirePrivilege('write'), async (request, response) => {
    const computer = typeof request.query.computer === 'string' ? request.query.computer.slice(0, 255) : '';
    await show(request, response, { ...serverValues(packageServerInput.parse({})), computer }, []);
  });

  router.post('/package-servers/new', requirePrivilege('write'), async (request, response) => {
    const values = readForm(request, await sections());
    const result = await attempt(async () => {
      const guid = await computerNamed(textOf(values, 'computer'));
      await addPackageServer(cmdb, clock, actorOf(request), guid, serverInput(values));
      return guid;
    });
    if ('errors' in result) return show(request, response, values, result.errors);
    await packageServers.refreshServer(cmdb, result.done);
    notify(request, 'The computer was given the package service. It fetches its packages once it has heard of it.');
    response.redirect(303, at(`/package-servers/${result.done}`));
  });

  /** @throws InvalidInput */
  async function computerNamed(text: string): Promise<Guid> {
    const guid = parseGuid(text);
    const computers = cmdb.db
      .selectFrom('Resource')
      .select('Guid')
      .where('ResourceTypeGuid', '=', RESOURCE_TYPE.computer)
      .where('DeletedAt', 'is', null);
    const found = guid === undefined ? computers.where('Name', '=', text) : computers.where('Guid', '=', guid);
    const rows = await found.execute();
    if (rows.length === 1) return rows[0]!.Guid;
    const message =
      rows.length === 0 ? 'There is no such managed computer.' : 'Several computers have this name: give the GUID.';
    throw new InvalidInput([{ field: 'computer', message }]);
  }
}
