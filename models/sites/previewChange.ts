/**
 * What a change of sites and subnets would do, before anything is written: which computers move, who gets their load,
 * what would have to be copied, and who would be left without a source.
 */
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { Guid } from '../../wire/guid.ts';
import { top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import {
  lossesBetween,
  lossLine,
  stateAfter,
  type SourceChange,
  type SourceState,
} from '../packageServers/whoLosesSources.ts';
import { countPlaces, isMove, type PlaceGroup, type PlacesOf } from './countPlaces.ts';
import { LoadCount, loadChanges, type Holdings, type ServerLoad } from './serverLoads.ts';
import type { SiteAssignments } from './siteAssignments.ts';
import type { Places, SiteIndex } from './siteIndex.ts';

/** Computers that are named one by one. */
export const MOST_NAMED = 50;
const BATCH = 1000;

/** Sites as they are to be, sites that go (their subnets stay, in no site), and subnets. */
export interface SiteChange extends Pick<SourceChange, 'rules' | 'goneSites' | 'subnets'> {
  /** Who is to be assigned by hand; left out: those who are now. */
  assignments?: SiteAssignments;
}

export interface PreviewDeps extends SourceState, Holdings {
  sites: SiteIndex;
}

export interface Move {
  /** Null: no site. */
  from: string | null;
  to: string | null;
  computers: number;
}

export interface MovedComputer {
  guid: Guid;
  name: string;
  address: string;
  from: string | null;
  to: string | null;
}

export interface ChangePreview {
  /** Computers that get another site. */
  computers: number;
  /** The largest first. */
  moves: Move[];
  first: MovedComputer[];
  loads: ServerLoad[];
  /** Bytes that package servers would fetch. */
  bytes: number;
  /** A sentence for each place that would have no source of packages left. */
  losses: string[];
  /** Short text that is another one as soon as anything of this is: brought back with the confirmation. */
  seen: string;
}

/** Reads subnets and computers as they are now; writes nothing. */
export async function previewChange(session: Session, deps: PreviewDeps, change: SiteChange): Promise<ChangePreview> {
  await deps.sites.refresh(session);
  const state = stateAfter(deps, change);
  const sitesAfter = state.sites as SiteIndex;
  const indexAfter = change.assignments === undefined ? sitesAfter : sitesAfter.assigning(change.assignments);
  const before = placesIn(deps.sites);
  const after = { subnets: sitesAfter, placesOf: placesOnceGone(indexAfter, new Set(change.goneSites)) };
  const groups = await countPlaces(session, before, after, change.assignments);
  const loads = { before: new LoadCount(deps), after: new LoadCount(state) };
  for (const { was, will, computers } of groups) {
    loads.before.add(was, computers);
    loads.after.add(will, computers);
  }
  const moving = groups.filter(isMove);
  return summary({
    moves: movesOf(moving),
    first: await firstMoved(session, before, after, moving),
    loads: loadChanges(deps, loads.before, loads.after),
    losses: [...lossesBetween(deps, state, change).map(lossLine), ...unservedLine(change, loads)],
  });
}

const placesIn = (index: SiteIndex): PlacesOf => ({
  subnets: index,
  placesOf: (computer, address) => index.placesOf(computer, [address]),
});

/** Places keep what they have when computers are assigned elsewhere: it is those computers that may come to nothing. */
function unservedLine({ assignments }: SiteChange, { before, after }: Record<'before' | 'after', LoadCount>): string[] {
  const more = after.unserved - before.unserved;
  if (assignments === undefined || more <= 0) return [];
  return [
    `${more === 1 ? 'One computer' : `${more.toLocaleString('en-US')} computers`} more than now: no source for any package`,
  ];
}

/** Who was assigned by hand to a site that goes is where the address lies: the assignments go with the site. */
function placesOnceGone(index: SiteIndex, gone: ReadonlySet<Guid>) {
  return (computer: Guid, address: string): Places => {
    const places = index.placesOf(computer, [address]);
    const isGone = places.site.site !== undefined && gone.has(places.site.site.guid);
    return isGone ? { ...index.placesOf(undefined, [address]), servers: places.servers } : places;
  };
}

const nameOf = ({ site }: Places): string | null => site.site?.name ?? null;

function movesOf(groups: readonly PlaceGroup[]): Move[] {
  const moves = new Map<string, Move>();
  for (const { was, will, computers } of groups) {
    const [from, to] = [nameOf(was), nameOf(will)];
    const key = JSON.stringify([from, to]);
    const move = moves.get(key) ?? { from, to, computers: 0 };
    move.computers += computers;
    moves.set(key, move);
  }
  return [...moves]
    .sort(([a, { computers: one }], [b, { computers: other }]) => other - one || (a < b ? -1 : 1))
    .map(([, move]) => move);
}

function summary(found: Omit<ChangePreview, 'computers' | 'bytes' | 'seen'>): ChangePreview {
  const { moves, loads, losses } = found;
  const told = JSON.stringify([moves, loads, losses]);
  return {
    ...found,
    computers: moves.reduce((sum, move) => sum + move.computers, 0),
    bytes: loads.reduce((sum, { bytes }) => sum + bytes, 0),
    seen: createHash('sha256').update(told).digest('base64url').slice(0, 16),
  };
}

/** True when nobody would notice the change: no computer moves, no server has more or less to do. */
export const isWithoutEffect = ({ computers, loads, losses }: ChangePreview): boolean =>
  computers === 0 && loads.length === 0 && losses.length === 0;

/** Addresses that the database is asked for by name; of more, the first computers are soon found without. */
const MOST_ADDRESSES = 1000;

/** The first by name of those that move. */
async function firstMoved(
  session: Session,
  before: PlacesOf,
  after: PlacesOf,
  moving: readonly PlaceGroup[],
): Promise<MovedComputer[]> {
  const first: MovedComputer[] = [];
  if (moving.length === 0) return first;
  const addresses = [...new Set(moving.flatMap((group) => group.addresses))];
  for await (const slice of computers(session, addresses.length > MOST_ADDRESSES ? undefined : addresses)) {
    for (const { ResourceGuid: guid, Name: name, IpAddress: address } of slice) {
      const [was, will] = [before.placesOf(guid, address), after.placesOf(guid, address)];
      if (!isMove({ was, will })) continue;
      first.push({ guid, name, address, from: nameOf(was), to: nameOf(will) });
      if (first.length === MOST_NAMED) return first;
    }
  }
  return first;
}

/** Those with these addresses, or all, in the order of names. */
async function* computers(session: Session, addresses: readonly string[] | undefined) {
  for (let last: { Name: string; ResourceGuid: Guid } | undefined; ;) {
    let query = session.db
      .selectFrom('Computer')
      .select(['ResourceGuid', 'Name', 'IpAddress'])
      .orderBy('Name')
      .orderBy('ResourceGuid');
    if (addresses !== undefined) query = query.where('IpAddress', 'in', addresses);
    if (last !== undefined) {
      const { Name, ResourceGuid } = last;
      query = query.where((row) =>
        row.or([row('Name', '>', Name), row.and([row('Name', '=', Name), row('ResourceGuid', '>', ResourceGuid)])]),
      );
    }
    const slice = await top(session, query, BATCH).execute();
    if (slice.length > 0) yield slice;
    if (slice.length < BATCH) return;
    last = slice.at(-1);
    await turn();
  }
}
