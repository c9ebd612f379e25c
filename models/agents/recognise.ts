/**
 * Has this machine asked before, and whose place does it ask for? Known GUID first, then resource keys by strength,
 * else it is new (agent-contract.md 4.1).
 */
import { newGuid, type Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { survivorOf, useOfGuid } from './computerRecord.ts';
import { keyHashOf } from './keys.ts';
import type { RegistrationRequest } from './registrationRequest.ts';
import { registrationsOf, registrationsWithKey, type RegistrationRow } from './registrationStore.ts';
import { computerByKeys } from './resourceKeys.ts';

/** The registration that this very request repeats: same key under the same GUID. */
export async function recognise(session: Session, request: RegistrationRequest): Promise<RegistrationRow | undefined> {
  const keyHash = keyHashOf(request.policyKey);
  const home = await homeOf(session, request);
  if (home !== undefined) return home.rows.find((row) => row.KeyHash === keyHash);
  // The answer that carried the GUID was lost: the same key and name without it are the same machine. One without a key
  // is not looked up so: the answer would tell a stranger the GUID that is all such a machine has.
  return keyHash === '' ? undefined : (await registrationsWithKey(session, keyHash, request.name))[0];
}

interface Home {
  guid: Guid;
  rows: RegistrationRow[];
  isComputer: boolean;
}

/** The proposed GUID, or what it was merged into, when the server knows it. */
async function homeOf(session: Session, { proposedGuid }: RegistrationRequest): Promise<Home | undefined> {
  if (proposedGuid === undefined) return undefined;
  const guid = await survivorOf(session, proposedGuid);
  const rows = await registrationsOf(session, guid);
  const isComputer = (await useOfGuid(session, guid)) === 'computer';
  return rows.length > 0 || isComputer ? { guid, rows, isComputer } : undefined;
}

export interface Place {
  /** The GUID under which the request stands, and which the answer names. */
  resourceGuid: Guid;
  /** The registration that the request repeats. */
  seen: RegistrationRow | undefined;
  /** The computer that the request would take over from another key: it must wait for an administrator. */
  duplicateOf: Guid | undefined;
  /** The computer that it becomes when it is allowed. */
  target: Guid;
}

/** Where a request belongs. Call it in the transaction that acts on the answer. */
export async function locate(session: Session, request: RegistrationRequest): Promise<Place> {
  const keyHash = keyHashOf(request.policyKey);
  const seen = await recognise(session, request);
  const home = seen === undefined ? await homeOf(session, request) : await homeAt(session, seen.ResourceGuid);
  if (home !== undefined) {
    const isTaken = home.rows.some((row) => isDecided(row) && row.KeyHash !== keyHash);
    const place = { resourceGuid: home.guid, seen, target: home.guid };
    if (isTaken) return { ...place, duplicateOf: home.guid };
    if (home.isComputer) return { ...place, duplicateOf: undefined };
  }
  const named = await computerByKeys(session, request.keys);
  const guid = home?.guid ?? (await freeGuid(session, request.proposedGuid));
  if (named === undefined) return { resourceGuid: guid, seen, duplicateOf: undefined, target: guid };
  const theirs = await registrationsOf(session, named);
  const own = keyHash === '' ? undefined : theirs.find((row) => row.KeyHash === keyHash);
  // It lost its GUID and kept its key: it is who its resource keys say.
  if (own !== undefined) return { resourceGuid: named, seen: own, duplicateOf: undefined, target: named };
  // The GUID of the computer that works is not told to who only knows its name: the request keeps one of its own. Nor
  // does a request without a key repeat a registration without one: neither can show that it is the other.
  if (theirs.some(isDecided)) return { resourceGuid: guid, seen, duplicateOf: named, target: guid };
  // A computer that was imported, and has had no agent yet.
  return { resourceGuid: seen?.ResourceGuid ?? named, seen, duplicateOf: undefined, target: named };
}

async function homeAt(session: Session, guid: Guid): Promise<Home> {
  const isComputer = (await useOfGuid(session, guid)) === 'computer';
  return { guid, rows: await registrationsOf(session, guid), isComputer };
}

/** A request that is only waiting has no claim to the place yet; one that was blocked or revoked keeps others waiting. */
const isDecided = (row: RegistrationRow): boolean => row.State !== 'pending';

/** A proposed GUID that nothing has is confirmed; else a new one is issued. */
async function freeGuid(session: Session, proposed: Guid | undefined): Promise<Guid> {
  if (proposed !== undefined && (await useOfGuid(session, proposed)) === 'free') return proposed;
  return newGuid();
}
