/**
 * Computers that people gave to sites and package servers, whatever their addresses say (console-pages 2 and 4, "Manually
 * Assigned Agents"), in memory: a request pays one look-up.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Change } from '../changes/changeLog.ts';
import type { Session } from '../cmdb/types.ts';
import { readLinks, readMembersOf, type AssignedMember, type AssignmentLink } from './assignmentRows.ts';
import type { SiteMatch } from './siteIndex.ts';

export interface Assigned {
  /** One for each site that the computer was given; empty: its addresses decide. */
  readonly matches: readonly SiteMatch[];
  /** One of them is an Internet site: what its addresses are at home says nothing here. */
  readonly isOutside: boolean;
  /** Package servers that serve it whatever the site. */
  readonly servers: readonly Guid[];
  /** Why these servers, in a sentence; empty without any. */
  readonly serversReason: string;
}

export const NOT_ASSIGNED: Assigned = { matches: [], isOutside: false, servers: [], serversReason: '' };

export class SiteAssignments {
  #links: readonly AssignmentLink[] = [];
  #forAll: Assigned = NOT_ASSIGNED;
  /** Computers in lists that are assigned; those with the same lists share one object. */
  #byComputer = new Map<Guid, Assigned>();
  #byLists = new Map<string, Assigned>();
  #changes = 0;

  /** Assignments that are not in the CMDB, for tests. `links` in the order of `readLinks`. */
  static of(links: readonly AssignmentLink[], members: readonly AssignedMember[]): SiteAssignments {
    const assignments = new SiteAssignments();
    assignments.#take(links, members);
    return assignments;
  }

  /** Rises whenever assignments were read: what is derived from them is then to be made anew. */
  get changes(): number {
    return this.#changes;
  }

  get isEmpty(): boolean {
    return this.#links.length === 0;
  }

  of(computer: Guid): Assigned {
    return this.#byComputer.get(computer) ?? this.#forAll;
  }

  /** Computers in lists that are assigned. */
  get listed(): Iterable<Guid> {
    return this.#byComputer.keys();
  }

  isUsed(target: Guid): boolean {
    return this.#links.some((link) => link.target === target);
  }

  async applyChange(session: Session, { Kind, ItemGuid }: Change): Promise<void> {
    if (Kind === 'site') await this.read(session);
    if (Kind === 'target' && (ItemGuid === null || this.isUsed(ItemGuid))) await this.read(session);
    if (Kind === 'computer' && this.#links.some(({ isForAll }) => !isForAll))
      await this.#readComputer(session, ItemGuid);
  }

  async read(session: Session): Promise<void> {
    const links = await readLinks(session);
    this.#take(links, links.some(({ isForAll }) => !isForAll) ? await readMembersOf(session) : []);
  }

  #take(links: readonly AssignmentLink[], members: readonly AssignedMember[]): void {
    const lists = Map.groupBy(members, ({ computer }) => computer);
    this.#links = links;
    this.#byLists = new Map();
    this.#forAll = this.#made(new Set());
    this.#byComputer = new Map(
      [...lists].map(([computer, rows]) => [computer, this.#made(new Set(rows.map(({ target }) => target)))]),
    );
    this.#changes++;
  }

  async #readComputer(session: Session, computer: Guid | null): Promise<void> {
    if (computer === null) return this.read(session);
    const rows = await readMembersOf(session, computer);
    const before = this.of(computer);
    if (rows.length === 0) this.#byComputer.delete(computer);
    else this.#byComputer.set(computer, this.#made(new Set(rows.map(({ target }) => target))));
    // A computer that registers is news as well; most are in no list.
    if (this.of(computer) !== before) this.#changes++;
  }

  #made(lists: ReadonlySet<Guid>): Assigned {
    const links = this.#links.filter(({ target, isForAll }) => isForAll || lists.has(target));
    const key = links.map(({ id }) => id).join();
    let assigned = this.#byLists.get(key);
    if (assigned === undefined) this.#byLists.set(key, (assigned = assignedBy(links)));
    return assigned;
  }
}

/**
 * A computer that is named itself is not moved by the targets that it is in as well. Of several sites, or servers, by the
 * same way all count.
 */
export function assignedBy(links: readonly AssignmentLink[]): Assigned {
  if (links.length === 0) return NOT_ASSIGNED;
  const sites = nearest(links.filter(({ site }) => site !== undefined));
  const servers = nearest(links.filter(({ server }) => server !== undefined));
  const bySite = Map.groupBy(sites, ({ site }) => site!.guid);
  return {
    matches: [...bySite.values()].map((same) => ({
      site: { guid: same[0]!.site!.guid, name: same[0]!.site!.name },
      subnet: undefined,
      reason: siteReason(same),
    })),
    isOutside: sites.some(({ site }) => site!.isInternet),
    servers: [...new Set(servers.map(({ server }) => server!))],
    serversReason: servers.length === 0 ? '' : `It serves ${whom(servers)}, assigned by hand.`,
  };
}

function nearest(links: readonly AssignmentLink[]): readonly AssignmentLink[] {
  const own = links.filter(({ isOwn }) => isOwn);
  return own.length > 0 ? own : links;
}

function siteReason(links: readonly AssignmentLink[]): string {
  const { name, isInternet } = links[0]!.site!;
  const which = isInternet ? `the Internet site ${name}` : name;
  const who = links[0]!.isOwn ? 'The computer' : `Whoever is in ${targetNames(links)}`;
  return `${who} is assigned to ${which} by hand, which counts more than addresses.`;
}

const whom = (links: readonly AssignmentLink[]): string =>
  links[0]!.isOwn ? 'the computer' : `the computers of ${targetNames(links)}`;

const targetNames = (links: readonly AssignmentLink[]): string =>
  [...new Set(links.map(({ targetName }) => `“${targetName}”`))].sort().join(' and ');
