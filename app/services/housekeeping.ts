/** Writes the batched last contacts, counts, policy changes and samples of the queue, and trims what is over. */
import { utc } from '../../models/clock.ts';
import { QueueSampler } from '../../models/metrics/queueSamples.ts';
import type { AppContext } from '../context.ts';
import { every, type Service } from './service.ts';

/** Who was heard of five seconds ago is as good as now; the writing is the dearer the more often it is done. */
const FLUSH_MS = 5000;
const TRIM_MS = 10 * 60_000;

export function housekeeping(context: AppContext, trimChanges: () => Promise<void>): Service {
  let lastTrim = context.clock.now();
  let failing = false;
  const sampler = new QueueSampler(context.cmdb, context.clock, context.queue);
  const work = async (): Promise<void> => {
    await context.contacts.flush();
    await context.counters.flush();
    await context.policies.history.flush(context.cmdb, context.clock);
    await sampler.sample();
    await context.producers.flush(context.cmdb);
    failing = false;
    const now = context.clock.now();
    if (now - lastTrim < TRIM_MS) return;
    lastTrim = now;
    await trimChanges();
    await context.cmdb.db.deleteFrom('SignInSession').where('ExpiresAt', '<', utc(now)).execute();
  };
  return every(FLUSH_MS, work, (error) => {
    // They stay in memory until they can be written.
    if (!failing) context.log.error({ err: error }, 'last contacts, counts and policy changes cannot be written');
    failing = true;
  });
}
