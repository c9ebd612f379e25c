/** A new package, with its first program when one is given. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { createPackage } from '../../../models/packages/createPackage.ts';
import { sourceLimits } from '../../../models/packages/sources/sources.ts';
import { attempt, readForm, showForm, textOf, type FormValues } from '../form.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { FIRST_PROGRAM, packageInput, packageSections } from './packageForm.ts';
import { packagesCrumb } from './packagePage.ts';

const SECTIONS = [...packageSections(), FIRST_PROGRAM];

const DEFAULTS: FormValues = {
  versionText: '1.0',
  sourceKind: 'folder',
  cleanupAfterMinutes: '10080',
  priority: 'Normal',
  isEnabled: '1',
};

export function registerNewPackage(router: Router, { cmdb, clock, settings }: AppContext): void {
  const show = (request: Request, response: Response, values: FormValues, errors: readonly FieldError[]) =>
    showForm(
      request,
      response,
      {
        action: at('/packages/new'),
        sections: SECTIONS,
        values,
        errors,
        submit: 'Create package',
        cancel: packagesCrumb.href,
      },
      { title: 'New package', breadcrumb: [packagesCrumb] },
    );

  router.get('/packages/new', requirePrivilege('write'), (request, response) => show(request, response, DEFAULTS, []));

  router.post('/packages/new', requirePrivilege('write'), async (request, response) => {
    const values = readForm(request, SECTIONS);
    const input = { ...packageInput(values), programs: firstProgram(values) };
    const result = await attempt(() => createPackage(cmdb, clock, actorOf(request), input, sourceLimits(settings)));
    if ('errors' in result) return show(request, response, values, result.errors.map(atOwnField));
    notify(request, `Package ${textOf(values, 'name')} was created. Its first snapshot is built now.`);
    response.redirect(303, at(`/packages/${result.done}`));
  });
}

function firstProgram(values: FormValues): object[] {
  const [name, commandLine] = [textOf(values, 'programName'), textOf(values, 'programCommandLine')];
  return name === '' && commandLine === '' ? [] : [{ name, commandLine }];
}

const PROGRAM_FIELDS: Readonly<Record<string, string>> = {
  'programs.0.name': 'programName',
  'programs.0.commandLine': 'programCommandLine',
};

const atOwnField = ({ field, message }: FieldError): FieldError => ({ field: PROGRAM_FIELDS[field] ?? field, message });
