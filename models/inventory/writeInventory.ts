/**
 * Writes what inventory events say about computers, a slice of events at a time: a few statements a table and not a
 * few a computer. Everything happens in the caller's transaction.
 */
import type { Guid } from '../../wire/guid.ts';
import { CLOCKS_APART_MS, utc } from '../clock.ts';
import type { ResourceUpdateTable } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import type { DataClass } from './dataClasses.ts';
import type { ClassData, ClassRow } from './inventoryRows.ts';

export interface InventoryChange {
  resource: Guid;
  /** Milliseconds since 1970. */
  eventAt: number;
  data: ClassData;
}

/**
 * Applies changes in the order given and answers those that changed rows.
 *
 * An event older than the data that is there changes nothing of that class; equal data costs no write of rows, only the
 * times of its ResourceUpdate row move on.
 */
export async function writeInventory(
  session: Session,
  now: number,
  changes: readonly InventoryChange[],
): Promise<InventoryChange[]> {
  const updates = await readUpdates(session, unique(changes.map((change) => change.resource)));
  const touched = new Map<string, ResourceUpdateTable>();
  /** What is left to write: the last row set of each computer and class. */
  const replaced = new Map<string, InventoryChange>();
  for (const change of changes) {
    const key = `${change.resource} ${change.data.dataClass.guid}`;
    const known = updates.get(key);
    const update = nextUpdate(change, known, now);
    if (update === undefined) continue;
    if (update.DataHash !== known?.DataHash) replaced.set(key, change);
    updates.set(key, update);
    touched.set(key, update);
  }
  await writeRows(session, [...replaced.values()]);
  await writeUpdates(session, [...touched.values()]);
  return [...replaced.values()];
}

function nextUpdate(
  { resource, eventAt, data }: InventoryChange,
  known: ResourceUpdateTable | undefined,
  now: number,
): ResourceUpdateTable | undefined {
  const knownAt = known === undefined ? 0 : Date.parse(known.EventAt);
  // Data from a time to come was written while this server's clock was wrong: it must not shut out all newer data.
  if (knownAt > eventAt && knownAt <= now + CLOCKS_APART_MS) return undefined;
  return {
    ResourceGuid: resource,
    InventoryClassGuid: data.dataClass.guid,
    CreatedAt: known?.CreatedAt ?? utc(now),
    ModifiedAt: utc(now),
    EventAt: utc(eventAt),
    RowCount: data.rows.length,
    DataHash: data.hash,
  };
}

async function readUpdates({ db }: Session, resources: Guid[]): Promise<Map<string, ResourceUpdateTable>> {
  const rows = await db.selectFrom('ResourceUpdate').selectAll().where('ResourceGuid', 'in', resources).execute();
  return new Map(rows.map((row) => [`${row.ResourceGuid} ${row.InventoryClassGuid}`, row]));
}

async function writeRows(session: Session, changes: readonly InventoryChange[]): Promise<void> {
  const byClass = new Map<DataClass, InventoryChange[]>();
  for (const change of changes) {
    const list = byClass.get(change.data.dataClass);
    if (list === undefined) byClass.set(change.data.dataClass, [change]);
    else list.push(change);
  }
  for (const [{ table }, list] of byClass) {
    const rows = list.flatMap(({ resource, data }) =>
      data.rows.map((row): object => ({ _ResourceGuid: resource, ...row })),
    );
    await replaceRows(
      session,
      table,
      list.map((change) => change.resource),
      rows,
    );
  }
}

/** `Inv_*` tables are not in the typed schema; their names come from DataClass and DataClassColumn only. */
async function replaceRows(
  session: Session,
  table: string,
  resources: readonly Guid[],
  rows: readonly object[],
): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  const db = session.db as any;
  await db.deleteFrom(table).where('_ResourceGuid', 'in', resources).execute();
  await session.insertMany(table as never, rows);
}

/** A computer is in one slice at a time (events of a sender are leased together), so no other writer is between. */
async function writeUpdates(session: Session, updates: readonly ResourceUpdateTable[]): Promise<void> {
  const byClass = new Map<Guid, ResourceUpdateTable[]>();
  for (const update of updates) {
    const list = byClass.get(update.InventoryClassGuid);
    if (list === undefined) byClass.set(update.InventoryClassGuid, [update]);
    else list.push(update);
  }
  for (const [dataClass, list] of byClass) {
    await session.db
      .deleteFrom('ResourceUpdate')
      .where('InventoryClassGuid', '=', dataClass)
      .where(
        'ResourceGuid',
        'in',
        list.map((update) => update.ResourceGuid),
      )
      .execute();
    await session.insertMany('ResourceUpdate', list);
  }
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
