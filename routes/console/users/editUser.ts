/** One console user: facts and form. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { unlockUser, updateUser } from '../../../models/security/changeUsers.ts';
import { listRoles } from '../../../models/security/roles.ts';
import { userState, type ConsoleUser } from '../../../models/security/users.ts';
import type { Cell } from '../cells.ts';
import { attempt, readForm, showForm, type FormValues } from '../form.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify, type PageAction } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { loadUser } from './loadUser.ts';
import { userInput, userSections, userValues } from './userForm.ts';

export function registerEditUser(router: Router, { cmdb, clock }: AppContext): void {
  const show = async (
    request: Request,
    response: Response,
    user: ConsoleUser,
    values: FormValues,
    errors: readonly FieldError[],
  ) => {
    const disabled = lockOf(request, 'security');
    const state = userState(user, clock.now());
    const form = {
      action: at(`/users/${user.guid}`),
      sections: userSections(await listRoles(cmdb), false),
      values,
      errors,
      submit: 'Apply',
      cancel: at('/users'),
      disabled,
    };
    await showForm(request, response, form, {
      title: user.name,
      template: 'users/user',
      state,
      breadcrumb: [{ label: 'Users and roles', href: at('/users') }],
      actions: actionsOf(user, state, disabled),
      facts: factsOf(user),
    });
  };

  router.get('/users/:guid', async (request, response) => {
    const user = await loadUser(cmdb, request);
    await show(request, response, user, userValues(user), []);
  });

  router.post('/users/:guid', requirePrivilege('security'), async (request, response) => {
    const user = await loadUser(cmdb, request);
    const values = readForm(request, userSections(await listRoles(cmdb), false));
    const result = await attempt(() => updateUser(cmdb, clock, actorOf(request), user.guid, userInput(values)));
    if ('errors' in result) return show(request, response, user, values, result.errors);
    if (!result.done) throw notFound('user');
    notify(request, `User ${userInput(values).name} was changed.`);
    response.redirect(303, at(`/users/${user.guid}`));
  });

  router.post('/users/:guid/unlock', requirePrivilege('security'), async (request, response) => {
    const user = await loadUser(cmdb, request);
    await unlockUser(cmdb, clock, actorOf(request), user.guid);
    notify(request, `User ${user.name} may try to sign in again.`);
    response.redirect(303, at(`/users/${user.guid}`));
  });
}

function actionsOf(user: ConsoleUser, state: string, disabled: string | undefined): PageAction[] {
  const actions: PageAction[] = [
    { label: 'Reset password', href: at(`/users/${user.guid}/password`), icon: 'key', disabled },
  ];
  if (state === 'locked')
    actions.push({ label: 'Unlock', href: at(`/users/${user.guid}/unlock`), icon: 'lock', post: true, disabled });
  return actions;
}

function factsOf(user: ConsoleUser): { label: string; cell: Cell }[] {
  return [
    { label: 'Last sign-in', cell: { kind: 'time', at: user.lastSignInAt, none: 'Never' } },
    {
      label: 'Password changed',
      cell:
        Date.parse(user.passwordChangedAt) === 0
          ? 'Must be changed at the next sign-in'
          : { kind: 'time', at: user.passwordChangedAt },
    },
    { label: 'Created', cell: { kind: 'time', at: user.createdAt } },
    { label: 'GUID', cell: { kind: 'guid', guid: user.guid } },
    { label: 'History', cell: { kind: 'link', text: 'Audit log', href: at('/audit', { object: user.guid }) } },
  ];
}
