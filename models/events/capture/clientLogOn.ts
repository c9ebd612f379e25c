/**
 * Client log-on: who logged on and off, and how long they stayed. Machine usage and the primary user are computed from
 * it (models/associations/machineUsage.ts).
 */
import { CAPTURE_ITEM, DATA_CLASS } from '../../../wire/wellKnown.ts';
import { utc } from '../../clock.ts';
import type { ApplyContext, CaptureItem, StagedEvent } from '../captureItem.ts';
import { EventRejected } from '../eventRejected.ts';
import type { NseEvent } from '../nseEvent.ts';
import { eventRows, rowNumber, rowTime, type EventRow } from './eventRows.ts';
import { noteFlags, rowsOf, utcOrNull } from './statusEvents.ts';

type Column = 'User' | 'Domain' | 'Event' | 'Log On' | 'Log Off' | 'Duration';

interface LogOn {
  user: string;
  domain: string;
  event: string;
  logOnAt: number | null;
  logOffAt: number | null;
  /** Seconds that no other event tells of. */
  duration: number | null;
}

/** The longest session that one event may tell of: longer ones would outweigh every other for good. */
const LONGEST_SECONDS = 28 * 24 * 3600;

export const clientLogOn: CaptureItem<LogOn[]> = {
  guid: CAPTURE_ITEM.clientLogOn,
  name: 'Client log-on',
  stage: (event, { classes, flags }) =>
    eventRows<Column>(event, classes, DATA_CLASS.clientLogOn, flags).map((row) => logOn(row, event, flags)),
  apply,
};

function logOn(row: EventRow<Column>, event: NseEvent, flags: Set<string>): LogOn {
  // As Windows writes it: DOMAIN\user.
  const [, domain, user] = /^(?:([^\\]*)\\)?(.*)$/.exec(row.User?.trim() ?? '')!;
  if (user === '') throw new EventRejected('A log-on event names no user.');
  return {
    user: user!,
    domain: row.Domain?.trim() || (domain ?? ''),
    event: row.Event ?? '',
    logOnAt: rowTime(row['Log On'], 'log-on', event, flags),
    logOffAt: rowTime(row['Log Off'], 'log-off', event, flags),
    duration: seconds(row.Duration, flags),
  };
}

function seconds(text: string | undefined, flags: Set<string>): number | null {
  const duration = rowNumber(text, 'duration', flags);
  if (duration === null || (duration >= 0 && duration <= LONGEST_SECONDS)) return duration;
  flags.add('The duration is less than nothing or more than 28 days; it was left out.');
  return null;
}

async function apply({ session }: ApplyContext, events: readonly StagedEvent<LogOn[]>[]): Promise<void> {
  await session.insertMany(
    'ClientLogOn',
    rowsOf(events).map((row) => ({
      ResourceGuid: row.computer,
      EventAt: utc(row.at),
      UserName: row.user,
      UserDomain: row.domain,
      Event: row.event,
      LogOnAt: utcOrNull(row.logOnAt),
      LogOffAt: utcOrNull(row.logOffAt),
      DurationSeconds: row.duration,
    })),
  );
  await noteFlags(session, events, 'Log-on event');
}
