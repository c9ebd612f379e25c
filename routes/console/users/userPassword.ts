/** Resetting somebody's password: always one that must be changed at the next sign-in. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { setPassword } from '../../../models/security/changeUsers.ts';
import type { ConsoleUser } from '../../../models/security/users.ts';
import { attempt, readForm, showForm, textOf } from '../form.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { loadUser } from './loadUser.ts';
import { PASSWORD_FIELDS } from './userForm.ts';

const SECTIONS = [{ fields: PASSWORD_FIELDS.filter((field) => field.name === 'password') }];

export function registerUserPassword(router: Router, { cmdb, clock }: AppContext): void {
  const show = (request: Request, response: Response, user: ConsoleUser, errors: readonly FieldError[] = []) => {
    const page = at(`/users/${user.guid}`);
    const form = {
      action: `${page}/password`,
      sections: SECTIONS,
      values: {},
      errors,
      submit: 'Reset password',
      cancel: page,
    };
    return showForm(request, response, form, {
      title: `Reset the password of ${user.name}`,
      subtitle: 'The password must be changed at the next sign-in. Open sessions end, and a lock is lifted.',
      breadcrumb: [
        { label: 'Users and roles', href: at('/users') },
        { label: user.name, href: page },
      ],
    });
  };

  router.get('/users/:guid/password', requirePrivilege('security'), async (request, response) =>
    show(request, response, await loadUser(cmdb, request)),
  );

  router.post('/users/:guid/password', requirePrivilege('security'), async (request, response) => {
    const user = await loadUser(cmdb, request);
    const password = textOf(readForm(request, SECTIONS), 'password');
    const result = await attempt(() =>
      setPassword(cmdb, clock, actorOf(request), user.guid, password, { mustChange: true }),
    );
    if ('errors' in result) return show(request, response, user, result.errors);
    notify(request, `The password of ${user.name} was reset; hand it over, it must be changed at the next sign-in.`);
    response.redirect(303, at(`/users/${user.guid}`));
  });
}
