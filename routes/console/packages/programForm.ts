/** Every field of a program, with its published values and units. */
import {
  AFTER_RUNNING,
  CAN_RUN,
  CONNECTION_SPEEDS,
  RUN_AS,
  STARTING_WINDOWS,
} from '../../../models/packages/programInput.ts';
import type { Program } from '../../../models/packages/programs.ts';
import { SUCCESS_CODES } from '../../../wire/wellKnown.ts';
import { textOf, type FieldSection, type FormValues } from '../form.ts';

const AFTER_LABELS: Record<(typeof AFTER_RUNNING)[number], string> = {
  NoActionRequired: 'No action required',
  RestartComputer: 'Restart computer',
  LogOffUser: 'Log off user',
};
const RUN_AS_LABELS: Record<(typeof RUN_AS)[number], string> = {
  SystemAccount: 'System account',
  LoggedInUser: 'Logged-in user',
  SpecifiedUser: 'Specified user',
};
const CAN_RUN_LABELS: Record<(typeof CAN_RUN)[number], string> = {
  WhetherOrNotAUserIsLoggedOn: 'Whether or not a user is logged on',
  OnlyWhenAUserIsLoggedOn: 'Only when a user is logged on',
  OnlyWhenNoUserIsLoggedOn: 'Only when no user is logged on',
};

const options = <V extends string>(values: readonly V[], labels?: Readonly<Record<V, string>>) =>
  values.map((value) => ({ value, label: labels?.[value] ?? value }));

export const PROGRAM_SECTIONS: readonly FieldSection[] = [
  {
    fields: [
      { name: 'name', label: 'Name', required: true, maxLength: 255, autocomplete: 'off' },
      { name: 'description', label: 'Description', kind: 'textarea', rows: 2, maxLength: 2000 },
      {
        name: 'commandLine',
        label: 'Command line',
        required: true,
        code: true,
        maxLength: 2000,
        autocomplete: 'off',
        help: 'Relative to the package’s folder.',
      },
      { name: 'workingDirectory', label: 'Working directory', code: true, maxLength: 400, autocomplete: 'off' },
    ],
  },
  {
    title: 'Result',
    fields: [
      {
        name: 'successCodes',
        label: 'Success codes',
        code: true,
        maxLength: 200,
        help: 'Return codes that mean success, separated by commas, for example 0,3010.',
      },
      {
        name: 'failureCodes',
        label: 'Failure codes',
        code: true,
        maxLength: 200,
        help: 'Return codes that mean failure, for example 1,5000. Empty: every code that is no success code.',
      },
      {
        name: 'terminateAfterMinutes',
        label: 'Terminate after',
        kind: 'number',
        unit: 'minutes',
        min: 0,
        max: 43_200,
        help: '0 or empty: after 360 minutes.',
      },
      {
        name: 'afterRunning',
        label: 'After running',
        kind: 'select',
        options: options(AFTER_RUNNING, AFTER_LABELS),
      },
    ],
  },
  {
    title: 'How it runs',
    fields: [
      { name: 'runAs', label: 'Run with rights of', kind: 'select', options: options(RUN_AS, RUN_AS_LABELS) },
      { name: 'canRun', label: 'Program can run', kind: 'select', options: options(CAN_RUN, CAN_RUN_LABELS) },
      { name: 'startingWindow', label: 'Starting window', kind: 'select', options: options(STARTING_WINDOWS) },
      {
        name: 'userInputRequired',
        label: 'User input required',
        kind: 'checkbox',
        help: 'The program asks something: it waits until a user is logged on.',
      },
    ],
  },
  {
    title: 'What it needs',
    fields: [
      {
        name: 'estimatedDiskSpaceKb',
        label: 'Estimated disk space',
        kind: 'number',
        unit: 'KB',
        min: 0,
        help: 'The agent looks for a drive with this much free space before it runs the program.',
      },
      {
        name: 'estimatedRunTimeMinutes',
        label: 'Estimated run time',
        kind: 'number',
        unit: 'minutes',
        min: 0,
        max: 43_200,
        help: 'Shown to people; nothing hangs on it.',
      },
      {
        name: 'minimumConnectionSpeedKb',
        label: 'Minimum connection speed',
        kind: 'select',
        options: CONNECTION_SPEEDS.map((speed) => ({
          value: String(speed),
          label: speed === 0 ? 'Any' : `${speed.toLocaleString('en-US')} KB/s`,
        })),
      },
    ],
  },
];

export const PROGRAM_DEFAULTS: FormValues = {
  successCodes: SUCCESS_CODES.join(','),
  terminateAfterMinutes: '60',
  afterRunning: 'NoActionRequired',
  runAs: 'SystemAccount',
  canRun: 'WhetherOrNotAUserIsLoggedOn',
  startingWindow: 'Hidden',
  estimatedDiskSpaceKb: '0',
  estimatedRunTimeMinutes: '0',
  minimumConnectionSpeedKb: '0',
};

const FIELDS = PROGRAM_SECTIONS.flatMap(({ fields }) => fields.map(({ name }) => name));

/** Raw fields, as the models read them. */
export function programInput(values: FormValues): Record<string, unknown> {
  return Object.fromEntries(FIELDS.map((name) => [name, textOf(values, name)]));
}

export function programValues(program: Program): FormValues {
  const fields = program as unknown as Record<string, string | number | boolean>;
  return Object.fromEntries(
    FIELDS.map((name) => [name, typeof fields[name] === 'boolean' ? (fields[name] ? '1' : '') : String(fields[name])]),
  );
}

export const runAsLabel = (value: Program['runAs']): string => RUN_AS_LABELS[value];
export const canRunLabel = (value: Program['canRun']): string => CAN_RUN_LABELS[value];
