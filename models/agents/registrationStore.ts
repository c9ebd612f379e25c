/** Registration requests and decisions, one row a computer's GUID and key. */
import { sql } from 'kysely';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import type { Utc } from '../cmdb/schema.ts';
import { top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import type { RegistrationState } from './directory.ts';
import { keyHashOf, provableKey } from './keys.ts';
import type { RegistrationRequest } from './registrationRequest.ts';

/** What decisions look at; key blob and request are left out of the row. */
export interface RegistrationRow {
  Guid: Guid;
  ResourceGuid: Guid;
  Name: string;
  Address: string;
  KeyHash: string;
  State: RegistrationState;
  Reason: string;
  DuplicateOfGuid: Guid | null;
}

const COLUMNS = ['Guid', 'ResourceGuid', 'Name', 'Address', 'KeyHash', 'State', 'Reason', 'DuplicateOfGuid'] as const;

export async function registrationByGuid({ db }: Session, guid: Guid): Promise<RegistrationRow | undefined> {
  const row = await db.selectFrom('AgentRegistration').select(COLUMNS).where('Guid', '=', guid).executeTakeFirst();
  return row as RegistrationRow | undefined;
}

/** All registrations under a computer's GUID, oldest first. */
export async function registrationsOf({ db }: Session, resourceGuid: Guid): Promise<RegistrationRow[]> {
  const rows = await db
    .selectFrom('AgentRegistration')
    .select(COLUMNS)
    .where('ResourceGuid', '=', resourceGuid)
    .orderBy('FirstSeenAt')
    .execute();
  return rows as RegistrationRow[];
}

/** Registrations with that key and computer name, wherever they stand. */
export async function registrationsWithKey({ db }: Session, keyHash: string, name: string): Promise<RegistrationRow[]> {
  const rows = await db
    .selectFrom('AgentRegistration')
    .select(COLUMNS)
    .where('KeyHash', '=', keyHash)
    .where('Name', '=', name)
    .orderBy('FirstSeenAt')
    .execute();
  return rows as RegistrationRow[];
}

export async function countByState({ db }: Session, state: RegistrationState): Promise<number> {
  const { rows } = await db
    .selectFrom('AgentRegistration')
    .select((row) => row.fn.countAll<number>().as('rows'))
    .where('State', '=', state)
    .executeTakeFirstOrThrow();
  return Number(rows);
}

function claimColumns(request: RegistrationRequest, address: string) {
  const { name, domain, fqdn, macAddress, userName, requestXml } = request;
  return {
    Name: name,
    Domain: domain,
    Fqdn: fqdn,
    Address: address.slice(0, 45),
    MacAddress: macAddress,
    UserName: userName,
    RequestXml: requestXml,
  };
}

export interface NewRegistration {
  resourceGuid: Guid;
  duplicateOf: Guid | null;
  reason: string;
}

/** Every registration begins as pending; `grantRegistration` and `setState` take it further. */
export async function insertPending(
  session: Session,
  clock: Clock,
  request: RegistrationRequest,
  address: string,
  { resourceGuid, duplicateOf, reason }: NewRegistration,
): Promise<RegistrationRow> {
  const now = utc(clock.now());
  const claims = claimColumns(request, address);
  const row: RegistrationRow = {
    Guid: newGuid(),
    ResourceGuid: resourceGuid,
    Name: claims.Name,
    Address: claims.Address,
    KeyHash: keyHashOf(request.policyKey),
    State: 'pending',
    Reason: reason,
    DuplicateOfGuid: duplicateOf,
  };
  const isKeyOpaque = request.policyKey !== '' && provableKey(request.policyKey) === undefined;
  await session.db
    .insertInto('AgentRegistration')
    .values({
      ...claims,
      ...row,
      PolicyKey: request.policyKey,
      IsKeyOpaque: isKeyOpaque ? 1 : 0,
      DecidedBy: null,
      DecidedAt: null,
      FirstSeenAt: now,
      LastSeenAt: now,
      RequestCount: 1,
    })
    .execute();
  return row;
}

/** The same machine asked again: nothing of what it claims is taken over. */
export async function noteRequest({ db }: Session, clock: Clock, guid: Guid): Promise<void> {
  await db
    .updateTable('AgentRegistration')
    .set((row) => ({ LastSeenAt: utc(clock.now()), RequestCount: row('RequestCount', '+', 1) }))
    .where('Guid', '=', guid)
    .execute();
}

/** A decision was made on what the machine claims now, so that is what is shown beside it. */
export async function takeClaims(
  { db }: Session,
  guid: Guid,
  request: RegistrationRequest,
  address: string,
): Promise<void> {
  await db.updateTable('AgentRegistration').set(claimColumns(request, address)).where('Guid', '=', guid).execute();
}

export interface StateChange {
  state: RegistrationState;
  reason: string;
  decidedBy: string;
  at: Utc;
}

export async function setState({ db }: Session, guid: Guid, change: StateChange): Promise<void> {
  await db
    .updateTable('AgentRegistration')
    .set({
      State: change.state,
      Reason: change.reason.slice(0, 400),
      DecidedBy: change.decidedBy.slice(0, 255),
      DecidedAt: change.at,
      ...(change.state === 'allowed' ? { DuplicateOfGuid: null } : {}),
    })
    .where('Guid', '=', guid)
    .execute();
}

export const DUPLICATE_REASON = 'Another key for a computer that is registered already.';

export async function markDuplicate({ db }: Session, guid: Guid, duplicateOf: Guid): Promise<void> {
  await db
    .updateTable('AgentRegistration')
    .set({ DuplicateOfGuid: duplicateOf, Reason: DUPLICATE_REASON })
    .where('Guid', '=', guid)
    .execute();
}

/** Whatever else waits under a computer's GUID asks for a place that is taken. */
export async function markRivals({ db }: Session, resourceGuid: Guid): Promise<void> {
  await db
    .updateTable('AgentRegistration')
    .set({ DuplicateOfGuid: resourceGuid, Reason: DUPLICATE_REASON })
    .where('ResourceGuid', '=', resourceGuid)
    .where('State', '=', 'pending')
    .execute();
}

/** What the machine asked, as it was kept. */
export async function requestXmlOf({ db }: Session, guid: Guid): Promise<string> {
  const row = await db
    .selectFrom('AgentRegistration')
    .select('RequestXml')
    .where('Guid', '=', guid)
    .executeTakeFirstOrThrow();
  return row.RequestXml;
}

export interface KeyedRegistration {
  guid: Guid;
  state: RegistrationState;
  keyHash: string;
  policyKey: string;
  /** The server's signing key that it named in its latest proof. */
  signingKeyName: string | null;
}

const MOST_KEYS_TRIED = 20;

/** Key blobs registered under a GUID, the allowed one first: whose private key is it that made a signature? */
export async function keysOf(session: Session, resourceGuid: Guid): Promise<KeyedRegistration[]> {
  const query = session.db
    .selectFrom('AgentRegistration')
    .select(['Guid', 'State', 'KeyHash', 'PolicyKey', 'SigningKeyName'])
    .where('ResourceGuid', '=', resourceGuid)
    .where('IsKeyOpaque', '=', 0)
    .orderBy(sql`case when State = 'allowed' then 0 else 1 end`)
    .orderBy('LastSeenAt', 'desc');
  const rows = await top(session, query, MOST_KEYS_TRIED).execute();
  return rows.map((row) => ({
    guid: row.Guid,
    state: row.State as RegistrationState,
    keyHash: row.KeyHash,
    policyKey: row.PolicyKey,
    signingKeyName: row.SigningKeyName,
  }));
}
