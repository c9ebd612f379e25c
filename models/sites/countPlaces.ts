/**
 * Computers by their places before and after a change. An address decides for all that have it, and most computers are
 * given nowhere by name: they are counted by address, which an index of the database answers without reading a row.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Guid } from '../../wire/guid.ts';
import { readMatching } from '../cmdb/bulk.ts';
import { top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { readMembersOf } from './assignmentRows.ts';
import type { SiteAssignments } from './siteAssignments.ts';
import type { Places, SiteIndex } from './siteIndex.ts';

/** One side of a change. */
export interface PlacesOf {
  /** Subnets as they are then. */
  subnets: Pick<SiteIndex, 'siteOf'>;
  placesOf: (computer: Guid, address: string) => Places;
}

export interface PlaceGroup {
  was: Places;
  will: Places;
  computers: number;
  /** Theirs, when they come to another site. */
  addresses: string[];
}

export const isMove = ({ was, will }: Pick<PlaceGroup, 'was' | 'will'>): boolean =>
  was.site.site?.guid !== will.site.site?.guid;

/** A computer that is in no list: assigned with all computers, if at all. */
const ANYBODY = '' as Guid;
const BATCH = 1000;

/** `assignments`: who is to be assigned by hand, when that is what changes. */
export async function countPlaces(
  session: Session,
  before: PlacesOf,
  after: PlacesOf,
  assignments?: SiteAssignments,
): Promise<PlaceGroup[]> {
  const groups = new Map<string, PlaceGroup>();
  const groupOf = (address: string): PlaceGroup => {
    const from = before.subnets.siteOf(address).subnet;
    const to = after.subnets === before.subnets ? from : after.subnets.siteOf(address).subnet;
    const key = `${from} ${to}`;
    let group = groups.get(key);
    if (group === undefined) {
      const [was, will] = [before.placesOf(ANYBODY, address), after.placesOf(ANYBODY, address)];
      groups.set(key, (group = { was, will, computers: 0, addresses: [] }));
    }
    return group;
  };
  for await (const slice of addresses(session)) {
    for (const { IpAddress, computers } of slice) {
      const group = groupOf(IpAddress);
      group.computers += Number(computers);
      if (isMove(group)) group.addresses.push(IpAddress);
    }
  }
  const listed = await listedComputers(session, assignments);
  const own = listed.map(({ ResourceGuid, IpAddress }): PlaceGroup => {
    groupOf(IpAddress).computers--;
    const [was, will] = [before, after].map((side) => side.placesOf(ResourceGuid, IpAddress)) as [Places, Places];
    return { was, will, computers: 1, addresses: [IpAddress] };
  });
  return [...groups.values(), ...own].filter(({ computers }) => computers > 0);
}

/** In slices: agents are answered in between. */
async function* addresses(session: Session) {
  for (let last: string | undefined; ;) {
    let query = session.db
      .selectFrom('Computer')
      .select((row) => ['IpAddress', row.fn.countAll<number>().as('computers')])
      .groupBy('IpAddress')
      .orderBy('IpAddress');
    if (last !== undefined) query = query.where('IpAddress', '>', last);
    const slice = await top(session, query, BATCH).execute();
    if (slice.length > 0) yield slice;
    if (slice.length < BATCH) return;
    last = slice.at(-1)!.IpAddress;
    await turn();
  }
}

/** Those in lists that are assigned, or are to be: what is said of all others does not hold for them. */
async function listedComputers(session: Session, assignments: SiteAssignments | undefined) {
  const listed = new Set((await readMembersOf(session)).map(({ computer }) => computer));
  for (const computer of assignments?.listed ?? []) listed.add(computer);
  const keys = [...listed].map((guid) => [guid]);
  const columns = ['ResourceGuid', 'IpAddress'];
  return readMatching<{ ResourceGuid: Guid; IpAddress: string }>(session, 'Computer', columns, ['ResourceGuid'], keys);
}
