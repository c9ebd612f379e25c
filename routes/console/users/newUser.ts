/** New console user. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { createUser } from '../../../models/security/changeUsers.ts';
import { listRoles } from '../../../models/security/roles.ts';
import { attempt, readForm, showForm, textOf, type FormValues } from '../form.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { userInput, userSections } from './userForm.ts';

export function registerNewUser(router: Router, { cmdb, clock }: AppContext): void {
  const show = async (request: Request, response: Response, values: FormValues, errors: readonly FieldError[]) => {
    const sections = userSections(await listRoles(cmdb), true);
    const form = { action: at('/users/new'), sections, values, errors, submit: 'Create user', cancel: at('/users') };
    await showForm(request, response, form, {
      title: 'New user',
      breadcrumb: [{ label: 'Users and roles', href: at('/users') }],
    });
  };

  router.get('/users/new', requirePrivilege('security'), (request, response) =>
    show(request, response, { isEnabled: '1', mustChange: '1' }, []),
  );

  router.post('/users/new', requirePrivilege('security'), async (request, response) => {
    const values = readForm(request, userSections(await listRoles(cmdb), true));
    const input = userInput(values);
    const result = await attempt(() =>
      createUser(cmdb, clock, actorOf(request), {
        ...input,
        password: textOf(values, 'password'),
        mustChange: textOf(values, 'mustChange') === '1',
      }),
    );
    if ('errors' in result) return show(request, response, values, result.errors);
    notify(request, `User ${input.name} was created.`);
    response.redirect(303, at(`/users/${result.done}`));
  });
}
