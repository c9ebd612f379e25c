/** Health: one line a check, with what to do. Used by the console's page, the dot in its frame, and the home page. */
import { statfs } from 'node:fs/promises';
import { sql } from 'kysely';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import type { EventQueue } from '../events/queue.ts';
import { lastRuns } from '../retention/purgeRuns.ts';
import { lastStart, readSchedule } from '../retention/schedule.ts';
import { daysUntilFull, readSpace } from '../retention/spaceReport.ts';
import { readAttention, SILENT_AFTER_DAYS, type Attention } from './attention.ts';

export type HealthState = 'ok' | 'warning' | 'error';
export type HealthTopic =
  | 'cmdb'
  | 'certificate'
  | 'queue'
  | 'badEvents'
  | 'disk'
  | 'packages'
  | 'packageServers'
  | 'agents'
  | 'purge'
  | 'space'
  | 'clock';

export interface HealthCheck {
  topic: HealthTopic;
  name: string;
  state: HealthState;
  /** What was found, with numbers. */
  finding: string;
  /** What to do about it; empty when all is well. */
  fix: string;
}

export interface HealthSources {
  cmdb: Session;
  clock: Clock;
  queue: Pick<EventQueue, 'state' | 'hasRoom'>;
  certificateEnds: Date;
  dataDir: string;
  minFreeDiskMb: number;
}

type Found = Pick<HealthCheck, 'state' | 'finding' | 'fix'>;

const MINUTE = 60_000;
const DAY = 86_400_000;
/** A server that was off at the time runs it when it is back; so late it is no longer that. */
const LATE_PURGE_MS = 2 * DAY;
const number = (value: number): string => value.toLocaleString('en-US');
const plural = (count: number, one: string, many: string): string => `${number(count)} ${count === 1 ? one : many}`;
const well = (finding: string): Found => ({ state: 'ok', finding, fix: '' });

/** All checks, in a fixed order. One that cannot be done is a problem of its own and stops none of the others. */
export async function checkHealth(sources: HealthSources): Promise<HealthCheck[]> {
  const attention = readAttention(sources);
  attention.catch(() => undefined);
  const checks: [HealthTopic, string, () => Found | Promise<Found>][] = [
    ['cmdb', 'Database', () => cmdbCheck(sources)],
    ['certificate', 'Certificate', () => certificateCheck(sources)],
    ['queue', 'Event queue', async () => queueCheck(await attention, sources)],
    ['badEvents', 'Bad events', async () => badEventCheck(await attention)],
    ['disk', 'Disk', () => diskCheck(sources)],
    ['packages', 'Packages', async () => packageCheck(await attention)],
    ['packageServers', 'Package servers', async () => packageServerCheck(await attention)],
    ['agents', 'Agents', async () => agentCheck(await attention, sources)],
    ['purge', 'Purge', () => purgeCheck(sources)],
    ['space', 'Growth', () => growthCheck(sources)],
    ['clock', 'Clock', () => clockCheck(sources)],
  ];
  return Promise.all(checks.map(async ([topic, name, look]) => ({ topic, name, ...(await looked(look)) })));
}

async function looked(look: () => Found | Promise<Found>): Promise<Found> {
  try {
    return await look();
  } catch {
    return { state: 'error', finding: 'This could not be looked at.', fix: 'See the database line and the log.' };
  }
}

export function worstState(checks: readonly HealthCheck[]): HealthState {
  const states = checks.map((check) => check.state);
  return states.includes('error') ? 'error' : states.includes('warning') ? 'warning' : 'ok';
}

async function cmdbCheck({ cmdb }: HealthSources): Promise<Found> {
  const started = performance.now();
  try {
    await cmdb.db.selectFrom('Role').select('Guid').execute();
  } catch {
    return {
      state: 'error',
      finding: 'The CMDB does not answer.',
      fix: 'Start the database, or mend NS_CMDB. Agents are told to wait and keep their data.',
    };
  }
  return well(`Answers in ${Math.max(1, Math.round(performance.now() - started))} ms.`);
}

