/** A data class of one's own. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { createClass } from '../../../models/dataClasses/changeClass.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { classesCrumb } from './loadClass.ts';

const SECTIONS: readonly FieldSection[] = [
  {
    help: 'A class takes what custom inventory brings. Its table is made now; an event never makes one.',
    fields: [
      {
        name: 'name',
        label: 'Name',
        required: true,
        maxLength: 60,
        help: 'It stays for good. The table is Inv_ and the name, with underscores for blanks.',
      },
      { name: 'description', label: 'Description', kind: 'textarea', rows: 2, maxLength: 2000 },
      {
        name: 'guid',
        label: 'GUID',
        code: true,
        maxLength: 38,
        help: 'As your inventory script names the class. Empty: a new one is made.',
      },
      {
        name: 'columns',
        label: 'Columns',
        kind: 'textarea',
        rows: 8,
        required: true,
        code: true,
        placeholder: 'Tool, text 100',
        help: 'One a line, the first is c0: Name, or Name, text 100, or Name, int, or Name, time. Text without a number takes 255 characters. Times are kept in UTC.',
      },
    ],
  },
  {
    title: 'Data',
    fields: [
      {
        name: 'isMultiRow',
        label: 'Many rows a resource',
        kind: 'checkbox',
        help: 'Without it a resource has one row: the last that was sent.',
      },
      {
        name: 'hasHistory',
        label: 'Keep the history of changes',
        kind: 'checkbox',
        help: 'What changed and when is then shown in the resource’s history.',
      },
    ],
  },
];

export function registerNewClass(router: Router, { cmdb, clock }: AppContext): void {
  const show = (request: Request, response: Response, values: FormValues, errors: readonly FieldError[] = []) =>
    showForm(
      request,
      response,
      {
        action: at('/data-classes/new'),
        sections: SECTIONS,
        values,
        errors,
        submit: 'Create data class',
        cancel: classesCrumb.href,
      },
      { title: 'New data class', breadcrumb: [classesCrumb] },
    );

  router.get('/data-classes/new', requirePrivilege('write'), (request, response) =>
    show(request, response, { isMultiRow: '1' }),
  );

  router.post('/data-classes/new', requirePrivilege('write'), async (request, response) => {
    const values = readForm(request, SECTIONS);
    const field = (name: string): string => textOf(values, name);
    const result = await attempt(() =>
      createClass(cmdb, clock, actorOf(request), {
        name: field('name'),
        description: field('description'),
        guid: field('guid'),
        columns: field('columns'),
        isMultiRow: field('isMultiRow'),
        hasHistory: field('hasHistory'),
      }),
    );
    if ('errors' in result) return show(request, response, values, result.errors);
    notify(request, `Data class ${field('name')} was created.`);
    response.redirect(303, at(`/data-classes/${result.done}`));
  });
}
