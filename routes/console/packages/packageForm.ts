/** Fields of a package, for the new and the edit page. */
import { CLEANUP_CHOICES, PRIORITIES, type PackageInput } from '../../../models/packages/packageInput.ts';
import { counted } from '../format.ts';
import { textOf, type Field, type FieldSection, type FormValues } from '../form.ts';

const PRIORITY_LABELS: Record<(typeof PRIORITIES)[number], string> = {
  Low: 'Low',
  Normal: 'Normal',
  High: 'High',
  VeryHigh: 'Very high',
};

/** @param cleanup minutes that the package has now: offered also where no list has them */
export function packageSections(cleanup?: number): FieldSection[] {
  return [
    { fields: NAME_FIELDS },
    { title: 'Source', fields: SOURCE_FIELDS },
    {
      title: 'On the computers',
      fields: [
        {
          name: 'cleanupAfterMinutes',
          label: 'Delete the files from the computer if unused for',
          kind: 'select',
          options: cleanupOptions(cleanup),
        },
        {
          name: 'priority',
          label: 'Priority',
          kind: 'select',
          options: PRIORITIES.map((value) => ({ value, label: PRIORITY_LABELS[value] })),
          help: 'Of several packages that a computer has to fetch, those of higher priority come first.',
        },
        {
          name: 'isEnabled',
          label: 'Enabled',
          kind: 'checkbox',
          help: 'A disabled package is neither refreshed nor delivered, and its policies reach nobody.',
        },
      ],
    },
  ];
}

const NAME_FIELDS: readonly Field[] = [
  { name: 'name', label: 'Name', required: true, maxLength: 255, autocomplete: 'off', help: 'Shown in all pickers.' },
  { name: 'description', label: 'Description', kind: 'textarea', rows: 3, maxLength: 2000 },
  { name: 'publisher', label: 'Publisher', maxLength: 255, autocomplete: 'off' },
  { name: 'language', label: 'Language', maxLength: 60, autocomplete: 'off' },
  {
    name: 'versionText',
    label: 'Version',
    maxLength: 60,
    autocomplete: 'off',
    help: 'Free text for people. The package version that agents compare is made by the server with each snapshot.',
  },
  {
    name: 'owner',
    label: 'Owner',
    maxLength: 255,
    autocomplete: 'off',
    help: 'Who is asked when something is wrong with it: a user’s name, a team, a mail address. Empty for a new package: whoever makes it.',
  },
];

const SOURCE_FIELDS: readonly Field[] = [
  {
    name: 'sourceKind',
    label: 'Package source',
    kind: 'radio',
    options: [
      {
        value: 'folder',
        label: 'A folder on the server',
        help: 'Its files are copied into an immutable snapshot; agents never read the folder itself.',
      },
      {
        value: 'unc',
        label: 'A network share (UNC)',
        help: 'On Windows the server opens it itself, as the account that it runs under; elsewhere NS_SHARE_MOUNTS says where the share is mounted.',
      },
      {
        value: 'url',
        label: 'A web address (URL)',
        help: 'A list of files (SHA256SUMS or files.json), or an archive (.zip, .tar, .tar.gz). The server keeps a copy and fetches only what has changed.',
      },
      { value: 'none', label: 'No source files', help: 'The programs are command lines only.' },
    ],
  },
  {
    name: 'sourcePath',
    label: 'Package location',
    code: true,
    maxLength: 1000,
    autocomplete: 'off',
    placeholder: '/srv/packages/7zip-24',
    help: 'The whole path of the folder, as the server sees it; \\\\server\\share\\folder for a share; https://… for the web, with a slash at the end where a folder holds the list.',
  },
  {
    name: 'isWatched',
    label: 'Watch the folder',
    kind: 'checkbox',
    help: 'A change is published as soon as nothing has changed for a while. For folders and shares; without it the schedule and the button look.',
  },
];

/** The first program of a new package; more are added on its page. */
export const FIRST_PROGRAM: FieldSection = {
  title: 'First program',
  help: 'The command line that a policy runs. It may be left out now; more programs and all their options are on the package’s page.',
  fields: [
    { name: 'programName', label: 'Program name', maxLength: 255, autocomplete: 'off', placeholder: 'Install' },
    {
      name: 'programCommandLine',
      label: 'Command line',
      code: true,
      maxLength: 2000,
      autocomplete: 'off',
      placeholder: 'setup.exe /S',
      help: 'Relative to the package’s folder.',
    },
  ],
};

function cleanupOptions(minutes: number | undefined) {
  const offered = CLEANUP_CHOICES.map((choice) => ({ value: String(choice.minutes), label: choice.label }));
  if (minutes === undefined || CLEANUP_CHOICES.some((choice) => choice.minutes === minutes)) return offered;
  return [...offered, { value: String(minutes), label: counted(minutes, ['minute', 'minutes']) }];
}

const FIELDS = [
  'name',
  'description',
  'publisher',
  'language',
  'versionText',
  'sourceKind',
  'sourcePath',
  'cleanupAfterMinutes',
  'priority',
  'owner',
] as const;

/** Raw fields, as the models read them. */
export function packageInput(values: FormValues): Record<string, unknown> {
  const texts = Object.fromEntries(FIELDS.map((name) => [name, textOf(values, name)]));
  return { ...texts, isEnabled: isTicked(values, 'isEnabled'), isWatched: isTicked(values, 'isWatched') };
}

const isTicked = (values: FormValues, name: string): boolean => textOf(values, name) === '1';

export function packageValues(input: PackageInput): FormValues {
  return {
    ...Object.fromEntries(FIELDS.map((name) => [name, String(input[name])])),
    isEnabled: input.isEnabled ? '1' : '',
    isWatched: input.isWatched ? '1' : '',
  };
}
