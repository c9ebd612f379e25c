/** Programs of a package: command lines that policies run. */
import { newGuid, type Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { readFields } from '../fieldTypes.ts';
import { touchItem } from '../items/itemStore.ts';
import { readPackageRow } from './packageRow.ts';
import { programInput, type ProgramInput } from './programInput.ts';
import { rejectUsed } from './usedBy.ts';

export type Program = ProgramInput & { guid: Guid; packageGuid: Guid; position: number };

/** The programs of a package in their order. */
export async function listPrograms(session: Session, packageGuid: Guid): Promise<Program[]> {
  const rows = await session.db
    .selectFrom('Program')
    .selectAll()
    .where('PackageGuid', '=', packageGuid)
    .orderBy('Position')
    .orderBy('Name')
    .execute();
  return rows.map((row) => ({
    guid: row.Guid,
    packageGuid: row.PackageGuid,
    position: row.Position,
    name: row.Name,
    description: row.Description,
    commandLine: row.CommandLine,
    workingDirectory: row.WorkingDirectory,
    successCodes: row.SuccessCodes,
    failureCodes: row.FailureCodes,
    estimatedDiskSpaceKb: row.EstimatedDiskSpaceKb,
    estimatedRunTimeMinutes: row.EstimatedRunTimeMinutes,
    terminateAfterMinutes: row.TerminateAfterMinutes,
    afterRunning: row.AfterRunning as ProgramInput['afterRunning'],
    startingWindow: row.StartingWindow as ProgramInput['startingWindow'],
    runAs: row.RunAs as ProgramInput['runAs'],
    canRun: row.CanRun as ProgramInput['canRun'],
    userInputRequired: row.UserInputRequired === 1,
    minimumConnectionSpeedKb: row.MinimumConnectionSpeedKb,
  }));
}

/** @throws InvalidInput; `undefined` when there is no such package */
export async function createProgram(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  packageGuid: Guid,
  input: unknown,
): Promise<Guid | undefined> {
  const fields = readFields(programInput, input);
  return cmdb.transaction(async (session) => {
    if ((await readPackageRow(session, packageGuid)) === undefined) return undefined;
    const others = await listPrograms(session, packageGuid);
    rejectTwin(others, fields.name);
    const guid = await insertProgram(session, packageGuid, (others.at(-1)?.position ?? -1) + 1, fields);
    await recorded(session, clock, actor, packageGuid, { action: 'create', guid, name: fields.name, after: fields });
    return guid;
  });
}

/** @throws InvalidInput; false when the package has no such program */
export async function updateProgram(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  packageGuid: Guid,
  guid: Guid,
  input: unknown,
): Promise<boolean> {
  const fields = readFields(programInput, input);
  return cmdb.transaction(async (session) => {
    const all = await listPrograms(session, packageGuid);
    const before = all.find((program) => program.guid === guid);
    if (before === undefined) return false;
    rejectTwin(
      all.filter((program) => program !== before),
      fields.name,
    );
    await session.db.updateTable('Program').set(columnsOf(fields)).where('Guid', '=', guid).execute();
    await recorded(session, clock, actor, packageGuid, {
      action: 'update',
      guid,
      name: fields.name,
      before: fieldsOf(before),
      after: fields,
    });
    return true;
  });
}

/** @throws InvalidInput when policies run it, with their names; false when the package has no such program */
export async function deleteProgram(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  packageGuid: Guid,
  guid: Guid,
): Promise<boolean> {
  return cmdb.transaction(async (session) => {
    const before = (await listPrograms(session, packageGuid)).find((program) => program.guid === guid);
    if (before === undefined) return false;
    await rejectUsed(session, 'ProgramGuid', guid);
    await session.db.deleteFrom('Program').where('Guid', '=', guid).execute();
    await recorded(session, clock, actor, packageGuid, {
      action: 'delete',
      guid,
      name: before.name,
      before: fieldsOf(before),
    });
    return true;
  });
}

/** For transactions that write more than the program: nothing is checked or recorded here. */
export async function insertProgram(
  session: Session,
  packageGuid: Guid,
  position: number,
  fields: ProgramInput,
): Promise<Guid> {
  const guid = newGuid();
  await session.db
    .insertInto('Program')
    .values({ Guid: guid, PackageGuid: packageGuid, Position: position, ...columnsOf(fields) })
    .execute();
  return guid;
}

const columnsOf = (fields: ProgramInput) => ({
  Name: fields.name,
  Description: fields.description,
  CommandLine: fields.commandLine,
  WorkingDirectory: fields.workingDirectory,
  SuccessCodes: fields.successCodes,
  FailureCodes: fields.failureCodes,
  EstimatedDiskSpaceKb: fields.estimatedDiskSpaceKb,
  EstimatedRunTimeMinutes: fields.estimatedRunTimeMinutes,
  TerminateAfterMinutes: fields.terminateAfterMinutes,
  AfterRunning: fields.afterRunning,
  StartingWindow: fields.startingWindow,
  RunAs: fields.runAs,
  CanRun: fields.canRun,
  UserInputRequired: fields.userInputRequired ? (1 as const) : (0 as const),
  MinimumConnectionSpeedKb: fields.minimumConnectionSpeedKb,
});

function rejectTwin(others: readonly Program[], name: string): void {
  if (others.some((other) => other.name.toLowerCase() === name.toLowerCase())) {
    throw new InvalidInput([{ field: 'name', message: 'The package already has a program of this name.' }]);
  }
}

/** What somebody set, without what tells it from others: the audit log compares it with what is set then. */
const fieldsOf = ({ guid: _guid, packageGuid: _packageGuid, position: _position, ...fields }: Program) => fields;

/** Programs travel inside policies: whoever keeps the package in memory has to look again. */
async function recorded(
  session: Session,
  clock: Clock,
  actor: Actor,
  packageGuid: Guid,
  what: { action: string; guid: Guid; name: string; before?: unknown; after?: unknown },
): Promise<void> {
  await touchItem(session, clock, actor, packageGuid);
  await recordAudit(session, clock, actor, {
    action: what.action,
    objectKind: 'program',
    objectGuid: what.guid,
    objectName: what.name,
    before: what.before,
    after: what.after,
  });
  await recordChange(session, clock, 'package', packageGuid);
}
