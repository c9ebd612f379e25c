/**
 * Everything that grows by itself and may be purged, in one table. Events and history of data classes take their limits
 * from the class, so that the class and this page cannot disagree; logs take them from RetentionRule.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Schema } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { eventTableOf } from '../events/eventTables.ts';

type TableName = keyof Schema & string;

export type SubjectKind = 'events' | 'history' | 'inventory' | 'log';

/** What is kept how long. Null: for ever, any number. */
export interface Limits {
  keepDays: number | null;
  /** Rows of each computer. */
  keepRows: number | null;
}

export interface Subject extends Limits {
  /** `timeline`, or kind and GUID of the class: `events:5d5d…`. */
  name: string;
  kind: SubjectKind;
  /** As a sentence begins: `Execution events`. */
  label: string;
  classGuid: Guid | null;
  /** As the program was delivered. */
  byDefault: Limits;
  /** Fewer days would break something. */
  leastDays: number;
  /** Whether rows of each computer can be limited, too. */
  perComputer: boolean;
  /** Why it is kept, for the form. */
  help: string;
  source: Source;
}

/** Where its rows are. */
export interface Source {
  table: TableName;
  timeColumn: string;
  /** Primary key: SQLite deletes by it. */
  key: readonly string[];
  /** Rows of one class among others. */
  classColumn?: string;
  /** With an index on it and the time. */
  computerColumn?: string;
}

const FOR_EVER: Limits = { keepDays: null, keepRows: null };
const YEAR: Limits = { keepDays: 365, keepRows: null };

interface Log extends Pick<Subject, 'label' | 'leastDays' | 'help' | 'source'> {
  keepDays: number;
}

const log = (
  label: string,
  keepDays: number,
  leastDays: number,
  table: TableName,
  timeColumn: string,
  key: readonly string[],
  help: string,
): Log => ({ label, keepDays, leastDays, help, source: { table, timeColumn, key } });

const LOGS: Readonly<Record<string, Log>> = {
  timeline: {
    label: 'Timeline entries of computers',
    keepDays: 365,
    leastDays: 1,
    help: 'What happened to a computer and when: registered, policies changed, delivered.',
    source: { table: 'Timeline', timeColumn: 'At', key: ['Id'], computerColumn: 'ResourceGuid' },
  },
  auditLog: log(
    'Audit log entries',
    1095,
    90,
    'AuditEntry',
    'At',
    ['Id'],
    'Who changed what. Rules of your company may ask for more.',
  ),
  appliedEvents: log(
    'Marks of applied events',
    90,
    30,
    'AppliedEvent',
    'AppliedAt',
    ['SenderGuid', 'MsgId'],
    'They keep an event that an agent sends twice from being applied twice. Agents keep an event for weeks at most.',
  ),
  eventTallies: log(
    'Hourly counts of event producers',
    35,
    8,
    'EventTally',
    'HourAt',
    ['Kind', 'HourAt', 'Subject'],
    'What the page Producers shows; it looks back a week.',
  ),
  queueSamples: log(
    'Samples of the event queue',
    14,
    2,
    'QueueSample',
    'MinuteAt',
    ['MinuteAt', 'QueueName'],
    'One a minute and class, for the charts of the queue.',
  ),
  minuteCounters: log(
    'Counts a minute',
    14,
    2,
    'MinuteCounter',
    'MinuteAt',
    ['Name', 'MinuteAt'],
    'For the charts of the home page.',
  ),
  spaceSamples: log(
    'Samples of table sizes',
    730,
    30,
    'SpaceSample',
    'DayAt',
    ['DayAt', 'TableName'],
    'One a day and table, for growth and forecast.',
  ),
  packageClients: log(
    'Daily counts of computers at package servers',
    400,
    30,
    'PackageClientDay',
    'DayAt',
    ['ResourceGuid', 'PackageGuid', 'DayAt'],
    'How many computers fetched a package from which package server.',
  ),
  purgeRuns: log('Records of purge runs', 365, 30, 'PurgeRun', 'RequestedAt', ['Id'], 'What each run removed.'),
};

