/**
 * How many packages each package server has in which state. With 500 servers and 5,000 packages that is too much to count
 * for every page, so a count is kept and only what has changed since is counted anew: packages, holdings and distributions
 * are replaced when they change, so whether one is still the same object says enough.
 */
import type { Guid } from '../../wire/guid.ts';
import type { CatalogueEntry, PackageCatalogue } from '../packages/catalogue.ts';
import { assignmentReason, type Distribution } from './distribution.ts';
import { stateOf } from './holdingState.ts';
import type { PackageHoldings, PackageServerIndex } from './packageServerIndex.ts';
import type { KnownServer } from './placement.ts';

/** As if no server were silent: that is a matter of the moment, and of the server rather than of its packages. */
const STATES = ['unwanted', 'ready', 'downloading', 'stale', 'pending', 'invalid', 'silent'] as const;
export type CountedState = (typeof STATES)[number];
export type StateCounts = Readonly<Record<CountedState, number>>;

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
  #places = new Map<Guid, number>();
  /** Sites of each server, in the order of the places: which packages go to it rests on these. */
  #sites: string[] = [];
  #counts: Record<CountedState, number>[] = [];
  #counted = new Map<Guid, Counted>();

  constructor(servers: Servers, packages: Packages) {
    this.#servers = servers;
    this.#packages = packages;
  }

  /** `undefined` for a computer that is no package server. */
  of(server: Guid): StateCounts | undefined {
    this.#takeIn();
    const place = this.#places.get(server);
    return place === undefined ? undefined : this.#counts[place];
  }

  /** All servers at once: what has changed is looked for once only. */
  all(): ReadonlyMap<Guid, StateCounts> {
    this.#takeIn();
    return new Map([...this.#places].map(([guid, place]) => [guid, this.#counts[place]!]));
  }

  #takeIn(): void {
    const servers = [...this.#servers.placement.servers.values()];
    if (!this.#isSamePlacement(servers)) this.#begin(servers);
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

  #isSamePlacement(servers: readonly KnownServer[]): boolean {
    if (servers.length !== this.#sites.length) return false;
    return servers.every(
      ({ guid, sites }, place) => this.#places.get(guid) === place && this.#sites[place] === sites.join(),
    );
  }

  #begin(servers: readonly KnownServer[]): void {
    this.#places = new Map(servers.map(({ guid }, place) => [guid, place]));
    this.#sites = servers.map(({ sites }) => sites.join());
    this.#counts = servers.map(noneYet);
    this.#counted = new Map();
  }

  #count(now: Omit<Counted, 'states'>, before: Counted | undefined, servers: readonly KnownServer[]): void {
    const states = new Uint8Array(servers.length);
    servers.forEach((server, place) => {
      const state = codeOf(now, server);
      states[place] = state;
      this.#move(place, before?.states[place] ?? NOTHING, state);
    });
    this.#counted.set(now.entry.guid, { ...now, states });
  }

  #forget(guid: Guid): void {
    this.#counted.get(guid)!.states.forEach((state, place) => this.#move(place, state, NOTHING));
    this.#counted.delete(guid);
  }

  #move(place: number, from: number, to: number): void {
    const counts = this.#counts[place]!;
    if (from !== NOTHING) counts[STATES[from]!]--;
    if (to !== NOTHING) counts[STATES[to]!]++;
  }
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
