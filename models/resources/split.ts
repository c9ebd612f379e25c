/**
 * Splits a GUID that several machines go by. One of them keeps it; each other gets a GUID of its own when it registers
 * (splitAtRegistration.ts). Until all have done so, the GUID serves only the address from which its keeper registered: who
 * calls from elsewhere is told to register anew, and thereby learns who it is.
 */
import { newGuid, type Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { addToTimeline } from '../computers/timeline.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { machinesUnder, type Machine } from './machines.ts';
import { lockResources, type IdentityDeps } from './merge.ts';

export interface SplitChoice {
  computer: Guid;
  /** `id` of the machine that keeps the GUID. */
  keeper: string;
}

export interface Split {
  changeGuid: Guid;
  /** GUIDs that the other machines will get. */
  newGuids: Guid[];
}

const refused = (message: string): never => {
  throw new InvalidInput([{ field: 'keeper', message }]);
};

/** Why a computer cannot be split, in a sentence; `undefined` when it can. */
export async function whyNotSplit(session: Session, computer: Guid): Promise<string | undefined> {
  const { db } = session;
  const row = await db
    .selectFrom('Resource')
    .select(['Name', 'DeletedAt'])
    .where('Guid', '=', computer)
    .executeTakeFirst();
  if (row === undefined) return 'The computer is not there any more.';
  if (row.DeletedAt !== null) return `${row.Name} lies in the recycle bin: restore it first.`;
  if ((await machinesUnder(session, computer)).length < 2)
    return 'Only one machine goes by this GUID, as far as is known.';
  const waiting = await splitsOf(session, computer);
  if (waiting.some(({ doneAt }) => doneAt === null))
    return 'It is being split: the other machine has not registered yet.';
  return undefined;
}

/** @throws InvalidInput with the sentence of `whyNotSplit`, or when there is no such machine */
export async function splitComputer(deps: IdentityDeps, actor: Actor, choice: SplitChoice): Promise<Split> {
  const { cmdb, clock, agents } = deps;
  const split = await cmdb.transaction(async (session) => {
    await lockResources(session, [choice.computer]);
    const reason = await whyNotSplit(session, choice.computer);
    if (reason !== undefined) refused(reason);
    const machines = await machinesUnder(session, choice.computer);
    const keeper =
      machines.find(({ id }) => id === choice.keeper) ?? refused('Choose the machine that keeps the GUID.');
    return write(
      session,
      clock,
      actor,
      choice.computer,
      keeper,
      machines.filter((machine) => machine !== keeper),
    );
  });
  await agents.refresh(cmdb, choice.computer);
  return split;
}

async function write(
  session: Session,
  clock: Clock,
  actor: Actor,
  computer: Guid,
  keeper: Machine,
  others: readonly Machine[],
): Promise<Split> {
  const { db } = session;
  const changeGuid = newGuid();
  const at = utc(clock.now());
  const by = actor.name.slice(0, 255);
  const rows = others.map((other) => ({
    NewGuid: newGuid(),
    ResourceGuid: computer,
    ChangeGuid: changeGuid,
    CreatedAt: at,
    CreatedBy: by,
    DoneAt: null,
    KeeperKeys: JSON.stringify(keeper.hardware.keys),
    OtherKeys: JSON.stringify(other.hardware.keys),
  }));
  await db.insertInto('ResourceSplit').values(rows).execute();
  const name = await nameOf(session, computer);
  const conflict = await db
    .selectFrom('IdentityConflict')
    .select('Guid')
    .where('ResourceGuid', '=', computer)
    .where('OtherGuid', '=', computer)
    .where('Kind', '=', 'shared')
    .executeTakeFirst();
  await db
    .insertInto('IdentityChange')
    .values({
      Guid: changeGuid,
      Kind: 'split',
      ResourceGuid: computer,
      OtherGuid: rows[0]!.NewGuid,
      ResourceName: name,
      OtherName: others
        .map((other) => other.name || name)
        .join(', ')
        .slice(0, 255),
      ConflictGuid: conflict?.Guid ?? null,
      MadeAt: at,
      MadeBy: by,
      UndoneAt: null,
      UndoneBy: null,
      Kept: null,
    })
    .execute();
  await bind(session, clock, computer, '');
  if (conflict !== undefined) await resolve(session, clock, conflict.Guid, actor, { keeper, others, name });
  const newGuids = rows.map((row) => row.NewGuid);
  await addToTimeline(session, [
    {
      computer,
      at: clock.now(),
      kind: 'split',
      detail: `Split by ${actor.name}: ${others.length === 1 ? 'another machine that goes' : `${others.length} other machines that go`} by this GUID will get a GUID of ${others.length === 1 ? 'its' : 'their'} own.`,
    },
  ]);
  await recordAudit(session, clock, actor, {
    action: 'split',
    objectKind: 'computer',
    objectGuid: computer,
    objectName: name,
    before: { machines: [keeper, ...others].map((machine) => machine.hardware.keys) },
    after: { change: changeGuid, keeper: keeper.hardware.keys, newGuids },
  });
  return { changeGuid, newGuids };
}

/** Which address the GUID serves; null: any. */
export async function bind(session: Session, clock: Clock, computer: Guid, address: string | null): Promise<void> {
  await session.db
    .updateTable('AgentRegistration')
    .set({ BoundAddress: address === null ? null : address.slice(0, 45) })
    .where('ResourceGuid', '=', computer)
    .where('State', '=', 'allowed')
    .execute();
  await recordChange(session, clock, 'registration', computer);
}

async function nameOf({ db }: Session, computer: Guid): Promise<string> {
  const row = await db.selectFrom('Resource').select('Name').where('Guid', '=', computer).executeTakeFirstOrThrow();
  return row.Name;
}

/** The evidence stays with the conflict: what was seen under the GUID is sorted out as the machines register. */
async function resolve(
  { db }: Session,
  clock: Clock,
  conflict: Guid,
  actor: Actor,
  { keeper, others, name }: { keeper: Machine; others: readonly Machine[]; name: string },
): Promise<void> {
  const decision = `Split: the machine ${keeper.name || name} at ${keeper.address || 'an unknown address'} keeps the GUID.`;
  const machines = [keeper, ...others].map(({ hardware, ...machine }) => ({ ...machine, keys: hardware.keys }));
  await db
    .updateTable('IdentityConflict')
    .set({
      State: 'resolved',
      DecidedAt: utc(clock.now()),
      DecidedBy: actor.name.slice(0, 255),
      Decision: decision.slice(0, 400),
      Evidence: JSON.stringify({ keys: [], machines }),
    })
    .where('Guid', '=', conflict)
    .execute();
}

export interface WaitingSplit {
  newGuid: Guid;
  changeGuid: Guid;
  createdBy: string;
  doneAt: string | null;
  keeperKeys: string[];
  otherKeys: string[];
}

/** Machines that get, or got, a GUID of their own instead of this one. */
export async function splitsOf({ db }: Session, computer: Guid): Promise<WaitingSplit[]> {
  const rows = await db.selectFrom('ResourceSplit').selectAll().where('ResourceGuid', '=', computer).execute();
  return rows.map((row) => ({
    newGuid: row.NewGuid,
    changeGuid: row.ChangeGuid,
    createdBy: row.CreatedBy,
    doneAt: row.DoneAt,
    keeperKeys: JSON.parse(row.KeeperKeys) as string[],
    otherKeys: JSON.parse(row.OtherKeys) as string[],
  }));
}
