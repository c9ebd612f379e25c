/** Writes the batched last contacts, counts and policy changes, and trims what has served its time. */
import { utc } from '../../models/clock.ts';
import type { AppContext } from '../context.ts';
import { every, type Service } from './service.ts';

/** Who was heard of five seconds ago is as good as now; the writing is the dearer the more often it is done. */
const FLUSH_MS = 5000;
const TRIM_MS = 10 * 60_000;
const COUNTERS_KEPT_MS = 14 * 24 * 3600_000;

export function housekeeping(context: AppContext, trimChanges: () => Promise<void>): Service {
  let lastTrim = context.clock.now();
  let failing = false;
  const work = async (): Promise<void> => {
    await context.contacts.flush();
    await context.counters.flush();
    await context.policies.history.flush(context.cmdb, context.clock);
    failing = false;
    const now = context.clock.now();
    if (now - lastTrim < TRIM_MS) return;
    lastTrim = now;
    await trimChanges();
    await context.cmdb.db
      .deleteFrom('MinuteCounter')
      .where('MinuteAt', '<', utc(now - COUNTERS_KEPT_MS))
      .execute();
    await context.cmdb.db.deleteFrom('SignInSession').where('ExpiresAt', '<', utc(now)).execute();
  };
  return every(FLUSH_MS, work, (error) => {
    // They stay in memory until they can be written.
    if (!failing) context.log.error({ err: error }, 'last contacts, counts and policy changes cannot be written');
    failing = true;
  });
}
