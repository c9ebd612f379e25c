/** The list of console users. */
import type { AppContext } from '../../../app/context.ts';
import { listRoles } from '../../../models/security/roles.ts';
import { listUsers, userState, type ConsoleUser } from '../../../models/security/users.ts';
import type { ListDefinition } from '../list.ts';
import { at } from '../paths.ts';

export async function userList({ cmdb, clock }: AppContext): Promise<ListDefinition<ConsoleUser>> {
  const roles = await listRoles(cmdb);
  return {
    path: '/users',
    noun: ['user', 'users'],
    search: 'name or full name',
    sort: { key: 'name' },
    columns: [
      {
        key: 'name',
        label: 'Name',
        cell: (user) => ({ kind: 'link', text: user.name, href: at(`/users/${user.guid}`) }),
      },
      { key: 'displayName', label: 'Full name', cell: (user) => user.displayName },
      { key: 'role', label: 'Role', cell: (user) => user.roleName },
      {
        key: 'state',
        label: 'State',
        cell: (user) => ({ kind: 'state', state: userState(user, clock.now()) }),
      },
      {
        key: 'lastSignIn',
        label: 'Last sign-in',
        cell: (user) => ({ kind: 'time', at: user.lastSignInAt, none: 'Never' }),
      },
      { key: 'passwordChanged', label: 'Password changed', cell: passwordCell, hidden: true },
      { key: 'created', label: 'Created', cell: (user) => ({ kind: 'time', at: user.createdAt }), hidden: true },
      {
        key: 'guid',
        label: 'GUID',
        cell: (user) => ({ kind: 'guid', guid: user.guid }),
        sortable: false,
        hidden: true,
      },
    ],
    filters: [
      {
        key: 'state',
        label: 'State',
        options: [
          { value: 'enabled', label: 'Enabled' },
          { value: 'disabled', label: 'Disabled' },
        ],
      },
      { key: 'role', label: 'Role', options: roles.map((role) => ({ value: role.guid, label: role.name })) },
    ],
    key: (user) => user.guid,
    empty: {
      title: 'No users',
      text: 'Users sign in to this console. The server makes the first one when it starts on an empty database.',
    },
    fetch: (query) => listUsers(cmdb, query),
  };
}

function passwordCell(user: ConsoleUser) {
  return Date.parse(user.passwordChangedAt) === 0
    ? 'Must be changed'
    : ({ kind: 'time', at: user.passwordChangedAt } as const);
}
