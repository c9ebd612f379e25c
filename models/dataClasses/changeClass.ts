/** Changes of data classes by a person: the definition, its table, the audit entry and the change in one transaction. */
import { newGuid, parseGuid, type Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput, type FieldError } from '../fieldErrors.ts';
import { readFields } from '../fieldTypes.ts';
import { classFields, columnFaultOf, LAST_POSITION, MOST_COLUMNS, readColumns } from './classInput.ts';
import { readClass, type DataClassDetail } from './readClass.ts';
import { addTableColumn, createTable, nameIsTaken, tableNameOf, type ColumnType } from './tableText.ts';

export interface NewClassInput {
  name?: unknown;
  description?: unknown;
  isMultiRow?: unknown;
  hasHistory?: unknown;
  /** As events name it; empty: a new one. */
  guid?: string;
  /** One a line, see readColumns; the first is c0. */
  columns?: string;
}

/** Makes an inventory class and its table; answers its GUID. @throws InvalidInput */
export async function createClass(cmdb: Cmdb, clock: Clock, actor: Actor, input: NewClassInput): Promise<Guid> {
  const fields = readFields(classFields, input);
  const { columns, errors } = readColumns(input.columns ?? '');
  const guid = (input.guid ?? '') === '' ? newGuid() : parseGuid(input.guid);
  if (guid === undefined) errors.push({ field: 'guid', message: 'This is not a GUID.' });
  if (errors.length > 0) throw new InvalidInput(errors);
  const table = tableNameOf(fields.name);
  await cmdb.transaction(async (session) => {
    await refuseTaken(session, guid!, fields.name, table);
    await session.db
      .insertInto('DataClass')
      .values({
        Guid: guid!,
        Name: fields.name,
        DataTableName: table,
        Kind: 'inventory',
        IsMultiRow: fields.isMultiRow ? 1 : 0,
        Description: fields.description,
        IsBuiltIn: 0,
        HasHistory: fields.hasHistory ? 1 : 0,
        HistoryKeepDays: null,
        KeepDays: null,
        KeepRows: null,
      })
      .execute();
    await session.insertMany(
      'DataClassColumn',
      columns.map(({ name, dataType, maxLength }, position) => ({
        DataClassGuid: guid!,
        Position: position,
        Name: name,
        DataType: dataType,
        MaxLength: maxLength,
        IsVolatile: 0,
      })),
    );
    await createTable(session, table, columns);
    await record(session, clock, actor, 'create', undefined, (await readClass(session, guid!))!);
  });
  return guid!;
}

async function refuseTaken(session: Session, guid: Guid, name: string, table: string): Promise<void> {
  const { db } = session;
  const errors: FieldError[] = [];
  const same = await db.selectFrom('DataClass').select('Guid').where('Name', '=', name).executeTakeFirst();
  if (same !== undefined) errors.push({ field: 'name', message: `There is a class ${name} already.` });
  else if (await nameIsTaken(session, table))
    errors.push({ field: 'name', message: `The CMDB has a table ${table} already.` });
  if ((await readClass(session, guid)) !== undefined)
    errors.push({ field: 'guid', message: 'Another class has this GUID.' });
  if (errors.length > 0) throw new InvalidInput(errors);
}

export interface ClassSettings {
  description: string;
  hasHistory: boolean;
  /** Names of columns that differ in every event. */
  volatile: readonly string[];
}

/** What may change of any class without touching its table. @throws InvalidInput */
export async function saveClassSettings(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  { description, hasHistory, volatile }: ClassSettings,
): Promise<void> {
  const fields = readFields(classFields.pick({ description: true }), { description });
  await change(cmdb, clock, actor, guid, async (session, before) => {
    await session.db
      .updateTable('DataClass')
      .set({ Description: fields.description, HasHistory: hasHistory && before.kind === 'inventory' ? 1 : 0 })
      .where('Guid', '=', guid)
      .execute();
    for (const { position, name, isVolatile } of before.columns) {
      const wanted = before.kind === 'inventory' && volatile.includes(name);
      if (wanted === isVolatile) continue;
      await session.db
        .updateTable('DataClassColumn')
        .set({ IsVolatile: wanted ? 1 : 0 })
        .where('DataClassGuid', '=', guid)
        .where('Position', '=', position)
        .execute();
    }
  });
}

/**
 * Gives columns other positions: value cN of an event goes to the column at position N from then on. The class keeps
 * its GUID, for agents go on sending what they always sent.
 * @param positions by column name @throws InvalidInput
 */
