import type { Cmdb } from '../cmdb/types.ts';
import { assignComputers } from './assignComputers.ts';
import { countSubnets } from './census.ts';

/** After a change of subnets or sites: every computer gets its site, and every subnet its count. */
export async function settleComputers(cmdb: Cmdb): Promise<void> {
  await assignComputers(cmdb);
  await countSubnets(cmdb);
}
