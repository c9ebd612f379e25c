/** Delete a package: the question with its effect, then the deed. Refused while policies need it. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { InvalidInput } from '../../../models/fieldErrors.ts';
import { deletePackage } from '../../../models/packages/deletePackage.ts';
import type { PackageDetail } from '../../../models/packages/getPackage.ts';
import { askFirst } from '../confirm.ts';
import { counted, formatBytes } from '../format.ts';
import { notFound, PageError } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { loadPackage } from './loadPackage.ts';
import { packageCrumb, packagesCrumb, whyKept } from './packagePage.ts';

export function registerDeletePackage(router: Router, { cmdb, clock }: AppContext): void {
  router.get('/packages/:guid/delete', requirePrivilege('write'), async (request, response) => {
    const software = await loadPackage(cmdb, request);
    const kept = whyKept(software);
    if (kept !== undefined) throw refused(software, kept);
    const question = {
      title: `Delete the package ${software.Name}?`,
      text: effect(software),
      items: software.programs.map((program) => `Program ${program.name}`),
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

const refused = ({ Name }: PackageDetail, why: string) =>
  new PageError(409, `${Name} cannot be deleted`, 'Nothing was changed.', why);

function effect({ snapshot, SourceKind }: PackageDetail): string {
  const files =
    snapshot === undefined
      ? ''
      : ` Its snapshot of ${counted(snapshot.FileCount, ['file', 'files'])} (${formatBytes(snapshot.TotalSize)}) is no longer served.`;
  const source = SourceKind === 'folder' ? ' The source folder is not touched.' : '';
  return `The package goes with its programs and snapshots.${files}${source} What is installed on computers stays installed.`;
}
