/** What can be set on a package, checked: one schema for the console, the API and the command line. */
import { z } from 'zod';
import { choice, flag, line, paragraph, requiredLine, wholeNumber } from '../fieldTypes.ts';
import { programInput } from './programInput.ts';

/** Values of `SoftPkg/@Priority` (policies-and-schedules.md section 2). */
export const PRIORITIES = ['Low', 'Normal', 'High', 'VeryHigh'] as const;

/** Where the files come from. */
export const SOURCE_KINDS = ['none', 'folder', 'unc', 'url'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** Periods offered for "deleted from the client if unused for"; the sample policy of KB 180560 has a week. */
export const CLEANUP_CHOICES: readonly { minutes: number; label: string }[] = [
  { minutes: 0, label: 'Never deleted' },
  { minutes: 1440, label: '1 day' },
  { minutes: 4320, label: '3 days' },
  { minutes: 10_080, label: '1 week' },
  { minutes: 20_160, label: '2 weeks' },
  { minutes: 43_200, label: '30 days' },
  { minutes: 129_600, label: '90 days' },
  { minutes: 525_600, label: '1 year' },
];

const MOST_CLEANUP_MINUTES = 10 * 525_600;
const MOST_PROGRAMS = 100;

const fields = {
  name: requiredLine(255, 'Enter a name.'),
  description: paragraph(2000).default(''),
  publisher: line(255).default(''),
  language: line(60).default(''),
  /** Free text, shown to people; the internal version is the snapshot's. */
  versionText: line(60).default('1.0'),
  sourceKind: choice(SOURCE_KINDS, 'folder'),
  sourcePath: line(1000).default(''),
  /** Whether a change in the folder is published without waiting for the schedule. */
  isWatched: flag(false),
  /** Minutes; 0 never deletes. */
  cleanupAfterMinutes: wholeNumber(0, MOST_CLEANUP_MINUTES, 10_080),
  priority: choice(PRIORITIES, 'Normal'),
  isEnabled: flag(true),
  /** Who is asked when something is wrong with it: a user's name or any contact. A new package is its maker's. */
  owner: line(255).default(''),
};

/** What was typed or ticked before the kind was chosen: a package without files has no path, only a folder is watched. */
const withoutStrays = <T extends { sourceKind: SourceKind; sourcePath: string; isWatched: boolean }>(input: T): T => ({
  ...input,
  sourcePath: input.sourceKind === 'none' ? '' : input.sourcePath,
  isWatched: input.isWatched && (input.sourceKind === 'folder' || input.sourceKind === 'unc'),
});

export const packageInput = z.object(fields).transform(withoutStrays);

/** A new package may bring its programs along. */
export const newPackageInput = z
  .object({
    ...fields,
    programs: z.array(programInput).max(MOST_PROGRAMS, `At most ${MOST_PROGRAMS} programs.`).default([]),
  })
  .transform(withoutStrays);

export type PackageInput = z.output<typeof packageInput>;
export type NewPackageInput = z.output<typeof newPackageInput>;
