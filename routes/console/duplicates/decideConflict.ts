/** Ignore with a reason, and reopen. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { ignoreConflict, reopenConflict } from '../../../models/resources/decideConflict.ts';
import type { ConflictDetail } from '../../../models/resources/conflictList.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { conflictTitle } from './conflictWords.ts';
import { duplicatesCrumb } from './duplicateTabs.ts';
import { loadConflict } from './loadConflict.ts';

const SECTIONS: readonly FieldSection[] = [
  {
    fields: [
      {
        name: 'reason',
        label: 'Why',
        required: true,
        maxLength: 400,
        help: 'For example: a laptop and its docking station, or two machines that share a name on purpose. New evidence will be counted and not shown as open.',
      },
    ],
  },
];

export function registerDecideConflict(router: Router, context: AppContext): void {
  router.get('/duplicates/:guid/ignore', requirePrivilege('write'), async (request, response) =>
    show(request, response, await loadConflict(context.cmdb, request), {}),
  );

  router.post('/duplicates/:guid/ignore', requirePrivilege('write'), async (request, response) => {
    const conflict = await loadConflict(context.cmdb, request);
    const values = readForm(request, SECTIONS);
    const result = await attempt(() =>
      ignoreConflict(context, actorOf(request), conflict.guid, textOf(values, 'reason')),
    );
    if ('errors' in result) return show(request, response, conflict, values, result.errors);
    if (result.done) notify(request, 'The conflict is ignored. It can be reopened.');
    else notify(request, 'Nothing was changed: it is not open any more.', 'bad');
    response.redirect(303, at(`/duplicates/${conflict.guid}`));
  });

  router.post('/duplicates/:guid/reopen', requirePrivilege('write'), async (request, response) => {
    const conflict = await loadConflict(context.cmdb, request);
    const changed = await reopenConflict(context, actorOf(request), conflict.guid);
    if (changed) notify(request, 'The conflict is open again.');
    else notify(request, 'Nothing was changed: it is open already.', 'bad');
    response.redirect(303, at(`/duplicates/${conflict.guid}`));
  });
}

async function show(
  request: Request,
  response: Response,
  conflict: ConflictDetail,
  values: FormValues,
  errors: readonly FieldError[] = [],
): Promise<void> {
  const path = at(`/duplicates/${conflict.guid}`);
  await showForm(
    request,
    response,
    { action: `${path}/ignore`, sections: SECTIONS, values, errors, submit: 'Ignore the conflict', cancel: path },
    {
      title: 'Ignore this conflict?',
      breadcrumb: [duplicatesCrumb, { label: conflictTitle(conflict), href: path }],
    },
  );
}
