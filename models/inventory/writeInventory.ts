/**
 * Writes what inventory events say about resources, a slice of events at a time: a few statements a table and not a few
 * a computer. Everything happens in the caller's transaction. A resource is in one slice at a time (events of a sender
 * are leased together), so no other writer comes between what is read here and what is written.
 */
import type { Guid } from '../../wire/guid.ts';
import { CLOCKS_APART_MS, utc } from '../clock.ts';
import { deleteMatching, readMatching, updateMany } from '../cmdb/bulk.ts';
import type { ResourceUpdateTable } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import type { DataClass } from './dataClasses.ts';
import { changeOf } from './history/changeOf.ts';
import { addToHistory, type HistoryEntry } from './history/writeHistory.ts';
import { hashRows, type ClassData, type ClassRow } from './inventoryRows.ts';
import { mergeRows } from './partialRows.ts';
import { classRowsOf } from './storedRows.ts';

export interface InventoryChange {
  resource: Guid;
  /** Milliseconds since 1970. */
  eventAt: number;
  data: ClassData;
}

export interface AppliedChange extends InventoryChange {
  /** The data as the event brought it; `data` holds all rows as they are now. */
  sent: ClassData;
}

/** The data of a class of a resource as it is known while a slice is applied. */
interface Known {
  resource: Guid;
  dataClass: DataClass;
  /** As it is in the CMDB. */
  stored: ResourceUpdateTable | undefined;
  update: ResourceUpdateTable | undefined;
  /** Read when a partial update or the history needs them. */
  rows: readonly ClassRow[] | undefined;
  /** The rows have to be written. */
  replaced: boolean;
}

/**
 * Applies changes in the order given and answers those that changed data.
 *
 * An event older than the data that is there changes nothing of that class; equal data costs no write of rows, only the
 * times of its ResourceUpdate row move on. What changed goes into the history of classes that have one.
 */
export async function writeInventory(
  session: Session,
  now: number,
  changes: readonly InventoryChange[],
): Promise<AppliedChange[]> {
  const known = await readKnown(session, changes);
  await readNeededRows(session, now, changes, known);
  const changed: AppliedChange[] = [];
  const history: HistoryEntry[] = [];
  for (const change of changes) {
    const applied = applyChange(known.get(keyOf(change))!, change, now, history);
    if (applied !== undefined) changed.push(applied);
  }
  const all = [...known.values()];
  await writeRows(
    session,
    all.filter((each) => each.replaced),
  );
  await writeUpdates(
    session,
    all.filter((each) => each.update !== each.stored),
  );
  await addToHistory(session, history);
  return changed;
}

const keyOf = ({ resource, data }: InventoryChange): string => resource + data.dataClass.guid;

async function readKnown(session: Session, changes: readonly InventoryChange[]): Promise<Map<string, Known>> {
  const rows = await readMatching<ResourceUpdateTable>(
    session,
    'ResourceUpdate',
    UPDATE_COLUMNS,
    ['ResourceGuid'],
    unique(changes.map((change) => change.resource)).map((resource) => [resource]),
  );
  const stored = new Map(rows.map((row) => [row.ResourceGuid + row.InventoryClassGuid, row]));
  const known = new Map<string, Known>();
  for (const change of changes) {
    const key = keyOf(change);
    if (known.has(key)) continue;
    const update = stored.get(key);
    const { resource, data } = change;
    known.set(key, { resource, dataClass: data.dataClass, stored: update, update, rows: undefined, replaced: false });
  }
  return known;
}

/** The rows that are there, of those classes of resources where they count: a new computer costs no look. */
async function readNeededRows(
  session: Session,
  now: number,
  changes: readonly InventoryChange[],
  known: ReadonlyMap<string, Known>,
): Promise<void> {
  const needed = new Map<DataClass, Set<Known>>();
  for (const change of changes) {
    const each = known.get(keyOf(change))!;
    if (each.stored === undefined || isOlder(each.stored, change.eventAt, now)) continue;
    const { dataClass, partial, hash } = change.data;
    if (!partial && (!dataClass.hasHistory || hash === each.stored.DataHash)) continue;
    const list = needed.get(dataClass);
    if (list === undefined) needed.set(dataClass, new Set([each]));
    else list.add(each);
  }
  for (const [dataClass, list] of needed) {
    const rows = await classRowsOf(
      session,
      dataClass,
      [...list].map((each) => each.resource),
    );
    for (const each of list) each.rows = rows.get(each.resource) ?? [];
  }
}

