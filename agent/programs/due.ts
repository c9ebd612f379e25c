/** Whether a program is to run now, and if not, when to look again: a pure function of policy, record and time. */
import { firesOn, nextRun } from '../../wire/schedule.ts';
import type { SoftwareAdvertisement } from '../../wire/softwareDelivery.ts';
import type { DeliveryRecord } from './journal.ts';

export interface DueQuestion {
  advertisement: SoftwareAdvertisement;
  record: DeliveryRecord;
  /** Version of the package that is here; 0 for one without files. */
  version: number;
  now: Date;
  /** When the computer was started. */
  bootAt: Date;
}

export type DueAnswer =
  | { due: true; occasion: 'asap' | 'startup' | 'scheduled'; at: Date }
  /** A start that was missed and is not made up for. */
  | { due: false; skip: true; at: Date }
  | { due: false; skip: false; next: Date | undefined };

/** A start is on time within this: the agent may be busy with another program. */
const ON_TIME_MS = 10 * 60_000;
/** Two readings of the computer's start differ by the clock's corrections. */
const SAME_BOOT_MS = 120_000;

export function isDue({ advertisement, record, version, now, bootAt }: DueQuestion): DueAnswer {
  if (advertisement.runAsSoonAsPossible && record.asapVersion !== version)
    return { due: true, occasion: 'asap', at: now };
  if (firesOn(advertisement.schedule, 'startup', now) && isNewBoot(record, bootAt)) {
    return { due: true, occasion: 'startup', at: bootAt };
  }
  const seenAt = record.seenVersion === version ? (record.seenAt ?? now.getTime()) : now.getTime();
  const lastRun = record.lastStartVersion === version ? record.lastStartAt : undefined;
  // A clock that was wrong and has been set back must not hold up the schedule until that time comes again.
  const after = new Date(Math.min(Math.max(seenAt, record.lastStartAt ?? 0), now.getTime()));
  const next = nextRun(advertisement.schedule, after, lastRun === undefined ? undefined : new Date(lastRun));
  if (next === undefined || next.getTime() > now.getTime()) return { due: false, skip: false, next };
  const isMissed = now.getTime() - next.getTime() > ON_TIME_MS;
  if (isMissed && advertisement.onlyAtScheduledTime) return { due: false, skip: true, at: next };
  return { due: true, occasion: 'scheduled', at: next };
}

/** The policy was known before the computer started, and this start has not been answered yet. */
function isNewBoot(record: DeliveryRecord, bootAt: Date): boolean {
  const boot = bootAt.getTime();
  const isKnownBefore = record.seenAt !== undefined && record.seenAt < boot;
  return isKnownBefore && Math.abs((record.bootAt ?? 0) - boot) > SAME_BOOT_MS;
}
