/** Fields of a package server, for the new page and the settings tab. */
import type { PackageServerInput } from '../../../models/packageServers/changePackageServers.ts';
import type { Guid } from '../../../wire/guid.ts';
import { textOf, type Field, type FieldSection, type FormValues } from '../form.ts';

/** Sites that can be ticked; with more, those of its address serve. */
export const MOST_SITES = 200;

const COMPUTER: Field = {
  name: 'computer',
  label: 'Computer',
  required: true,
  maxLength: 255,
  autocomplete: 'off',
  help: 'Name or GUID of a managed computer. Start “ns package-server” there; it registers like any agent.',
};

export function serverSections(sites: readonly { Guid: Guid; Name: string }[], isNew: boolean): FieldSection[] {
  return [
    {
      fields: [
        ...(isNew ? [COMPUTER] : []),
        { name: 'isEnabled', label: 'Package service is on', kind: 'checkbox' },
        ...(sites.length === 0
          ? []
          : [
              {
                name: 'sites',
                label: 'Sites that it serves',
                kind: 'checkboxes' as const,
                options: sites.slice(0, MOST_SITES).map(({ Guid, Name }) => ({ value: Guid, label: Name })),
                help: 'None ticked: the site that its address lies in.',
              },
            ]),
      ],
    },
    {
      title: 'Publishing',
      fields: [
        { name: 'publishHttps', label: 'Over HTTPS', kind: 'checkbox' },
        { name: 'publishHttp', label: 'Over HTTP', kind: 'checkbox', help: 'Only if it was started with --http-port.' },
        {
          name: 'publishUnc',
          label: 'Over a file share',
          kind: 'checkbox',
          help: 'Only if it was started with --unc.',
        },
        {
          name: 'isProbed',
          label: 'Look at it from this server',
          kind: 'checkbox',
          help: 'Fetches a piece of a file now and then. Switch it off where this server cannot reach it, but agents can.',
        },
      ],
    },
    {
      title: 'Fetching and keeping',
      fields: [
        {
          name: 'isConstrained',
          label: 'Fetches from servers of its own site only',
          kind: 'checkbox',
          help: 'Another server of the site has to fetch from outside.',
        },
        {
          name: 'throttleKb',
          label: 'Fetches at most',
          kind: 'number',
          min: 0,
          unit: 'KB a second',
          help: '0: as fast as it goes.',
        },
        { name: 'minFreeDiskMb', label: 'Disk that stays free', kind: 'number', min: 0, unit: 'MB' },
        { name: 'keepOldHours', label: 'Serves a former version for', kind: 'number', min: 0, unit: 'hours' },
        { name: 'unusedAfterHours', label: 'Deletes unused packages after', kind: 'number', min: 0, unit: 'hours' },
      ],
    },
  ];
}

const FLAGS = ['isEnabled', 'publishHttps', 'publishHttp', 'publishUnc', 'isProbed', 'isConstrained'] as const;
const NUMBERS = ['throttleKb', 'minFreeDiskMb', 'keepOldHours', 'unusedAfterHours'] as const;

/** Raw fields, as the models read them. */
export function serverInput(values: FormValues, isDraining = false): Record<string, unknown> {
  return {
    ...Object.fromEntries(FLAGS.map((name) => [name, textOf(values, name) === '1'])),
    ...Object.fromEntries(NUMBERS.map((name) => [name, textOf(values, name)])),
    isDraining,
    sites: values.sites ?? [],
  };
}

export function serverValues(input: PackageServerInput): FormValues {
  return {
    ...Object.fromEntries(FLAGS.map((name) => [name, input[name] ? '1' : ''])),
    ...Object.fromEntries(NUMBERS.map((name) => [name, String(input[name])])),
    sites: input.sites,
  };
}
