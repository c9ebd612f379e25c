import type { Session } from '../cmdb/types.ts';
import type { SiteIndex } from './siteIndex.ts';

/** Subnets that are looked up one by one; of more, every computer is looked at once. */
const MOST_LOOKED_UP = 20;

/**
 * How many computers take their site from one of the subnets (`network/prefix`): those for whose address it is the
 * longest prefix. For a question before a change, not for a list.
 */
export async function countComputersIn(
  session: Session,
  index: Pick<SiteIndex, 'siteOf'>,
  subnets: ReadonlySet<string>,
): Promise<number> {
  const starts = [...subnets].map(startOf);
  const isFew = starts.length <= MOST_LOOKED_UP && starts.every((start) => start !== undefined);
  const addresses = isFew ? await addressesFrom(session, starts) : await addressesFrom(session, [undefined]);
  let count = 0;
  for (const address of addresses.values()) {
    const { subnet } = index.siteOf(address);
    if (subnet !== undefined && subnets.has(subnet)) count++;
  }
  return count;
}

/** What every address of an IPv4 subnet begins with, as text: its whole octets. Undefined where there is none. */
function startOf(subnet: string): string | undefined {
  const [network, prefix] = subnet.split('/') as [string, string];
  const octets = Math.floor(Number(prefix) / 8);
  if (network.includes(':') || octets === 0) return undefined;
  return network.split('.').slice(0, octets).join('.') + (octets === 4 ? '' : '.');
}

/** Addresses by computer. */
async function addressesFrom({ db }: Session, starts: readonly (string | undefined)[]): Promise<Map<string, string>> {
  const addresses = new Map<string, string>();
  for (const start of starts) {
    let computers = db.selectFrom('Computer').select(['ResourceGuid', 'IpAddress']).where('IpAddress', '<>', '');
    // A range of text, which the index of addresses serves; in every collation a letter comes after digits and dots.
    if (start !== undefined) computers = computers.where('IpAddress', '>=', start).where('IpAddress', '<', `${start}z`);
    for (const { ResourceGuid, IpAddress } of await computers.execute()) addresses.set(ResourceGuid, IpAddress);
  }
  return addresses;
}
