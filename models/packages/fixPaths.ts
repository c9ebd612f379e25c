/**
 * Fix path: the sources of packages have moved. The beginning that their locations have in common becomes another one;
 * nothing else of them changes. Each new location is looked at before any is saved.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Actor } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput, type FieldError } from '../fieldErrors.ts';
import { readFields } from '../fieldTypes.ts';
import { packageInput, type PackageInput } from './packageInput.ts';
import { packageInputOf, readPackageRow, type PackageRow } from './packageRow.ts';
import type { SourceLimits } from './sources/source.ts';
import { sourceOf } from './sources/sources.ts';
import { writePackage } from './updatePackage.ts';

/** A person looks at what was wrong with each of them. */
export const MOST_AT_ONCE = 500;

export interface MovedSource {
  row: PackageRow;
  /** All fields, with the new location. */
  fields: PackageInput;
}

/**
 * The longest beginning of all locations that ends where a folder's name ends; the whole location when there is only
 * one. Empty when they have nothing in common.
 */
export function commonBeginning(paths: readonly string[]): string {
  const [first = '', ...others] = paths;
  let common = first;
  for (const path of others) {
    let length = 0;
    while (length < common.length && common[length] === path[length]) length++;
    common = common.slice(0, length);
  }
  if (paths.every((path) => isBelow(path, common))) return common;
  return common.slice(0, Math.max(common.lastIndexOf('/'), common.lastIndexOf('\\')) + 1);
}

const isBelow = (path: string, folder: string): boolean =>
  path.startsWith(folder) && (path.length === folder.length || /[/\\]/.test(path[folder.length]! + folder.slice(-1)));

/** Packages with a source among `guids`, by name. */
export async function packagesWithSource(session: Session, guids: readonly Guid[]): Promise<PackageRow[]> {
  const rows: PackageRow[] = [];
  for (const guid of guids.slice(0, MOST_AT_ONCE)) {
    const row = await readPackageRow(session, guid);
    if (row !== undefined && row.SourceKind !== 'none') rows.push(row);
  }
  return rows.sort((a, b) => a.Name.localeCompare(b.Name));
}

/**
 * Puts `to` in the place of `from` at the beginning of each location and saves all of them, or none.
 * @returns how many packages were changed; those that lie elsewhere already, or have no source, are left as they are
 * @throws InvalidInput: at the field `to`, one fault for each location that cannot be read
 */
export async function fixPaths(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guids: readonly Guid[],
  { from, to }: { from: string; to: string },
  limits: SourceLimits,
): Promise<number> {
  if (to.trim() === '') throw new InvalidInput([{ field: 'to', message: 'Enter where the files are now.' }]);
  const rows = await packagesWithSource(cmdb, guids);
  const moved = rows.filter((row) => row.SourcePath.startsWith(from)).map((row) => movedSource(row, from, to));
  const faults = await Promise.all(moved.map((one) => faultsOf(one, limits)));
  if (faults.some((found) => found.length > 0)) throw new InvalidInput(faults.flat());
  return cmdb.transaction(async (session) => {
    let changed = 0;
    for (const { row, fields } of moved) {
      const before = await readPackageRow(session, row.Guid);
      // Somebody was faster: what was looked at is not what would be written over.
      if (before === undefined || before.SourcePath !== row.SourcePath || before.SourceKind !== row.SourceKind)
        continue;
      await writePackage(session, clock, actor, before, { ...packageInputOf(before), sourcePath: fields.sourcePath });
      changed++;
    }
    return changed;
  });
}

/** @throws InvalidInput when the new location is no text that a location can be */
function movedSource(row: PackageRow, from: string, to: string): MovedSource {
  const end = row.SourcePath.slice(from.length);
  const beginning = to.trim();
  // `/srv/new` and `/srv/new/` are the same folder, whatever stood there before.
  const isDoubled = /[/\\]$/.test(beginning) && /^[/\\]/.test(end);
  const isMissing = end !== '' && !/[/\\]$/.test(beginning) && !/^[/\\]/.test(end) && /[/\\]$/.test(from);
  const separator = from.endsWith('\\') ? '\\' : '/';
  const sourcePath = isDoubled ? beginning + end.slice(1) : isMissing ? beginning + separator + end : beginning + end;
  try {
    return { row, fields: readFields(packageInput, { ...packageInputOf(row), sourcePath }) };
  } catch (error) {
    if (error instanceof InvalidInput) throw new InvalidInput(atField(error.errors));
    throw error;
  }
}

async function faultsOf({ row, fields }: MovedSource, limits: SourceLimits): Promise<FieldError[]> {
  const faults = await sourceOf(fields.sourceKind).check(fields.sourcePath, limits, true);
  return faults.map(({ message }) => ({ field: 'to', message: `${row.Name}: ${message}` }));
}

const atField = (errors: readonly FieldError[]): FieldError[] =>
  errors.map(({ message }) => ({ field: 'to', message }));
