/** The places of a computer: by hand, else the longest prefix over IPv4 and IPv6 subnets; in memory, with its reason. */
import type { Guid } from '../../wire/guid.ts';
import type { Change } from '../changes/changeLog.ts';
import type { Session } from '../cmdb/types.ts';
import { InTurn } from '../inTurn.ts';
import { addressBytes } from './address.ts';
import { PrefixTable } from './prefixTable.ts';
import { NOT_ASSIGNED, SiteAssignments } from './siteAssignments.ts';

export interface SiteMatch {
  site: SiteName | undefined;
  /** The subnet that decided, as `network/prefix`; undefined when none contains the address. */
  subnet: string | undefined;
  /** One sentence for the console: why this site. */
  reason: string;
}

export interface SiteName {
  guid: Guid;
  name: string;
}

/** Where a computer is, and who serves it: all that the choice of sources knows of it. */
export interface Places {
  /** The first that is in a site, else the first: its rule holds. */
  site: SiteMatch;
  matches: readonly SiteMatch[];
  /** Package servers that the computer was given by hand, and why. */
  servers: readonly Guid[];
  serversReason: string;
}

interface KnownSubnet {
  text: string;
  site: SiteName | undefined;
}

/** What somebody wants to do to subnets, by `network/prefix`: the site that is to have it, none, or no subnet at all. */
export type SubnetChanges = ReadonlyMap<string, SiteName | undefined | 'gone'>;

const NOWHERE: SiteMatch = { site: undefined, subnet: undefined, reason: 'No address is known.' };

export class SiteIndex {
  #ipv4 = new PrefixTable<KnownSubnet>();
  #ipv6 = new PrefixTable<KnownSubnet>();
  #subnets: ReadonlyMap<string, KnownSubnet> = new Map();
  #assignments = new SiteAssignments();
  /** One reading at a time: one that began earlier could otherwise overwrite what a later one has found. */
  readonly #readings = new InTurn();

  static async load(session: Session): Promise<SiteIndex> {
    const index = new SiteIndex();
    await index.refresh(session);
    return index;
  }

  /** An index of subnets that are not in the CMDB, for a question before a change and for tests. */
  static of(subnets: Iterable<KnownSubnet>, assignments = new SiteAssignments()): SiteIndex {
    const index = new SiteIndex();
    index.#assignments = assignments;
    index.#take(subnets);
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
    return deciding(this.matchesOf(addresses));
  }

  /**
   * Assignments by hand win over subnets ("AD wins over manual conflicts; assignment by subnet, by server"): the subnet
   * still says which servers are next door, but for a computer of an Internet site, whose home network may be numbered
   * like one of ours. An unknown computer (undefined) is where its addresses are.
   */
  placesOf(computer: Guid | undefined, addresses: readonly string[]): Places {
    const assigned = computer === undefined ? NOT_ASSIGNED : this.#assignments.of(computer);
    const { matches: given, isOutside, servers, serversReason } = assigned;
    if (given.length === 0) {
      const matches = this.matchesOf(addresses);
      return { site: deciding(matches), matches, servers, serversReason };
    }
    const near = isOutside ? [] : this.matchesOf(addresses).map((match) => ({ ...match, site: undefined }));
    return { site: given[0]!, matches: [...given, ...near], servers, serversReason };
  }

  /** Rises whenever assignments by hand, or who is in them, were read. */
  get assignmentChanges(): number {
    return this.#assignments.changes;
  }

  /** The index as it would be after a change of subnets. */
  with(changes: SubnetChanges): SiteIndex {
    const subnets = new Map(this.#subnets);
    for (const [text, site] of changes) {
      if (site === 'gone') subnets.delete(text);
      else subnets.set(text, { text, site });
    }
    return SiteIndex.of(subnets.values(), this.#assignments);
  }

  /** The index as it would be with other assignments by hand. */
  assigning(assignments: SiteAssignments): SiteIndex {
    const index = new SiteIndex();
    index.#assignments = assignments;
    // They are replaced when subnets change, and never altered.
    [index.#ipv4, index.#ipv6, index.#subnets] = [this.#ipv4, this.#ipv6, this.#subnets];
    return index;
  }

  /** Subnets of a site, as `network/prefix`. */
  subnetsOf(site: Guid): string[] {
    return [...this.#subnets.values()].filter((subnet) => subnet.site?.guid === site).map(({ text }) => text);
  }

  async applyChange(session: Session, change: Change): Promise<void> {
    if (change.Kind === 'site') await this.refresh(session);
    else if (change.Kind === 'target' || change.Kind === 'computer')
      await this.#readings.run(() => this.#assignments.applyChange(session, change));
  }

  /** Reads all subnets and assignments anew, without waiting for the news of their change. */
  refresh(session: Session): Promise<void> {
    return this.#readings.run(async () => {
      await this.#read(session);
      await this.#assignments.read(session);
    });
  }

  async #read(session: Session): Promise<void> {
    const rows = await session.db
      .selectFrom('Subnet as n')
      .leftJoin('Item as i', 'i.Guid', 'n.SiteGuid')
      .select(['n.Network', 'n.PrefixLength', 'n.SiteGuid', 'i.Name'])
      .execute();
    this.#take(
      rows.map(({ Network, PrefixLength, SiteGuid, Name }) => ({
        text: `${Network}/${PrefixLength}`,
        site: SiteGuid === null ? undefined : { guid: SiteGuid, name: Name ?? '' },
      })),
    );
  }

  #take(subnets: Iterable<KnownSubnet>): void {
    const ipv4 = new PrefixTable<KnownSubnet>();
    const ipv6 = new PrefixTable<KnownSubnet>();
    const known = new Map<string, KnownSubnet>();
    for (const subnet of subnets) {
      const [network, prefix] = subnet.text.split('/') as [string, string];
      const bytes = addressBytes(network);
      if (bytes === undefined) continue;
      known.set(subnet.text, subnet);
      (bytes.length === 4 ? ipv4 : ipv6).add(bytes, Number(prefix), subnet);
    }
    this.#ipv4 = ipv4;
    this.#ipv6 = ipv6;
    this.#subnets = known;
  }
}

function deciding(matches: readonly SiteMatch[]): SiteMatch {
  return matches.find(({ site }) => site !== undefined) ?? matches[0] ?? NOWHERE;
}
