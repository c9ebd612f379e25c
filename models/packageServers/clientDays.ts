/** How many computers fetched which package from which package server, day by day (UTC). */
import type { Guid } from '../../wire/guid.ts';
import { ALL_PACKAGES, type ClientDay } from '../../wire/packageServer.ts';
import { utc } from '../clock.ts';
import { insertMissing, updateMany } from '../cmdb/bulk.ts';
import type { Session } from '../cmdb/types.ts';
import { REMOVED } from '../packages/packageState.ts';

const DAY = 86_400_000;
/** Older days than a package server keeps, and those of a clock that is wrong, are not written. */
const LONGEST_BACK = 40;
/** Of one report; package servers tell fewer at a time. */
const MOST = 1000;

/**
 * Writes what a package server tells of its days; what it told of a day before is written over. Packages that are not
 * there are passed over: a package server that makes GUIDs up would fill the CMDB.
 */
export async function takeClientDays(
  session: Session,
  server: Guid,
  days: readonly ClientDay[],
  now: number,
): Promise<void> {
  const isNear = ({ day }: ClientDay): boolean => {
    const at = Date.parse(day);
    return at > now - LONGEST_BACK * DAY && at <= now + DAY;
  };
  const told = days.filter(isNear).slice(0, MOST);
  const real = await existing(session, told);
  const all = told.filter(({ packageGuid }) => real.has(packageGuid)).map((one) => rowOf(server, one));
  // Of a day that is told twice, what was told last.
  const rows = [...new Map(all.map((row) => [row.slice(0, KEY.length).join(' '), row])).values()];
  await updateMany(session, 'PackageClientDay', COLUMNS, KEY.length, rows);
  await insertMissing(session, 'PackageClientDay', COLUMNS, KEY, rows);
}

const KEY = ['ResourceGuid', 'PackageGuid', 'DayAt'] as const;
const COLUMNS = [...KEY, 'ClientCount', 'RequestCount', 'SentBytes'] as const;

const rowOf = (server: Guid, { packageGuid, day, clients, requests, bytes }: ClientDay): (string | number)[] => [
  server,
  packageGuid,
  utc(Date.parse(day)),
  Math.min(clients, 2 ** 31 - 1),
  requests,
  bytes,
];

async function existing({ db }: Session, told: readonly ClientDay[]): Promise<Set<Guid>> {
  const guids = [...new Set(told.map(({ packageGuid }) => packageGuid))];
  const found = new Set([ALL_PACKAGES]);
  if (guids.length === 0) return found;
  const packages = db.selectFrom('Package').select('Guid').where('State', '<>', REMOVED);
  for (const { Guid } of await packages.where('Guid', 'in', guids).execute()) found.add(Guid);
  return found;
}

export interface ClientDayRow {
  server: Guid;
  packageGuid: Guid;
  /** Begin of the day, ISO 8601. */
  dayAt: string;
  clients: number;
  requests: number;
  bytes: number;
}

/**
 * The days from `sinceAt` (ISO 8601) on, oldest first, of a package at one server or at all; `packageGuid`
 * `ALL_PACKAGES`: all packages of a server together. A computer that fetched on two days counts on both, so counts of
 * days cannot be added up to a count of computers.
 */
export async function readClientDays(
  { db }: Session,
  { server, packageGuid, sinceAt }: { server?: Guid; packageGuid: Guid; sinceAt: string },
): Promise<ClientDayRow[]> {
  let rows = db
    .selectFrom('PackageClientDay')
    .selectAll()
    .where('PackageGuid', '=', packageGuid)
    .where('DayAt', '>=', sinceAt);
  if (server !== undefined) rows = rows.where('ResourceGuid', '=', server);
  return (await rows.orderBy('DayAt').orderBy('ResourceGuid').execute()).map((row) => ({
    server: row.ResourceGuid,
    packageGuid: row.PackageGuid,
    dayAt: row.DayAt,
    clients: row.ClientCount,
    requests: Number(row.RequestCount),
    bytes: Number(row.SentBytes),
  }));
}
