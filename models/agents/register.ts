/** Registration: what becomes of a request, from a known agent's repeat to a stranger's first (agent-contract.md section 4). */
import type { Guid } from '../../wire/guid.ts';
import type { EnrolmentTokenParts } from '../../wire/proof.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { refuse } from '../protocolErrors.ts';
import { useOfGuid } from './computerRecord.ts';
import { isOtherHardware, noteHardware } from '../resources/noteHardware.ts';
import { placeBySplit } from '../resources/splitAtRegistration.ts';
import type { AgentDirectory, RegistrationState } from './directory.ts';
import { checkEnrolmentToken, useEnrolmentToken, type TokenCheck } from './enrolmentCheck.ts';
import { grantRegistration } from './grant.ts';
import { onceMore, Overtaken } from './onceMore.ts';
import { locate, recognise, type Place } from './recognise.ts';
import type { RegistrationLimiter } from './registrationLimiter.ts';
import type { RegistrationRequest } from './registrationRequest.ts';
import {
  countByState,
  DUPLICATE_REASON,
  insertPending,
  markDuplicate,
  noteRequest,
  setState,
  takeClaims,
  type RegistrationRow,
} from './registrationStore.ts';
import { decidingRule, listRules } from './rules.ts';

export interface RegisterDeps {
  cmdb: Cmdb;
  clock: Clock;
  agents: AgentDirectory;
  limiter: RegistrationLimiter;
}

export interface Sender {
  /** Client address. */
  address: string;
  /** The enrolment token that came along, if it could be read at all. */
  token: EnrolmentTokenParts | undefined;
}

export interface Registered {
  registrationGuid: Guid;
  /** The GUID that the agent is to use from now on. */
  resourceGuid: Guid;
  name: string;
  state: RegistrationState;
  /** An allowed computer that was known before this request. */
  existed: boolean;
  /** This request made or decided the registration; false for a mere repeat. */
  isNews: boolean;
  reason: string;
}

/** @throws ProtocolError tooManyRequests */
export async function register(deps: RegisterDeps, request: RegistrationRequest, sender: Sender): Promise<Registered> {
  const { cmdb, clock, agents, limiter } = deps;
  const seen = await recognise(cmdb, request);
  if (seen?.State === 'allowed') return allowedAgain(deps, seen, request, sender.address);
  if (seen !== undefined && seen.State !== 'pending') return repeated(cmdb, clock, seen);
  const token = sender.token && (await checkEnrolmentToken(cmdb, clock, sender.token));
  if (seen === undefined && token?.valid !== true && !limiter.take(sender.address)) {
    refuse('tooManyRequests', 'too many unknown computers from this address');
  }
  const { touched, ...registered } = await onceMore(() =>
    cmdb.transaction((session) =>
      consider({ session, clock, request, address: sender.address, token, mostWaiting: limiter.mostWaiting }),
    ),
  );
  for (const guid of touched) await agents.refresh(cmdb, guid);
  return registered;
}

/** A known agent: unless its GUID was split, it is who it says. Other hardware than before is noted, and changes nothing. */
async function allowedAgain(
  deps: RegisterDeps,
  seen: RegistrationRow,
  request: RegistrationRequest,
  address: string,
): Promise<Registered> {
  const { cmdb, clock, agents } = deps;
  const placed = await onceMore(() => placeBySplit(deps, seen, request, address));
  for (const guid of placed?.touched ?? []) await agents.refresh(cmdb, guid);
  const row = placed?.row ?? seen;
  const sighting = { computer: row.ResourceGuid, keys: request.keys, name: request.name, address };
  if (await isOtherHardware(cmdb, sighting)) {
    await onceMore(() => cmdb.transaction((session) => noteHardware(session, clock, [sighting])));
  }
  if (placed?.isNew) return { ...answerFor(row), existed: false, isNews: true };
  return repeated(cmdb, clock, row);
}

async function repeated(session: Session, clock: Clock, row: RegistrationRow): Promise<Registered> {
  await noteRequest(session, clock, row.Guid);
  return { ...answerFor(row), existed: row.State === 'allowed', isNews: false };
}

function answerFor(row: RegistrationRow): Omit<Registered, 'existed' | 'isNews'> {
  const { Guid: registrationGuid, ResourceGuid: resourceGuid, Name: name, State: state, Reason: reason } = row;
  return { registrationGuid, resourceGuid, name, state, reason };
}

/** One request inside its transaction, with what came along. */
interface Case {
  session: Session;
  clock: Clock;
  request: RegistrationRequest;
  address: string;
  token: TokenCheck | undefined;
  mostWaiting: number;
}

/** `touched`: GUIDs to refresh in the directory after the commit. */
type Considered = Registered & { touched: Guid[] };

