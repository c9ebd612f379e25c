/** Counts who lies in which subnet, and which networks inventory has seen; what people change is counted at once. */
import { takeCensus } from '../../models/sites/census.ts';
import type { AppContext } from '../context.ts';
import { every, type Service } from './service.ts';

const LOOK_MS = 60_000;
/** Reads the addresses of all computers: of use to lists only, so not at every look. */
const COUNT_EVERY = 5;

export function subnetCensus({ cmdb, log }: AppContext): Service {
  let looks = 0;
  let failing = false;
  const look = async (): Promise<void> => {
    if (looks++ % COUNT_EVERY === 0) await takeCensus(cmdb);
    failing = false;
  };
  return every(LOOK_MS, look, (error) => {
    if (!failing) log.error({ err: error }, 'the computers of subnets cannot be counted');
    failing = true;
  });
}
