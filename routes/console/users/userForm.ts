/** Fields of a console user, for the new and the edit page. */
import type { UserInput } from '../../../models/security/changeUsers.ts';
import { LEAST_PASSWORD_LENGTH } from '../../../models/security/passwords.ts';
import type { Role } from '../../../models/security/roles.ts';
import type { ConsoleUser } from '../../../models/security/users.ts';
import { textOf, type Field, type FieldSection, type FormValues } from '../form.ts';

export function userSections(roles: readonly Role[], withPassword: boolean): FieldSection[] {
  const fields: Field[] = [
    {
      name: 'name',
      label: 'Name',
      required: true,
      maxLength: 64,
      autocomplete: 'off',
      help: 'What the person types to sign in. Letter case does not matter.',
    },
    { name: 'displayName', label: 'Full name', maxLength: 255, autocomplete: 'off' },
    {
      name: 'roleGuid',
      label: 'Role',
      kind: 'radio',
      required: true,
      options: roles.map((role) => ({ value: role.guid, label: role.name, help: role.description })),
    },
    {
      name: 'isEnabled',
      label: 'May sign in',
      kind: 'checkbox',
      help: 'Switched off, the user stays in the audit log and can be switched on again. Open sessions end at once.',
    },
  ];
  return withPassword ? [{ fields }, { title: 'Password', fields: PASSWORD_FIELDS }] : [{ fields }];
}

export const PASSWORD_FIELDS: readonly Field[] = [
  {
    name: 'password',
    label: 'Password',
    kind: 'password',
    required: true,
    autocomplete: 'new-password',
    help: `At least ${LEAST_PASSWORD_LENGTH} characters.`,
  },
  {
    name: 'mustChange',
    label: 'Must be changed at the next sign-in',
    kind: 'checkbox',
    help: 'The password then opens only the page that changes it.',
  },
];

export function userInput(values: FormValues): UserInput {
  return {
    name: textOf(values, 'name'),
    displayName: textOf(values, 'displayName'),
    roleGuid: textOf(values, 'roleGuid'),
    isEnabled: textOf(values, 'isEnabled') === '1',
  };
}

export function userValues(user: ConsoleUser): FormValues {
  return {
    name: user.name,
    displayName: user.displayName,
    roleGuid: user.roleGuid,
    isEnabled: user.isEnabled ? '1' : '',
  };
}
