import type { Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { readFields } from '../fieldTypes.ts';
import { touchItem } from '../items/itemStore.ts';
import { columnsOf, rejectTakenName } from './createPackage.ts';
import { packageInput, type PackageInput } from './packageInput.ts';
import { packageInputOf, readPackageRow, type PackageRow } from './packageRow.ts';
import type { SourceLimits } from './sources/source.ts';
import { sourceOf } from './sources/sources.ts';

/**
 * Changes a package's fields; all of them are given. Another source, or switching it on, has it refreshed at once; a
 * refresh that is under way then stops (claim.ts).
 * @throws InvalidInput; false when there is no such package
 */
export async function updatePackage(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  input: unknown,
  limits: SourceLimits,
): Promise<boolean> {
  const fields = readFields(packageInput, input);
  const current = await readPackageRow(cmdb, guid);
  if (current === undefined) return false;
  const faults = await sourceOf(fields.sourceKind).check(fields.sourcePath, limits, isOtherSource(current, fields));
  if (faults.length > 0) throw new InvalidInput(faults);

  return cmdb.transaction(async (session) => {
    const before = await readPackageRow(session, guid);
    if (before === undefined) return false;
    await rejectTakenName(session, fields.name, guid);
    await writePackage(session, clock, actor, before, fields);
    return true;
  });
}

/** Writes checked fields over what a package has, with all that follows from them, in the caller's transaction. */
export async function writePackage(
  session: Session,
  clock: Clock,
  actor: Actor,
  before: PackageRow,
  fields: PackageInput,
): Promise<void> {
  const { Guid: guid } = before;
  const { name, description } = fields;
  await touchItem(session, clock, actor, guid, { name, description });
  await session.db
    .updateTable('Package')
    .set({ ...columnsOf(fields), ...stateChanges(before, fields, utc(clock.now())) })
    .where('Guid', '=', guid)
    .execute();
  await recordAudit(session, clock, actor, {
    action: 'update',
    objectKind: 'package',
    objectGuid: guid,
    objectName: name,
    before: packageInputOf(before),
    after: fields,
  });
  await recordChange(session, clock, 'package', guid);
}

/** Switches packages on or off, those that are the other way only. Answers how many changed. */
export async function setPackagesEnabled(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guids: readonly Guid[],
  isEnabled: boolean,
): Promise<number> {
  return cmdb.transaction(async (session) => {
    let changed = 0;
    for (const guid of guids) {
      const row = await readPackageRow(session, guid);
      if (row === undefined || (row.IsEnabled === 1) === isEnabled) continue;
      const now = utc(clock.now());
      const changes = stateChanges(row, { ...packageInputOf(row), isEnabled }, now);
      await session.db
        .updateTable('Package')
        .set({ IsEnabled: isEnabled ? 1 : 0, ...changes })
        .where('Guid', '=', guid)
        .execute();
      await touchItem(session, clock, actor, guid);
      const action = isEnabled ? 'enable' : 'disable';
      await recordAudit(session, clock, actor, {
        action,
        objectKind: 'package',
        objectGuid: guid,
        objectName: row.Name,
      });
      await recordChange(session, clock, 'package', guid);
      changed++;
    }
    return changed;
  });
}

function isOtherSource(before: PackageRow, fields: PackageInput): boolean {
  return before.SourceKind !== fields.sourceKind || before.SourcePath !== fields.sourcePath;
}

/** What the state becomes, or `undefined` when it stays. A state other than `refreshing` stops a build (claim.ts). */
function stateChanges(before: PackageRow, fields: PackageInput, now: Utc) {
  if (!fields.isEnabled) {
    return before.IsEnabled === 0 ? undefined : { State: 'disabled', StateDetail: '', NextRefreshAt: null };
  }
  const otherSource = isOtherSource(before, fields);
  if (before.IsEnabled === 1 && !otherSource) return undefined;
  const CurrentVersion = fields.sourceKind === 'none' ? null : before.CurrentVersion;
  const State = CurrentVersion === null ? 'new' : 'valid';
  return { State, StateDetail: '', FailureCount: 0, NextRefreshAt: now, CurrentVersion };
}
