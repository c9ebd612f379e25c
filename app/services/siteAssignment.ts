/** Gives computers that sent an inventory the site of their address; what an administrator changes is applied at once. */
import { utc } from '../../models/clock.ts';
import { assignComputers } from '../../models/sites/assignComputers.ts';
import type { AppContext } from '../context.ts';
import { every, type Service } from './service.ts';

const LOOK_MS = 60_000;
/** An inventory's time is that of its acceptance: it may be applied a while later. */
const OVERLAP_MS = 10 * 60_000;

export function siteAssignment({ cmdb, clock, log }: AppContext): Service {
  // The first run takes in what came while no server was running.
  let since: number | undefined;
  let failing = false;
  const assign = async (): Promise<void> => {
    const now = clock.now();
    await assignComputers(cmdb, since === undefined ? undefined : utc(since - OVERLAP_MS));
    since = now;
    failing = false;
  };
  return every(LOOK_MS, assign, (error) => {
    if (!failing) log.error({ err: error }, 'computers cannot be given their sites');
    failing = true;
  });
}