export async function reorderColumns(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  positions: ReadonlyMap<string, number>,
): Promise<void> {
  await change(cmdb, clock, actor, guid, async (session, before) => {
    const columns = before.columns.map((column) => ({
      ...column,
      position: positions.get(column.name) ?? column.position,
    }));
    const errors = orderFaults(columns);
    if (errors.length > 0) throw new InvalidInput(errors);
    // All at once: a position is a part of the key, so two columns cannot change places one after the other.
    await session.db.deleteFrom('DataClassColumn').where('DataClassGuid', '=', guid).execute();
    await session.insertMany(
      'DataClassColumn',
      columns.map((column) => ({
        DataClassGuid: guid,
        Position: column.position,
        Name: column.name,
        DataType: column.dataType,
        MaxLength: column.maxLength,
        IsVolatile: column.isVolatile ? 1 : 0,
      })),
    );
  });
}

/** Name of a column's field on the form of the order: by its place in the order that is. */
export const positionField = (index: number): string => `position${index}`;

function orderFaults(columns: readonly { name: string; position: number }[]): FieldError[] {
  const at = new Map<number, string>();
  const errors: FieldError[] = [];
  for (const [index, { name, position }] of columns.entries()) {
    const field = positionField(index);
    const other = at.get(position);
    if (!Number.isInteger(position) || position < 0 || position > LAST_POSITION)
      errors.push({ field, message: `Enter a whole number from 0 to ${LAST_POSITION}.` });
    else if (other !== undefined) errors.push({ field, message: `${other} is c${position} already.` });
    else at.set(position, name);
  }
  return errors;
}

export interface NewColumn {
  name: string;
  dataType: string;
  /** Of text, as typed. */
  maxLength: string;
}

/** Adds a column behind all others to an own class. It keeps its GUID: what agents send so far stays right. */
export async function addColumn(cmdb: Cmdb, clock: Clock, actor: Actor, guid: Guid, input: NewColumn): Promise<void> {
  await change(cmdb, clock, actor, guid, async (session, before) => {
    const dataType = input.dataType as ColumnType;
    const maxLength = dataType === 'text' ? Number(input.maxLength || '255') : null;
    const name = input.name.trim();
    const fault = whyNoColumn(before, name, dataType, maxLength);
    if (fault !== undefined) throw new InvalidInput([{ field: 'name', message: fault }]);
    const position = Math.max(-1, ...before.columns.map((column) => column.position)) + 1;
    if (position > LAST_POSITION)
      throw new InvalidInput([{ field: '', message: 'The last position an event can fill is taken.' }]);
    await session.db
      .insertInto('DataClassColumn')
      .values({
        DataClassGuid: guid,
        Position: position,
        Name: name,
        DataType: dataType,
        MaxLength: maxLength,
        IsVolatile: 0,
      })
      .execute();
    await addTableColumn(session, before.table, { name, dataType, maxLength });
  });
}

function whyNoColumn(
  { isBuiltIn, kind, columns }: DataClassDetail,
  name: string,
  dataType: ColumnType,
  maxLength: number | null,
): string | undefined {
  if (isBuiltIn || kind !== 'inventory') return 'Only classes of your own take more columns.';
  if (!['text', 'int', 'time'].includes(dataType)) return 'Choose text, whole number or time.';
  if (maxLength !== null && !Number.isInteger(maxLength)) return 'The length is a whole number.';
  if (columns.length >= MOST_COLUMNS) return `A class has at most ${MOST_COLUMNS} columns.`;
  if (columns.some((column) => column.name.toLowerCase() === name.toLowerCase()))
    return `There is a column ${name} already.`;
  const fault = columnFaultOf(name, dataType, maxLength);
  return fault === undefined ? undefined : fault.charAt(0).toUpperCase() + fault.slice(1);
}

/** @throws InvalidInput when there is no such class any more */
async function change(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  work: (session: Session, before: DataClassDetail) => Promise<void>,
): Promise<void> {
  await cmdb.transaction(async (session) => {
    const before = await readClass(session, guid);
    if (before === undefined || before.kind === 'deleting')
      throw new InvalidInput([{ field: '', message: 'This class was deleted meanwhile.' }]);
    await work(session, before);
    await record(session, clock, actor, 'update', before, (await readClass(session, guid))!);
  });
}

async function record(
  session: Session,
  clock: Clock,
  actor: Actor,
  action: string,
  before: DataClassDetail | undefined,
  after: DataClassDetail,
): Promise<void> {
  await recordAudit(session, clock, actor, {
    action,
    objectKind: 'data class',
    objectGuid: after.guid,
    objectName: after.name,
    before,
    after,
  });
  await recordChange(session, clock, 'dataClass', after.guid);
}
