/** When the purge runs. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { DEFAULT_SCHEDULE, readSchedule, saveSchedule } from '../../../models/retention/schedule.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { retentionCrumb } from './retentionTabs.ts';

const SECTIONS: FieldSection[] = [
  {
    help: 'The purge deletes in short batches with pauses between them, so that events are taken and applied meanwhile.',
    fields: [
      {
        name: 'startAt',
        label: 'Begins every day at',
        kind: 'time',
        required: true,
        help: `By the server’s own clock. As delivered: ${DEFAULT_SCHEDULE.startAt}.`,
      },
      {
        name: 'maxMinutes',
        label: 'Ends after',
        kind: 'number',
        unit: 'minutes',
        required: true,
        min: 10,
        max: 1380,
        help: `What is left is deleted in the next run, and Health says so. As delivered: ${DEFAULT_SCHEDULE.maxMinutes}.`,
      },
    ],
  },
];

export function registerScheduleForm(router: Router, { cmdb, clock }: AppContext): void {
  const show = (request: Request, response: Response, values: FormValues, errors: readonly FieldError[] = []) =>
    showForm(
      request,
      response,
      {
        action: at('/retention/schedule'),
        sections: SECTIONS,
        values,
        errors,
        submit: 'Save',
        cancel: at('/retention'),
        disabled: lockOf(request, 'write'),
      },
      { title: 'When the purge runs', breadcrumb: [retentionCrumb] },
    );

  router.get('/retention/schedule', async (request, response) => {
    const { startAt, maxMinutes } = await readSchedule(cmdb);
    await show(request, response, { startAt, maxMinutes: String(maxMinutes) });
  });

  router.post('/retention/schedule', requirePrivilege('write'), async (request, response) => {
    const values = readForm(request, SECTIONS);
    const input = { startAt: textOf(values, 'startAt'), maxMinutes: textOf(values, 'maxMinutes') };
    const result = await attempt(() => saveSchedule(cmdb, clock, actorOf(request), input));
    if ('errors' in result) return show(request, response, values, result.errors);
    notify(request, `The purge runs every day at ${result.done.startAt}.`);
    response.redirect(303, at('/retention'));
  });
}