export const logNames = Object.keys(LOGS);

/** Everything with its present limits, in the order of the page. */
export async function readSubjects({ db }: Session): Promise<Subject[]> {
  const classes = await db
    .selectFrom('DataClass')
    .select(['Guid', 'Name', 'DataTableName', 'Kind', 'HasHistory', 'HistoryKeepDays', 'KeepDays', 'KeepRows'])
    .orderBy('Name')
    .execute();
  const rules = await db.selectFrom('RetentionRule').select(['Name', 'KeepDays', 'KeepRows']).execute();
  const events = classes.flatMap((row): Subject[] => {
    const table = eventTableOf(row.DataTableName);
    return row.Kind === 'event' && table !== undefined ? [eventSubject(row, table)] : [];
  });
  const inventory = classes.filter((row) => row.Kind === 'inventory');
  return [
    ...events,
    ...inventory.filter((row) => row.HasHistory === 1).map(historySubject),
    ...inventory.map(inventorySubject),
    ...Object.entries(LOGS).map(([name, each]) =>
      logSubject(
        name,
        each,
        rules.find((rule) => rule.Name === name),
      ),
    ),
  ];
}

interface ClassRow {
  Guid: Guid;
  Name: string;
  DataTableName: string;
  HistoryKeepDays: number | null;
  KeepDays: number | null;
  KeepRows: number | null;
}

function eventSubject({ Guid: guid, Name, KeepDays, KeepRows }: ClassRow, table: TableName): Subject {
  return {
    name: `events:${guid}`,
    kind: 'events',
    label: `Events “${Name}”`,
    classGuid: guid,
    keepDays: KeepDays,
    keepRows: KeepRows,
    byDefault: YEAR,
    leastDays: 1,
    perComputer: true,
    help: 'Reports look back no further than this.',
    source: { table, timeColumn: 'EventAt', key: ['Id'], computerColumn: 'ResourceGuid' },
  };
}

function historySubject({ Guid: guid, Name, HistoryKeepDays }: ClassRow): Subject {
  return {
    name: `history:${guid}`,
    kind: 'history',
    label: `Changes of “${Name}”`,
    classGuid: guid,
    keepDays: HistoryKeepDays,
    keepRows: null,
    byDefault: YEAR,
    leastDays: 1,
    perComputer: false,
    help: 'The inventory itself stays; what it was before goes.',
    source: { table: 'InventoryHistory', timeColumn: 'At', key: ['Id'], classColumn: 'InventoryClassGuid' },
  };
}

/** Unchanged inventory is not written anew, so the age of a row says nothing: the computer's last contact does. */
function inventorySubject({ Guid: guid, Name, DataTableName, KeepDays }: ClassRow): Subject {
  return {
    name: `inventory:${guid}`,
    kind: 'inventory',
    label: `Inventory “${Name}”`,
    classGuid: guid,
    keepDays: KeepDays,
    keepRows: null,
    byDefault: FOR_EVER,
    leastDays: 30,
    perComputer: false,
    help: 'Of computers that have not been heard of for so long. The computer stays, and sends it again when it comes back.',
    source: { table: DataTableName as TableName, timeColumn: '', key: ['_id'] },
  };
}

function logSubject(
  name: string,
  each: Log,
  rule: { KeepDays: number | null; KeepRows: number | null } | undefined,
): Subject {
  const perComputer = each.source.computerColumn !== undefined;
  const byDefault: Limits = { keepDays: each.keepDays, keepRows: null };
  return {
    name,
    kind: 'log',
    label: each.label,
    classGuid: null,
    keepDays: rule === undefined ? byDefault.keepDays : rule.KeepDays,
    keepRows: rule === undefined || !perComputer ? null : rule.KeepRows,
    byDefault,
    leastDays: each.leastDays,
    perComputer,
    help: each.help,
    source: each.source,
  };
}
