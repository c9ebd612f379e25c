/** Sends the queue's events in order; one at a time, each gone from disk only after the server's 200. */
import { PAGE } from '../../wire/paths.ts';
import { accepted } from '../http/client.ts';
import { Refused, sentence } from '../http/errors.ts';
import type { AgentLog } from '../base/log.ts';
import type { Server } from '../identity/server.ts';
import type { EventQueue } from './queue.ts';

/** Answers that no repetition will change: not XML, too large, of no known encoding. */
const HOPELESS = new Set([400, 413, 415]);

/** Posts until the queue is empty. @throws Unreachable, Refused: the event and those behind it stay where they are */
export async function postEvents(
  queue: EventQueue,
  server: Server,
  log: AgentLog,
  signal: AbortSignal,
): Promise<number> {
  let posted = 0;
  for (let event = queue.first(); event !== undefined && !signal.aborted; event = queue.first()) {
    const call = { method: 'POST' as const, address: PAGE.postEvent, body: event.body };
    try {
      accepted(await server.call(call, signal), 'event');
      queue.remove(event);
      posted += 1;
    } catch (error) {
      if (!(error instanceof Refused) || !HOPELESS.has(error.status)) throw error;
      log.error(`Event ${event.file} is set aside, the server will not have it: ${sentence(error)}`);
      queue.setAside(event);
    }
  }
  return posted;
}
