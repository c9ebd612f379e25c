/** Calls the admin API of a server, for commands. Certificates are always checked. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { UsageError } from './command.ts';

export interface ApiServer {
  /** Scheme, host and port, as the console's address begins. */
  url: string;
  token: string;
  /** PEM of what the server's certificate must come from; undefined: what the system trusts. */
  ca: string | undefined;
}

export interface ApiReply {
  status: number;
  /** Parsed JSON, or undefined when there is none. */
  body: unknown;
}

/** The server does not answer; the message says which and why. */
export class ServerUnreachable extends Error {
  override name = 'ServerUnreachable';
}

const SILENT_MS = 60_000;

/** @throws ServerUnreachable */
export async function callApi(server: ApiServer, method: string, path: string, body?: unknown): Promise<ApiReply> {
  if (!URL.canParse(server.url)) throw new UsageError(`--url ${server.url} is not an address.`);
  const url = new URL(`/api/v1${path}`, server.url);
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const options: RequestOptions & { ca?: string | undefined } = {
    method,
    timeout: SILENT_MS,
    ...(server.ca === undefined ? {} : { ca: server.ca }),
    headers: {
      Authorization: `Bearer ${server.token}`,
      Accept: 'application/json',
      ...(payload === undefined
        ? {}
        : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(payload) }),
    },
  };
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void =>
      reject(new ServerUnreachable(`${server.url} cannot be reached: ${error.message}`));
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (response) => {
      read(response).then(resolve, failed);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', failed);
    request.end(payload);
  });
}

async function read(response: IncomingMessage): Promise<ApiReply> {
  const text = (await response.setEncoding('utf8').toArray()).join('');
  try {
    return { status: response.statusCode ?? 0, body: JSON.parse(text) as unknown };
  } catch {
    return { status: response.statusCode ?? 0, body: undefined };
  }
}
