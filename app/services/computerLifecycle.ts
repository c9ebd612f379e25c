/** Retires silent computers, deletes retired ones and empties the recycle bin, once a day, by the rules of the console. */
import { carryOutDaily } from '../../models/resources/carryOut.ts';
import type { AppContext } from '../context.ts';
import { every, type Service } from './service.ts';

const LOOK_MS = 10 * 60_000;

export function computerLifecycle(context: AppContext): Service {
  const { cmdb, clock, agents, log } = context;
  const ending = new AbortController();
  const daily = every(
    LOOK_MS,
    async () => {
      const done = await carryOutDaily({ cmdb, clock, agents }, ending.signal);
      if (done !== undefined) log.info(done, 'carried out the rules for silent and deleted computers');
    },
    (error) => log.error({ err: error }, 'the rules for silent and deleted computers could not be carried out'),
  );
  return {
    start: () => daily.start(),
    stop: () => {
      ending.abort();
      return daily.stop();
    },
  };
}