function certificateCheck({ clock, certificateEnds }: HealthSources): Found {
  const days = Math.floor((certificateEnds.getTime() - clock.now()) / DAY);
  const ends = utc(certificateEnds.getTime()).slice(0, 10);
  const fix =
    'Give a new one by NS_TLS_CERT_FILE and NS_TLS_KEY_FILE with the same key, or agents that pin the key stop calling.';
  if (days < 0) return { state: 'error', finding: `Ended on ${ends}.`, fix };
  const finding = `${plural(days, 'day', 'days')} left, until ${ends}.`;
  return days < 7 ? { state: 'error', finding, fix } : days < 30 ? { state: 'warning', finding, fix } : well(finding);
}

function queueCheck({ queueDepth, queueOldestAt }: Attention, { clock, queue }: HealthSources): Found {
  const fix = 'Look at Event queues for the class that waits, and at the log for events that fail again and again.';
  if (!queue.hasRoom()) {
    return {
      state: 'error',
      finding: `Full: ${plural(queueDepth, 'event waits', 'events wait')}, agents are told to come back later.`,
      fix,
    };
  }
  if (queueOldestAt === undefined) return well('Empty.');
  const minutes = Math.max(0, Math.floor((clock.now() - queueOldestAt) / MINUTE));
  const finding = `${plural(queueDepth, 'event waits', 'events wait')}, the oldest for ${minutes < 1 ? 'less than a minute' : plural(minutes, 'minute', 'minutes')}.`;
  return minutes >= 60
    ? { state: 'error', finding, fix }
    : minutes >= 10
      ? { state: 'warning', finding, fix }
      : well(finding);
}

function badEventCheck({ badEvents }: Attention): Found {
  if (badEvents === 0) return well('None kept.');
  return {
    state: 'warning',
    finding: `${plural(badEvents, 'event was', 'events were')} not understood and kept.`,
    fix: 'Read the reasons; retry what a later version understands, discard the rest.',
  };
}

async function diskCheck({ dataDir, minFreeDiskMb }: HealthSources): Promise<Found> {
  const { bavail, bsize } = await statfs(dataDir);
  const freeMb = Math.floor((bavail * bsize) / (1024 * 1024));
  const finding = `${number(freeMb)} MB free for the data folder, ${number(minFreeDiskMb)} MB wanted.`;
  const fix =
    'Free space, or move the data folder (NS_DATA_DIR). Below the limit, readiness fails and snapshots are refused.';
  return freeMb < minFreeDiskMb
    ? { state: 'error', finding, fix }
    : freeMb < 4 * minFreeDiskMb
      ? { state: 'warning', finding, fix }
      : well(finding);
}

function packageCheck({ failingPackages }: Attention): Found {
  if (failingPackages === 0) return well('Every enabled package can be read.');
  return {
    state: 'warning',
    finding: `${plural(failingPackages, 'package', 'packages')} could not be read at the source; agents get the version before.`,
    fix: 'Open the package: its state says what is missing.',
  };
}

/** In every fleet some machines sleep: only a tenth of it is a sign of something else. */
function packageServerCheck({ packageServers: { all, troubled } }: Attention): Found {
  if (all === 0) return well('None: computers fetch packages from this server.');
  const finding = `${number(troubled)} of ${plural(all, 'package server', 'package servers')} silent or not reachable.`;
  if (troubled === 0) return well(finding);
  const fix = 'Their computers are sent elsewhere. Look whether ns package-server runs there, and at its log.';
  return { state: troubled === all ? 'error' : 'warning', finding, fix };
}

async function agentCheck({ silentAgents }: Attention, { cmdb }: HealthSources): Promise<Found> {
  const { Total } = await cmdb.db
    .selectFrom('Computer')
    .select((is) => is.fn.countAll().as('Total'))
    .executeTakeFirstOrThrow();
  const all = Number(Total);
  const finding = `${number(silentAgents)} of ${plural(all, 'computer', 'computers')} silent for more than ${SILENT_AFTER_DAYS} days.`;
  if (silentAgents === 0 || silentAgents * 10 < all) return well(finding);
  return { state: 'warning', finding, fix: 'Look for what they have in common: site, network, agent version.' };
}

