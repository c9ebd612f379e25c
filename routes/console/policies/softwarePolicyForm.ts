/** Fields of a software-delivery policy, for the new and the edit page. */
import type { AppContext } from '../../../app/context.ts';
import { InvalidInput, type FieldError } from '../../../models/fieldErrors.ts';
import { packageOfProgram, programChoices } from '../../../models/packages/programChoices.ts';
import { readFields } from '../../../models/fieldTypes.ts';
import { softwarePolicyInput as schema, type SoftwarePolicyInput } from '../../../models/policies/policyInput.ts';
import type { Policy } from '../../../models/policies/policyStore.ts';
import { listMembers } from '../../../models/targets/targetMembers.ts';
import { targetChoices } from '../../../models/targets/targetList.ts';
import { readTypedComputers, typeComputers } from '../../../models/targets/typedComputers.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { attempt, textOf, type Field, type FieldSection, type FormValues } from '../form.ts';
import { formatNumber } from '../format.ts';
import { SCHEDULE_FIELDS, scheduleInput, scheduleSection, scheduleValues } from './scheduleForm.ts';

export type SoftwarePolicy = Policy<'softwareDelivery'>;

/** Chosen computers that are shown in the form one by one; a longer list is kept or replaced as a whole. */
const MOST_SHOWN = 1000;

/** @param policy as it is, for the edit page. @param packageGuid offers only its programs */
export async function softwarePolicySections(
  { cmdb }: AppContext,
  policy: SoftwarePolicy | undefined,
  packageGuid: Guid | undefined,
): Promise<FieldSection[]> {
  return [
    {
      fields: [
        { name: 'name', label: 'Name', required: true, maxLength: 255, autocomplete: 'off' },
        { name: 'description', label: 'Description', kind: 'textarea', rows: 2, maxLength: 2000 },
        {
          name: 'isEnabled',
          label: 'On',
          kind: 'checkbox',
          help: 'Switched off, agents withdraw it at their next request.',
        },
      ],
    },
    { title: 'What it runs', fields: [await programField(cmdb, packageGuid)] },
    { title: 'Applied to', fields: [await targetField(cmdb), await computersField(cmdb, policy)] },
    scheduleSection(policy?.settings),
    { title: 'How it runs', fields: OPTION_FIELDS },
  ];
}

const OPTION_FIELDS: readonly Field[] = [
  { name: 'notifyUser', label: 'Notify the user when it is available', kind: 'checkbox' },
  { name: 'warnBeforeRunning', label: 'Warn before running', kind: 'checkbox' },
  { name: 'multicast', label: 'Download by multicast where agents can', kind: 'checkbox' },
  {
    name: 'verboseStatusEvents',
    label: 'Report every step',
    kind: 'checkbox',
    help: 'Received, downloaded and running, beside the result. The page of deliveries lives on it.',
  },
];

async function programField(cmdb: AppContext['cmdb'], packageGuid: Guid | undefined): Promise<Field> {
  const programs = await programChoices(cmdb, packageGuid);
  return {
    name: 'programGuid',
    label: 'Program',
    kind: 'select',
    required: true,
    options: [
      { value: '', label: programs.length === 0 ? 'There is no program yet' : 'Choose a program' },
      ...programs.map(({ guid, name, packageName }) => ({ value: guid, label: `${packageName}: ${name}` })),
    ],
    help: 'Package and program. Programs are made on a package’s page.',
  };
}

async function targetField(cmdb: AppContext['cmdb']): Promise<Field> {
  const targets = await targetChoices(cmdb);
  return {
    name: 'targets',
    label: 'Targets',
    kind: 'checkboxes',
    options: targets.map(({ guid, name }) => ({ value: guid, label: name })),
  };
}

async function computersField(cmdb: AppContext['cmdb'], policy: SoftwarePolicy | undefined): Promise<Field> {
  const long = await longList(cmdb, policy);
  return {
    name: 'computers',
    label: 'These computers',
    kind: 'textarea',
    rows: 6,
    code: true,
    help:
      long === undefined
        ? 'Names, DOMAIN\\names or GUIDs, one a line, beside the targets.'
        : `${formatNumber(long)} computers are chosen. Left empty, they stay; names or GUIDs, one a line, replace them.`,
  };
}

