/**
 * A person's (or API token's) decision about registrations: allow, block, revoke. Each registration is a transaction of
 * its own with its audit record, so that of many one that cannot be decided does not keep the others back; the
 * directory is read anew before the answer, so that a revoked agent's bearer is worthless at once.
 */
import type { Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { useOfGuid } from './computerRecord.ts';
import type { AgentDirectory, RegistrationState } from './directory.ts';
import { grantRegistration } from './grant.ts';
import { onceMore } from './onceMore.ts';
import { readRegistrationRequest } from './registrationRequest.ts';
import {
  markDuplicate,
  registrationByGuid,
  registrationsOf,
  requestXmlOf,
  setState,
  type RegistrationRow,
} from './registrationStore.ts';
import { computerByKeys } from './resourceKeys.ts';

export type Decision = 'allow' | 'block' | 'revoke';
export const DECISIONS: readonly Decision[] = ['allow', 'block', 'revoke'];

export interface DecideDeps {
  cmdb: Cmdb;
  clock: Clock;
  agents: AgentDirectory;
}

export interface DecisionResult {
  registrationGuid: Guid;
  name: string;
  /** Undefined: there is no such registration. */
  before: RegistrationState | undefined;
  after: RegistrationState | undefined;
  changed: boolean;
  /** The computer that the registration is for now; after a merge another than before. */
  resourceGuid: Guid | undefined;
  /** The registration whose key was pinned until now. */
  replaced: Guid | undefined;
  /** One sentence: what happened, or why nothing did. */
  message: string;
}

type Outcome = DecisionResult & { touched: Guid[] };

/** Decides about registrations by their GUIDs, in the order given; answers one result each. */
export async function decideRegistrations(
  deps: DecideDeps,
  actor: Actor,
  decision: Decision,
  guids: readonly Guid[],
): Promise<DecisionResult[]> {
  const results: DecisionResult[] = [];
  for (const guid of guids) {
    const { touched, ...result } = await onceMore(() =>
      deps.cmdb.transaction((session) => decide(session, deps.clock, actor, decision, guid)),
    );
    for (const computer of touched) await deps.agents.refresh(deps.cmdb, computer);
    results.push(result);
  }
  return results;
}

async function decide(session: Session, clock: Clock, actor: Actor, decision: Decision, guid: Guid): Promise<Outcome> {
  const row = await registrationByGuid(session, guid);
  if (row === undefined) return notFound(guid);
  if (decision === 'allow') return allow(session, clock, actor, row);
  if (decision === 'revoke' && row.State !== 'allowed') {
    return unchanged(row, `Only an allowed registration can be revoked; this one is ${row.State}.`);
  }
  return shutOut(session, clock, actor, row, decision === 'block' ? 'blocked' : 'revoked');
}

function notFound(registrationGuid: Guid): Outcome {
  const nothing = { before: undefined, after: undefined, resourceGuid: undefined, replaced: undefined };
  const message = 'There is no such registration any more.';
  return { registrationGuid, name: '', ...nothing, changed: false, message, touched: [] };
}

function unchanged(row: RegistrationRow, message: string): Outcome {
  const { Guid: registrationGuid, ResourceGuid: resourceGuid, Name: name, State: state } = row;
  const same = { before: state, after: state, changed: false, replaced: undefined };
  return { registrationGuid, resourceGuid, name, ...same, message, touched: [] };
}

async function allow(session: Session, clock: Clock, actor: Actor, row: RegistrationRow): Promise<Outcome> {
  if (row.State === 'allowed') return unchanged(row, 'It is allowed already.');
  const claims = readRegistrationRequest(await requestXmlOf(session, row.Guid));
  const place = await placeOf(session, row, claims.keys);
  if (place.isSurprise) {
    await markDuplicate(session, row.Guid, place.target);
    return unchanged(row, 'Meanwhile another key was allowed for this computer. Allow it again to replace that key.');
  }
  const reason = 'Allowed by an administrator.';
  const decision = { reason, decidedBy: actor.name, claims: { ...claims, name: row.Name }, address: row.Address };
  const granted = await grantRegistration(session, clock, row, place.target, decision);
  await audit(session, clock, actor, row, 'allow', {
    state: 'allowed',
    resourceGuid: granted.resourceGuid,
    replacedKey: granted.replaced?.KeyHash,
  });
  return {
    ...unchanged(
      row,
      granted.replaced === undefined ? 'Allowed.' : 'Allowed; it replaces the key that was allowed before.',
    ),
    registrationGuid: granted.registrationGuid,
    resourceGuid: granted.resourceGuid,
    after: 'allowed',
    changed: true,
    replaced: granted.replaced?.Guid,
    touched: granted.touched,
  };
}

/**
 * The computer that an allowed registration becomes: its own GUID when that is a computer, else the one whose place it
 * asks for, else the one that its resource keys name. `isSurprise`: that one got a key since the request was shown, and
 * nobody has been told that allowing it would replace the key.
 */
async function placeOf(session: Session, row: RegistrationRow, keys: Parameters<typeof computerByKeys>[1]) {
  if ((await useOfGuid(session, row.ResourceGuid)) === 'computer')
    return { target: row.ResourceGuid, isSurprise: false };
  const asked = row.DuplicateOfGuid;
  if (asked !== null && (await useOfGuid(session, asked)) === 'computer') return { target: asked, isSurprise: false };
  const named = await computerByKeys(session, keys);
  if (named === undefined) return { target: row.ResourceGuid, isSurprise: false };
  const isTaken = (await registrationsOf(session, named)).some(({ State }) => State === 'allowed');
  return { target: named, isSurprise: isTaken };
}

async function shutOut(
  session: Session,
  clock: Clock,
  actor: Actor,
  row: RegistrationRow,
  state: 'blocked' | 'revoked',
): Promise<Outcome> {
  if (row.State === state) return unchanged(row, `It is ${state} already.`);
  const at = utc(clock.now());
  const reason = state === 'blocked' ? 'Blocked by an administrator.' : 'Trust revoked by an administrator.';
  await setState(session, row.Guid, { state, reason, decidedBy: actor.name, at });
  if (row.State === 'allowed') {
    await session.db
      .insertInto('Timeline')
      .values({ ResourceGuid: row.ResourceGuid, At: at, Kind: state, Detail: reason })
      .execute();
  }
  await audit(session, clock, actor, row, state === 'blocked' ? 'block' : 'revoke', { state });
  await recordChange(session, clock, 'registration', row.ResourceGuid);
  const message = state === 'blocked' ? 'Blocked.' : 'Revoked: the computer is served no more.';
  return { ...unchanged(row, message), after: state, changed: true, touched: [row.ResourceGuid] };
}

async function audit(
  session: Session,
  clock: Clock,
  actor: Actor,
  row: RegistrationRow,
  action: Decision,
  after: object,
): Promise<void> {
  const before = { state: row.State, resourceGuid: row.ResourceGuid, keyHash: row.KeyHash };
  const object = { objectKind: 'registration', objectGuid: row.Guid, objectName: row.Name };
  await recordAudit(session, clock, actor, { action, ...object, before, after });
}
