/** Hands every recorded change, of this node or another, to whatever keeps the changed thing in memory. */
import type { ChangeFollower } from '../../models/changes/changeLog.ts';
import type { AppContext } from '../context.ts';
import { every, type Service } from './service.ts';

const POLL_MS = 500;

export function changeFollowing(context: AppContext, follower: ChangeFollower): Service {
  const keepers = [context.agents, context.packages, context.sites, context.policies];
  const poll = async (): Promise<void> => {
    for (const change of await follower.poll()) {
      for (const keeper of keepers) await keeper.applyChange(context.cmdb, change);
    }
  };
  let failing = false;
  return every(
    POLL_MS,
    async () => {
      await poll();
      if (failing) context.log.info('the CMDB answers again');
      failing = false;
    },
    (error) => {
      // Once per outage: it is tried again twice a second.
      if (!failing) context.log.error({ err: error }, 'changes cannot be read from the CMDB');
      failing = true;
    },
  );
}
