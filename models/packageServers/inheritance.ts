/** Settings that a package server may take over from those for all; what holds is worked out whenever it is read. */
import { z } from 'zod';
import type { PackageServerTable } from '../cmdb/schema.ts';
import { flag, wholeNumber } from '../fieldTypes.ts';

export const INHERITABLE = [
  'publishHttps',
  'publishHttp',
  'publishUnc',
  'minFreeDiskMb',
  'unusedAfterHours',
  'keepOldHours',
  'throttleKb',
] as const;
export type Inheritable = (typeof INHERITABLE)[number];

/** Fields of both: of a package server and of the settings for all. */
export const inheritableFields = {
  publishHttps: flag(true),
  publishHttp: flag(true),
  publishUnc: flag(true),
  minFreeDiskMb: wholeNumber(0, 10_000_000, 1024),
  unusedAfterHours: wholeNumber(0, 87_600, 168),
  keepOldHours: wholeNumber(0, 8760, 24),
  /** KB a second; 0: no limit. */
  throttleKb: wholeNumber(0, 10_000_000, 0),
};

export type InheritableValues = z.output<z.ZodObject<typeof inheritableFields>>;

/** Names that are taken over; a form sends one, several or none, the API a list. */
export const inheritedNames = z
  .preprocess(
    (value) => (value === undefined || value === null ? undefined : [value].flat().filter((name) => name !== '')),
    z.array(z.enum(INHERITABLE, `Choose among ${INHERITABLE.join(', ')}.`)).optional(),
  )
  .transform((names) => (names === undefined ? undefined : [...new Set(names)]));

export const namesIn = (text: string): Inheritable[] => INHERITABLE.filter((name) => text.split(' ').includes(name));

/** "Publish HTTP / HTTPS / UNC codebase (never all three off)" (KB 179608). */
export const publishesSomehow = ({ publishHttps, publishHttp, publishUnc }: InheritableValues): boolean =>
  publishHttps || publishHttp || publishUnc;

export const PUBLISHES_NOTHING = 'Publish over one scheme at least: without any, no agent could use it.';

/** Own values, with those for all in the place of what is taken over. */
export function valuesInForce<T extends InheritableValues>(
  own: T,
  inherited: readonly Inheritable[],
  forAll: InheritableValues,
): T {
  return { ...own, ...Object.fromEntries(inherited.map((name) => [name, forAll[name]])) };
}

const bit = (value: boolean) => (value ? (1 as const) : (0 as const));

/** The columns of these settings. */
export const inheritableColumns = (values: InheritableValues) => ({
  IsHttpsPublished: bit(values.publishHttps),
  IsHttpPublished: bit(values.publishHttp),
  IsUncPublished: bit(values.publishUnc),
  MinFreeDiskMb: values.minFreeDiskMb,
  UnusedAfterHours: values.unusedAfterHours,
  KeepOldHours: values.keepOldHours,
  ThrottleKb: values.throttleKb,
});

export const inheritableOf = (row: PackageServerTable): InheritableValues => ({
  publishHttps: row.IsHttpsPublished === 1,
  publishHttp: row.IsHttpPublished === 1,
  publishUnc: row.IsUncPublished === 1,
  minFreeDiskMb: row.MinFreeDiskMb,
  unusedAfterHours: row.UnusedAfterHours,
  keepOldHours: row.KeepOldHours,
  throttleKb: row.ThrottleKb,
});

/** A package server's row as it holds now. */
export function rowInForce(row: PackageServerTable, forAll: InheritableValues): PackageServerTable {
  const inherited = namesIn(row.Inherited);
  if (inherited.length === 0) return row;
  return { ...row, ...inheritableColumns(valuesInForce(inheritableOf(row), inherited, forAll)) };
}
