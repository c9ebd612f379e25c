/** Takes what a package server says it holds. Only what is different is written; a report without news writes its time. */
import type { Guid } from '../../wire/guid.ts';
import { holdingsDigest, type HeldPackage, type PackageServerReport } from '../../wire/packageServer.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import type { PackageHoldingTable, PackageServerReportTable } from '../cmdb/schema.ts';
import { insertOrUpdate, isUniqueViolation } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { REMOVED } from '../packages/packageState.ts';
import { takeClientDays } from './clientDays.ts';
import { holdingOf, type HoldingRecord } from './records.ts';

export interface TakenReport {
  /** Something is another than before. */
  isNews: boolean;
  /** Its addresses are: it has to be read anew. */
  isMoved: boolean;
  /** Packages that it holds otherwise than before, and those that it does not hold any more. */
  changed: HoldingRecord[];
  gone: Guid[];
  /** The next report is to list the packages: their digest is not the one that is known. */
  wantsPackages: boolean;
}

const BATCH = 500;

/** The caller has proved to be `guid`; `undefined` when that is no package server. */
export async function takeReport(
  cmdb: Cmdb,
  clock: Clock,
  guid: Guid,
  report: PackageServerReport,
): Promise<TakenReport | undefined> {
  const at = utc(clock.now());
  const take = () =>
    cmdb.transaction(
      async (session) => {
        const server = await session.db
          .selectFrom('PackageServer')
          .select('ResourceGuid')
          .where('ResourceGuid', '=', guid)
          .executeTakeFirst();
        if (server === undefined) return undefined;
        return takeIn(session, clock, guid, report, at);
      },
      // What is lost is told again with the next report.
      { mayBeLost: true },
    );
  try {
    return await take();
  } catch (error) {
    // Two reports of one server at once, on two nodes: the second finds the rows of the first.
    if (!isUniqueViolation(error)) throw error;
    return take();
  }
}

async function takeIn(
  session: Session,
  clock: Clock,
  guid: Guid,
  report: PackageServerReport,
  at: string,
): Promise<TakenReport> {
  const before = await session.db
    .selectFrom('PackageServerReport')
    .selectAll()
    .where('ResourceGuid', '=', guid)
    .executeTakeFirst();
  const packages = fitting(report, before?.Digest ?? '');
  const digest = digestAfter(report, packages, before?.Digest ?? '');
  const isSamePolicy = before !== undefined && before.PolicyHash === report.policyHash;
  const row = {
    ...columnsOf(guid, report, at),
    Digest: digest,
    ProbedAt: before?.ProbedAt ?? null,
    FirstReportedAt: before === undefined ? at : before.FirstReportedAt,
    PolicyAt: isSamePolicy ? before.PolicyAt : report.policyHash === '' ? null : at,
  };
  await insertOrUpdate(session, 'PackageServerReport', ['ResourceGuid'], {
    ...row,
    ProbeProblem: before?.ProbeProblem ?? '',
  });
  const isMoved = before === undefined || PLACE.some((column) => before[column] !== row[column]);
  const isPart = report.base !== '';
  const taken =
    packages === undefined
      ? NOTHING
      : await takeHoldings(session, guid, packages, isPart ? report.gone : undefined, at);
  // How far a download is, is not worth the reading of other nodes.
  if (isMoved || taken.isTold) await recordChange(session, clock, 'packageServer', guid);
  await takeClientDays(session, guid, report.clientDays, clock.now());
  const { changed, gone } = taken;
  const isNews = isMoved || changed.length > 0 || gone.length > 0;
  return { isNews, isMoved, changed, gone, wantsPackages: packages === undefined && report.digest !== digest };
}

/** What came of packages, unless it changes another list than the one that is known. */
function fitting({ packages, base }: PackageServerReport, known: string): HeldPackage[] | undefined {
  return base === '' || base === known ? packages : undefined;
}

/** For a whole list it is computed here again: what is kept as known is what really came. */
function digestAfter(
  { base, digest }: PackageServerReport,
  packages: HeldPackage[] | undefined,
  known: string,
): string {
  if (packages === undefined) return known;
  return base === '' ? holdingsDigest(packages) : digest;
}

interface TakenHoldings {
  changed: HoldingRecord[];
  gone: Guid[];
  /** More is different than how far a download is. */
  isTold: boolean;
}

const NOTHING: TakenHoldings = { changed: [], gone: [], isTold: false };

const PLACE = ['Addresses', 'HttpUrl', 'HttpsUrl', 'UncPath', 'Pin'] as const;

