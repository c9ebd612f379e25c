/** A new package server: a managed computer is picked, its prerequisites are seen, then it gets the package service. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { InvalidInput, type FieldError } from '../../../models/fieldErrors.ts';
import { packageServerInput } from '../../../models/packageServers/changePackageServers.ts';
import { INHERITABLE } from '../../../models/packageServers/inheritance.ts';
import { givePackageService } from '../../../models/packageServers/giveService.ts';
import { prerequisitesOf, type CheckName, type Prerequisites } from '../../../models/packageServers/prerequisites.ts';
import { siteNames } from '../../../models/sites/listSites.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../../wire/wellKnown.ts';
import type { Cell } from '../cells.ts';
import { attempt, readForm, showForm, textOf, type FormValues } from '../form.ts';
import { answerList } from '../list.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { candidateList } from './candidates.ts';
import { serverInput, serverSections, serverValues } from './serverForm.ts';
import { serversCrumb } from './serverTabs.ts';

const PATH = at('/package-servers/new');

const CHECK_WORDS: Record<CheckName, string> = {
  managed: 'Managed computer',
  registration: 'Registration allowed',
  service: 'Service not given yet',
  os: 'Operating system supported',
  agent: 'Agent known',
  contact: 'In contact',
  address: 'Reachable address',
  local: 'In a local site',
};

export function registerNewServer(router: Router, context: AppContext): void {
  const { cmdb, clock, packageServers, sites } = context;
  const forAll = () => packageServers.placement.settings;
  const sections = async () => serverSections({ sites: await siteNames(cmdb), forAll: forAll(), isNew: true });
  const first = () => ({ ...packageServerInput.parse({}), ...forAll(), inherited: [...INHERITABLE] });
  const siteOf = (address: string) => sites.siteOf(address);

  router.get('/package-servers/new', requirePrivilege('write'), async (request, response) => {
    const { computer } = request.query;
    if (typeof computer !== 'string' || computer === '') {
      return answerList(request, response, candidateList(context), {
        title: 'New package server',
        subtitle:
          'Pick the computer that is to keep packages. It stays what it is, and gets the package service on top.',
        breadcrumb: [serversCrumb],
      });
    }
    const values = { ...serverValues(first()), computer: computer.slice(0, 255) };
    const found = await attempt(() => computerNamed(values.computer));
    if ('errors' in found) return show(request, response, values, found.errors);
    await show(request, response, { ...values, computer: await nameFor(found.done) }, []);
  });

  router.post('/package-servers/new', requirePrivilege('write'), async (request, response) => {
    const values = readForm(request, await sections());
    const result = await attempt(async () => {
      const guid = await computerNamed(textOf(values, 'computer'));
      await givePackageService(cmdb, clock, actorOf(request), guid, serverInput(values), siteOf);
      return guid;
    });
    if ('errors' in result) return show(request, response, values, result.errors);
    await packageServers.refreshServer(cmdb, result.done);
    notify(request, 'The computer was given the package service. It fetches its packages once it has heard of it.');
    response.redirect(303, at(`/package-servers/${result.done}`));
  });

  /** With the prerequisites of the computer, where it is known which. */
  async function show(request: Request, response: Response, values: FormValues, errors: readonly FieldError[]) {
    const found = await attempt(() => computerNamed(textOf(values, 'computer')));
    const guid = 'done' in found ? found.done : undefined;
    const prerequisites =
      guid === undefined ? undefined : (await prerequisitesOf(cmdb, [guid], { now: clock.now(), siteOf })).get(guid);
    await showForm(
      request,
      response,
      {
        action: PATH,
        sections: await sections(),
        values,
        errors,
        submit: 'Give the package service',
        cancel: PATH,
        disabled: reasonAgainst(prerequisites),
      },
      {
        title: prerequisites === undefined ? 'New package server' : `Package service for ${prerequisites.name}`,
        breadcrumb: [serversCrumb, { label: 'New package server', href: PATH }],
        template: 'packageServers/new',
        checks: prerequisites && checkTable(prerequisites),
      },
    );
  }

  /** What people call it; the GUID where others are called the same. */
  async function nameFor(guid: Guid): Promise<string> {
    const { Name } = await cmdb.db
      .selectFrom('Resource')
      .select('Name')
      .where('Guid', '=', guid)
      .executeTakeFirstOrThrow();
    const named = await attempt(() => computerNamed(Name));
    return 'done' in named && named.done === guid ? Name : guid;
  }

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

/** The box cannot be ticked, and this is why. */
function reasonAgainst(prerequisites: Prerequisites | undefined): string | undefined {
  if (prerequisites === undefined || prerequisites.isMet) return undefined;
  const failing = prerequisites.checks.filter(({ state }) => state === 'error');
  return failing.map(({ text, advice }) => `${text} ${advice}`).join(' ');
}

function checkTable({ name, checks }: Prerequisites) {
  return {
    caption: `Prerequisites of ${name}`,
    columns: [{ label: 'Prerequisite' }, { label: 'State' }, { label: 'Found' }, { label: 'What to do' }],
    rows: checks.map((check): Cell[] => [
      CHECK_WORDS[check.name],
      { kind: 'state', state: check.state },
      { kind: 'prose', text: check.text },
      { kind: 'prose', text: check.advice },
    ]),
  };
}
