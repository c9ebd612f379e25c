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
import { LoadCount, loadChanges, type Holdings, type ServerLoad } from './serverLoads.ts';
import type { SiteAssignments } from './siteAssignments.ts';
import type { Places, SiteIndex, SiteName } from './siteIndex.ts';

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
  const after = stateAfter(deps, change);
  const sitesAfter = after.sites as SiteIndex;
  const indexAfter = change.assignments === undefined ? sitesAfter : sitesAfter.assigning(change.assignments);
  const placesAfter = placesOnceGone(indexAfter, new Set(change.goneSites));
  const loads = { before: new LoadCount(deps), after: new LoadCount(after) };
  const moves = new Map<string, Move>();
  const first: MovedComputer[] = [];
  for await (const slice of computers(session)) {
    for (const { ResourceGuid: guid, Name: name, IpAddress: address } of slice) {
      const was = deps.sites.placesOf(guid, [address]);
      const will = placesAfter(guid, address);
      loads.before.add(was);
      loads.after.add(will);
      if (was.site.site?.guid === will.site.site?.guid) continue;
      const [from, to] = [nameOf(was.site.site), nameOf(will.site.site)];
      if (first.length < MOST_NAMED) first.push({ guid, name, address, from, to });
      noteMove(moves, from, to);
    }
  }
  return summary({
    moves: [...moves.values()].sort((a, b) => b.computers - a.computers),
    first,
    loads: loadChanges(deps, loads.before, loads.after),
    losses: [...lossesBetween(deps, after, change).map(lossLine), ...unservedLine(change, loads)],
  });
}

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

const nameOf = (site: SiteName | undefined): string | null => site?.name ?? null;

function noteMove(moves: Map<string, Move>, from: string | null, to: string | null): void {
  const key = JSON.stringify([from, to]);
  const move = moves.get(key);
  if (move === undefined) moves.set(key, { from, to, computers: 1 });
  else move.computers++;
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

/** In slices: agents are answered in between. In the order of names, so that the first are those a list begins with. */
async function* computers(session: Session) {
  for (let last: { Name: string; ResourceGuid: Guid } | undefined; ;) {
    let query = session.db
      .selectFrom('Computer')
      .select(['ResourceGuid', 'Name', 'IpAddress'])
      .orderBy('Name')
      .orderBy('ResourceGuid');
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
