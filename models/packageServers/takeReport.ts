/** Takes what a package server says it holds. Only what is different is written; a report without news writes its time. */
import type { Guid } from '../../wire/guid.ts';
import { holdingsDigest, type HeldPackage, type PackageServerReport } from '../../wire/packageServer.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import type { PackageHoldingTable, PackageServerReportTable } from '../cmdb/schema.ts';
import { insertOrUpdate, isUniqueViolation } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';

export interface TakenReport {
  /** Something that the choice of codebases rests on is another one than before. */
  isNews: boolean;
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
  // The digest is computed here again: what is kept as known is what really came.
  const digest = report.packages === undefined ? (before?.Digest ?? '') : holdingsDigest(report.packages);
  const row = { ...columnsOf(guid, report, at), Digest: digest, ProbedAt: before?.ProbedAt ?? null };
  await insertOrUpdate(session, 'PackageServerReport', ['ResourceGuid'], {
    ...row,
    ProbeProblem: before?.ProbeProblem ?? '',
  });
  const isMoved = before === undefined || PLACE.some((column) => before[column] !== row[column]);
  const isOther = report.packages !== undefined && (await takeHoldings(session, guid, report.packages, at));
  if (isMoved || isOther) await recordChange(session, clock, 'packageServer', guid);
  return { isNews: isMoved || isOther, wantsPackages: report.packages === undefined && report.digest !== digest };
}

const PLACE = ['Addresses', 'HttpUrl', 'HttpsUrl', 'Pin'] as const;

const columnsOf = (
  guid: Guid,
  report: PackageServerReport,
  at: string,
): Omit<PackageServerReportTable, 'Digest' | 'ProbedAt' | 'ProbeProblem'> => ({
  ResourceGuid: guid,
  ReportedAt: at,
  Version: report.version,
  Addresses: report.addresses.join(' '),
  HttpUrl: report.httpUrl,
  HttpsUrl: report.httpsUrl,
  Pin: report.pin,
  FreeBytes: report.freeBytes,
  TotalBytes: report.totalBytes,
  StoredBytes: report.storedBytes,
  ClientCount: report.clientCount,
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

/** Answers whether anything was written. What is not in the list any more is gone. */
async function takeHoldings(
  session: Session,
  server: Guid,
  held: readonly HeldPackage[],
  at: string,
): Promise<boolean> {
  const { db } = session;
  const rows = await db.selectFrom('PackageHolding').selectAll().where('ResourceGuid', '=', server).execute();
  const known = new Map(rows.map((row) => [row.PackageGuid, row]));
  const told = new Map(held.map((one) => [one.guid, one]));
  const gone = rows.filter(({ PackageGuid }) => !told.has(PackageGuid)).map(({ PackageGuid }) => PackageGuid);
  const others = [...told.values()]
    .map((one) => rowOf(server, one))
    .filter((row) => isOther(known.get(row.PackageGuid), row));
  const real = await existing(session, others);
  const fresh = others.filter(({ PackageGuid }) => real.has(PackageGuid));
  const away = [...gone, ...fresh.map(({ PackageGuid }) => PackageGuid)];
  for (let from = 0; from < away.length; from += BATCH) {
    const some = away.slice(from, from + BATCH);
    await db.deleteFrom('PackageHolding').where('ResourceGuid', '=', server).where('PackageGuid', 'in', some).execute();
  }
  // What a look found to be wrong is over when the server holds something else.
  const written = fresh.map((row) => ({
    ...row,
    ChangedAt: at,
    ProbedAt: null,
    ProbeProblem: stillWrong(known.get(row.PackageGuid), row),
  }));
  if (written.length > 0) await session.insertMany('PackageHolding', written);
  return away.length > 0;
}

/** A found fault stays until another version, or the same one built anew, is told of. */
function stillWrong(before: PackageHoldingTable | undefined, now: Row): string {
  if (before === undefined || before.State !== now.State) return '';
  return before.HeldVersion === now.HeldVersion ? before.ProbeProblem : '';
}

function isOther(before: PackageHoldingTable | undefined, now: Row): boolean {
  if (before === undefined) return true;
  return (Object.keys(now) as (keyof Row)[]).some((column) =>
    column === 'DoneBytes' || column === 'TotalBytes'
      ? Number(before[column]) !== now[column]
      : before[column] !== now[column],
  );
}

/** A package may be deleted while a server still holds it. */
async function existing({ db }: Session, rows: readonly Row[]): Promise<Set<Guid>> {
  const found = new Set<Guid>();
  const guids = rows.map(({ PackageGuid }) => PackageGuid);
  for (let from = 0; from < guids.length; from += BATCH) {
    const some = guids.slice(from, from + BATCH);
    for (const { Guid } of await db.selectFrom('Package').select('Guid').where('Guid', 'in', some).execute())
      found.add(Guid);
  }
  return found;
}
