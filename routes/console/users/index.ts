/** Users and roles. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { listRoles } from '../../../models/security/roles.ts';
import { answerList } from '../list.ts';
import { at } from '../paths.ts';
import { lockOf } from '../signedIn.ts';
import { registerEditUser } from './editUser.ts';
import { registerNewUser } from './newUser.ts';
import { registerUserPassword } from './userPassword.ts';
import { userList } from './userList.ts';

export function registerUserPages(router: Router, context: AppContext): void {
  router.get('/users', async (request, response) => {
    await answerList(request, response, await userList(context), {
      title: 'Users and roles',
      template: 'users/users',
      roles: await listRoles(context.cmdb),
      actions: [
        {
          label: 'New user',
          href: at('/users/new'),
          icon: 'add',
          primary: true,
          disabled: lockOf(request, 'security'),
        },
      ],
    });
  });
  registerNewUser(router, context);
  registerEditUser(router, context);
  registerUserPassword(router, context);
}
