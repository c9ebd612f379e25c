/** Hands every recorded change, of this node or another, to whatever keeps the changed thing in memory. */
import type { Change, ChangeFollower } from '../../models/changes/changeLog.ts';
import { CmdbUnavailable } from '../../models/cmdb/types.ts';
import type { AppContext } from '../context.ts';
import { every, type Service } from './service.ts';

const POLL_MS = 500;

export function changeFollowing(context: AppContext, follower: ChangeFollower): Service {
  const { signingKeys } = context.secrets;
  const keepers = [
    signingKeys,
    context.agents,
    context.packages,
    context.sites,
    context.packageServers,
    context.policies,
  ];
  /** Read, and not handed to all keepers yet: the log tells each change once. */
  const waiting: Change[] = [];
  const poll = async (): Promise<void> => {
    waiting.push(...(await follower.poll()));
    for (let change = waiting[0]; change !== undefined; change = waiting[0]) {
      try {
        for (const keeper of keepers) await keeper.applyChange(context.cmdb, change);
      } catch (error) {
        // Tried again when the CMDB answers; with what fails for another reason nothing else must wait.
        if (!(error instanceof CmdbUnavailable)) waiting.shift();
        throw error;
      }
      waiting.shift();
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
