/** A column more for a class of one's own. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { addColumn } from '../../../models/dataClasses/changeClass.ts';
import { COLUMN_TYPES } from '../../../models/dataClasses/classInput.ts';
import type { DataClassDetail } from '../../../models/dataClasses/readClass.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { COLUMN_TYPE_WORDS } from './classWords.ts';
import { classCrumb, classesCrumb, loadClass } from './loadClass.ts';

const SECTIONS: readonly FieldSection[] = [
  {
    help: 'The column comes behind all others. Rows that are there have no value in it until their resources send the class again. The class keeps its GUID.',
    fields: [
      { name: 'name', label: 'Name', required: true, maxLength: 60 },
      {
        name: 'dataType',
        label: 'Type',
        kind: 'select',
        options: COLUMN_TYPES.map((type) => ({ value: type, label: COLUMN_TYPE_WORDS[type]! })),
      },
      {
        name: 'maxLength',
        label: 'Longest text',
        kind: 'number',
        unit: 'characters',
        min: 1,
        max: 100_000,
        help: 'Of a text column; longer values are cut and flagged. Empty: 255.',
      },
    ],
  },
];

export function registerNewColumn(router: Router, { cmdb, clock }: AppContext): void {
  const show = (
    request: Request,
    response: Response,
    found: DataClassDetail,
    values: FormValues,
    errors: readonly FieldError[] = [],
  ) =>
    showForm(
      request,
      response,
      {
        action: at(`/data-classes/${found.guid}/columns/new`),
        sections: SECTIONS,
        values,
        errors,
        submit: 'Add column',
        cancel: at(`/data-classes/${found.guid}`),
        disabled: found.isBuiltIn ? 'Only classes of your own take more columns: agents fill this one.' : undefined,
      },
      { title: 'Add column', breadcrumb: [classesCrumb, classCrumb(found)] },
    );

  router.get('/data-classes/:guid/columns/new', requirePrivilege('write'), async (request, response) =>
    show(request, response, await loadClass(cmdb, request), { dataType: 'text' }),
  );

  router.post('/data-classes/:guid/columns/new', requirePrivilege('write'), async (request, response) => {
    const found = await loadClass(cmdb, request);
    const values = readForm(request, SECTIONS);
    const [name, dataType, maxLength] = ['name', 'dataType', 'maxLength'].map((field) => textOf(values, field)) as [
      string,
      string,
      string,
    ];
    const result = await attempt(() =>
      addColumn(cmdb, clock, actorOf(request), found.guid, { name, dataType, maxLength }),
    );
    if ('errors' in result) return show(request, response, found, values, result.errors);
    notify(request, `Column ${name} was added to ${found.name}.`);
    response.redirect(303, at(`/data-classes/${found.guid}`));
  });
}
