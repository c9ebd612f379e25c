/** Letting a registration in: the one place where a key is pinned and a computer comes into being. */
import type { Guid } from '../../wire/guid.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import { insertIfMissing } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { noteDuplicates } from '../resources/noteDuplicates.ts';
import { noteHardware } from '../resources/noteHardware.ts';
import { makeComputer } from './computerRecord.ts';
import type { RegistrationRequest } from './registrationRequest.ts';
import { markRivals, registrationsOf, setState, type RegistrationRow } from './registrationStore.ts';

export interface Granted {
  registrationGuid: Guid;
  resourceGuid: Guid;
  /** The registration whose key was pinned until now; revoked. */
  replaced: RegistrationRow | undefined;
  /** GUIDs whose state may have changed: refresh the directory for each, after the commit. */
  touched: Guid[];
}

/** Why, by whom, and what the machine claims of itself. */
export interface GrantDecision {
  reason: string;
  decidedBy: string;
  claims: RegistrationRequest;
  address: string;
}

/**
 * Allows a registration for the computer `target` and pins its key. When it stood under another GUID, that one becomes
 * an alias of the target (two entries merge into one, section 4.4); when another key was pinned, that one is revoked:
 * at most one key a computer is allowed. Call it in a transaction.
 */
export async function grantRegistration(
  session: Session,
  clock: Clock,
  row: RegistrationRow,
  target: Guid,
  decision: GrantDecision,
): Promise<Granted> {
  const moved = row.ResourceGuid !== target;
  if (moved) await fold(session, row.ResourceGuid, target);
  const { winner, replaced } = await pinKey(session, clock, target, row.KeyHash, decision);
  await makeComputer(session, clock, target, decision.claims, decision.address);
  if (moved) {
    const alias = { AliasGuid: row.ResourceGuid, ResourceGuid: target, CreatedAt: utc(clock.now()) };
    await insertIfMissing(session, 'ResourceAlias', ['AliasGuid'], alias);
  }
  const { claims, address } = decision;
  await noteHardware(session, clock, [{ computer: target, keys: claims.keys, name: claims.name, address }]);
  await noteDuplicates(session, clock, [{ computer: target, keys: claims.keys }]);
  const touched = moved ? [row.ResourceGuid, target] : [target];
  for (const guid of touched) await recordChange(session, clock, 'registration', guid);
  await recordChange(session, clock, 'computer', target);
  return { registrationGuid: winner.Guid, resourceGuid: target, replaced, touched };
}

/** First out, then in: the CMDB holds at most one allowed key a computer, at every instant. */
async function pinKey(session: Session, clock: Clock, target: Guid, keyHash: string, decision: GrantDecision) {
  const { reason, decidedBy } = decision;
  const at = utc(clock.now());
  const rows = await registrationsOf(session, target);
  const winner = rows.find(({ KeyHash }) => KeyHash === keyHash)!;
  const replaced = rows.find(({ State, Guid }) => State === 'allowed' && Guid !== winner.Guid);
  if (replaced !== undefined) {
    await setState(session, replaced.Guid, { state: 'revoked', reason: 'Replaced by another key.', decidedBy, at });
  }
  await setState(session, winner.Guid, { state: 'allowed', reason, decidedBy, at });
  await markRivals(session, target);
  return { winner, replaced };
}

/** Moves everything that waits under one GUID to another computer; a request whose key is there already is dropped. */
async function fold(session: Session, from: Guid, into: Guid): Promise<void> {
  const { db } = session;
  const there = new Set((await registrationsOf(session, into)).map(({ KeyHash }) => KeyHash));
  for (const { Guid: guid, KeyHash } of await registrationsOf(session, from)) {
    if (there.has(KeyHash)) await db.deleteFrom('AgentRegistration').where('Guid', '=', guid).execute();
    else await db.updateTable('AgentRegistration').set({ ResourceGuid: into }).where('Guid', '=', guid).execute();
  }
  await db
    .updateTable('AgentRegistration')
    .set({ DuplicateOfGuid: into })
    .where('DuplicateOfGuid', '=', from)
    .execute();
}
