/**
 * Short-lived proofs of the server's own making: challenges, bearers and download tokens. All are HMACs under a key
 * that every node shares, so that any node can check what another has issued, without a look-up (wire/sealer.ts).
 */
import { createHmac, randomBytes } from 'node:crypto';
import { DownloadTokens, type DownloadGrant } from '../../wire/downloadToken.ts';
import { GUID_BYTES, guidAt, writeGuid, type Guid } from '../../wire/guid.ts';
import { Sealer } from '../../wire/sealer.ts';
import type { Clock } from '../clock.ts';

const CHALLENGE_MS = 2 * 60_000;
const BEARER_MS = 60 * 60_000;
const DOWNLOAD_MS = 24 * 60 * 60_000;
/** A download token is good until a full hour, so that an address stays the same for resumed downloads within it. */
const DOWNLOAD_STEP_MS = 60 * 60_000;

const TIME_BYTES = 6;
const NONCE_BYTES = 16;
const KEY_HASH_BYTES = 32;

/** Verified bearers kept, so that a busy agent's is hashed once; the oldest go first. About 400 bytes each. */
const BEARERS_KEPT = 50_000;
/** The same for download tokens: as many downloads can be under way without hashing for each block. */
const GRANTS_KEPT = 10_000;

interface Bearer {
  readonly guid: Guid;
  readonly keyHash: string;
  readonly expiresAt: number;
}

export class AgentTokens {
  readonly #clock: Clock;
  readonly #bearersFrom: () => number;
  readonly #challenges: Sealer;
  readonly #bearers: Sealer;
  readonly #downloads: DownloadTokens;
  readonly #verified = new Map<string, Bearer>();
  readonly #granted = new Map<string, DownloadGrant>();

  /** @param bearersFrom milliseconds since 1970: bearers that were issued before are worth nothing */
  constructor(tokenKey: Buffer, clock: Clock, bearersFrom: () => number = () => 0) {
    this.#clock = clock;
    this.#bearersFrom = bearersFrom;
    this.#challenges = new Sealer(keyFor(tokenKey, 'challenge'), TIME_BYTES + NONCE_BYTES);
    this.#bearers = new Sealer(keyFor(tokenKey, 'bearer'), TIME_BYTES + GUID_BYTES + KEY_HASH_BYTES);
    this.#downloads = new DownloadTokens(keyFor(tokenKey, 'download'));
  }

  /** A challenge that an agent signs; valid for two minutes. */
  newChallenge(): string {
    return this.#challenges.seal(
      Buffer.concat([timeBytes(this.#clock.now() + CHALLENGE_MS), randomBytes(NONCE_BYTES)]),
    );
  }

  isFreshChallenge(challenge: string): boolean {
    const facts = this.#challenges.open(challenge);
    return facts !== undefined && this.#isAhead(timeAt(facts));
  }

  /** Bearer for an hour, bound to the computer and to the key that proved it (SHA-256, hex). */
  issueBearer(guid: Guid, keyHash: string): { token: string; expiresInSeconds: number } {
    const key = Buffer.from(keyHash, 'hex');
    if (key.length !== KEY_HASH_BYTES) throw new RangeError('a bearer is bound to a SHA-256 in hex');
    const facts = Buffer.alloc(TIME_BYTES + GUID_BYTES + KEY_HASH_BYTES);
    facts.writeUIntBE(this.#clock.now() + BEARER_MS, 0, TIME_BYTES);
    writeGuid(facts, TIME_BYTES, guid);
    facts.set(key, TIME_BYTES + GUID_BYTES);
    return { token: this.#bearers.seal(facts), expiresInSeconds: BEARER_MS / 1000 };
  }

  /** The computer and key hash that a valid bearer names. */
  readBearer(token: string): { guid: Guid; keyHash: string } | undefined {
    const known = this.#verified.get(token);
    if (known !== undefined) {
      if (this.#isGoodBearer(known.expiresAt)) return known;
      this.#verified.delete(token);
      return undefined;
    }
    const facts = this.#bearers.open(token);
    if (facts === undefined || !this.#isGoodBearer(timeAt(facts))) return undefined;
    const bearer: Bearer = {
      guid: guidAt(facts, TIME_BYTES),
      keyHash: facts.toString('hex', TIME_BYTES + GUID_BYTES),
      expiresAt: timeAt(facts),
    };
    if (this.#verified.size >= BEARERS_KEPT) this.#verified.delete(this.#verified.keys().next().value!);
    this.#verified.set(token, bearer);
    return bearer;
  }

  /** Token for the path of a download, made for one agent and one package; valid for a day. URL-safe. */
  issueDownloadToken(guid: Guid, packageGuid: Guid): string {
    const expiresAt = Math.ceil((this.#clock.now() + DOWNLOAD_MS) / DOWNLOAD_STEP_MS) * DOWNLOAD_STEP_MS;
    return this.#downloads.seal({ computer: guid, packageGuid, expiresAt });
  }

  /** A large file is fetched in hundreds of blocks under one token: it is verified once. */
  readDownloadToken(token: string): DownloadGrant | undefined {
    const known = this.#granted.get(token);
    if (known !== undefined) {
      if (this.#isAhead(known.expiresAt)) return known;
      this.#granted.delete(token);
      return undefined;
    }
    const grant = this.#downloads.open(token, this.#clock.now());
    if (grant === undefined) return undefined;
    if (this.#granted.size >= GRANTS_KEPT) this.#granted.delete(this.#granted.keys().next().value!);
    this.#granted.set(token, grant);
    return grant;
  }

  #isGoodBearer(expiresAt: number): boolean {
    if (!this.#isAhead(expiresAt)) return false;
    const [issuedAt, from, now] = [expiresAt - BEARER_MS, this.#bearersFrom(), this.#clock.now()];
    // A clock that was ahead and is right again: what is issued now must be worth something, or nobody is heard until
    // that time has come. Bearers from before carry a time that is still to come, too.
    return issuedAt >= from || (from > now && issuedAt <= now);
  }

  #isAhead(time: number): boolean {
    return time > this.#clock.now();
  }
}

/** A key for each purpose, so that a token of one kind can never pass for another. */
const keyFor = (tokenKey: Buffer, purpose: string): Buffer =>
  createHmac('sha256', tokenKey).update(`notification-server ${purpose} v1`).digest();

function timeBytes(milliseconds: number): Buffer {
  const bytes = Buffer.allocUnsafe(TIME_BYTES);
  bytes.writeUIntBE(milliseconds, 0, TIME_BYTES);
  return bytes;
}

/** Every token begins with the time at which it ends. */
const timeAt = (facts: Buffer): number => facts.readUIntBE(0, TIME_BYTES);
