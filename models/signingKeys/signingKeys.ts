/** The signing keys in memory: what is signed with, what agents are told, and whose signature is whose. */
import type { KeyObject } from 'node:crypto';
import type { KeyStatement } from '../../wire/signingKeys.ts';
import type { Change } from '../changes/changeLog.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { InTurn } from '../inTurn.ts';
import { wrap } from '../secrets/wrapping.ts';
import { readKeyState, type KeyState, type KnownKey } from './keyState.ts';

export type SigningKeyState = 'current' | 'overlap' | 'retired' | 'revoked';

export interface SigningKey extends KnownKey {
  state: SigningKeyState;
  /** When it ceased to sign, or its overlap ends; null for the current one. */
  until: Utc | null;
}

/** Proofs that fit no key make it look for news at most so often. */
const LOOK_AGAIN_MS = 1000;

export class SigningKeys {
  readonly #master: Buffer;
  readonly #readings = new InTurn();
  #state: KeyState;
  #bearersFrom = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;

  private constructor(master: Buffer, state: KeyState) {
    this.#master = master;
    this.#state = state;
    this.#bearersFrom = lastRevocation(state);
  }

  /** @throws MasterKeyError */
  static async load(session: Session, master: Buffer): Promise<SigningKeys> {
    return new SigningKeys(master, await readKeyState(session, master));
  }

  /** What a transaction that changes keys goes by. @throws MasterKeyError */
  read(session: Session): Promise<KeyState> {
    return readKeyState(session, this.#master);
  }

  /** A private key as the CMDB keeps it. */
  seal(name: string, privateKey: KeyObject): string {
    return wrap(this.#master, name, privateKey.export({ format: 'der', type: 'pkcs8' }));
  }

  /** What signs from now on. */
  get current(): KeyState['current'] {
    return this.#state.current;
  }

  /** Number of the newest statement; 0 before the first. */
  get number(): number {
    return this.#state.statements.at(-1)?.number ?? 0;
  }

  /** Every key with its state, the current one first, then the newest. */
  list(now: number): SigningKey[] {
    const { current, keys, statements } = this.#state;
    const former = new Map((statements.at(-1)?.former ?? []).map((one) => [one.key, one]));
    const described = keys.map((key): SigningKey => {
      if (key.name === current.name) return { ...key, state: 'current', until: null };
      const { until = key.madeAt, isRevoked = false } = former.get(key.blob) ?? {};
      const state = isRevoked ? 'revoked' : Date.parse(until) > now ? 'overlap' : 'retired';
      return { ...key, state, until };
    });
    return described.reverse();
  }

  blobOf(name: string): string | undefined {
    return this.#state.keys.find((key) => key.name === name)?.blob;
  }

  /** The key to check a snapshot with: it may still carry the signature of an earlier one. */
  readonly sourceKeyOf = (name: string | undefined): string =>
    (name === undefined ? undefined : this.blobOf(name)) ?? this.current.blob;

  /** Keys that a proof may name, the current one first. An agent that was away for long still names the one it knew. */
  get provable(): KnownKey[] {
    const { current, keys, statements } = this.#state;
    const revoked = new Set(
      (statements.at(-1)?.former ?? []).filter(({ isRevoked }) => isRevoked).map(({ key }) => key),
    );
    return [current, ...keys.filter(({ name, blob }) => name !== current.name && !revoked.has(blob)).reverse()];
  }

  /** What an agent that knows statement `number` needs: each that brought a new key since, and the newest. */
  statementsAfter(number: number): KeyStatement[] {
    const { statements } = this.#state;
    const newest = statements.at(-1);
    return statements.filter((one) => one.number > number && (one.endorsement !== '' || one === newest));
  }

  /** Milliseconds since 1970: bearers from before a key was revoked are worth nothing, so that everybody hears of it. */
  get bearersFrom(): number {
    return this.#bearersFrom;
  }

  refresh(session: Session): Promise<void> {
    return this.#readings.run(async () => {
      this.#state = await this.read(session);
      this.#bearersFrom = lastRevocation(this.#state);
    });
  }

  /** Another node may have changed the key within the last second. True when there may be news. */
  async lookAgain(session: Session): Promise<boolean> {
    const before = this.number;
    if (performance.now() - this.#lookedAt < LOOK_AGAIN_MS) return false;
    this.#lookedAt = performance.now();
    await this.refresh(session);
    return this.number !== before;
  }

  async applyChange(session: Session, { Kind }: Change): Promise<void> {
    if (Kind === 'secret') await this.refresh(session);
  }
}

function lastRevocation({ statements }: KeyState): number {
  const revokedIn = (one: KeyStatement | undefined): number =>
    one?.former.filter(({ isRevoked }) => isRevoked).length ?? 0;
  const last = statements.findLast((one, index) => revokedIn(one) > revokedIn(statements[index - 1]));
  return last === undefined ? 0 : Date.parse(last.madeAt);
}
