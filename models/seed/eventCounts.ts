/** What the pages of queues, producers and space show of the last days. */
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb } from '../cmdb/types.ts';
import { sampleSpace } from '../retention/measureSpace.ts';
import { DAY, MINUTE, type SeededComputer } from './computers.ts';
import type { SeededPolicy } from './policies.ts';
import type { Random } from './random.ts';
import type { RowWriter } from './rowWriter.ts';

const HOUR = 60 * MINUTE;
const TALLY_DAYS = 7;
const NOISY_COMPUTERS = 12;
const SAMPLE_MINUTES = 24 * 60;
const SPACE_DAYS = 30;
const PURGE_DAYS = 10;

const INVENTORY_BYTES = 6200;
const STATUS_BYTES = 1100;

/** Hourly counts of the last week: some computers send more than their share, one sends what nobody understands. */
export async function addTallies(
  cmdb: Cmdb,
  writer: RowWriter,
  random: Random,
  computers: readonly SeededComputer[],
  policies: readonly SeededPolicy[],
  now: number,
): Promise<void> {
  const classes = await cmdb.db
    .selectFrom('DataClass')
    .select('Guid')
    .where('IsBuiltIn', '=', 1)
    .where('Kind', '=', 'inventory')
    .orderBy('Name')
    .execute();
  const noisy = computers.slice(0, NOISY_COMPUTERS);
  const thisHour = Math.floor(now / HOUR) * HOUR;
  for (let ago = 24 * TALLY_DAYS; ago >= 0; ago--) {
    const HourAt = utc(thisHour - ago * HOUR);
    const add = (Kind: string, Subject: string, Events: number, size: number, Bad = 0): void => {
      if (Events > 0) writer.add('EventTally', { Kind, HourAt, Subject, Events, Bytes: Events * size, Bad });
    };
    const inventories = Math.round((computers.length / 24) * (0.8 + random.fraction() * 0.4));
    const statuses = Math.round(inventories * 1.6);
    add('captureItem', CAPTURE_ITEM.basicInventory, inventories, INVENTORY_BYTES, inventories > 3 ? 1 : 0);
    add('captureItem', CAPTURE_ITEM.swdExecution, statuses, STATUS_BYTES);
    let rest = inventories + statuses;
    noisy.forEach((computer, place) => {
      const events = Math.min(rest, Math.max(0, Math.round((NOISY_COMPUTERS - place) * random.fraction())));
      rest -= events;
      add(
        'computer',
        computer.guid,
        events,
        place % 3 === 0 ? INVENTORY_BYTES : STATUS_BYTES,
        place === 1 ? events : 0,
      );
    });
    add('computer', '', rest, 3000);
    for (const { Guid: guid } of classes)
      add('dataClass', guid, inventories, Math.round(INVENTORY_BYTES / classes.length));
    for (const policy of policies.slice(0, 6))
      add('policy', policy.guid, Math.round((statuses / 8) * random.fraction()), STATUS_BYTES);
  }
}

/** The queue of the last day: short, but for one backlog that was worked off in an hour. */
export function addQueueSamples(writer: RowWriter, random: Random, computers: number, now: number): void {
  const thisMinute = Math.floor(now / MINUTE) * MINUTE;
  let depth = 0;
  for (let ago = SAMPLE_MINUTES; ago >= 1; ago--) {
    const Entered = Math.round((computers / 300) * (0.7 + random.fraction() * 0.6) * (ago > 400 && ago < 430 ? 30 : 1));
    const Settled = Math.min(depth + Entered, Math.round(computers / 60) + 5);
    depth += Entered - Settled;
    if (Entered === 0 && Settled === 0 && depth === 0) continue;
    writer.add('QueueSample', {
      MinuteAt: utc(thisMinute - ago * MINUTE),
      QueueName: 'fast',
      Depth: depth,
      Bytes: depth * STATUS_BYTES,
      OldestSeconds: depth === 0 ? 0 : Math.round((60 * depth) / Math.max(1, Settled)),
      Entered,
      Settled,
    });
  }
}

/** A month of sizes that lead up to what the tables hold now, by as much as each day would have added. */
export async function addSpaceSamples(cmdb: Cmdb, clock: Clock): Promise<void> {
  // Sampling on SQL Server asks for rights that a demonstration need not have.
  if (cmdb.engine !== 'sqlite') return;
  await sampleSpace(cmdb, clock, '');
  const sizes = await cmdb.db.selectFrom('SpaceSample').select(['TableName', 'RowCount', 'Bytes']).execute();
  const today = Math.floor(clock.now() / DAY) * DAY;
  const rows = sizes.flatMap(({ TableName, RowCount, Bytes }) =>
    Array.from({ length: SPACE_DAYS }, (_, index) => ({
      DayAt: utc(today - (index + 1) * DAY),
      TableName,
      RowCount: Math.round(RowCount * (1 - (index + 1) / 100)),
      Bytes: Math.round(Bytes * (1 - (index + 1) / 100)),
      IsEstimate: 0,
    })),
  );
  await cmdb.insertMany('SpaceSample', rows);
}

export function addPurgeRuns(writer: RowWriter, random: Random, now: number): void {
  const midnight = Math.floor(now / DAY) * DAY;
  // Up to the last one that is due: a server that starts has nothing to catch up with.
  for (let ago = PURGE_DAYS; ago >= 0; ago--) {
    const started = midnight - ago * DAY + 2 * HOUR;
    if (started > now) break;
    const removed = random.between(20, 900);
    const ended = utc(started + removed * 90);
    const detail = [
      { label: 'Timeline entries of computers', removed: Math.floor(removed / 3) },
      { label: 'Marks of applied events', removed: removed - Math.floor(removed / 3) },
    ];
    writer.add('PurgeRun', {
      State: 'done',
      RequestedBy: 'schedule',
      RequestedAt: utc(started),
      StartedAt: utc(started),
      SeenAt: ended,
      EndedAt: ended,
      Node: 'seed',
      Step: '',
      Planned: removed,
      Removed: removed,
      Detail: JSON.stringify(detail),
    });
  }
}
