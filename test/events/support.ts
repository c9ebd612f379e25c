/** Events for tests: made, read from the recorded samples, and applied without queue and threads. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import type { Clock } from '../../models/clock.ts';
import type { Cmdb } from '../../models/cmdb/types.ts';
import { EventRejected } from '../../models/events/eventRejected.ts';
import type { Outcome, QueuedEvent } from '../../models/events/outcome.ts';
import { applyEvents, stageEvent, type ReadyEvent } from '../../models/events/process.ts';
import { DataClasses } from '../../models/inventory/dataClasses.ts';
import { guid, newGuid, type Guid } from '../../wire/guid.ts';
import { nseClass, writeNse, type NseMessage } from '../../wire/nse.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';

/** The computer of the recorded samples. */
export const WKS_042 = guid('0f6c1d52-8a3b-4c1e-9d55-2f1d2b3c4d5e');

export function sample(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../fixtures/protocol/${name}`, import.meta.url)), 'utf8');
}

/** A clock that stands still until it is set. */
export function fixedClock(iso: string): Clock & { at: number } {
  const clock = { at: Date.parse(iso), now: () => clock.at };
  return clock;
}

let lastId = 0;

export function queued(
  body: string | Uint8Array,
  options: { sender?: Guid | null; receivedAt?: string; id?: number } = {},
): QueuedEvent {
  const id = options.id ?? ++lastId;
  return {
    id,
    sender: options.sender === undefined ? WKS_042 : options.sender,
    receivedAt: Date.parse(options.receivedAt ?? '2031-01-01T00:00:00.000Z'),
    queueId: 'test',
    body: typeof body === 'string' ? Buffer.from(body) : body,
  };
}

/** Stages and applies events as one slice, as the processing thread does. */
export async function process(cmdb: Cmdb, clock: Clock, events: readonly QueuedEvent[]): Promise<Outcome[]> {
  const classes = await DataClasses.load(cmdb);
  const outcomes: Outcome[] = [];
  const ready: ReadyEvent[] = [];
  for (const event of events) {
    try {
      ready.push(stageEvent({ classes, spoolFolder: '' }, event));
    } catch (error) {
      if (!(error instanceof EventRejected)) throw error;
      outcomes.push({ id: event.id, kind: 'bad', reason: error.message });
    }
  }
  outcomes.push(...(await applyEvents({ cmdb, clock, classes, spoolFolder: '' }, ready)));
  return outcomes.sort((a, b) => a.id - b.id);
}

export function message(changes: Partial<NseMessage> & Pick<NseMessage, 'classes'>): string {
  return writeNse({
    to: CAPTURE_ITEM.basicInventory,
    priority: 0,
    msgId: newGuid(),
    time: new Date('2030-06-01T10:00:00.000Z'),
    biasMinutes: -120,
    resource: { guid: WKS_042, name: 'WKS-042', keys: [] },
    ...changes,
  });
}

export function inventory(name: string, changes: Partial<NseMessage> = {}): string {
  return message({
    classes: [nseClass('identification', [{ name, domain: 'EXAMPLE', osName: 'Example OS' }])],
    ...changes,
  });
}

/** Rows of any table, inventory tables included, without generated ids. */
export async function rowsOf(cmdb: Cmdb, table: string): Promise<Record<string, unknown>[]> {
  const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(table)}`.execute(cmdb.db);
  return rows.map((row) => {
    const copy: Record<string, unknown> = { ...row };
    delete copy._id;
    delete copy.Id;
    return copy;
  });
}
