/** A browser without script: keeps cookies, follows nothing by itself, finds the form's token. */
import { expect } from 'chai';
import { TEST_PASSWORD } from '../support/server.ts';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Where a redirect points. */
  location: string;
}

export class ConsoleClient {
  readonly cookies = new Map<string, string>();
  readonly #base: string;

  /** @param server `http://127.0.0.1:port` */
  constructor(server: string) {
    this.#base = server;
  }

  /** An address below /Altiris/Console, or a whole path. */
  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#send(path, { headers });
  }

  /** Posts a form; the token is that of the last page unless `_csrf` is given. */
  async post(
    path: string,
    fields: Record<string, string | string[]> = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries({ _csrf: this.token, ...fields })) {
      for (const each of [value].flat()) body.append(name, each);
    }
    return this.#send(path, { method: 'POST', body, headers });
  }

  /** Token of the last page that had a form. */
  token = '';

  async signIn(name = 'admin', password = TEST_PASSWORD): Promise<Answer> {
    await this.get('/signIn');
    const answer = await this.post('/signIn', { name, password });
    if (answer.status === 303) await this.get('/users');
    return answer;
  }

  async #send(path: string, init: RequestInit): Promise<Answer> {
    const address = /^\/Altiris/i.test(path) || path === '/' ? path : `/Altiris/Console${path}`;
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(init.headers as Record<string, string>), ...(cookie === '' ? {} : { cookie }) };
    const response = await fetch(this.#base + address, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      this.cookies.set(name!, value!);
    }
    const text = await response.text();
    const token = /name="_csrf" value="([^"]+)"/.exec(text)?.[1];
    if (token !== undefined) this.token = token;
    return {
      status: response.status,
      headers: response.headers,
      text,
      location: response.headers.get('location') ?? '',
    };
  }
}

/** A signed-in client. */
export async function signedIn(server: string, name?: string, password?: string): Promise<ConsoleClient> {
  const client = new ConsoleClient(server);
  const answer = await client.signIn(name, password);
  expect(answer.status, 'signing in').to.equal(303);
  return client;
}
