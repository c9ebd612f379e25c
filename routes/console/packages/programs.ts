/** The tab Programs: the list, new, edit, delete. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { InvalidInput, type FieldError } from '../../../models/fieldErrors.ts';
import type { PackageDetail } from '../../../models/packages/getPackage.ts';
import { createProgram, deleteProgram, updateProgram, type Program } from '../../../models/packages/programs.ts';
import { parseGuid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { askFirst } from '../confirm.ts';
import { counted } from '../format.ts';
import { attempt, readForm, showForm, textOf, type FormValues } from '../form.ts';
import { notFound, PageError } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify, render } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { loadPackage } from './loadPackage.ts';
import { packageCrumb, packagePage, packagesCrumb } from './packagePage.ts';
import {
  canRunLabel,
  PROGRAM_DEFAULTS,
  PROGRAM_SECTIONS,
  programInput,
  programValues,
  runAsLabel,
} from './programForm.ts';

const programsPath = (software: PackageDetail): string => `/packages/${software.Guid}/programs`;

export function registerPrograms(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;

  router.get('/packages/:guid/programs', async (request, response) => {
    const software = await loadPackage(cmdb, request);
    await render(request, response, 'packages/programs', {
      ...packagePage(context, request, software, '/programs'),
      newProgram: {
        label: 'New program',
        href: at(`${programsPath(software)}/new`),
        icon: 'add',
        disabled: lockOf(request, 'write'),
      },
      programs: {
        caption: 'Programs',
        columns: [
          'Name',
          'Command line',
          'Success codes',
          'Run with rights of',
          'Program can run',
          'Terminate after',
        ].map((label) => ({ label })),
        rows: software.programs.map((program) => programRow(software, program)),
      },
    });
  });

  router.get('/packages/:guid/programs/new', requirePrivilege('write'), async (request, response) => {
    const software = await loadPackage(cmdb, request);
    await show(request, response, software, undefined, PROGRAM_DEFAULTS, []);
  });

  router.post('/packages/:guid/programs/new', requirePrivilege('write'), async (request, response) => {
    const software = await loadPackage(cmdb, request);
    const values = readForm(request, PROGRAM_SECTIONS);
    const result = await attempt(() =>
      createProgram(cmdb, clock, actorOf(request), software.Guid, programInput(values)),
    );
    if ('errors' in result) return show(request, response, software, undefined, values, result.errors);
    if (result.done === undefined) throw notFound('package');
    notify(request, `Program ${textOf(values, 'name')} was created.`);
    response.redirect(303, at(programsPath(software)));
  });

  router.get('/packages/:guid/programs/:program', async (request, response) => {
    const software = await loadPackage(cmdb, request);
    const program = programOf(software, request);
    await show(request, response, software, program, programValues(program), []);
  });

  router.post('/packages/:guid/programs/:program', requirePrivilege('write'), async (request, response) => {
    const software = await loadPackage(cmdb, request);
    const program = programOf(software, request);
    const values = readForm(request, PROGRAM_SECTIONS);
    const result = await attempt(() =>
      updateProgram(cmdb, clock, actorOf(request), software.Guid, program.guid, programInput(values)),
    );
    if ('errors' in result) return show(request, response, software, program, values, result.errors);
    if (!result.done) throw notFound('program');
    notify(request, `Program ${textOf(values, 'name')} was changed.`);
    response.redirect(303, at(programsPath(software)));
  });

  registerDeleteProgram(router, context);
}

function registerDeleteProgram(router: Router, { cmdb, clock }: AppContext): void {
  const path = '/packages/:guid/programs/:program/delete';

  router.get(path, requirePrivilege('write'), async (request, response) => {
    const software = await loadPackage(cmdb, request);
    const program = programOf(software, request);
    const own = `${programsPath(software)}/${program.guid}`;
    const question = {
      title: `Delete the program ${program.name}?`,
      text: `The package ${software.Name} and its files stay. A program that a policy runs is not deleted.`,
      action: at(`${own}/delete`),
      submit: 'Delete the program',
      danger: true,
      cancel: at(own),
    };
    await askFirst(request, response, question, { breadcrumb: crumbs(software) });
  });

  router.post(path, requirePrivilege('write'), async (request, response) => {
    const software = await loadPackage(cmdb, request);
    const program = programOf(software, request);
    try {
      if (!(await deleteProgram(cmdb, clock, actorOf(request), software.Guid, program.guid))) throw notFound('program');
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      throw new PageError(409, `${program.name} cannot be deleted`, 'Nothing was changed.', error.message);
    }
    notify(request, `Program ${program.name} was deleted.`);
    response.redirect(303, at(programsPath(software)));
  });
}

function show(
  request: Request,
  response: Response,
  software: PackageDetail,
  program: Program | undefined,
  values: FormValues,
  errors: readonly FieldError[],
): Promise<void> {
  const path = `${programsPath(software)}/${program?.guid ?? 'new'}`;
  const disabled = lockOf(request, 'write');
  const form = {
    action: at(path),
    sections: PROGRAM_SECTIONS,
    values,
    errors,
    submit: program === undefined ? 'Create program' : 'Apply',
    cancel: at(programsPath(software)),
    disabled,
  };
  const remove = { label: 'Delete', href: at(`${path}/delete`), icon: 'trash', danger: true, dialog: true, disabled };
  return showForm(request, response, form, {
    title: program?.name ?? 'New program',
    breadcrumb: crumbs(software),
    actions: program === undefined ? [] : [remove],
  });
}

/** @throws PageError */
function programOf(software: PackageDetail, request: Request): Program {
  const guid = parseGuid(String(request.params.program));
  const program = software.programs.find((candidate) => candidate.guid === guid);
  if (program === undefined) throw notFound('program');
  return program;
}

const crumbs = (software: PackageDetail) => [
  packagesCrumb,
  packageCrumb(software),
  { label: 'Programs', href: at(programsPath(software)) },
];

function programRow(software: PackageDetail, program: Program): Cell[] {
  return [
    { kind: 'link', text: program.name, href: at(`${programsPath(software)}/${program.guid}`) },
    { kind: 'code', text: program.commandLine },
    { kind: 'code', text: program.successCodes },
    runAsLabel(program.runAs),
    canRunLabel(program.canRun),
    counted(program.terminateAfterMinutes === 0 ? 360 : program.terminateAfterMinutes, ['minute', 'minutes']),
  ];
}
