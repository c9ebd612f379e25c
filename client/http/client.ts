/** HTTP for clients of the contract: keep-alive, trust, limits and time-outs in one place. Redirects are not followed. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { BadAnswer, NotTrusted, Refused, Unreachable } from './errors.ts';
import { connectTrusted, type Check, type Trust } from './trust.ts';
import { parseXml } from '../../wire/xml.ts';

const CONNECT_MS = 30_000;
const SILENCE_MS = 120_000;
const MB = 1024 * 1024;

export interface Ask {
  method: 'GET' | 'POST' | 'HEAD';
  url: URL;
  headers?: Record<string, string>;
  body?: string | Buffer;
  signal: AbortSignal;
}

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

export interface HttpOptions {
  /** Trust in the Notification Server; other hosts are judged by the authorities alone. */
  trust: Trust;
  server: URL;
  allowHttp: boolean;
  userAgent: string;
  /** Connections at once to one host. */
  maxSockets?: number;
}

export class HttpClient {
  readonly #options: HttpOptions;
  readonly #http: HttpAgent;
  readonly #toServer: HttpsAgent;
  readonly #toOthers: HttpsAgent;
  /** Hosts whose key the Notification Server has named. */
  readonly #toPinned = new Map<string, { pin: string; agent: HttpsAgent }>();

  constructor(options: HttpOptions) {
    const { maxSockets = 8 } = options;
    this.#options = options;
    this.#http = new HttpAgent({ keepAlive: true, maxSockets });
    this.#toServer = trustingAgent(options.trust, maxSockets);
    // A pin names one server's key, under whatever name; about a package server's it says nothing.
    const { trust } = options;
    this.#toOthers =
      trust.kind === 'pin' ? trustingAgent({ kind: 'pinOrSystem', pin: trust.pin }, maxSockets) : this.#toServer;
  }

  /** From now on that host is whoever holds the key, besides those whom an authority vouches for. */
  trustKey(url: URL, pin: string): void {
    if (url.protocol !== 'https:' || this.isServer(url)) return;
    const known = this.#toPinned.get(url.origin);
    if (known?.pin === pin) return;
    known?.agent.destroy();
    const agent = trustingAgent({ kind: 'pinOrSystem', pin }, this.#options.maxSockets ?? 8);
    this.#toPinned.set(url.origin, { pin, agent });
  }

  get server(): URL {
    return this.#options.server;
  }

  isServer(url: URL): boolean {
    return url.origin === this.#options.server.origin;
  }

  /** The whole answer as text. @throws Unreachable, BadAnswer (more than `limit` bytes) */
  async ask(ask: Ask, limit = 16 * MB): Promise<Answer> {
    const response = await this.open(ask);
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > limit) throw new BadAnswer(`${ask.url.pathname} answers more than ${limit} bytes`);
        chunks.push(chunk);
      }
    } catch (error) {
      throw error instanceof BadAnswer ? error : unreachable(ask.url, error);
    }
    return { status: response.statusCode!, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') };
  }

  /** The answer's head; the caller reads the body or destroys it. @throws Unreachable */
  async open(ask: Ask): Promise<IncomingMessage> {
    try {
      return await this.#send(ask);
    } catch (error) {
      // A server may close an idle connection just when it is used again. Every call of the contract may be repeated:
      // an event, too, is applied once by its msgId.
      if (!(error instanceof StaleConnection)) throw error;
      return this.#send(ask);
    }
  }

  #send(ask: Ask): Promise<IncomingMessage> {
    const { url } = ask;
    refuseClearText(url, this.#options.allowHttp);
    const secure = url.protocol === 'https:';
    const agent = secure ? this.#secureAgent(url) : this.#http;
    return new Promise((resolve, reject) => {
      const request = (secure ? httpsRequest : httpRequest)(url, {
        agent,
        method: ask.method,
        headers: { 'User-Agent': this.#options.userAgent, ...lengthOf(ask), ...ask.headers },
        signal: ask.signal,
        timeout: SILENCE_MS,
      });
      request.once('timeout', () => request.destroy(new Error(`no word for ${SILENCE_MS / 1000} seconds`)));
      request.once('response', resolve);
      request.on('error', (error) => {
        const isStale =
          request.reusedSocket && /^(ECONNRESET|EPIPE)$/.test((error as NodeJS.ErrnoException).code ?? '');
        reject(isStale ? new StaleConnection(`${url.origin} closed the connection`) : unreachable(url, error));
      });
      request.end(ask.body);
    });
  }

  #secureAgent(url: URL): HttpsAgent {
    if (this.isServer(url)) return this.#toServer;
    return this.#toPinned.get(url.origin)?.agent ?? this.#toOthers;
  }

  close(): void {
    for (const { agent } of this.#toPinned.values()) agent.destroy();
    this.#http.destroy();
    this.#toServer.destroy();
    this.#toOthers.destroy();
  }
}

