/** What the charts and the audit log show: the last hours, minute by minute, and who did what. */
import { utc } from '../clock.ts';
import type { CounterName } from '../metrics/counters.ts';
import { DAY, MINUTE } from './computers.ts';
import type { SeededPackage } from './packages.ts';
import type { SeededPolicy } from './policies.ts';
import type { Random } from './random.ts';
import type { RowWriter } from './rowWriter.ts';

const MINUTES = 180;

/** Counters of the last three hours: an hourly check-in of every computer and what follows from it. */
export function addCounters(writer: RowWriter, random: Random, computers: number, now: number): void {
  const perMinute = computers / 60;
  const thisMinute = Math.floor(now / MINUTE) * MINUTE;
  for (let ago = MINUTES; ago >= 1; ago--) {
    // A slow wave with some noise on it, so that the chart looks like a day and not like a ruler.
    const wave = 1 + 0.25 * Math.sin((thisMinute / MINUTE - ago) / 23);
    const amount = (share: number): number => Math.round(perMinute * share * wave * (0.85 + random.fraction() * 0.3));
    const counts: Partial<Record<CounterName, number>> = {
      checkIns: amount(1),
      checkInsUnchanged: amount(0.97),
      eventsAccepted: amount(0.2),
      eventsApplied: amount(0.2),
      packageInfo: amount(0.05),
      downloads: amount(0.3),
      downloadBytes: amount(0.3) * 240_000,
      refused: amount(0.002),
    };
    for (const [name, total] of Object.entries(counts)) {
      if (total > 0)
        writer.add('MinuteCounter', { Name: name, MinuteAt: utc(thisMinute - ago * MINUTE), Total: total });
    }
  }
}

/** Entries for the packages and policies that were made, in the order of time. */
export function addAudit(
  writer: RowWriter,
  random: Random,
  packages: readonly SeededPackage[],
  policies: readonly SeededPolicy[],
): void {
  const entries = [
    ...packages.map((made) => ({ at: made.createdAt, kind: 'package', guid: made.guid, name: made.name })),
    ...policies.map((made) => ({ at: made.launchedAt, kind: 'policy', guid: made.guid, name: made.name })),
  ].sort((one, other) => one.at - other.at);
  for (const entry of entries) {
    writer.add('AuditEntry', {
      At: utc(entry.at),
      Actor: 'seed',
      Action: 'create',
      ObjectKind: entry.kind,
      ObjectGuid: entry.guid,
      ObjectName: entry.name,
      Detail: JSON.stringify({ after: { name: entry.name } }),
      Address: `10.16.0.${random.between(20, 60)}`,
    });
  }
}

/** Creation times of seeded targets and sites: before everything that uses them. */
export const longAgo = (now: number): string => utc(now - 900 * DAY);
