/** Who is in a list. */
import type { Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { touchItem } from '../items/itemStore.ts';

export const MOST_COMPUTERS = 100_000;

/** GUIDs in one IN list. */
const BATCH = 1000;

function* batches(guids: readonly Guid[]): Generator<Guid[]> {
  for (let at = 0; at < guids.length; at += BATCH) yield guids.slice(at, at + BATCH);
}

/** @throws InvalidInput with the field `computers` when one of them is no managed computer */
export async function requireComputers({ db }: Session, computers: readonly Guid[]): Promise<void> {
  const missing = new Set(computers);
  for (const batch of batches(computers)) {
    const rows = await db.selectFrom('Computer').select('ResourceGuid').where('ResourceGuid', 'in', batch).execute();
    for (const { ResourceGuid } of rows) missing.delete(ResourceGuid);
  }
  if (missing.size === 0) return;
  const [first] = missing;
  const message =
    missing.size === 1
      ? `${first} is no known computer.`
      : `${missing.size} of them are no known computers, ${first} for one.`;
  throw new InvalidInput([{ field: 'computers', message }]);
}

/** All members, within the caller's transaction. */
export async function readMembers({ db }: Session, target: Guid): Promise<Set<Guid>> {
  const rows = await db.selectFrom('TargetMember').select('ResourceGuid').where('TargetGuid', '=', target).execute();
  return new Set(rows.map(({ ResourceGuid }) => ResourceGuid));
}

/** Writes what differs between a list and the wanted members; answers how many came and went. */
export async function replaceMembers(
  session: Session,
  target: Guid,
  wanted: readonly Guid[],
): Promise<{ added: number; removed: number }> {
  const present = await readMembers(session, target);
  const keep = new Set(wanted);
  const added = [...keep].filter((guid) => !present.has(guid));
  const removed = [...present].filter((guid) => !keep.has(guid));
  await insertMembers(session, target, added);
  await removeRows(session, target, removed);
  return { added: added.length, removed: removed.length };
}

async function insertMembers(session: Session, target: Guid, computers: readonly Guid[]): Promise<void> {
  if (computers.length === 0) return;
  const rows = computers.map((computer) => ({ TargetGuid: target, ResourceGuid: computer }));
  await session.insertMany('TargetMember', rows);
}

async function removeRows({ db }: Session, target: Guid, computers: readonly Guid[]): Promise<void> {
  for (const batch of batches(computers)) {
    await db.deleteFrom('TargetMember').where('TargetGuid', '=', target).where('ResourceGuid', 'in', batch).execute();
  }
}

/**
 * Puts computers into a list and takes others out. Answers how many came and went (those that were there already, or
 * were not, do not count), or `undefined` when there is no such list.
 * @throws InvalidInput with the field `computers`, also when the target is "All Computers"
 */
export async function changeMembers(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  target: Guid,
  change: { add?: readonly Guid[]; remove?: readonly Guid[] },
): Promise<{ added: number; removed: number } | undefined> {
  return cmdb.transaction(async (session) => {
    const list = await session.db
      .selectFrom('Target as t')
      .innerJoin('Item as i', 'i.Guid', 't.Guid')
      .select(['t.Kind', 'i.Name'])
      .where('t.Guid', '=', target)
      .executeTakeFirst();
    if (list === undefined) return undefined;
    if (list.Kind !== 'list') {
      throw new InvalidInput([{ field: 'computers', message: `"${list.Name}" has every computer in it.` }]);
    }
    await requireComputers(session, change.add ?? []);
    const wanted = await readMembers(session, target);
    for (const guid of change.remove ?? []) wanted.delete(guid);
    for (const guid of change.add ?? []) wanted.add(guid);
    if (wanted.size > MOST_COMPUTERS) {
      throw new InvalidInput([{ field: 'computers', message: `A list holds at most ${MOST_COMPUTERS} computers.` }]);
    }
    const done = await replaceMembers(session, target, [...wanted]);
    if (done.added + done.removed === 0) return done;
    await touchItem(session, clock, actor, target);
    await recordAudit(session, clock, actor, {
      action: 'change members',
      objectKind: 'target',
      objectGuid: target,
      objectName: list.Name,
      after: done,
    });
    await recordChange(session, clock, 'target', target);
    return done;
  });
}

export interface MemberRow {
  Guid: Guid;
  Name: string;
  Domain: string;
}

/** Members of a list by name; `search` finds in name and domain. At most 1,000 a page. */
export async function listMembers(
  session: Session,
  target: Guid,
  query: { search?: string; offset: number; limit: number },
): Promise<{ rows: MemberRow[]; total: number }> {
  let found = session.db
    .selectFrom('TargetMember as m')
    .innerJoin('Computer as c', 'c.ResourceGuid', 'm.ResourceGuid')
    .where('m.TargetGuid', '=', target);
  const search = query.search?.trim() ?? '';
  if (search !== '') {
    found = found.where((row) => row.or([contains(session, 'c.Name', search), contains(session, 'c.Domain', search)]));
  }
  const { total } = await found.select((row) => row.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const ordered = found
    .select(['c.ResourceGuid as Guid', 'c.Name', 'c.Domain'])
    .orderBy('c.Name')
    .orderBy('c.ResourceGuid');
  const rows = await page(session, ordered, query.offset, Math.min(query.limit, 1000)).execute();
  return { rows, total: Number(total) };
}
