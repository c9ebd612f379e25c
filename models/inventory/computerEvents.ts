/** What a computer has told of software, tasks and log-ons: its events and the state of its deliveries. */
import { sql, type SelectQueryBuilder } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { page, top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

export const EVENT_KINDS = ['execution', 'package', 'status', 'packageServer', 'task', 'logOn'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export interface ComputerEvent {
  kind: EventKind;
  /** Of its kind. */
  id: number;
  at: Utc;
  policyGuid: Guid | null;
  packageGuid: Guid | null;
  packageName: string;
  /** Program of an execution, task of a task status, user of a log-on; else empty. */
  programName: string;
  status: string;
  returnCode: number | null;
  /** What else it says: where a package came from, the domain of a user …; may be empty. */
  detail: string;
}

/** Tables of events, each with an index on resource and time that serves a page from its newest end. */
const TABLES = {
  execution: 'SwdExecution',
  package: 'SwdPackageEvent',
  status: 'SwdStatus',
  packageServer: 'PackageServerEvent',
  task: 'TaskStatusEvent',
  logOn: 'ClientLogOn',
} as const satisfies Record<EventKind, string>;

type Table = (typeof TABLES)[EventKind];

const NO_GUID = sql<Guid | null>`cast(null as uniqueidentifier)`;
const NO_NUMBER = sql<number | null>`cast(null as int)`;
const NOTHING = sql<string>`''`;
const column = <T>(name: string) => sql<T>`${sql.ref(name)}`;

/** What of a kind's row stands for the common columns; what is not named is empty. */
const COLUMNS: Record<EventKind, Partial<Record<keyof Omit<ComputerEvent, 'kind' | 'id' | 'at'>, string>>> = {
  execution: {
    policyGuid: 'AdvertisementId',
    packageGuid: 'PackageId',
    packageName: 'PackageName',
    programName: 'ProgramName',
    returnCode: 'ReturnCode',
  },
  package: {
    policyGuid: 'AdvertisementId',
    packageGuid: 'PackageId',
    packageName: 'PackageName',
    detail: 'Source',
  },
  status: {
    policyGuid: 'AdvertisementId',
    packageGuid: 'PackageId',
    packageName: 'PackageName',
    returnCode: 'ReturnCode',
    detail: 'Detail',
  },
  packageServer: { packageGuid: 'PackageId', detail: 'Codebase' },
  task: { programName: 'TaskName', returnCode: 'ReturnCode', detail: 'Detail' },
  logOn: { programName: 'UserName', detail: 'UserDomain', status: 'Event' },
};

function eventsOf({ db }: Session, kind: EventKind, computer: Guid) {
  const { policyGuid, packageGuid, packageName, programName, status = 'Status', returnCode, detail } = COLUMNS[kind];
  const text = (name: string | undefined) => (name === undefined ? NOTHING : column<string>(name));
  // One type for all tables: they have these three columns in common, and the rest is named above.
  const own = db.selectFrom(TABLES[kind] as 'SwdExecution').where('ResourceGuid', '=', computer);
  return own.select([
    sql<EventKind>`${sql.lit(kind)}`.as('kind'),
    'Id as id',
    'EventAt as at',
    (policyGuid === undefined ? NO_GUID : column<Guid | null>(policyGuid)).as('policyGuid'),
    (packageGuid === undefined ? NO_GUID : column<Guid | null>(packageGuid)).as('packageGuid'),
    text(packageName).as('packageName'),
    text(programName).as('programName'),
    text(status).as('status'),
    (returnCode === undefined ? NO_NUMBER : column<number | null>(returnCode)).as('returnCode'),
    text(detail).as('detail'),
  ]);
}

/** Events of a computer of the given kinds, newest first. */
export async function listComputerEvents(
  session: Session,
  computer: Guid,
  offset: number,
  limit: number,
  kinds: readonly EventKind[] = EVENT_KINDS,
): Promise<{ total: number; events: ComputerEvent[] }> {
  let total = 0;
  for (const kind of kinds) total += await countEvents(session, TABLES[kind], computer);
  // No event beyond the end of the page can be on it, whatever its kind: each table gives that many by its index.
  const newest = kinds.map((kind) =>
    session.db
      .selectFrom(
        top(session, eventsOf(session, kind, computer), offset + limit)
          .orderBy('EventAt', 'desc')
          .orderBy('Id', 'desc')
          .as(kind),
      )
      .selectAll(),
  );
  const all = newest.reduce((union, arm) => union.unionAll(arm)) as SelectQueryBuilder<never, never, ComputerEvent>;
  const sorted = session.db
    .selectFrom(all.as('e'))
    .selectAll()
    .orderBy('e.at', 'desc')
    .orderBy('e.kind')
    .orderBy('e.id', 'desc');
  const events = await page(session, sorted, offset, limit).execute();
  return { total, events: events.map((event) => ({ ...event, id: Number(event.id) })) };
}

async function countEvents({ db }: Session, table: Table, computer: Guid): Promise<number> {
  const query = db.selectFrom(table as 'SwdExecution').select((row) => row.fn.countAll<number>().as('total'));
  return Number((await query.where('ResourceGuid', '=', computer).executeTakeFirstOrThrow()).total);
}

export interface ComputerDelivery {
  policyGuid: Guid;
  /** Empty when the policy was deleted. */
  policyName: string;
  packageGuid: Guid | null;
  packageName: string;
  packageVersion: number | null;
  status: string;
  returnCode: number | null;
  detail: string;
  updatedAt: Utc;
}

/** State of each software-delivery policy on a computer, last changed first. */
export async function listComputerDeliveries(
  session: Session,
  computer: Guid,
  offset: number,
  limit: number,
): Promise<{ total: number; deliveries: ComputerDelivery[] }> {
  const { db } = session;
  const { total } = await db
    .selectFrom('Delivery')
    .select((row) => row.fn.countAll<number>().as('total'))
    .where('ResourceGuid', '=', computer)
    .executeTakeFirstOrThrow();
  const query = db
    .selectFrom('Delivery as d')
    .leftJoin('Item as p', 'p.Guid', 'd.PolicyGuid')
    .leftJoin('Item as s', 's.Guid', 'd.PackageGuid')
    .select([
      'd.PolicyGuid as policyGuid',
      'p.Name as policyName',
      'd.PackageGuid as packageGuid',
      's.Name as packageName',
      'd.PackageVersion as packageVersion',
      'd.Status as status',
      'd.ReturnCode as returnCode',
      'd.Detail as detail',
      'd.UpdatedAt as updatedAt',
    ])
    .where('d.ResourceGuid', '=', computer)
    .orderBy('d.UpdatedAt', 'desc')
    .orderBy('d.PolicyGuid');
  const rows = await page(session, query, offset, limit).execute();
  const deliveries = rows.map((row) => ({
    ...row,
    policyName: row.policyName ?? '',
    packageName: row.packageName ?? '',
  }));
  return { total: Number(total), deliveries };
}
