/**
 * Changes of signing keys. Each is one transaction that writes a statement (wire/signingKeys.ts): whatever dies, the
 * CMDB has the keys from before or those from after. Snapshots are signed anew afterwards (resignSnapshots.ts), and
 * agents follow by themselves.
 *
 * The private half of a key is erased in the transaction that replaces it: it will never sign again, and a CMDB or a
 * backup that is stolen later has nothing to sign with.
 */
import { generateKeyPairSync } from 'node:crypto';
import { writeKeyBlob } from '../../wire/proof.ts';
import { signStatement, statementText, type FormerKey, type KeyStatement } from '../../wire/signingKeys.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import { isUniqueViolation } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { numberOf, type KeyState } from './keyState.ts';
import type { SigningKeys } from './signingKeys.ts';

export interface KeyChangeDeps {
  cmdb: Cmdb;
  clock: Clock;
  keys: SigningKeys;
}

export const DEFAULT_OVERLAP_DAYS = 30;
export const MOST_OVERLAP_DAYS = 3650;
const DAY = 24 * 3600_000;

/**
 * Makes a new key that signs from now on. What the one before has signed is believed for `overlapDays` more.
 * @returns the new key's name
 * @throws InvalidInput `overlapDays`; the empty field when somebody else was first
 */
export async function rotateSigningKey(
  deps: KeyChangeDeps,
  actor: Actor,
  { overlapDays = DEFAULT_OVERLAP_DAYS }: { overlapDays?: number } = {},
): Promise<string> {
  if (!Number.isInteger(overlapDays) || overlapDays < 1 || overlapDays > MOST_OVERLAP_DAYS) {
    const message = `The overlap is a whole number of days from 1 to ${MOST_OVERLAP_DAYS}.`;
    throw new InvalidInput([{ field: 'overlapDays', message }]);
  }
  const until = utc(deps.clock.now() + overlapDays * DAY);
  return change(deps, (session, state) => replace(deps, session, state, actor, { until, isRevoked: false }));
}

/** Ends a key's overlap now. @throws InvalidInput when it has none */
export async function retireSigningKey(deps: KeyChangeDeps, actor: Actor, name: string): Promise<void> {
  const { clock } = deps;
  await change(deps, async (session, state) => {
    const found = formerOf(state, name);
    if (found === undefined || found.isRevoked || Date.parse(found.until) <= clock.now()) {
      throw wrong(`${name} is not in its overlap: there is nothing to end.`);
    }
    await restate(deps, session, state, actor, { ...found, until: utc(clock.now()) });
    await audit(
      session,
      clock,
      actor,
      name,
      'retire',
      { overlapUntil: found.until },
      { overlapUntil: utc(clock.now()) },
    );
  });
}

/**
 * Takes all trust from a key that may be in wrong hands. The current one is replaced at the same time.
 * @returns the name of the key that signs from now on
 * @throws InvalidInput when there is no such key, or it is revoked already
 */
export async function revokeSigningKey(deps: KeyChangeDeps, actor: Actor, name: string): Promise<string> {
  const { clock } = deps;
  return change(deps, async (session, state) => {
    const now = utc(clock.now());
    if (name === state.current.name) return replace(deps, session, state, actor, { until: now, isRevoked: true });
    const found = formerOf(state, name);
    if (found === undefined) throw wrong(`There is no signing key ${name}.`);
    if (found.isRevoked) throw wrong(`${name} was revoked before.`);
    await restate(deps, session, state, actor, {
      ...found,
      until: found.until < now ? found.until : now,
      isRevoked: true,
    });
    await audit(session, clock, actor, name, 'revoke', {}, { current: state.current.name });
    return state.current.name;
  });
}

async function change<T>(
  { cmdb, keys }: KeyChangeDeps,
  work: (session: Session, state: KeyState) => Promise<T>,
): Promise<T> {
  try {
    return await cmdb.transaction(async (session) => work(session, await keys.read(session)));
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw wrong('Somebody else has just changed the signing keys: look at them again.');
  } finally {
    await keys.refresh(cmdb);
  }
}

const wrong = (message: string): InvalidInput => new InvalidInput([{ field: '', message }]);

const formerKeys = ({ statements }: KeyState): FormerKey[] => statements.at(-1)?.former ?? [];

function formerOf(state: KeyState, name: string): FormerKey | undefined {
  const blob = state.keys.find((key) => key.name === name)?.blob;
  return formerKeys(state).find(({ key }) => key === blob);
}

const nextNumber = ({ statements }: KeyState): number => (statements.at(-1)?.number ?? 0) + 1;

async function replace(
  deps: KeyChangeDeps,
  session: Session,
  state: KeyState,
  actor: Actor,
  { until, isRevoked }: Pick<FormerKey, 'until' | 'isRevoked'>,
): Promise<string> {
  const { clock, keys } = deps;
  const before = state.current;
  const name = `signing:${Math.max(...state.keys.map((key) => numberOf(key.name))) + 1}`;
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const blob = writeKeyBlob(publicKey);
  const former = [...formerKeys(state), { key: before.blob, until, isRevoked }];
  const now = utc(clock.now());
  await session.db
    .insertInto('Secret')
    .values({ Name: name, Wrapped: keys.seal(name, privateKey), PublicPart: blob, CreatedAt: now, RetiredAt: null })
    .execute();
  await session.db
    .updateTable('Secret')
    .set({ Wrapped: '', PublicPart: before.blob, RetiredAt: now })
    .where('Name', '=', before.name)
    .execute();
  const keysNow = { number: nextNumber(state), key: blob, former };
  await write(deps, session, name, actor, signStatement(keysNow, privateKey, before.privateKey));
  await audit(
    session,
    clock,
    actor,
    name,
    isRevoked ? 'revoke and replace' : 'rotate',
    { current: before.name },
    {
      current: name,
      overlapUntil: isRevoked ? null : until,
    },
  );
  return name;
}

/** The current key says another thing of an earlier one. */
async function restate(
  deps: KeyChangeDeps,
  session: Session,
  state: KeyState,
  actor: Actor,
  changed: FormerKey,
): Promise<void> {
  const former = formerKeys(state).map((one) => (one.key === changed.key ? changed : one));
  const { current } = state;
  const statement = signStatement({ number: nextNumber(state), key: current.blob, former }, current.privateKey);
  await write(deps, session, current.name, actor, statement);
}

async function write(
  { clock }: KeyChangeDeps,
  session: Session,
  name: string,
  actor: Actor,
  statement: KeyStatement,
): Promise<void> {
  const { number, signature, endorsement } = statement;
  await session.db
    .insertInto('SigningStatement')
    .values({
      Number: number,
      KeyName: name,
      Text: statementText(statement),
      Signature: signature,
      Endorsement: endorsement,
      MadeAt: utc(clock.now()),
      MadeBy: actor.name.slice(0, 255),
    })
    .execute();
  await recordChange(session, clock, 'secret');
}

async function audit(
  session: Session,
  clock: Clock,
  actor: Actor,
  name: string,
  action: string,
  before: object,
  after: object,
): Promise<void> {
  await recordAudit(session, clock, actor, { action, objectKind: 'signing key', objectName: name, before, after });
}
