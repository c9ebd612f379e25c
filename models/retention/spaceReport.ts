/** Space by table and data class, what it grows by a day, and how long the disk will do. */
import { utc } from '../clock.ts';
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { eventTableOf } from '../events/eventTables.ts';
import { CMDB_FILE, FREE_INSIDE, QUEUE_FILE } from './measureSpace.ts';

const DAY = 86_400_000;
/** Days that growth is taken from: less is chance, more is history. */
export const GROWTH_DAYS = 30;
/** Days between the first and the last sample, below which nothing is foretold. */
const LEAST_DAYS = 3;

export interface SpaceRow {
  table: string;
  /** What it holds, in the words of the console. */
  label: string;
  classGuid: Guid | null;
  rows: number;
  bytes: number;
  isEstimate: boolean;
  /** A day; undefined when there are too few samples. */
  rowGrowth: number | undefined;
  byteGrowth: number | undefined;
}

export interface SpaceReport {
  /** ISO 8601, the day of the newest sample; undefined before the first one. */
  sampledAt: string | undefined;
  /** The largest first. */
  tables: SpaceRow[];
  /** All tables, or the file of the embedded CMDB. */
  totalBytes: number;
  /** Room inside the file that deleted rows left; new rows take it first. Undefined on SQL Server. */
  freeInside: number | undefined;
  queueBytes: number | undefined;
  growthPerDay: number | undefined;
  /** Days that growth was taken from. */
  daysSeen: number;
  /** The total by day, oldest first. */
  days: { at: string; bytes: number }[];
}

/** What tables without a data class hold, in the words of the console. */
const LABELS: Readonly<Record<string, string>> = {
  AgentRegistration: 'Registrations',
  AppliedEvent: 'Marks of applied events',
  AuditEntry: 'Audit log',
  BadEvent: 'Bad events',
  Computer: 'Computers',
  ComputerContact: 'Last contacts',
  Delivery: 'Deliveries',
  EventQueueEntry: 'Event queue',
  EventTally: 'Counts of event producers',
  InventoryHistory: 'History of inventory',
  MinuteCounter: 'Counts a minute',
  QueueSample: 'Samples of the event queue',
  Resource: 'Resources',
  ResourceAssociation: 'Associations',
  ResourceKey: 'Resource keys',
  ResourceUpdate: 'Summary of inventory',
  SnapshotFile: 'Files of packages',
  SpaceSample: 'Samples of table sizes',
  TargetMember: 'Members of targets',
  Timeline: 'Timeline of computers',
};

interface Sample {
  DayAt: string;
  TableName: string;
  RowCount: number;
  Bytes: number;
  IsEstimate: 0 | 1;
}

export async function readSpace(session: Session, now: number): Promise<SpaceReport> {
  const samples: Sample[] = await session.db
    .selectFrom('SpaceSample')
    .selectAll()
    .where('DayAt', '>=', utc(now - (GROWTH_DAYS + 1) * DAY))
    .orderBy('DayAt')
    .execute();
  const sampledAt = samples.at(-1)?.DayAt;
  const byTable = Map.groupBy(samples, ({ TableName }) => TableName);
  const labels = await tableLabels(session);
  const isFile = (table: string): boolean => table.startsWith('(');
  const tables = [...byTable]
    .filter(([table, list]) => !isFile(table) && list.at(-1)!.DayAt === sampledAt)
    .map(([table, list]) => spaceRow(table, list, labels.get(table)))
    .sort((one, other) => other.bytes - one.bytes);
  const days = totalByDay(samples);
  const latest = (table: string): number | undefined => byTable.get(table)?.at(-1)?.Bytes;
  const free = latest(FREE_INSIDE);
  return {
    sampledAt,
    tables,
    totalBytes: latest(CMDB_FILE) ?? tables.reduce((sum, { bytes }) => sum + bytes, 0),
    freeInside: free,
    queueBytes: latest(QUEUE_FILE),
    growthPerDay: slope(days.map(({ at, bytes }) => [Date.parse(at) / DAY, bytes])),
    daysSeen: days.length < 2 ? 0 : Math.round((Date.parse(days.at(-1)!.at) - Date.parse(days[0]!.at)) / DAY),
    days,
  };
}

function spaceRow(table: string, list: readonly Sample[], known: { label: string; guid: Guid } | undefined): SpaceRow {
  const last = list.at(-1)!;
  const day = ({ DayAt }: Sample): number => Date.parse(DayAt) / DAY;
  return {
    table,
    label: known?.label ?? LABELS[table] ?? table,
    classGuid: known?.guid ?? null,
    rows: last.RowCount,
    bytes: last.Bytes,
    isEstimate: last.IsEstimate === 1,
    rowGrowth: slope(list.map((each) => [day(each), each.RowCount])),
    byteGrowth: slope(list.map((each) => [day(each), each.Bytes])),
  };
}

/** What is used by tables: room inside the file that is free again does not count as used. */
function totalByDay(samples: readonly Sample[]): { at: string; bytes: number }[] {
  const totals = new Map<string, number>();
  for (const { DayAt, TableName, Bytes } of samples)
    if (!TableName.startsWith('(')) totals.set(DayAt, (totals.get(DayAt) ?? 0) + Bytes);
  return [...totals].map(([at, bytes]) => ({ at, bytes }));
}

/** Least squares: one odd day does not turn the forecast. */
function slope(points: readonly (readonly [x: number, y: number])[]): number | undefined {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || last[0] - first[0] < LEAST_DAYS) return undefined;
  const middle = (axis: 0 | 1): number => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [x, y] = [middle(0), middle(1)];
  const spread = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / spread;
}

async function tableLabels({ db }: Session): Promise<Map<string, { label: string; guid: Guid }>> {
  const classes = await db.selectFrom('DataClass').select(['Guid', 'Name', 'DataTableName']).execute();
  return new Map(
    classes.map(({ Guid: guid, Name, DataTableName }) => [
      eventTableOf(DataTableName) ?? DataTableName,
      { label: Name, guid },
    ]),
  );
}

/**
 * In how many days the disk will be full; undefined when it does not grow or too little is known.
 * @param room bytes that are free on the disk and inside the file
 */
export function daysUntilFull(room: number, growthPerDay: number | undefined): number | undefined {
  if (growthPerDay === undefined || growthPerDay <= 0) return undefined;
  return room / growthPerDay;
}
