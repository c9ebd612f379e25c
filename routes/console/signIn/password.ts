/** Changing one's own password; the only page that a one-time password opens. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { changeOwnPassword } from '../../../models/security/ownPassword.ts';
import { LEAST_PASSWORD_LENGTH } from '../../../models/security/passwords.ts';
import { mustChangePassword } from '../../../models/security/users.ts';
import { attempt, readForm, showForm, textOf, type FieldSection } from '../form.ts';
import { BASE, at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, currentUser } from '../signedIn.ts';

const SECTIONS: readonly FieldSection[] = [
  {
    fields: [
      {
        name: 'current',
        label: 'Current password',
        kind: 'password',
        required: true,
        autocomplete: 'current-password',
      },
      {
        name: 'password',
        label: 'New password',
        kind: 'password',
        required: true,
        autocomplete: 'new-password',
        help: `At least ${LEAST_PASSWORD_LENGTH} characters. Your other sessions end.`,
      },
      { name: 'again', label: 'New password again', kind: 'password', required: true, autocomplete: 'new-password' },
    ],
  },
];

function show(request: Request, response: Response, errors: readonly FieldError[] = []): Promise<void> {
  const forced = mustChangePassword(currentUser(request));
  const form = {
    action: at('/password'),
    sections: SECTIONS,
    values: {},
    errors,
    submit: 'Change password',
    cancel: BASE,
  };
  return showForm(request, response, form, {
    title: 'Change your password',
    ...(forced ? { subtitle: 'The password you signed in with was handed out: choose your own to go on.' } : {}),
  });
}

export function registerPasswordPage(router: Router, { cmdb, clock }: AppContext): void {
  router.get('/password', (request, response) => show(request, response));

  router.post('/password', async (request, response) => {
    const user = currentUser(request);
    const values = readForm(request, SECTIONS);
    const result = await attempt(() =>
      changeOwnPassword(cmdb, clock, actorOf(request), user.guid, {
        current: textOf(values, 'current'),
        password: textOf(values, 'password'),
        again: textOf(values, 'again'),
        sessionId: request.sessionID,
      }),
    );
    if ('errors' in result) return show(request, response, result.errors);
    notify(request, 'Your password was changed; your other sessions have ended.');
    response.redirect(303, BASE);
  });
}
