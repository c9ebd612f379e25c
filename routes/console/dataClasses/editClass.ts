/** What may change of a class without touching its table; its name may not, and the form says why. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { saveClassSettings } from '../../../models/dataClasses/changeClass.ts';
import type { DataClassDetail } from '../../../models/dataClasses/readClass.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { attempt, readForm, showForm, textOf, type Field, type FieldSection, type FormValues } from '../form.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { classCrumb, classesCrumb, loadClass } from './loadClass.ts';

const NO_NAME =
  'A class cannot be renamed: its table, reports and the scripts that send it go by the name. Make another class and delete this one.';

function sections({ kind, columns }: DataClassDetail): FieldSection[] {
  const history: Field[] = [
    {
      name: 'hasHistory',
      label: 'Keep the history of changes',
      kind: 'checkbox',
      help: 'Switched off, nothing is added to the history; what it holds stays until it is purged.',
    },
    {
      name: 'volatile',
      label: 'Columns that differ in every event',
      kind: 'checkboxes',
      help: 'For example the time of the inventory. They count as no change, cost no write by themselves and stay out of the history.',
      options: columns.map(({ name }) => ({ value: name, label: name })),
    },
  ];
  return [
    {
      fields: [
        { name: 'name', label: 'Name', disabled: NO_NAME },
        { name: 'description', label: 'Description', kind: 'textarea', rows: 2, maxLength: 2000 },
      ],
    },
    ...(kind === 'inventory' ? [{ title: 'History', fields: history }] : []),
  ];
}

const valuesOf = ({ name, description, hasHistory, columns }: DataClassDetail): FormValues => ({
  name,
  description,
  hasHistory: hasHistory ? '1' : '',
  volatile: columns.filter(({ isVolatile }) => isVolatile).map((column) => column.name),
});

export function registerEditClass(router: Router, { cmdb, clock }: AppContext): void {
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
        action: at(`/data-classes/${found.guid}/edit`),
        sections: sections(found),
        values,
        errors,
        submit: 'Save',
        cancel: at(`/data-classes/${found.guid}`),
      },
      { title: `Edit ${found.name}`, breadcrumb: [classesCrumb, classCrumb(found)] },
    );

  router.get('/data-classes/:guid/edit', requirePrivilege('write'), async (request, response) => {
    const found = await loadClass(cmdb, request);
    await show(request, response, found, valuesOf(found));
  });

  router.post('/data-classes/:guid/edit', requirePrivilege('write'), async (request, response) => {
    const found = await loadClass(cmdb, request);
    const values = { ...readForm(request, sections(found)), name: found.name };
    const result = await attempt(() =>
      saveClassSettings(cmdb, clock, actorOf(request), found.guid, {
        description: textOf(values, 'description'),
        hasHistory: textOf(values, 'hasHistory') === '1',
        volatile: [(values as FormValues).volatile ?? []].flat(),
      }),
    );
    if ('errors' in result) return show(request, response, found, values, result.errors);
    notify(request, `Data class ${found.name} was saved.`);
    response.redirect(303, at(`/data-classes/${found.guid}`));
  });
}
