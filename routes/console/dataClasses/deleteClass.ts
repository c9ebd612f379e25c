/** Deletes a class of one's own: the question with what goes, then the deed. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { countForDelete, deleteClass, whyKept } from '../../../models/dataClasses/deleteClass.ts';
import type { DataClassDetail } from '../../../models/dataClasses/readClass.ts';
import { InvalidInput } from '../../../models/fieldErrors.ts';
import { askFirst } from '../confirm.ts';
import { counted } from '../format.ts';
import { notFound, PageError } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { classCrumb, classesCrumb, loadClass } from './loadClass.ts';

export function registerDeleteClass(router: Router, { cmdb, clock }: AppContext): void {
  router.get('/data-classes/:guid/delete', requirePrivilege('write'), async (request, response) => {
    const found = await loadClass(cmdb, request);
    const kept = whyKept(found);
    if (kept !== undefined) throw refused(found, kept);
    const { rows, computers, changes } = await countForDelete(cmdb, found);
    const question = {
      title: `Delete the data class ${found.name}?`,
      text: `The table ${found.table} goes with ${counted(rows, ['row', 'rows'])} of ${counted(computers, ['resource', 'resources'])} and ${counted(changes, ['entry', 'entries'])} of their history. Reports that read it fail, and events for it become bad events. It cannot be undone.`,
      items: found.columns.map(({ name }) => `Column ${name}`),
      action: at(`/data-classes/${found.guid}/delete`),
      submit: 'Delete the data class',
      danger: true,
      cancel: at(`/data-classes/${found.guid}`),
    };
    await askFirst(request, response, question, { breadcrumb: [classesCrumb, classCrumb(found)] });
  });

  router.post('/data-classes/:guid/delete', requirePrivilege('write'), async (request, response) => {
    const found = await loadClass(cmdb, request);
    try {
      if ((await deleteClass(cmdb, clock, actorOf(request), found.guid)) === undefined) throw notFound('data class');
    } catch (error) {
      if (error instanceof InvalidInput) throw refused(found, error.message);
      throw error;
    }
    notify(request, `Data class ${found.name} was deleted with its table.`);
    response.redirect(303, classesCrumb.href);
  });
}

const refused = ({ name }: DataClassDetail, why: string) =>
  new PageError(409, `${name} cannot be deleted`, 'Nothing was changed.', why);
