/** The Notification Server as a registered agent sees it: every call goes with GUID and bearer. */
import type { IncomingMessage } from 'node:http';
import type { KeyObject } from 'node:crypto';
import { SMA_ID } from '../../wire/paths.ts';
import { accepted, type Answer, type HttpClient } from '../http/client.ts';
import { Refused } from '../http/errors.ts';
import { askChallenge, sendProof, type Challenge } from './authenticate.ts';
import type { Identity } from './identity.ts';

/** A bearer is renewed this long before it ends, so that it does not end under way. */
const EARLY_MS = 120_000;

export interface Call {
  method: 'GET' | 'POST';
  /** Page of the contract, or an address that the server gave. */
  address: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export class Server {
  readonly #http: HttpClient;
  readonly #identity: Identity;
  readonly #privateKey: KeyObject;
  #bearer: Promise<string> | undefined;
  #renewAt = 0;

  constructor(http: HttpClient, identity: Identity, privateKey: KeyObject) {
    this.#http = http;
    this.#identity = identity;
    this.#privateKey = privateKey;
  }

  /** The Notification Server says which key another server shows: no authority needs to vouch for that one. */
  trustKey(url: URL, pin: string): void {
    this.#http.trustKey(url, pin);
  }

  /** Any status is an answer. @throws Unreachable, BadAnswer; Refused when the proof is not accepted */
  async call(call: Call, signal: AbortSignal, limit?: number): Promise<Answer> {
    const url = new URL(call.address, this.#http.server);
    return this.#proven(url, call.headers, signal, (headers) =>
      this.#http.ask({ method: call.method, url, headers, body: call.body, signal }, limit),
    );
  }

  /** Like `call`, but anything other than 2xx is thrown. @throws Unreachable, BadAnswer, Refused */
  async callOk(call: Call, what: string, signal: AbortSignal, limit?: number): Promise<Answer> {
    return accepted(await this.call(call, signal, limit), what);
  }

  /** The head of a file's answer; the caller reads or destroys the body. @throws Unreachable, Refused (proof) */
  open(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
    return this.#proven(url, headers, signal, (own) => this.#http.open({ method: 'GET', url, headers: own, signal }));
  }

  /**
   * Asks for statements about the server's keys and follows them. True when something is believed now that was not
   * before. @throws Unreachable, Refused, BadAnswer, NotTrusted
   */
  async followKeys(signal: AbortSignal): Promise<boolean> {
    const before = this.#identity.trustedKeys?.number;
    await this.#challenge(signal);
    return this.#identity.trustedKeys?.number !== before;
  }

  async #challenge(signal: AbortSignal): Promise<Challenge> {
    const { guid, trustedKeys } = this.#identity;
    if (trustedKeys === undefined) throw new Refused('this computer is not registered', 403, 'notRegistered');
    const challenge = await askChallenge(this.#http, guid, trustedKeys, signal);
    // Another request may have followed further meanwhile.
    if (challenge.keys.number > this.#identity.trustedKeys!.number) this.#identity.takeKeys(challenge.keys);
    return challenge;
  }

  // The server may have lost or changed the key of its bearers: a 401 is answered with one new proof.
  async #proven<A extends IncomingMessage | Answer>(
    url: URL,
    headers: Record<string, string> | undefined,
    signal: AbortSignal,
    send: (headers: Record<string, string>) => Promise<A>,
  ): Promise<A> {
    // The bearer is for the Notification Server alone, never for the host of some codebase.
    if (!this.#http.isServer(url)) return send({ ...headers });
    const answer = await send({ ...headers, ...(await this.#credentials(signal)) });
    if (('status' in answer ? answer.status : answer.statusCode) !== 401) return answer;
    if ('resume' in answer) answer.resume();
    this.#bearer = undefined;
    return send({ ...headers, ...(await this.#credentials(signal)) });
  }

  async #credentials(signal: AbortSignal): Promise<Record<string, string>> {
    if (this.#bearer === undefined || Date.now() >= this.#renewAt) {
      const asked = this.#prove(signal);
      this.#bearer = asked;
      asked.catch(() => {
        if (this.#bearer === asked) this.#bearer = undefined;
      });
    }
    return { [SMA_ID]: this.#identity.guid, Authorization: `Bearer ${await this.#bearer}` };
  }

  async #prove(signal: AbortSignal): Promise<string> {
    this.#renewAt = Number.POSITIVE_INFINITY;
    const challenge = await this.#challenge(signal);
    const own = { guid: this.#identity.guid, privateKey: this.#privateKey };
    const bearer = await sendProof(this.#http, own, challenge, signal);
    this.#renewAt = Date.now() + Math.max(bearer.expiresInMs - EARLY_MS, bearer.expiresInMs / 2);
    return bearer.token;
  }
}
