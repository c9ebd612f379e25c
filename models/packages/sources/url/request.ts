/** One GET to a server that nobody vouches for: redirects, silence and errors in bounds and in words. */
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { SourceProblem, type UrlLimits } from '../source.ts';
import { allowedLookup, parseAddress, shown } from './reachable.ts';

const MOST_REDIRECTS = 5;
/** Enough for one server's small files to come without pauses; polite all the same. */
export const AT_ONCE = 4;

export interface Answer {
  /** After redirects. */
  url: URL;
  status: number;
  headers: IncomingMessage['headers'];
  /** Ends with an error when the server falls silent. Read it, or call `drop`. */
  body: AsyncIterable<Buffer>;
  drop(): void;
}

export class Requester {
  readonly #limits: UrlLimits;
  readonly #agents: Record<string, http.Agent>;

  constructor(limits: UrlLimits) {
    this.#limits = limits;
    const options = { keepAlive: true, maxSockets: AT_ONCE, lookup: allowedLookup(limits.ranges) };
    this.#agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };
  }

  /** @throws SourceProblem; whatever the status, the answer is returned unless it is a redirect */
  async get(url: URL, headers: Record<string, string>): Promise<Answer> {
    let at = url;
    for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
      const answer = await this.#ask(at, headers);
      const target = answer.headers.location;
      if (![301, 302, 303, 307, 308].includes(answer.status) || target === undefined) return answer;
      answer.drop();
      at = this.#follow(at, target);
    }
    throw new SourceProblem('failed', `${url.host} redirects more than ${MOST_REDIRECTS} times.`);
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  /** Each target is judged like the address that was entered: a redirect must not lead where that may not. */
  #follow(from: URL, location: string): URL {
    const target = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
    const checked = target === undefined ? 'The target is no address.' : parseAddress(target.href, this.#limits);
    if (typeof checked === 'string') throw new SourceProblem('failed', `${from.host} redirects: ${checked}`);
    if (from.protocol === 'https:' && checked.protocol === 'http:') {
      throw new SourceProblem('failed', `${from.host} redirects from https to http, which is not followed.`);
    }
    return checked;
  }

  #ask(url: URL, headers: Record<string, string>): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const secure = url.protocol === 'https:';
    const request = (secure ? https : http).get(url, {
      agent: this.#agents[url.protocol],
      // What is compressed on the way has another size and hash than the file, and may be a bomb.
      headers: { ...headers, 'accept-encoding': 'identity', 'user-agent': 'notification-server' },
    });
    const silent = setTimeout(
      () => request.destroy(new SourceProblem('source_missing', `${url.host} does not answer.`)),
      this.#limits.windowMs,
    );
    request.on('error', (error) => {
      clearTimeout(silent);
      // The server closed a connection that was kept just as it was used again: nothing was asked yet.
      const isStale = request.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
      if (isStale) resolve(this.#ask(url, headers));
      else reject(explain(error, url));
    });
    request.on('response', (response) => {
      clearTimeout(silent);
      resolve({
        url,
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: paced(response, url, this.#limits),
        drop: () => drop(response),
      });
    });
    return promise;
  }
}

/** What has no body leaves its connection to the next request; any other might never end. */
function drop(response: IncomingMessage): void {
  // An error that nobody hears ends the process.
  response.on('error', () => undefined);
  if (response.statusCode === 304) response.resume();
  else response.destroy();
}

/** The body, as long as it comes in a bearable pace. */
async function* paced(response: IncomingMessage, url: URL, limits: UrlLimits): AsyncGenerator<Buffer> {
  let lately = 0;
  const watch = setInterval(() => {
    if (lately < limits.leastBytes) {
      response.destroy(new SourceProblem('source_missing', `${url.host} sends too slowly: it was given up.`));
    }
    lately = 0;
  }, limits.windowMs);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      lately += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw explain(error, url);
  } finally {
    clearInterval(watch);
  }
}

function explain(error: unknown, url: URL): SourceProblem {
  if (error instanceof SourceProblem) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const cause = { cause: error };
  if (/^(ENOTFOUND|EAI_)/.test(code)) {
    return new SourceProblem('source_missing', `The name ${url.hostname} is not known.`, cause);
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO|ALTNAME|ERR_SSL|ERR_TLS/.test(code)) {
    const fix = 'Add its authority to NODE_EXTRA_CA_CERTS.';
    return new SourceProblem('failed', `The certificate of ${url.host} is not trusted (${code}). ${fix}`, cause);
  }
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/.test(code)) {
    return new SourceProblem('source_missing', `${url.host} cannot be reached (${code}).`, cause);
  }
  if (/^(ECONNRESET|EPIPE)$/.test(code) || message === 'aborted') {
    return new SourceProblem('source_missing', `${url.host} broke the connection off.`, cause);
  }
  return new SourceProblem('failed', `${url.host} gave no proper answer (${code === '' ? message : code}).`, cause);
}

/** The server has no file of that name. */
export class NotThere extends SourceProblem {
  override name = 'NotThere';
}

/** @throws SourceProblem for a status that brings no file */
export function rejectStatus({ status, url }: Answer): void {
  if (status === 200 || status === 206) return;
  const what = `${shown(url)} was answered with ${status}`;
  if (status === 401 || status === 403)
    throw new SourceProblem('access_denied', `${what}: the server may not read it.`);
  if (status === 404 || status === 410) throw new NotThere('source_missing', `${what}: it is not there.`);
  throw new SourceProblem('failed', `${what}.`);
}
