/**
 * Short-lived proofs of the server's own making: challenges, bearers and download tokens. All are HMACs under a key
 * that every node shares, so that any node can check what another has issued, without a look-up.
 *
 * A token is base64url of its facts followed by their HMAC-SHA256, cut to 128 bits. Each purpose has a key of its own,
 * so that a token of one kind can never pass for another.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Guid } from '../../wire/guid.ts';
import type { Clock } from '../clock.ts';
import { Hmac } from '../../wire/hmac.ts';

const CHALLENGE_MS = 2 * 60_000;
const BEARER_MS = 60 * 60_000;
const DOWNLOAD_MS = 24 * 60 * 60_000;
/** A download token is good until a full hour, so that an address stays the same for resumed downloads within it. */
const DOWNLOAD_STEP_MS = 60 * 60_000;

const MAC_BYTES = 16;
const TIME_BYTES = 6;
const GUID_BYTES = 16;
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
  readonly #downloads: Sealer;
  readonly #verified = new Map<string, Bearer>();
  readonly #granted = new Map<string, { grant: { guid: Guid; packageGuid: Guid }; expiresAt: number }>();

  /** @param bearersFrom milliseconds since 1970: bearers that were issued before are worth nothing */
  constructor(tokenKey: Buffer, clock: Clock, bearersFrom: () => number = () => 0) {
    this.#clock = clock;
    this.#bearersFrom = bearersFrom;
    this.#challenges = new Sealer(tokenKey, 'challenge', TIME_BYTES + 16);
    this.#bearers = new Sealer(tokenKey, 'bearer', TIME_BYTES + GUID_BYTES + KEY_HASH_BYTES);
    this.#downloads = new Sealer(tokenKey, 'download', TIME_BYTES + 2 * GUID_BYTES);
  }

  /** A challenge that an agent signs; valid for two minutes. */
  newChallenge(): string {
    return this.#challenges.seal(timeBytes(this.#clock.now() + CHALLENGE_MS), randomBytes(16));
  }

  isFreshChallenge(challenge: string): boolean {
    const facts = this.#challenges.open(challenge);
    return facts !== undefined && this.#isAhead(timeAt(facts));
  }

  /** Bearer for an hour, bound to the computer and to the key that proved it (SHA-256, hex). */
  issueBearer(guid: Guid, keyHash: string): { token: string; expiresInSeconds: number } {
    const key = Buffer.from(keyHash, 'hex');
    if (key.length !== KEY_HASH_BYTES) throw new RangeError('a bearer is bound to a SHA-256 in hex');
    const token = this.#bearers.seal(timeBytes(this.#clock.now() + BEARER_MS), guidBytes(guid), key);
    return { token, expiresInSeconds: BEARER_MS / 1000 };
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
    const facts = Buffer.allocUnsafe(TIME_BYTES + 2 * GUID_BYTES);
    facts.writeUIntBE(expiresAt, 0, TIME_BYTES);
    facts.write(guid.replaceAll('-', ''), TIME_BYTES, GUID_BYTES, 'hex');
    facts.write(packageGuid.replaceAll('-', ''), TIME_BYTES + GUID_BYTES, GUID_BYTES, 'hex');
    return this.#downloads.seal(facts);
  }

  /** A large file is fetched in hundreds of blocks under one token: it is verified once. */
  readDownloadToken(token: string): { guid: Guid; packageGuid: Guid } | undefined {
    const known = this.#granted.get(token);
    if (known !== undefined) {
      if (this.#isAhead(known.expiresAt)) return known.grant;
      this.#granted.delete(token);
      return undefined;
    }
    const facts = this.#downloads.open(token);
    if (facts === undefined || !this.#isAhead(timeAt(facts))) return undefined;
    const grant = { guid: guidAt(facts, TIME_BYTES), packageGuid: guidAt(facts, TIME_BYTES + GUID_BYTES) };
    if (this.#granted.size >= GRANTS_KEPT) this.#granted.delete(this.#granted.keys().next().value!);
    this.#granted.set(token, { grant, expiresAt: timeAt(facts) });
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

/** Facts of a fixed size with their HMAC, under a key for one purpose. */
class Sealer {
  readonly #hmac: Hmac;
  readonly #factBytes: number;
  readonly #textLength: number;

  constructor(tokenKey: Buffer, purpose: string, factBytes: number) {
    const key = createHmac('sha256', tokenKey).update(`notification-server ${purpose} v1`).digest();
    this.#hmac = new Hmac(key, factBytes);
    this.#factBytes = factBytes;
    this.#textLength = Math.ceil(((factBytes + MAC_BYTES) * 4) / 3);
  }

  seal(...facts: Buffer[]): string {
    return this.#sealed(facts.length === 1 ? facts[0]! : Buffer.concat(facts)).toString('base64url');
  }

  open(text: string): Buffer | undefined {
    // The decoder skips what is not base64url, and takes the letters of plain base64 too: one spelling only is a token.
    if (text.length !== this.#textLength) return undefined;
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length !== this.#factBytes + MAC_BYTES || bytes.toString('base64url') !== text) return undefined;
    const facts = bytes.subarray(0, this.#factBytes);
    return timingSafeEqual(bytes, this.#sealed(facts)) ? facts : undefined;
  }

  /** The facts with their HMAC behind them, cut. */
  #sealed(facts: Buffer): Buffer {
    const bytes = Buffer.allocUnsafe(this.#factBytes + MAC_BYTES);
    bytes.set(facts);
    bytes.write(this.#hmac.of(facts), this.#factBytes, MAC_BYTES, 'latin1');
    return bytes;
  }
}

function timeBytes(milliseconds: number): Buffer {
  const bytes = Buffer.allocUnsafe(TIME_BYTES);
  bytes.writeUIntBE(milliseconds, 0, TIME_BYTES);
  return bytes;
}

/** Every token begins with the time at which it ends. */
const timeAt = (facts: Buffer): number => facts.readUIntBE(0, TIME_BYTES);

const guidBytes = (guid: Guid): Buffer => Buffer.from(guid.replaceAll('-', ''), 'hex');

function guidAt(facts: Buffer, at: number): Guid {
  const hex = facts.toString('hex', at, at + GUID_BYTES);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Guid;
}
