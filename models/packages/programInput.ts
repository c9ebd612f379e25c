/** What can be set on a program, checked. Option values as published (policies-and-schedules.md section 2). */
import { z } from 'zod';
import { choice, flag, line, paragraph, requiredLine, wholeNumber } from '../fieldTypes.ts';
import { SUCCESS_CODES } from '../../wire/wellKnown.ts';

export const RUN_AS = ['SystemAccount', 'LoggedInUser', 'SpecifiedUser'] as const;
export const CAN_RUN = ['WhetherOrNotAUserIsLoggedOn', 'OnlyWhenAUserIsLoggedOn', 'OnlyWhenNoUserIsLoggedOn'] as const;
export const STARTING_WINDOWS = ['Normal', 'Hidden', 'Minimized', 'Maximized'] as const;
export const AFTER_RUNNING = ['NoActionRequired', 'RestartComputer', 'LogOffUser'] as const;
/** KB/s; 0 is any. */
export const CONNECTION_SPEEDS = [0, 1, 2, 5, 10, 50, 100, 256, 512, 1024] as const;

const MOST_INT = 2_147_483_647;
const MOST_MINUTES = 43_200;
/** Characters. */
const MOST_CODES_LENGTH = 200;

/** `0, 3010,1641` becomes `0,3010,1641`. Windows prints exit codes as signed and as unsigned 32-bit numbers. */
const exitCodes = z.string('Enter numbers, separated by commas.').transform((text, context): string => {
  const codes = text.split(/[\s,;]+/).filter((code) => code !== '');
  const joined = [...new Set(codes.map(Number))].join(',');
  if (codes.every(isExitCode) && joined.length <= MOST_CODES_LENGTH) return joined;
  context.addIssue('Enter whole numbers, separated by commas.');
  return z.NEVER;
});

function isExitCode(code: string): boolean {
  return /^-?\d{1,10}$/.test(code) && Number(code) >= -MOST_INT - 1 && Number(code) <= 0xffffffff;
}

export const programInput = z
  .object({
    name: requiredLine(255, 'Enter a name.'),
    description: paragraph(2000).default(''),
    /** Relative to the package's folder. */
    commandLine: requiredLine(2000, 'Enter a command line.'),
    workingDirectory: line(400).default(''),
    successCodes: exitCodes.default(SUCCESS_CODES.join(',')),
    failureCodes: exitCodes.default(''),
    estimatedDiskSpaceKb: wholeNumber(0, MOST_INT, 0),
    estimatedRunTimeMinutes: wholeNumber(0, MOST_MINUTES, 0),
    /** 0 or empty is 360 to the agent (HOWTO5579); left out, it is an hour. */
    terminateAfterMinutes: z.preprocess(
      (value) => (typeof value === 'string' && value.trim() === '' ? 0 : value),
      wholeNumber(0, MOST_MINUTES, 60),
    ),
    afterRunning: choice(AFTER_RUNNING, 'NoActionRequired'),
    startingWindow: choice(STARTING_WINDOWS, 'Hidden'),
    runAs: choice(RUN_AS, 'SystemAccount'),
    canRun: choice(CAN_RUN, 'WhetherOrNotAUserIsLoggedOn'),
    userInputRequired: flag(false),
    minimumConnectionSpeedKb: wholeNumber(0, 1024, 0).refine(
      (speed) => (CONNECTION_SPEEDS as readonly number[]).includes(speed),
      `Choose among ${CONNECTION_SPEEDS.join(', ')}.`,
    ),
  })
  .refine(({ runAs, canRun }) => runAs !== 'LoggedInUser' || canRun === 'OnlyWhenAUserIsLoggedOn', {
    path: ['canRun'],
    message: 'With the rights of the logged-in user a program can run only when a user is logged on.',
  })
  .refine(({ userInputRequired, canRun }) => !userInputRequired || canRun !== 'OnlyWhenNoUserIsLoggedOn', {
    path: ['userInputRequired'],
    message: 'Nobody can answer a program that runs only when no user is logged on.',
  })
  .refine(
    ({ successCodes, failureCodes }) => {
      const good = new Set(successCodes.split(','));
      return !failureCodes.split(',').some((code) => code !== '' && good.has(code));
    },
    { path: ['failureCodes'], message: 'A code cannot mean success and failure.' },
  );

export type ProgramInput = z.output<typeof programInput>;
