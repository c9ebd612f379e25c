/** Two resources side by side, or one at two times, data class by data class. */
import type { Guid } from '../../../wire/guid.ts';
import type { Utc } from '../../cmdb/schema.ts';
import type { Session } from '../../cmdb/types.ts';
import { DataClasses, type DataClass } from '../dataClasses.ts';
import { changeOf, type InventoryDifference } from '../history/changeOf.ts';
import type { ClassRow } from '../inventoryRows.ts';
import { classRowsOf } from '../storedRows.ts';
import { rowsAt } from './rowsAt.ts';

export interface Side {
  resource: Guid;
  /** Undefined: as it is now. */
  at: Utc | undefined;
}

export interface ClassComparison {
  dataClass: DataClass;
  /** Rows on each side; undefined: the class was not there. */
  rows: [number | undefined, number | undefined];
  /** Undefined when the two were not compared, for a reason that `note` gives. */
  isEqual: boolean | undefined;
  /** Classes of many rows: `removed` are on the first side only, `added` on the second. */
  difference: InventoryDifference | undefined;
  /** Classes of one row: the row of each side. */
  single: [ClassRow | undefined, ClassRow | undefined] | undefined;
  note: string | undefined;
}

interface Sent {
  rowCount: number;
  createdAt: Utc;
  hash: string;
}

export interface CompareOptions {
  /** Only this class. */
  classGuid?: Guid | undefined;
  /** Classes with more rows on a side are counted and not compared. */
  mostRows: number;
  /** Milliseconds since 1970: how far back history reaches is counted from it. */
  now: number;
}

/** Classes that either side has, by name. Rows are read of classes only whose stored hashes differ. */
export async function compareInventory(
  session: Session,
  sides: readonly [Side, Side],
  { classGuid, mostRows, now }: CompareOptions,
): Promise<ClassComparison[]> {
  const [first, second] = [await sentBy(session, sides[0].resource), await sentBy(session, sides[1].resource)];
  const classes = (await DataClasses.load(session))
    .all()
    .filter(({ guid }) => (classGuid === undefined || guid === classGuid) && (first.has(guid) || second.has(guid)))
    .sort((a, b) => a.name.localeCompare(b.name));
  const keepDays = await readKeepDays(session);
  const compared: ClassComparison[] = [];
  for (const dataClass of classes) {
    const sent = [first.get(dataClass.guid), second.get(dataClass.guid)] as const;
    const result = await compareClass(session, sides, dataClass, sent, mostRows);
    compared.push({ ...result, note: result.note ?? whyTooOld(sides, keepDays.get(dataClass.guid), now) });
  }
  return compared;
}

const DAY = 24 * 3600_000;

async function readKeepDays({ db }: Session): Promise<Map<Guid, number | null>> {
  const rows = await db.selectFrom('DataClass').select(['Guid', 'HistoryKeepDays']).execute();
  return new Map(rows.map((row) => [row.Guid, row.HistoryKeepDays]));
}

function whyTooOld(sides: readonly Side[], days: number | null | undefined, now: number): string | undefined {
  if (days === null || days === undefined) return undefined;
  const isTooOld = sides.some(({ at }) => at !== undefined && Date.parse(at) < now - days * DAY);
  return isTooOld
    ? `Its history is kept for ${days} ${days === 1 ? 'day' : 'days'}; changes before that may be missing.`
    : undefined;
}

async function sentBy({ db }: Session, resource: Guid): Promise<Map<Guid, Sent>> {
  const rows = await db
    .selectFrom('ResourceUpdate')
    .select(['InventoryClassGuid', 'RowCount', 'CreatedAt', 'DataHash'])
    .where('ResourceGuid', '=', resource)
    .execute();
  return new Map(
    rows.map((row) => [
      row.InventoryClassGuid,
      { rowCount: row.RowCount, createdAt: row.CreatedAt, hash: row.DataHash },
    ]),
  );
}

async function compareClass(
  session: Session,
  sides: readonly [Side, Side],
  dataClass: DataClass,
  sent: readonly [Sent | undefined, Sent | undefined],
  mostRows: number,
): Promise<ClassComparison> {
  const result: ClassComparison = {
    dataClass,
    rows: [sent[0]?.rowCount, sent[1]?.rowCount],
    isEqual: undefined,
    difference: undefined,
    single: undefined,
    note: undefined,
  };
  const isNow = sides.every(({ at }) => at === undefined);
  // Rows that were not written by an event have no hash.
  if (isNow && dataClass.isMultiRow && sent[0]?.hash && sent[0].hash === sent[1]?.hash)
    return { ...result, isEqual: true };
  if (Math.max(sent[0]?.rowCount ?? 0, sent[1]?.rowCount ?? 0) > mostRows)
    return { ...result, note: `More than ${mostRows.toLocaleString('en-US')} rows: compared on a page of its own.` };
  const [first, second] = [
    await rowsOf(session, sides[0], dataClass, sent[0]),
    await rowsOf(session, sides[1], dataClass, sent[1]),
  ];
  return { ...result, ...compareRows(dataClass, first, second), note: first.doubt ?? second.doubt };
}

interface SideRows {
  /** Undefined: the class was not there. */
  rows: ClassRow[] | undefined;
  doubt: string | undefined;
}

function compareRows(dataClass: DataClass, { rows: first }: SideRows, { rows: second }: SideRows) {
  const difference = changeOf(dataClass, first ?? [], second ?? []);
  return {
    rows: [first?.length, second?.length] as [number | undefined, number | undefined],
    isEqual: difference === undefined && (first === undefined) === (second === undefined),
    ...(dataClass.isMultiRow
      ? { difference }
      : { single: [first?.[0], second?.[0]] as [ClassRow | undefined, ClassRow | undefined] }),
  };
}

async function rowsOf(
  session: Session,
  { resource, at }: Side,
  dataClass: DataClass,
  sent: Sent | undefined,
): Promise<SideRows> {
  if (sent === undefined || (at !== undefined && sent.createdAt > at)) return { rows: undefined, doubt: undefined };
  const now = (await classRowsOf(session, dataClass, [resource])).get(resource) ?? [];
  if (at === undefined) return { rows: now, doubt: undefined };
  if (!dataClass.hasHistory) return { rows: now, doubt: 'No history is kept of this class; it is shown as it is now.' };
  return rowsAt(session, resource, dataClass, now, at);
}
