/** Fields of a package server, for the new page and the settings tab. */
import type { PackageServerInput } from '../../../models/packageServers/changePackageServers.ts';
import { INHERITABLE, type Inheritable, type InheritableValues } from '../../../models/packageServers/inheritance.ts';
import type { Guid } from '../../../wire/guid.ts';
import { formatNumber } from '../format.ts';
import { textOf, type Field, type FieldSection, type FormValues } from '../form.ts';

/** Sites that can be ticked; with more, only those that are ticked already, and those of its address serve. */
const MOST_SITES = 200;

const COMPUTER: Field = {
  name: 'computer',
  label: 'Computer',
  required: true,
  maxLength: 255,
  autocomplete: 'off',
  help: 'Name or GUID of a managed computer. Start “ns package-server” there; it registers like any agent.',
};

const INHERITED_FIELDS: Record<Inheritable, Field> = {
  publishHttps: { name: 'publishHttps', label: 'Publish over HTTPS', kind: 'checkbox' },
  publishHttp: {
    name: 'publishHttp',
    label: 'Publish over HTTP',
    kind: 'checkbox',
    help: 'Only if it was started with --http-port.',
  },
  publishUnc: {
    name: 'publishUnc',
    label: 'Publish over a file share',
    kind: 'checkbox',
    help: 'Only if it was started with --unc.',
  },
  throttleKb: {
    name: 'throttleKb',
    label: 'Fetches at most',
    kind: 'number',
    min: 0,
    unit: 'KB a second',
    help: '0: as fast as it goes. Blockouts of the agent settings policy hold beside it.',
  },
  minFreeDiskMb: { name: 'minFreeDiskMb', label: 'Disk that stays free', kind: 'number', min: 0, unit: 'MB' },
  keepOldHours: { name: 'keepOldHours', label: 'Serves a former version for', kind: 'number', min: 0, unit: 'hours' },
  unusedAfterHours: {
    name: 'unusedAfterHours',
    label: 'Deletes unused packages after',
    kind: 'number',
    min: 0,
    unit: 'hours',
  },
};

const ORDER = Object.keys(INHERITED_FIELDS) as Inheritable[];

/** Each setting with its label. */
export const inheritableLabels = (): [Inheritable, string][] =>
  ORDER.map((name) => [name, INHERITED_FIELDS[name].label]);

/** The same fields for one server and for all. */
export const inheritableSection: readonly Field[] = ORDER.map((name) => INHERITED_FIELDS[name]);

export interface ServerFormChoices {
  sites: readonly { Guid: Guid; Name: string }[];
  /** What holds for all, which the server may take over. */
  forAll: InheritableValues;
  /** Sites that it serves now: offered in any case. */
  given?: readonly Guid[];
  isNew: boolean;
}

export function serverSections({ sites, forAll, given = [], isNew }: ServerFormChoices): FieldSection[] {
  return [
    {
      fields: [
        ...(isNew ? [COMPUTER] : []),
        { name: 'isEnabled', label: 'Package service is on', kind: 'checkbox' },
        ...siteField(sites, given),
      ],
    },
    {
      title: 'Taken over from the settings for all',
      help: 'What is ticked follows the settings for all package servers, also when these are changed. The rest has a value of its own below.',
      fields: [
        {
          name: 'inherited',
          label: 'As for all package servers',
          kind: 'checkboxes',
          options: ORDER.map((name) => ({
            value: name,
            label: `${INHERITED_FIELDS[name].label}: ${valueText(forAll, name)}`,
          })),
        },
      ],
    },
    { title: 'Own values', help: 'They count for what is not ticked above.', fields: inheritableSection },
    {
      title: 'Fetching and serving',
      fields: [
        {
          name: 'isConstrained',
          label: 'Fetches from servers of its own site only',
          kind: 'checkbox',
          help: 'Another server of the site has to fetch from outside.',
        },
        {
          name: 'share',
          label: 'Share of the computers',
          kind: 'number',
          min: 0,
          max: 10_000,
          help: 'In relation to its equals: one with 200 gets twice as many as one with 100. 0: only when no other is left.',
        },
        {
          name: 'isProbed',
          label: 'Look at it from this server',
          kind: 'checkbox',
          help: 'Fetches a piece of a file now and then. Switch it off where this server cannot reach it, but agents can.',
        },
      ],
    },
  ];
}

function siteField(sites: ServerFormChoices['sites'], given: readonly Guid[]): Field[] {
  const offered = sites.filter(({ Guid }, index) => index < MOST_SITES || given.includes(Guid));
  if (offered.length === 0) return [];
  return [
    {
      name: 'sites',
      label: 'Sites that it serves',
      kind: 'checkboxes',
      options: offered.map(({ Guid, Name }) => ({ value: Guid, label: Name })),
      help: 'None ticked: the site that its address lies in.',
    },
  ];
}

const UNITS: Partial<Record<Inheritable, string>> = {
  minFreeDiskMb: 'MB',
  throttleKb: 'KB a second',
  keepOldHours: 'hours',
  unusedAfterHours: 'hours',
};

/** A value in words: `yes`, `1,024 MB`. */
export function valueText(values: InheritableValues, name: Inheritable): string {
  const value = values[name];
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (name === 'throttleKb' && value === 0) return 'no limit';
  return `${formatNumber(value)} ${UNITS[name]}`;
}

/** Whether a setting is a tick or a figure; only those of one server are named here. */
const FLAGS = ['isEnabled', 'isProbed', 'isConstrained', 'publishHttps', 'publishHttp', 'publishUnc'] as const;
const NUMBERS = ['throttleKb', 'minFreeDiskMb', 'keepOldHours', 'unusedAfterHours', 'share'] as const;

/** Raw fields, as the models read them. */
export function serverInput(values: FormValues, isDraining = false): Record<string, unknown> {
  return {
    ...Object.fromEntries(FLAGS.map((name) => [name, textOf(values, name) === '1'])),
    ...Object.fromEntries(NUMBERS.map((name) => [name, textOf(values, name)])),
    isDraining,
    inherited: values.inherited ?? [],
    sites: values.sites ?? [],
  };
}

/** Raw settings for all, from the same fields. */
export const forAllInput = (values: FormValues): Record<string, unknown> =>
  Object.fromEntries(
    INHERITABLE.map((name) => [name, isFlag(name) ? textOf(values, name) === '1' : textOf(values, name)]),
  );

export const forAllValues = (settings: InheritableValues): FormValues =>
  Object.fromEntries(INHERITABLE.map((name) => [name, formText(settings[name])]));

const isFlag = (name: Inheritable): boolean => INHERITED_FIELDS[name].kind === 'checkbox';
const formText = (value: boolean | number): string => (typeof value === 'boolean' ? (value ? '1' : '') : String(value));

export function serverValues(input: PackageServerInput): FormValues {
  return {
    ...Object.fromEntries([...FLAGS, ...NUMBERS].map((name) => [name, formText(input[name])])),
    inherited: input.inherited,
    sites: input.sites,
  };
}
