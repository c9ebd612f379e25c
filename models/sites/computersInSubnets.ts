import type { Session } from '../cmdb/types.ts';
import type { SiteIndex } from './siteIndex.ts';

/**
 * How many computers take their site from one of the subnets (`network/prefix`): those for whose address it is the
 * longest prefix. Looks at every computer: for a question before a change, not for a list.
 */
export async function countComputersIn(
  { db }: Session,
  index: Pick<SiteIndex, 'siteOf'>,
  subnets: ReadonlySet<string>,
): Promise<number> {
  const computers = await db.selectFrom('Computer').select('IpAddress').where('IpAddress', '<>', '').execute();
  let count = 0;
  for (const { IpAddress } of computers) {
    const { subnet } = index.siteOf(IpAddress);
    if (subnet !== undefined && subnets.has(subnet)) count++;
  }
  return count;
}
