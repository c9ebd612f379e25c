/**
 * A machine registers under a GUID that was split: its hardware keys tell whether it is the one that keeps the GUID, or one
 * that gets its own. The key that it registers is the one that was allowed already, so nobody gains a key by it: who only
 * knows the GUID learns another GUID, which is of no use without the private key.
 */
import type { Guid } from '../../wire/guid.ts';
import { grantRegistration } from '../agents/grant.ts';
import type { RegistrationRequest } from '../agents/registrationRequest.ts';
import { insertPending, registrationsOf, type RegistrationRow } from '../agents/registrationStore.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { addToTimeline } from '../computers/timeline.ts';
import { areApart, areSame, hardwareFrom, hardwareOf } from './hardware.ts';
import { lockResources } from './merge.ts';
import { bind, splitsOf, type WaitingSplit } from './split.ts';

export interface PlacedBySplit {
  /** The registration that answers the request: a new GUID's, or the one that it repeats. */
  row: RegistrationRow;
  isNew: boolean;
  /** GUIDs to refresh in the directory. */
  touched: Guid[];
}

/**
 * `undefined` when the GUID was never split. Reads only, unless something is to be done.
 * @param row the allowed registration that the request repeats
 */
export async function placeBySplit(
  { cmdb, clock }: { cmdb: Cmdb; clock: Clock },
  row: RegistrationRow,
  request: RegistrationRequest,
  address: string,
): Promise<PlacedBySplit | undefined> {
  const splits = await splitsOf(cmdb, row.ResourceGuid);
  if (splits.length === 0) return undefined;
  const own = splits.find((split) => isOther(split, request));
  if (own === undefined && splits.every(({ doneAt }) => doneAt !== null)) return undefined;
  return cmdb.transaction(async (session) => {
    await lockResources(session, [row.ResourceGuid]);
    return own === undefined
      ? keep(session, clock, row, splits, request, address)
      : giveOwn(session, clock, row, own, request, address);
  });
}

function isOther({ keeperKeys, otherKeys }: WaitingSplit, { keys }: RegistrationRequest): boolean {
  const hardware = hardwareOf(keys);
  if (hardware === undefined) return false;
  return areSame(hardware, hardwareFrom(otherKeys)) && areApart(hardware, hardwareFrom(keeperKeys));
}

/** The keeper is served again, from here. A machine that is neither is answered as before, and served no more for it. */
async function keep(
  session: Session,
  clock: Clock,
  row: RegistrationRow,
  splits: readonly WaitingSplit[],
  request: RegistrationRequest,
  address: string,
): Promise<PlacedBySplit> {
  const hardware = hardwareOf(request.keys);
  const isStranger = hardware !== undefined && areApart(hardware, hardwareFrom(splits[0]!.keeperKeys));
  if (!isStranger) await bind(session, clock, row.ResourceGuid, address);
  return { row, isNew: false, touched: [row.ResourceGuid] };
}

async function giveOwn(
  session: Session,
  clock: Clock,
  row: RegistrationRow,
  split: WaitingSplit,
  request: RegistrationRequest,
  address: string,
): Promise<PlacedBySplit> {
  const { newGuid: resourceGuid, createdBy } = split;
  const known = (await registrationsOf(session, resourceGuid)).find(({ KeyHash }) => KeyHash === row.KeyHash);
  if (known !== undefined) return { row: known, isNew: false, touched: [] };
  const reason = `Split off ${row.Name} (${row.ResourceGuid}).`;
  await forgetMachine(session, row.ResourceGuid, split, request);
  const pending = await insertPending(session, clock, request, address, { resourceGuid, duplicateOf: null, reason });
  const decision = { reason, decidedBy: createdBy, claims: request, address };
  const granted = await grantRegistration(session, clock, pending, resourceGuid, decision);
  await session.db
    .updateTable('ResourceSplit')
    .set({ DoneAt: utc(clock.now()) })
    .where('NewGuid', '=', resourceGuid)
    .execute();
  const at = clock.now();
  await addToTimeline(session, [
    {
      computer: resourceGuid,
      at,
      kind: 'split',
      detail: `Has a GUID of its own: it went by ${row.ResourceGuid} before.`,
    },
    {
      computer: row.ResourceGuid,
      at,
      kind: 'split',
      detail: `The other machine registered from ${address}, as ${resourceGuid}.`,
    },
  ]);
  const waiting = (await splitsOf(session, row.ResourceGuid)).some(({ doneAt }) => doneAt === null);
  if (!waiting) await bind(session, clock, row.ResourceGuid, null);
  const registered = { ...pending, State: 'allowed' as const, Reason: reason };
  return { row: registered, isNew: true, touched: [...granted.touched, row.ResourceGuid] };
}

/** What the other machine left under the old GUID is its own now: keys and hardware. Should it come back, it is noticed anew. */
async function forgetMachine(
  { db }: Session,
  computer: Guid,
  { otherKeys }: WaitingSplit,
  { keys }: RegistrationRequest,
): Promise<void> {
  const other = hardwareFrom(otherKeys);
  const rows = await db
    .selectFrom('HardwareSeen')
    .select(['KeysHash', 'Keys'])
    .where('ResourceGuid', '=', computer)
    .orderBy('LastSeenAt', 'desc')
    .execute();
  const isOf = ({ Keys }: { Keys: string }): boolean => areSame(hardwareFrom(JSON.parse(Keys) as string[]), other);
  for (const { KeysHash } of rows.filter(isOf)) {
    await db.deleteFrom('HardwareSeen').where('ResourceGuid', '=', computer).where('KeysHash', '=', KeysHash).execute();
  }
  const left = rows.find((row) => !isOf(row));
  if (left !== undefined) {
    await db
      .updateTable('HardwareSeen')
      .set({ IsCurrent: 1 })
      .where('ResourceGuid', '=', computer)
      .where('KeysHash', '=', left.KeysHash)
      .execute();
  }
  for (const { name, value } of keys) {
    await db
      .deleteFrom('ResourceKey')
      .where('ResourceGuid', '=', computer)
      .where('KeyName', '=', name)
      .where('KeyValue', '=', value)
      .execute();
  }
}