const columnsOf = (
  guid: Guid,
  report: PackageServerReport,
  at: string,
): Omit<PackageServerReportTable, 'Digest' | 'ProbedAt' | 'ProbeProblem' | 'FirstReportedAt' | 'PolicyAt'> => ({
  ResourceGuid: guid,
  ReportedAt: at,
  Version: report.version,
  Addresses: report.addresses.join(' '),
  HttpUrl: report.httpUrl,
  HttpsUrl: report.httpsUrl,
  UncPath: report.uncPath,
  Pin: report.pin,
  FreeBytes: report.freeBytes,
  TotalBytes: report.totalBytes,
  StoredBytes: report.storedBytes,
  ClientCount: report.clientCount,
  PolicyHash: report.policyHash,
});

type Row = Omit<PackageHoldingTable, 'ChangedAt' | 'ProbedAt' | 'ProbeProblem'>;

const rowOf = (server: Guid, held: HeldPackage): Row => ({
  ResourceGuid: server,
  PackageGuid: held.guid,
  HeldVersion: held.version ?? null,
  HeldHash: held.hash,
  Versions: held.versions.join(' '),
  State: held.state,
  Detail: held.detail,
  DoneBytes: held.doneBytes,
  TotalBytes: held.totalBytes,
});

/** `gone`: what is not held any more; undefined: whatever is not in the list. */
async function takeHoldings(
  session: Session,
  server: Guid,
  held: readonly HeldPackage[],
  gone: readonly Guid[] | undefined,
  at: string,
): Promise<TakenHoldings> {
  const { db } = session;
  const told = new Map(held.map((one) => [one.guid, one]));
  const known = await knownHoldings(session, server, gone === undefined ? undefined : [...told.keys(), ...gone]);
  const left = [...known.keys()].filter((guid) => !told.has(guid));
  const others = [...told.values()]
    .map((one) => rowOf(server, one))
    .filter((row) => isOther(known.get(row.PackageGuid), row));
  const real = await existing(session, others);
  const fresh = others.filter(({ PackageGuid }) => real.has(PackageGuid));
  const away = [...left, ...fresh.map(({ PackageGuid }) => PackageGuid)];
  for (const some of batches(away)) {
    await db.deleteFrom('PackageHolding').where('ResourceGuid', '=', server).where('PackageGuid', 'in', some).execute();
  }
  const written = fresh.map((row) => ({
    ...row,
    ChangedAt: at,
    ProbedAt: null,
    ProbeProblem: stillWrong(known.get(row.PackageGuid), row),
  }));
  if (written.length > 0) await session.insertMany('PackageHolding', written);
  const isTold = left.length > 0 || fresh.some((row) => isOther(known.get(row.PackageGuid), row, PROGRESS));
  return { changed: written.map(holdingOf), gone: left, isTold };
}

/** All of a server, or those of some packages. */
async function knownHoldings(
  { db }: Session,
  server: Guid,
  packages: readonly Guid[] | undefined,
): Promise<Map<Guid, PackageHoldingTable>> {
  const all = db.selectFrom('PackageHolding').selectAll().where('ResourceGuid', '=', server);
  const rows: PackageHoldingTable[] = packages === undefined ? await all.execute() : [];
  for (const some of batches(packages ?? [])) rows.push(...(await all.where('PackageGuid', 'in', some).execute()));
  return new Map(rows.map((row) => [row.PackageGuid, row]));
}

function batches<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / BATCH) }, (_, index) =>
    all.slice(index * BATCH, (index + 1) * BATCH),
  );
}

/** A found fault stays until another version, or the same one built anew, is told of. */
function stillWrong(before: PackageHoldingTable | undefined, now: Row): string {
  if (before === undefined || before.State !== now.State) return '';
  return before.HeldVersion === now.HeldVersion ? before.ProbeProblem : '';
}

const PROGRESS: readonly string[] = ['DoneBytes', 'TotalBytes'];

function isOther(before: PackageHoldingTable | undefined, now: Row, butFor: readonly string[] = []): boolean {
  if (before === undefined) return true;
  return (Object.keys(now) as (keyof Row)[]).some((column) => {
    if (butFor.includes(column)) return false;
    return PROGRESS.includes(column) ? Number(before[column]) !== now[column] : before[column] !== now[column];
  });
}

/** A package may be deleted while a server still holds it. */
async function existing({ db }: Session, rows: readonly Row[]): Promise<Set<Guid>> {
  const found = new Set<Guid>();
  const guids = rows.map(({ PackageGuid }) => PackageGuid);
  const packages = db.selectFrom('Package').select('Guid').where('State', '<>', REMOVED);
  for (const some of batches(guids)) {
    for (const { Guid } of await packages.where('Guid', 'in', some).execute()) found.add(Guid);
  }
  return found;
}