class StaleConnection extends Unreachable {}

function lengthOf(ask: Ask): Record<string, string> {
  if (ask.body === undefined) return {};
  return { 'Content-Length': String(Buffer.byteLength(ask.body)), 'Content-Type': 'application/xml' };
}

/** An https agent whose sockets are handed out only after `connectTrusted` has looked at the other end. */
export function trustingAgent(trust: Check, maxSockets: number): HttpsAgent {
  const agent = new HttpsAgent({ keepAlive: true, maxSockets });
  agent.createConnection = ((
    options: RequestOptions & { host: string },
    done: (error: Error | null, socket?: unknown) => void,
  ) => {
    const servername = isIP(options.host) === 0 ? options.host : '';
    const late = setTimeout(() => once(new Error(`no connection after ${CONNECT_MS / 1000} seconds`)), CONNECT_MS);
    let isOver = false;
    const once = (error: Error | null, socket?: { destroy(): void }): void => {
      clearTimeout(late);
      if (isOver) socket?.destroy();
      else done(error, socket);
      isOver = true;
    };
    connectTrusted(trust, { host: options.host, port: Number(options.port), servername }, once);
    return undefined;
  }) as unknown as typeof agent.createConnection;
  return agent;
}

/**
 * Without TLS anybody on the way could read the bearer and the token. Loopback has no way; everything else needs the
 * administrator's word.
 * @throws NotTrusted
 */
export function refuseClearText(url: URL, allowHttp: boolean): void {
  if (url.protocol === 'https:') return;
  if (url.protocol !== 'http:') throw new NotTrusted(`${url.protocol} is not a protocol of the agent`);
  if (allowHttp || isLoopback(url.hostname)) return;
  throw new NotTrusted(`${url.origin} is plain HTTP: the agent talks HTTPS only, unless --allow-http is given.`);
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function unreachable(url: URL, error: unknown): Unreachable {
  if (error instanceof Unreachable) return error;
  const reason = error instanceof Error ? error.message || (error as NodeJS.ErrnoException).code : String(error);
  return new Unreachable(`${url.origin} cannot be reached: ${reason}`);
}

/** Turns any answer but 2xx into `Refused`, with the server's short text if it is one of the contract's. */
export function accepted(answer: Answer, what: string): Answer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  const { code, text } = errorOf(answer.text);
  throw new Refused(`${what}: ${answer.status} ${text}`.trim(), answer.status, code, retryAfter(answer.headers));
}

function errorOf(body: string): { code: string; text: string } {
  try {
    const root = parseXml(body);
    if (root.name === 'error') return { code: root.attributes.code ?? '', text: root.text.trim().slice(0, 200) };
  } catch {
    // Not from our kind of server, or from something in between: the status says enough.
  }
  return { code: '', text: '' };
}

/** Seconds or a date (RFC 9110). A day at most: a wrong clock must not silence an agent. */
export function retryAfter(headers: IncomingMessage['headers']): number | undefined {
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(milliseconds, 0), 86_400_000);
}