/** How many computers are chosen, when they are too many to be shown. */
async function longList(cmdb: AppContext['cmdb'], policy: SoftwarePolicy | undefined): Promise<number | undefined> {
  if (policy?.ownList === undefined) return undefined;
  const { total } = await listMembers(cmdb, policy.ownList, { offset: 0, limit: 1 });
  return total > MOST_SHOWN ? total : undefined;
}

export async function softwarePolicyValues({ cmdb }: AppContext, policy: SoftwarePolicy): Promise<FormValues> {
  const { settings } = policy;
  const flags = ['notifyUser', 'warnBeforeRunning', 'multicast', 'verboseStatusEvents'] as const;
  const isLong = (await longList(cmdb, policy)) !== undefined;
  const members =
    policy.ownList === undefined || isLong
      ? []
      : (await listMembers(cmdb, policy.ownList, { offset: 0, limit: MOST_SHOWN })).rows.map(({ Guid }) => Guid);
  return {
    name: policy.name,
    description: policy.description,
    isEnabled: policy.isEnabled ? '1' : '',
    programGuid: policy.programGuid ?? '',
    targets: policy.targets.map(({ guid }) => guid),
    computers: (await typeComputers(cmdb, members)).join('\n'),
    ...scheduleValues(settings),
    ...Object.fromEntries(flags.map((name) => [name, settings[name] ? '1' : ''])),
  };
}

/** What the form says, for the models. @throws InvalidInput when lines name no computer, with all other faults */
export async function softwarePolicyInput(
  context: AppContext,
  values: FormValues,
  policy: SoftwarePolicy | undefined,
): Promise<SoftwarePolicyInput> {
  const { cmdb } = context;
  const program = parseGuid(textOf(values, 'programGuid'));
  const fields = {
    ...optionInput(values),
    ...scheduleInput(values, policy?.settings),
    name: textOf(values, 'name'),
    description: textOf(values, 'description'),
    ...(policy === undefined ? {} : { version: Number(textOf(values, 'version')) }),
    packageGuid: (program === undefined ? undefined : await packageOfProgram(cmdb, program)) ?? '',
    programGuid: program ?? '',
    targets: [values.targets ?? []].flat(),
  };
  const lines = textOf(values, 'computers').split(/[\r\n,;]+/);
  const typed = await attempt(() => readTypedComputers(cmdb, lines));
  if ('errors' in typed) {
    const others = await attempt(async () => readFields(schema, fields));
    throw new InvalidInput([...('errors' in others ? others.errors : []), ...typed.errors]);
  }
  const keepsList = typed.done.length === 0 && (await longList(cmdb, policy)) !== undefined;
  return keepsList ? fields : { ...fields, computers: typed.done };
}

function optionInput(values: FormValues) {
  const isOn = (name: string): boolean => textOf(values, name) === '1';
  return {
    isEnabled: isOn('isEnabled'),
    notifyUser: isOn('notifyUser'),
    warnBeforeRunning: isOn('warnBeforeRunning'),
    multicast: isOn('multicast'),
    verboseStatusEvents: isOn('verboseStatusEvents'),
  };
}

/** Faults at the fields of the form: the models know package, triggers and version, which the form has otherwise. */
export function atFormFields(errors: readonly FieldError[]): FieldError[] {
  const faults = errors.map(({ field, message }): FieldError => {
    const last = field.split('.').at(-1)!;
    if (field.startsWith('schedule.')) {
      const name = SCHEDULE_FIELDS[last] ?? 'when';
      return { field: name, message: name === 'begin' ? 'Choose a date and a time.' : message };
    }
    if (field === 'version') return { field: '', message };
    if (field === 'packageGuid') return { field: 'programGuid', message: 'Choose a program.' };
    return { field, message };
  });
  return faults.filter(
    (fault, index) =>
      faults.findIndex((other) => other.field === fault.field && other.message === fault.message) === index,
  );
}

/** Reads the form and acts; faults come back at the fields of the form. */
export async function withFormFields<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof InvalidInput ? new InvalidInput(atFormFields(error.errors)) : error;
  }
}