/** Finds the request's place and decides. */
async function consider(asked: Case): Promise<Considered> {
  const { session, clock, request, address } = asked;
  const place = await locate(session, request);
  const { seen } = place;
  if (seen !== undefined && seen.State !== 'pending') return { ...(await repeated(session, clock, seen)), touched: [] };
  // Another key for a known computer is never let in by a token or a rule (section 7, item 1): it waits for a person,
  // and the first one keeps working. Once that was seen, leaving the telling keys out does not help.
  const isDuplicate = place.duplicateOf !== undefined || (seen?.DuplicateOfGuid ?? null) !== null;
  if (isDuplicate) return wait(asked, place, DUPLICATE_REASON);
  const verdict = await judge(asked);
  if (verdict.action === 'wait') return wait(asked, place, verdict.reason);
  if (seen === undefined && verdict.action === 'block') await requireRoom(asked, 'blocked');
  const row = seen ?? (await insert(asked, place, verdict.reason));
  if (seen !== undefined) {
    await noteRequest(session, clock, row.Guid);
    await takeClaims(session, row.Guid, request, address);
  }
  return verdict.action === 'block' ? block(asked, row, verdict) : letIn(asked, row, place.target, verdict);
}

interface Ruling {
  reason: string;
  decidedBy: string;
}
type Verdict = { action: 'wait'; reason: string } | ({ action: 'allow' | 'block' } & Ruling);

/** A valid token lets in; else the first rule that fits decides; else it waits (4.4: closed by default). */
async function judge({ session, clock, request, address, token }: Case): Promise<Verdict> {
  let refusal = '';
  if (token?.valid === true) {
    if (await useEnrolmentToken(session, clock, token.guid)) {
      return { action: 'allow', reason: 'Came with an enrolment token.', decidedBy: `token ${token.name}` };
    }
    refusal = `The enrolment token "${token.name}" has no use left. `;
  } else if (token !== undefined) refusal = `${token.reason} `;
  const rule = decidingRule(await listRules(session), { name: request.name, fqdn: request.fqdn, address });
  if (rule === undefined) return { action: 'wait', reason: `${refusal}No rule decides about this computer.` };
  return { action: rule.action, reason: `${refusal}A rule decided.`, decidedBy: rule.name };
}

async function insert(asked: Case, place: Place, reason: string): Promise<RegistrationRow> {
  const { resourceGuid, duplicateOf = null } = place;
  return insertPending(asked.session, asked.clock, asked.request, asked.address, { resourceGuid, duplicateOf, reason });
}

/** Strangers leave rows; who comes with a token or fits a rule that allows is let in however many there are. */
async function requireRoom({ session, mostWaiting }: Case, state: 'pending' | 'blocked'): Promise<void> {
  if ((await countByState(session, state)) >= mostWaiting)
    refuse('tooManyRequests', `${mostWaiting} registrations are ${state} already`);
}

async function wait(asked: Case, place: Place, reason: string): Promise<Considered> {
  const { session, clock } = asked;
  const { seen, duplicateOf } = place;
  if (seen === undefined) {
    await requireRoom(asked, 'pending');
    const row = await insert(asked, place, reason);
    await recordChange(session, clock, 'registration', row.ResourceGuid);
    return { ...answerFor(row), existed: false, isNews: true, touched: [row.ResourceGuid] };
  }
  await noteRequest(session, clock, seen.Guid);
  const isNews = duplicateOf !== undefined && seen.DuplicateOfGuid === null;
  if (isNews) await markDuplicate(session, seen.Guid, duplicateOf);
  return { ...answerFor(seen), existed: false, isNews, touched: [] };
}

async function block({ session, clock }: Case, row: RegistrationRow, ruling: Ruling): Promise<Considered> {
  const { reason, decidedBy } = ruling;
  await setState(session, row.Guid, { state: 'blocked', reason, decidedBy, at: utc(clock.now()) });
  await recordChange(session, clock, 'registration', row.ResourceGuid);
  return { ...answerFor(row), state: 'blocked', reason, existed: false, isNews: true, touched: [row.ResourceGuid] };
}

async function letIn(asked: Case, row: RegistrationRow, target: Guid, ruling: Ruling): Promise<Considered> {
  const { session, clock, request, address } = asked;
  const existed = (await useOfGuid(session, target)) === 'computer';
  const granted = await grantRegistration(session, clock, row, target, { ...ruling, claims: request, address });
  const { registrationGuid, resourceGuid, touched, replaced } = granted;
  // Its key was let in after we had looked: only a person puts another in its place (section 7, item 1).
  if (replaced !== undefined) throw new Overtaken('another key was let in meanwhile');
  const { name } = request;
  return {
    registrationGuid,
    resourceGuid,
    name,
    state: 'allowed',
    existed,
    isNews: true,
    reason: ruling.reason,
    touched,
  };
}
