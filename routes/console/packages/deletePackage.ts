/** Delete packages: the question with its effect, then the deed. Those that policies need stay. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { InvalidInput } from '../../../models/fieldErrors.ts';
import { deletePackage } from '../../../models/packages/deletePackage.ts';
import { policiesOfPackages } from '../../../models/packages/removalEffect.ts';
import type { Guid } from '../../../wire/guid.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { counted } from '../format.ts';
import { notFound, PageError } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { chosenPackages, LIST_PAGES, namesOf, PACKAGES, type PackageListPage } from './chosenPackages.ts';
import { loadPackage } from './loadPackage.ts';
import { packageCrumb, packagesCrumb, whyKept } from './packagePage.ts';
import { deletingEffect } from './removalQuestion.ts';

export function registerDeletePackage(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;
  router.get('/packages/:guid/delete', requirePrivilege('write'), async (request, response) => {
    const software = await loadPackage(cmdb, request);
    const kept = whyKept(software);
    if (kept !== undefined) throw refused(software, kept);
    const { text, items } = await deletingEffect(context, [software.Guid]);
    const question = {
      title: `Delete the package ${software.Name}?`,
      text,
      items: [...software.programs.map((program) => `Program ${program.name}`), ...items],
      action: at(`/packages/${software.Guid}/delete`),
      submit: 'Delete the package',
      danger: true,
      cancel: at(`/packages/${software.Guid}`),
    };
    await askFirst(request, response, question, { breadcrumb: [packagesCrumb, packageCrumb(software)] });
  });

  router.post('/packages/:guid/delete', requirePrivilege('write'), async (request, response) => {
    const software = await loadPackage(cmdb, request);
    try {
      if (!(await deletePackage(cmdb, clock, actorOf(request), software.Guid))) throw notFound('package');
    } catch (error) {
      if (error instanceof InvalidInput) throw refused(software, error.message);
      throw error;
    }
    notify(request, `Package ${software.Name} was deleted.`);
    response.redirect(303, packagesCrumb.href);
  });
}

const refused = ({ Name }: { Name: string }, why: string) =>
  new PageError(409, `${Name} cannot be deleted`, 'Nothing was changed.', why);

/** For those that are ticked in a list. */
export function registerListDelete(router: Router, context: AppContext): void {
  for (const page of LIST_PAGES) registerDeleteChosen(router, context, page);
}

function registerDeleteChosen(router: Router, context: AppContext, page: PackageListPage): void {
  router.post(`${page.path}/delete`, requirePrivilege('write'), async (request, response) => {
    const guids = await chosenPackages(request, context, page);
    if (!isConfirmed(request)) return askToDelete(context, request, response, page, guids);
    let deleted = 0;
    for (const guid of guids) if (await deleteUnused(context, request, guid)) deleted++;
    const kept = guids.length - deleted;
    const rest = kept === 0 ? '' : ` ${counted(kept, PACKAGES)} stayed: policies use them, or they had gone already.`;
    notify(
      request,
      `${counted(deleted, PACKAGES)} ${deleted === 1 ? 'was' : 'were'} deleted.${rest}`,
      deleted > 0 ? 'ok' : 'bad',
    );
    response.redirect(303, at(page.path));
  });
}

/** False when policies use it, or it has gone. */
async function deleteUnused({ cmdb, clock }: AppContext, request: Request, guid: Guid): Promise<boolean> {
  try {
    return await deletePackage(cmdb, clock, actorOf(request), guid);
  } catch (error) {
    if (error instanceof InvalidInput) return false;
    throw error;
  }
}

async function askToDelete(
  context: AppContext,
  request: Request,
  response: Response,
  { path }: PackageListPage,
  guids: readonly Guid[],
): Promise<void> {
  const used = new Set((await policiesOfPackages(context.cmdb, guids)).map(({ packageGuid }) => packageGuid));
  const unused = guids.filter((guid) => !used.has(guid));
  if (unused.length === 0) {
    const why = 'Policies use them: change or delete the policies first.';
    throw new PageError(409, `${counted(guids.length, PACKAGES)} cannot be deleted`, 'Nothing was changed.', why);
  }
  const { text, items } = await deletingEffect(context, unused);
  const kept =
    used.size === 0
      ? ''
      : ` ${counted(used.size, PACKAGES)} of those chosen ${used.size === 1 ? 'stays' : 'stay'}, because policies use ${used.size === 1 ? 'it' : 'them'}.`;
  await askFirst(
    request,
    response,
    {
      title: `Delete ${counted(unused.length, PACKAGES)}?`,
      text: text + kept,
      items: [...(await namesOf(context.cmdb, unused)), ...items],
      action: at(`${path}/delete`),
      hidden: [['ids', unused.join()]],
      submit: `Delete ${counted(unused.length, PACKAGES)}`,
      danger: true,
      cancel: at(path),
    },
    { breadcrumb: [packagesCrumb] },
  );
}
