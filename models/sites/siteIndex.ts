/** The site of an address: longest prefix over IPv4 and IPv6 subnets, in memory, with its reason. */
import type { Guid } from '../../wire/guid.ts';
import type { Change } from '../changes/changeLog.ts';
import type { Session } from '../cmdb/types.ts';
import { InTurn } from '../inTurn.ts';
import { addressBytes } from './address.ts';
import { PrefixTrie } from './prefixTrie.ts';

export interface SiteMatch {
  site: { guid: Guid; name: string } | undefined;
  /** The subnet that decided, as `network/prefix`; undefined when none contains the address. */
  subnet: string | undefined;
  /** One sentence for the console: why this site. */
  reason: string;
}

interface KnownSubnet {
  text: string;
  site: { guid: Guid; name: string } | undefined;
}

export class SiteIndex {
  #ipv4 = new PrefixTrie<KnownSubnet>();
  #ipv6 = new PrefixTrie<KnownSubnet>();
  /** One reading at a time: one that began earlier could otherwise overwrite what a later one has found. */
  readonly #readings = new InTurn();

  static async load(session: Session): Promise<SiteIndex> {
    const index = new SiteIndex();
    await index.refresh(session);
    return index;
  }

  /**
   * The longest prefix decides, also when it belongs to no site: a subnet without a site is a statement, and must not
   * fall to whatever larger subnet lies around it.
   */
  siteOf(address: string): SiteMatch {
    const bytes = addressBytes(address);
    if (bytes === undefined) return { site: undefined, subnet: undefined, reason: `${address} is not an address.` };
    const subnet = (bytes.length === 4 ? this.#ipv4 : this.#ipv6).find(bytes);
    if (subnet === undefined) return { site: undefined, subnet: undefined, reason: `No subnet contains ${address}.` };
    const { site, text } = subnet;
    const reason =
      site === undefined
        ? `${address} lies in ${text}, which belongs to no site.`
        : `${address} lies in ${text}, the longest prefix that contains it, which belongs to ${site.name}.`;
    return { site, subnet: text, reason };
  }

  /** One match an address, in their order: a computer with several network cards may be in several sites. */
  matchesOf(addresses: readonly string[]): SiteMatch[] {
    return addresses.map((address) => this.siteOf(address));
  }

  /** Several network cards: the first address that lies in a site decides. Without one, the first address explains. */
  siteOfAddresses(addresses: readonly string[]): SiteMatch {
    let first: SiteMatch | undefined;
    for (const address of addresses) {
      const match = this.siteOf(address);
      if (match.site !== undefined) return match;
      first ??= match;
    }
    return first ?? { site: undefined, subnet: undefined, reason: 'No address is known.' };
  }

  async applyChange(session: Session, change: Change): Promise<void> {
    if (change.Kind === 'site') await this.refresh(session);
  }

  /** Reads all subnets anew, without waiting for the news of their change. */
  refresh(session: Session): Promise<void> {
    return this.#readings.run(() => this.#read(session));
  }

  async #read(session: Session): Promise<void> {
    const rows = await session.db
      .selectFrom('Subnet as n')
      .leftJoin('Item as i', 'i.Guid', 'n.SiteGuid')
      .select(['n.Network', 'n.PrefixLength', 'n.SiteGuid', 'i.Name'])
      .execute();
    const ipv4 = new PrefixTrie<KnownSubnet>();
    const ipv6 = new PrefixTrie<KnownSubnet>();
    for (const { Network, PrefixLength, SiteGuid, Name } of rows) {
      const bytes = addressBytes(Network);
      if (bytes === undefined) continue;
      const site = SiteGuid === null ? undefined : { guid: SiteGuid, name: Name ?? '' };
      (bytes.length === 4 ? ipv4 : ipv6).add(bytes, PrefixLength, { text: `${Network}/${PrefixLength}`, site });
    }
    this.#ipv4 = ipv4;
    this.#ipv6 = ipv6;
  }
}
