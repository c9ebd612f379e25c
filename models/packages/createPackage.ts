import type { Guid } from '../../wire/guid.ts';
import { ITEM_CLASS } from '../../wire/wellKnown.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { readFields } from '../fieldTypes.ts';
import { insertItem, isNameTaken } from '../items/itemStore.ts';
import { newPackageInput, type PackageInput } from './packageInput.ts';
import { insertProgram } from './programs.ts';
import type { SourceLimits } from './sources/source.ts';
import { sourceOf } from './sources/sources.ts';

/**
 * Makes a package, with its programs when the input brings some. Its first snapshot is built by the refresh service as
 * soon as `firstRefreshAt` has come, by default at once.
 * @param input raw fields, see `newPackageInput`
 * @throws InvalidInput; faults of a program are at `programs.<index>.<field>`
 */
export async function createPackage(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  input: unknown,
  limits: SourceLimits,
  options: { firstRefreshAt?: number } = {},
): Promise<Guid> {
  const { programs, ...fields } = readFields(newPackageInput, input);
  const faults = await sourceOf(fields.sourceKind).check(fields.sourcePath, limits, true);
  if (faults.length > 0) throw new InvalidInput(faults);
  const names = programs.map((program) => program.name.toLowerCase());
  const twin = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (twin !== -1) throw new InvalidInput([{ field: `programs.${twin}.name`, message: 'The name is used twice.' }]);

  return cmdb.transaction(async (session) => {
    await rejectTakenName(session, fields.name);
    const { name, description } = fields;
    const guid = await insertItem(session, clock, actor, { name, description, classGuid: ITEM_CLASS.package });
    await session.db
      .insertInto('Package')
      .values({
        Guid: guid,
        ...columnsOf(fields),
        Owner: fields.owner || actor.name.slice(0, 255),
        State: fields.isEnabled ? 'new' : 'disabled',
        StateDetail: '',
        CurrentVersion: null,
        FailureCount: 0,
        LastRefreshAt: null,
        NextRefreshAt: fields.isEnabled ? utc(options.firstRefreshAt ?? clock.now()) : null,
        LastUsedAt: null,
      })
      .execute();
    for (const [position, program] of programs.entries()) await insertProgram(session, guid, position, program);
    await recordAudit(session, clock, actor, {
      action: 'create',
      objectKind: 'package',
      objectGuid: guid,
      objectName: fields.name,
      after: { ...fields, programs: programs.map((program) => program.name) },
    });
    await recordChange(session, clock, 'package', guid);
    return guid;
  });
}

export const columnsOf = (fields: PackageInput) => ({
  Publisher: fields.publisher,
  Language: fields.language,
  VersionText: fields.versionText,
  SourceKind: fields.sourceKind,
  SourcePath: fields.sourcePath,
  IsWatched: fields.isWatched ? (1 as const) : (0 as const),
  CleanupAfterMinutes: fields.cleanupAfterMinutes,
  Priority: fields.priority,
  IsEnabled: fields.isEnabled ? (1 as const) : (0 as const),
  Owner: fields.owner,
});

/** Pickers and reports show packages by name alone, so a name is given once. */
export async function rejectTakenName(session: Session, name: string, self?: Guid): Promise<void> {
  if (await isNameTaken(session, ITEM_CLASS.package, name, self)) {
    throw new InvalidInput([{ field: 'name', message: 'There is already a package of this name.' }]);
  }
}
