/**
 * Giving computers and targets to a site, or directly to a package server, whatever their addresses say (console-pages 2
 * and 4). One transaction with its audit record; computers then take their new sites.
 */
import type { Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { insertList, removeTarget } from '../targets/changeTargets.ts';
import { readMembers, replaceMembers, requireComputers } from '../targets/targetMembers.ts';
import { AD_HOC } from '../targets/targetStore.ts';
import { assignComputers } from './assignComputers.ts';
import { assignedTargets, link, ownList, unlink, type AssignedPlace } from './assignmentLists.ts';
import { SiteAssignments } from './siteAssignments.ts';

export interface AssignmentChange {
  /** At most 10,000 computers and 1,000 targets, those that stay included. */
  add?: { computers?: readonly Guid[]; targets?: readonly Guid[] };
  remove?: { computers?: readonly Guid[]; targets?: readonly Guid[] };
}

const MOST_COMPUTERS = 10_000;
const MOST_TARGETS = 1000;
/** Whom an audit record names; of more it tells the number. */
const MOST_NAMED = 100;

/** Answers how many computers and targets came and went, or `undefined` when the place is gone. @throws InvalidInput */
export async function changeAssignments(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  place: AssignedPlace,
  change: AssignmentChange,
): Promise<{ added: number; removed: number } | undefined> {
  const done = await cmdb.transaction((session) => changeIn(session, clock, actor, place, change));
  if (done !== undefined && done.added + done.removed > 0 && place.kind === 'site') await assignComputers(cmdb);
  return done;
}

/** Takes the transaction back that a question was asked in. */
class Asked extends Error {
  readonly assignments: SiteAssignments;
  constructor(assignments: SiteAssignments) {
    super('only asked');
    this.assignments = assignments;
  }
}

/**
 * Who would be assigned where after the change: it is made, read and taken back, so that the answer cannot differ from
 * what the change does. `undefined` when the place is gone, or nothing would change. @throws InvalidInput
 */
export async function assignmentsAfter(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  place: AssignedPlace,
  change: AssignmentChange,
): Promise<SiteAssignments | undefined> {
  try {
    await cmdb.transaction(async (session) => {
      const done = await changeIn(session, clock, actor, place, change);
      if (done === undefined || done.added + done.removed === 0) return;
      const assignments = new SiteAssignments();
      await assignments.read(session);
      throw new Asked(assignments);
    });
    return undefined;
  } catch (error) {
    if (error instanceof Asked) return error.assignments;
    throw error;
  }
}

async function changeIn(
  session: Session,
  clock: Clock,
  actor: Actor,
  place: AssignedPlace,
  { add = {}, remove = {} }: AssignmentChange,
): Promise<{ added: number; removed: number } | undefined> {
  await lockPlace(session, place);
  const found = await readPlace(session, place);
  if (found === undefined) return undefined;
  if (found.isInternet && (add.computers ?? []).length > 0) {
    throw fault('computers', 'An Internet site takes its computers from targets only: assign a target.');
  }
  const computers = await changeComputers(session, clock, actor, place, add.computers ?? [], remove.computers ?? []);
  const targets = await changeTargets(session, place, add.targets ?? [], remove.targets ?? []);
  const came = [...targets.added, ...computers.added];
  const went = [...targets.removed, ...computers.removed];
  const done = { added: came.length, removed: went.length };
  if (done.added + done.removed === 0) return done;
  await recordAudit(session, clock, actor, {
    action: 'assign',
    objectKind: place.kind,
    objectGuid: place.guid,
    objectName: found.name,
    before: { assigned: went.slice(0, MOST_NAMED) },
    after: { assigned: came.slice(0, MOST_NAMED), computers: countsOf(computers), targets: countsOf(targets) },
  });
  // Also for a package server: the index of sites keeps who is assigned where.
  await recordChange(session, clock, 'site', place.kind === 'site' ? place.guid : null);
  return done;
}

/** Who came to a place and went, targets or computers. */
interface Moved {
  added: Guid[];
  removed: Guid[];
}

const countsOf = ({ added, removed }: Moved) => ({ added: added.length, removed: removed.length });

const fault = (field: string, message: string): InvalidInput => new InvalidInput([{ field, message }]);

/** Two people at one place take turns: each would find no list of computers there and make one. */
async function lockPlace({ db }: Session, { kind, guid }: AssignedPlace): Promise<void> {
  if (kind === 'site') {
    const same = db.updateTable('Site').set((row) => ({ Fallback: row.ref('Fallback') }));
    await same.where('Guid', '=', guid).execute();
  } else {
    const same = db.updateTable('PackageServer').set((row) => ({ KeySalt: row.ref('KeySalt') }));
    await same.where('ResourceGuid', '=', guid).execute();
  }
}

async function readPlace(
  { db }: Session,
  { kind, guid }: AssignedPlace,
): Promise<{ name: string; isInternet: boolean } | undefined> {
  if (kind === 'site') {
    const row = await db
      .selectFrom('Site as s')
      .innerJoin('Item as i', 'i.Guid', 's.Guid')
      .select(['i.Name', 's.IsInternet'])
      .where('s.Guid', '=', guid)
      .executeTakeFirst();
    return row && { name: row.Name, isInternet: row.IsInternet === 1 };
  }
  const row = await db
    .selectFrom('PackageServer as w')
    .innerJoin('Resource as r', 'r.Guid', 'w.ResourceGuid')
    .select('r.Name')
    .where('w.ResourceGuid', '=', guid)
    .executeTakeFirst();
  return row && { name: row.Name, isInternet: false };
}

async function changeComputers(
  session: Session,
  clock: Clock,
  actor: Actor,
  place: AssignedPlace,
  add: readonly Guid[],
  remove: readonly Guid[],
): Promise<Moved> {
  if (add.length === 0 && remove.length === 0) return { added: [], removed: [] };
  const list = await ownList(session, place);
  const before = list === undefined ? new Set<Guid>() : await readMembers(session, list);
  const removed = new Set(remove);
  const wanted = new Set([...before].filter((guid) => !removed.has(guid)));
  for (const guid of add) wanted.add(guid);
  if (wanted.size > MOST_COMPUTERS) {
    throw fault('computers', `At most ${MOST_COMPUTERS} computers one by one: make a target of them.`);
  }
  const moved = {
    added: [...wanted].filter((guid) => !before.has(guid)),
    removed: [...before].filter((guid) => !wanted.has(guid)),
  };
  await requireComputers(session, moved.added);
  if (list === undefined && wanted.size === 0) return moved;
  if (list === undefined) {
    const made = { name: 'Assigned computers', description: '', isAdHoc: true };
    await link(session, place, [await insertList(session, clock, actor, made, [...wanted])]);
    return moved;
  }
  await replaceMembers(session, list, [...wanted]);
  if (wanted.size === 0) {
    await unlink(session, place, [list]);
    await removeTarget(session, list);
  }
  return moved;
}

async function changeTargets(
  session: Session,
  place: AssignedPlace,
  add: readonly Guid[],
  remove: readonly Guid[],
): Promise<Moved> {
  if (add.length === 0 && remove.length === 0) return { added: [], removed: [] };
  const list = await ownList(session, place);
  const there = new Set((await assignedTargets(session, place)).filter((guid) => guid !== list));
  const gone = [...new Set(remove)].filter((guid) => there.has(guid) && !add.includes(guid));
  const fresh = [...new Set(add)].filter((guid) => !there.has(guid));
  if (there.size + fresh.length > MOST_TARGETS) throw fault('targets', `At most ${MOST_TARGETS} targets.`);
  await requireTargets(session, fresh);
  await unlink(session, place, gone);
  await link(session, place, fresh);
  return { added: fresh, removed: gone };
}

/** Lists that belong to a policy or another place alone are nobody else's. */
async function requireTargets({ db }: Session, targets: readonly Guid[]): Promise<void> {
  if (targets.length === 0) return;
  const rows = await db
    .selectFrom('Target as t')
    .innerJoin('Item as i', 'i.Guid', 't.Guid')
    .select('t.Guid')
    .where('t.Guid', 'in', targets)
    .where('i.Attributes', '!=', AD_HOC)
    .execute();
  if (rows.length < targets.length) throw fault('targets', 'One of the targets is not there any more: choose again.');
}
