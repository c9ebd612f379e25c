/**
 * How many packages each package server has in which state. With 500 servers and 5,000 packages that is too much to count
 * for every page, so a count is kept and only what has changed since is counted anew: packages, holdings and distributions
 * are replaced when they change, so whether one is still the same object says enough.
 */
import type { Guid } from '../../wire/guid.ts';
import type { CatalogueEntry, PackageCatalogue } from '../packages/catalogue.ts';
import { assignmentReason, type Distribution } from './distribution.ts';
import { isReady, stateOf } from './holdingState.ts';
import type { PackageHoldings, PackageServerIndex } from './packageServerIndex.ts';
import type { KnownServer } from './placement.ts';

/** As if no server were silent: that is a matter of the moment, and of the server rather than of its packages. */
const STATES = ['unwanted', 'ready', 'downloading', 'stale', 'pending', 'invalid', 'silent'] as const;
export type CountedState = (typeof STATES)[number];
export type StateCounts = Readonly<Record<CountedState, number>>;

const READY = STATES.indexOf('ready');
/** A server has nothing to do with the package. */
const NOTHING = 255;

interface Counted {
  entry: CatalogueEntry;
  holdings: PackageHoldings;
  distribution: Distribution;
  /** By a server's place: index into STATES, or NOTHING. */
  states: Uint8Array;
}

type Packages = Pick<PackageCatalogue, 'all'>;
type Servers = Pick<PackageServerIndex, 'placement' | 'holdingsOf' | 'distributionOf'>;

export class ServerStateCounts {
  readonly #servers: Servers;
  readonly #packages: Packages;
  readonly #places = new Map<Guid, Place>();
  /** Places of servers that are gone, for the next that come. */
  #free: number[] = [];
  #room = 0;
  #counted = new Map<Guid, Counted>();

  constructor(servers: Servers, packages: Packages) {
    this.#servers = servers;
    this.#packages = packages;
  }

  /** `undefined` for a computer that is no package server. */
  of(server: Guid): StateCounts | undefined {
    this.#takeIn();
    return this.#places.get(server)?.counts;
  }

  /** All servers at once: what has changed is looked for once only. */
  all(): ReadonlyMap<Guid, StateCounts> {
    this.#takeIn();
    return new Map([...this.#places].map(([guid, { counts }]) => [guid, counts]));
  }

  #takeIn(): void {
    const { servers } = this.#servers.placement;
    this.#takeServers(servers);
    const left = new Set(this.#counted.keys());
    for (const entry of this.#packages.all()) {
      left.delete(entry.guid);
      const holdings = this.#servers.holdingsOf(entry.guid);
      const distribution = this.#servers.distributionOf(entry.guid);
      const known = this.#counted.get(entry.guid);
      if (known?.entry === entry && known.holdings === holdings && known.distribution === distribution) continue;
      this.#count({ entry, holdings, distribution }, known, servers);
    }
    for (const guid of left) this.#forget(guid);
  }

  /** Servers that came, went or serve other sites; with packages as they were counted last. */
  #takeServers(servers: ReadonlyMap<Guid, KnownServer>): void {
    for (const [guid, place] of this.#places) {
      if (servers.has(guid)) continue;
      for (const { states } of this.#counted.values()) states[place.at] = NOTHING;
      this.#places.delete(guid);
      this.#free.push(place.at);
    }
    for (const server of servers.values()) {
      const sites = server.sites.join();
      const place = this.#places.get(server.guid);
      if (place === undefined) this.#begin(server, sites);
      else if (place.sites !== sites) this.#recount(server, place, sites);
    }
  }

  #begin(server: KnownServer, sites: string): void {
    if (this.#free.length === 0) this.#grow();
    const place: Place = { at: this.#free.pop()!, sites, counts: noneYet() };
    this.#places.set(server.guid, place);
    this.#recount(server, place, sites);
  }

  #recount(server: KnownServer, place: Place, sites: string): void {
    place.sites = sites;
    for (const known of this.#counted.values()) {
      const state = codeOf(known, server);
      move(place, known.states[place.at]!, state);
      known.states[place.at] = state;
    }
  }

  #grow(): void {
    const room = Math.max(64, this.#room * 2);
    this.#free = Array.from({ length: room - this.#room }, (_, index) => room - 1 - index);
    this.#room = room;
    for (const known of this.#counted.values()) known.states = withRoom(known.states, room);
  }

  #count(now: Omit<Counted, 'states'>, before: Counted | undefined, servers: ReadonlyMap<Guid, KnownServer>): void {
    const states = before?.states ?? withRoom(undefined, this.#room);
    for (const [guid, place] of this.#places) {
      const state = codeOf(now, servers.get(guid)!);
      move(place, states[place.at]!, state);
      states[place.at] = state;
    }
    this.#counted.set(now.entry.guid, { ...now, states });
  }

  #forget(guid: Guid): void {
    const { states } = this.#counted.get(guid)!;
    for (const place of this.#places.values()) move(place, states[place.at]!, NOTHING);
    this.#counted.delete(guid);
  }
}

/** A server's place in the states of each package. */
interface Place {
  readonly at: number;
  /** Which packages go to it rests on these. */
  sites: string;
  readonly counts: Record<CountedState, number>;
}

function move({ counts }: Place, from: number, to: number): void {
  if (from === to) return;
  if (from !== NOTHING) counts[STATES[from]!]--;
  if (to !== NOTHING) counts[STATES[to]!]++;
}

function withRoom(states: Uint8Array | undefined, room: number): Uint8Array {
  const larger = new Uint8Array(room).fill(NOTHING);
  if (states !== undefined) larger.set(states);
  return larger;
}

const noneYet = (): Record<CountedState, number> => ({
  unwanted: 0,
  ready: 0,
  downloading: 0,
  stale: 0,
  pending: 0,
  invalid: 0,
  silent: 0,
});

function codeOf({ entry, holdings, distribution }: Omit<Counted, 'states'>, server: KnownServer): number {
  const holding = holdings.byServer.get(server.guid);
  const current = entry.version === undefined ? undefined : entry.snapshots.get(entry.version);
  const isWanted = entry.isEnabled && current !== undefined && assignmentReason(distribution, server) !== undefined;
  if (!isWanted) return holding === undefined ? NOTHING : STATES.indexOf('unwanted');
  // Nearly all are: without a word for each, millions are counted in a moment.
  if (holding !== undefined && isReady(current, holding)) return READY;
  return STATES.indexOf(stateOf(current, holding, false).state);
}

const kept = new WeakMap<Servers, ServerStateCounts>();

/** The counts of a process, made when they are first asked for. */
export function stateCounts(servers: Servers, packages: Packages): ServerStateCounts {
  let counts = kept.get(servers);
  if (counts === undefined) kept.set(servers, (counts = new ServerStateCounts(servers, packages)));
  return counts;
}

export interface Readiness {
  ready: number;
  assigned: number;
}

/** Of the packages that are to be there; a silent server has none ready, whatever it last said. */
export function readinessOf(counts: StateCounts, isSilent: boolean): Readiness {
  const { ready, downloading, stale, pending, invalid } = counts;
  return { ready: isSilent ? 0 : ready, assigned: ready + downloading + stale + pending + invalid };
}
