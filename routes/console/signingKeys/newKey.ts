import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { DEFAULT_OVERLAP_DAYS, MOST_OVERLAP_DAYS, rotateSigningKey } from '../../../models/signingKeys/changeKeys.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { KEYS_PATH } from './keyPage.ts';

const SECTIONS: readonly FieldSection[] = [
  {
    help: 'The new key signs from now on, and every snapshot is signed anew in the background: no file is read or moved. Agents that are in contact follow within the hour; one that was away for years follows when it comes back. Make a backup afterwards: without the new key, agents that have followed believe nothing of this server.',
    fields: [
      {
        name: 'overlapDays',
        label: 'Overlap',
        kind: 'number',
        unit: 'days',
        min: 1,
        max: MOST_OVERLAP_DAYS,
        required: true,
        help: 'For so long agents still take what the former key has signed.',
      },
    ],
  },
];

export function registerNewKey(router: Router, { cmdb, clock, secrets }: AppContext): void {
  const keys = secrets.signingKeys;
  const show = (request: Request, response: Response, values: FormValues, errors: readonly FieldError[] = []) =>
    showForm(
      request,
      response,
      {
        action: at(`${KEYS_PATH}/new`),
        sections: SECTIONS,
        values,
        errors,
        submit: 'Make the new key',
        cancel: at(KEYS_PATH),
        disabled: lockOf(request, 'security'),
      },
      { title: 'New signing key', breadcrumb: [{ label: 'Signing keys', href: at(KEYS_PATH) }] },
    );

  router.get(`${KEYS_PATH}/new`, (request, response) =>
    show(request, response, { overlapDays: String(DEFAULT_OVERLAP_DAYS) }),
  );

  router.post(`${KEYS_PATH}/new`, requirePrivilege('security'), async (request, response) => {
    const values = readForm(request, SECTIONS);
    const days = textOf(values, 'overlapDays');
    const input = { overlapDays: days === '' ? Number.NaN : Number(days) };
    const result = await attempt(() => rotateSigningKey({ cmdb, clock, keys }, actorOf(request), input));
    if ('errors' in result) return show(request, response, values, result.errors);
    notify(request, `${result.done} signs from now on. Make a backup now.`);
    response.redirect(303, at(KEYS_PATH));
  });
}