/** A purge that does not finish is how such databases come to be too large to be purged at all. */
async function purgeCheck({ cmdb, clock }: HealthSources): Promise<Found> {
  const [last] = await lastRuns(cmdb, 1);
  if (last === undefined) return well('Has not run yet.');
  const removed = plural(last.removed, 'row', 'rows');
  if (last.state === 'failed')
    return { state: 'error', finding: `The last run failed after ${removed}.`, fix: 'The log of the server says why.' };
  if (last.state === 'overran')
    return {
      state: 'warning',
      finding: `The last run deleted ${removed} of ${number(last.planned)} and had no more time.`,
      fix: 'Give it more time, or an earlier start; the next run goes on.',
    };
  const late = clock.now() - Date.parse(last.requestedAt) - LATE_PURGE_MS;
  const due = lastStart(await readSchedule(cmdb), clock.now());
  if (late > 0 && Date.parse(last.requestedAt) < due && last.state !== 'running')
    return {
      state: 'warning',
      finding: `No run has begun since ${last.requestedAt.slice(0, 10)}.`,
      fix: 'Look at the log of the server, and run it now.',
    };
  if (last.state === 'interrupted') return well('The last run was cut off; it is begun again.');
  return well(last.state === 'done' ? `Deleted ${removed} in the last run.` : 'Under way.');
}

/** On SQL Server the free disk is the database server's and not known here. */
async function growthCheck({ cmdb, clock, dataDir }: HealthSources): Promise<Found> {
  const { growthPerDay, freeInside = 0 } = await readSpace(cmdb, clock.now());
  if (growthPerDay === undefined) return well('Not known yet: sizes are sampled daily.');
  const aDay = `${number(Math.round(growthPerDay / 1024))} KB a day`;
  if (cmdb.engine !== 'sqlite') return well(`${aDay}.`);
  const { bavail, bsize } = await statfs(dataDir);
  const days = daysUntilFull(bavail * bsize + freeInside, growthPerDay);
  if (days === undefined || days > 30) return well(`${aDay}; the disk will do.`);
  return {
    state: days < 7 ? 'error' : 'warning',
    finding: `${aDay}: the disk is full in about ${plural(Math.max(1, Math.floor(days)), 'day', 'days')}.`,
    fix: 'Keep less (Retention), or give the data folder a larger disk.',
  };
}

/** Schedules, tokens and the order of events all go by the clock: one that jumped back makes old things look new. */
async function clockCheck({ cmdb, clock }: HealthSources): Promise<Found> {
  const fix = 'Synchronise the clocks of this machine and the database server (NTP).';
  const { Latest } = await cmdb.db
    .selectFrom('ChangeLog')
    .select((is) => is.fn.max('At').as('Latest'))
    .executeTakeFirstOrThrow();
  const ahead = Latest === null ? 0 : Date.parse(Latest) - clock.now();
  if (ahead > 2 * MINUTE) {
    return {
      state: 'error',
      finding: `The database holds changes from ${plural(Math.round(ahead / MINUTE), 'minute', 'minutes')} ahead of this machine's clock.`,
      fix,
    };
  }
  if (cmdb.engine === 'sqlite') return well(`${utc(clock.now()).slice(0, 19).replace('T', ' ')} UTC.`);
  const { rows } = await sql<{ now: string }>`select convert(varchar(23), sysutcdatetime(), 126) as now`.execute(
    cmdb.db,
  );
  const apart = Math.abs(Date.parse(`${rows[0]!.now}Z`) - clock.now());
  const finding = `${(apart / 1000).toFixed(1)} s apart from the database server.`;
  return apart > MINUTE
    ? { state: 'error', finding, fix }
    : apart > 5000
      ? { state: 'warning', finding, fix }
      : well(finding);
}
