/**
 * Conflicts of identity: several machines under one GUID (`shared`), or one machine or name under two (`duplicate`). They
 * are found where keys arrive, and decided by people: what a computer says of itself never moves an identity.
 */
import { newGuid, type Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { addToTimeline } from '../computers/timeline.ts';

export type ConflictKind = 'shared' | 'duplicate';
export type ConflictState = 'open' | 'ignored' | 'resolved';

export interface ConflictSighting {
  kind: ConflictKind;
  /** Shared: the GUID, twice. Duplicate: the two GUIDs, in any order. */
  pair: readonly [Guid, Guid];
  /** Keys that both have, as `name=value`; none for a shared GUID, whose evidence is HardwareSeen. */
  keys: readonly string[];
}

interface Evidence {
  keys: string[];
}

/** Conflicts that one computer can be in: what it claims must not fill the table. */
const MOST_OF_A_COMPUTER = 10;
const MOST_KEYS = 20;

/** Notes what was seen: a new conflict opens, a known one counts on, an ignored one stays ignored. */
export async function noteConflicts(
  session: Session,
  clock: Clock,
  sightings: readonly ConflictSighting[],
): Promise<void> {
  for (const sighting of sightings) await noteConflict(session, clock, sighting);
}

async function noteConflict(session: Session, clock: Clock, { kind, pair, keys }: ConflictSighting): Promise<void> {
  const [first, other] = [...pair].sort() as [Guid, Guid];
  const known = await session.db
    .selectFrom('IdentityConflict')
    .select(['Guid', 'State', 'Evidence', 'TimesSeen'])
    .where('ResourceGuid', '=', first)
    .where('OtherGuid', '=', other)
    .where('Kind', '=', kind)
    .executeTakeFirst();
  if (known === undefined) return open(session, clock, kind, [first, other], keys);
  const evidence = JSON.parse(known.Evidence) as Evidence;
  const all = [...new Set([...evidence.keys, ...keys])].slice(0, MOST_KEYS);
  const reopened = known.State === 'resolved' && !(await isBeingSplit(session, kind, first));
  await session.db
    .updateTable('IdentityConflict')
    .set({
      LastSeenAt: utc(clock.now()),
      TimesSeen: known.TimesSeen + 1,
      Evidence: JSON.stringify({ ...evidence, keys: all }),
      ...(reopened ? { State: 'open', DecidedAt: null, DecidedBy: null, Decision: '' } : {}),
    })
    .where('Guid', '=', known.Guid)
    .execute();
  if (reopened) await tell(session, clock, kind, [first, other]);
}

/** The other machine of a split still goes by the old GUID until it registers: that is no news. */
async function isBeingSplit({ db }: Session, kind: ConflictKind, guid: Guid): Promise<boolean> {
  if (kind !== 'shared') return false;
  const waiting = await db
    .selectFrom('ResourceSplit')
    .select('NewGuid')
    .where('ResourceGuid', '=', guid)
    .where('DoneAt', 'is', null)
    .executeTakeFirst();
  return waiting !== undefined;
}

async function open(
  session: Session,
  clock: Clock,
  kind: ConflictKind,
  pair: readonly [Guid, Guid],
  keys: readonly string[],
): Promise<void> {
  const { db } = session;
  const { count } = await db
    .selectFrom('IdentityConflict')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where((row) => row.or([row('ResourceGuid', 'in', pair), row('OtherGuid', 'in', pair)]))
    .executeTakeFirstOrThrow();
  if (Number(count) >= MOST_OF_A_COMPUTER) return;
  const names = await db.selectFrom('Resource').select(['Guid', 'Name']).where('Guid', 'in', pair).execute();
  const nameOf = (guid: Guid): string => names.find((row) => row.Guid === guid)?.Name ?? guid;
  const at = utc(clock.now());
  await db
    .insertInto('IdentityConflict')
    .values({
      Guid: newGuid(),
      Kind: kind,
      ResourceGuid: pair[0],
      OtherGuid: pair[1],
      ResourceName: nameOf(pair[0]),
      OtherName: nameOf(pair[1]),
      State: 'open',
      FirstSeenAt: at,
      LastSeenAt: at,
      TimesSeen: 1,
      DecidedAt: null,
      DecidedBy: null,
      Decision: '',
      Evidence: JSON.stringify({ keys: keys.slice(0, MOST_KEYS) }),
    })
    .execute();
  await tell(session, clock, kind, pair);
}

async function tell(session: Session, clock: Clock, kind: ConflictKind, pair: readonly [Guid, Guid]): Promise<void> {
  const at = clock.now();
  const entry = (computer: Guid, other: Guid) => ({
    computer,
    at,
    kind: 'conflict',
    detail:
      kind === 'shared'
        ? 'Several machines go by this GUID: their hardware takes turns.'
        : `The computer ${other} has the same hardware or the same name.`,
  });
  const entries = kind === 'shared' ? [entry(pair[0], pair[0])] : [entry(pair[0], pair[1]), entry(pair[1], pair[0])];
  await addToTimeline(session, entries);
}

/** Closes every open conflict that one of the computers (at most 500) is in. */
export async function closeConflicts(
  session: Session,
  clock: Clock,
  by: string,
  decision: string,
  computers: readonly Guid[],
): Promise<void> {
  await session.db
    .updateTable('IdentityConflict')
    .set({
      State: 'resolved',
      DecidedAt: utc(clock.now()),
      DecidedBy: by.slice(0, 255),
      Decision: decision.slice(0, 400),
    })
    .where('State', '=', 'open')
    .where((row) => row.or([row('ResourceGuid', 'in', computers), row('OtherGuid', 'in', computers)]))
    .execute();
}

/** The open conflict of each of the computers (at most 1,000) that is in one: which page shows it. */
export async function openConflictsOf({ db }: Session, computers: readonly Guid[]): Promise<Map<Guid, Guid>> {
  if (computers.length === 0) return new Map();
  const rows = await db
    .selectFrom('IdentityConflict')
    .select(['Guid', 'ResourceGuid', 'OtherGuid'])
    .where('State', '=', 'open')
    .where((row) => row.or([row('ResourceGuid', 'in', computers), row('OtherGuid', 'in', computers)]))
    .execute();
  const wanted = new Set(computers);
  const conflicts = new Map<Guid, Guid>();
  for (const { Guid: guid, ResourceGuid, OtherGuid } of rows) {
    for (const computer of [ResourceGuid, OtherGuid]) if (wanted.has(computer)) conflicts.set(computer, guid);
  }
  return conflicts;
}

export async function countOpenConflicts({ db }: Session): Promise<number> {
  const { count } = await db
    .selectFrom('IdentityConflict')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('State', '=', 'open')
    .executeTakeFirstOrThrow();
  return Number(count);
}