/** Data from a time to come was written while this server's clock was wrong: it must not shut out all newer data. */
function isOlder(update: ResourceUpdateTable, eventAt: number, now: number): boolean {
  const knownAt = Date.parse(update.EventAt);
  return knownAt > eventAt && knownAt <= now + CLOCKS_APART_MS;
}

/** Answers the change when it changes data; `known` is then as it is after it. */
function applyChange(
  known: Known,
  change: InventoryChange,
  now: number,
  history: HistoryEntry[],
): AppliedChange | undefined {
  const before = known.update;
  if (before !== undefined && isOlder(before, change.eventAt, now)) return undefined;
  const data = change.data.partial ? merged(change.data, known.rows ?? []) : change.data;
  const at = utc(now);
  known.update = {
    ResourceGuid: change.resource,
    InventoryClassGuid: data.dataClass.guid,
    CreatedAt: before?.CreatedAt ?? at,
    ModifiedAt: at,
    EventAt: utc(change.eventAt),
    RowCount: data.rows.length,
    DataHash: data.hash,
  };
  if (before?.DataHash === data.hash) return undefined;
  if (before !== undefined && data.dataClass.hasHistory) {
    const difference = changeOf(data.dataClass, known.rows ?? [], data.rows);
    if (difference !== undefined) history.push({ ...change, dataClass: data.dataClass.guid, at: now, difference });
  }
  known.rows = data.rows;
  known.replaced = true;
  return { ...change, data, sent: change.data };
}

/** As if the event had sent everything: the next full one with the same data is found to be equal. */
function merged({ dataClass, rows }: ClassData, before: readonly ClassRow[]): ClassData {
  const all = mergeRows(dataClass, before, rows);
  return { dataClass, rows: all, partial: false, hash: hashRows(dataClass, all) };
}

/** `Inv_*` tables are not in the typed schema; their names come from DataClass and DataClassColumn only. */
async function writeRows(session: Session, replaced: readonly Known[]): Promise<void> {
  const byClass = new Map<DataClass, Known[]>();
  for (const each of replaced) {
    const list = byClass.get(each.dataClass);
    if (list === undefined) byClass.set(each.dataClass, [each]);
    else list.push(each);
  }
  for (const [{ table }, list] of byClass) {
    const old = list.filter((each) => each.stored !== undefined && each.stored.RowCount > 0);
    await deleteMatching(
      session,
      table,
      '_ResourceGuid',
      old.map((each) => each.resource),
    );
    const rows: object[] = [];
    for (const { resource, rows: own } of list) for (const row of own!) rows.push({ _ResourceGuid: resource, ...row });
    await session.insertMany(table as never, rows);
  }
}

const UPDATE_COLUMNS = [
  'ResourceGuid',
  'InventoryClassGuid',
  'CreatedAt',
  'ModifiedAt',
  'EventAt',
  'RowCount',
  'DataHash',
] as const satisfies (keyof ResourceUpdateTable)[];

async function writeUpdates(session: Session, changed: readonly Known[]): Promise<void> {
  const fresh = changed.filter((each) => each.stored === undefined).map((each) => each.update!);
  const again = changed.filter((each) => each.stored !== undefined).map((each) => each.update!);
  await session.insertMany('ResourceUpdate', fresh);
  await updateMany(
    session,
    'ResourceUpdate',
    UPDATE_COLUMNS,
    2,
    again.map((update) => UPDATE_COLUMNS.map((name) => update[name])),
  );
}

export function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

/** A class's value of a computer by column name, from the first row that has one. */
export function firstValue(rows: readonly ClassRow[], column: string): string {
  for (const row of rows) {
    const value = row[column];
    if (value !== null && value !== undefined && value !== '') return String(value);
  }
  return '';
}
