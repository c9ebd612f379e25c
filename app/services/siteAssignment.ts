/**
 * Gives computers that sent an inventory their site, and all of them when targets that are assigned have new members; what
 * an administrator changes about sites is applied at once.
 */
import { utc } from '../../models/clock.ts';
import { assignComputers } from '../../models/sites/assignComputers.ts';
import type { AppContext } from '../context.ts';
import { every, type Service } from './service.ts';

const LOOK_MS = 60_000;
/** An inventory's time is that of its acceptance: it may be applied a while later. */
const OVERLAP_MS = 10 * 60_000;

export function siteAssignment({ cmdb, clock, log, sites }: AppContext): Service {
  // The first run takes in what came while no server was running.
  let since: number | undefined;
  let assigned = sites.assignmentChanges;
  let failing = false;
  const assign = async (): Promise<void> => {
    const now = clock.now();
    const { assignmentChanges } = sites;
    const isAll = since === undefined || assigned !== assignmentChanges;
    await assignComputers(cmdb, isAll ? undefined : utc(since! - OVERLAP_MS));
    since = now;
    assigned = assignmentChanges;
    failing = false;
  };
  return every(LOOK_MS, assign, (error) => {
    if (!failing) log.error({ err: error }, 'computers cannot be given their sites');
    failing = true;
  });
}
