/**
 * The agents' tree, `/Altiris/NS/Agent/`: finds the page, runs it, writes the answer. Asked before Express itself, whose
 * changes to request and response would be visible in the cost of an answer that takes some microseconds. Page names are
 * compared without regard to letter case: agents and tools mix spellings (agent-contract.md section 1).
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppContext } from '../../app/context.ts';
import { CmdbUnavailable } from '../../models/cmdb/types.ts';
import { PROTOCOL_ERRORS, ProtocolError } from '../../models/protocolErrors.ts';
import { parseGuid } from '../../wire/guid.ts';
import { AGENT_PAGES, SMA_ID } from '../../wire/paths.ts';
import { xml, XmlError } from '../../wire/xml.ts';
import type { Client } from '../client.ts';
import { readBody } from './body.ts';
import type { AgentAnswer, AgentHandler, AgentPage, AgentRequest } from './page.ts';
import { parseQuery } from './query.ts';

const TREE = AGENT_PAGES.toLowerCase();
const XML_TYPE = 'text/xml; charset=utf-8';

/** Ids are unique within a day and cheap: start time, process, count. */
const idPrefix = `${Date.now().toString(36)}-${process.pid.toString(36)}-`;
let idCount = 0;
export const nextRequestId = (): string => idPrefix + (idCount++).toString(36);

class Incoming implements AgentRequest {
  readonly raw: IncomingMessage;
  readonly method: AgentRequest['method'];
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly address: string;
  readonly secure: boolean;
  #id: string | undefined;
  readonly #search: string;
  #query: Map<string, string> | undefined;

  constructor(request: IncomingMessage, { address, secure }: Client) {
    const url = request.url!;
    const at = url.indexOf('?');
    this.raw = request;
    this.method = request.method as AgentRequest['method'];
    this.path = at === -1 ? url.slice(TREE.length) : url.slice(TREE.length, at);
    this.#search = at === -1 ? '' : url.slice(at + 1);
    this.headers = request.headers;
    this.address = address;
    this.secure = secure;
  }

  get id(): string {
    return (this.#id ??= nextRequestId());
  }

  get query(): ReadonlyMap<string, string> {
    if (this.#query === undefined) {
      this.#query = parseQuery(this.#search);
    }
    return this.#query;
  }

  body(limit: number): Promise<Buffer> {
    return readBody(this.raw, limit);
  }
}

/** Answers a request for the agents' tree; false: the address lies elsewhere, and nothing was done. */
export type AgentListener = (request: IncomingMessage, response: ServerResponse, client: Client) => boolean;

export function agentPages(context: AppContext, pages: readonly AgentPage[]): AgentListener {
  const byName = new Map<string, AgentPage>();
  for (const page of pages) {
    for (const name of page.names) byName.set(name, page);
  }
  return (request, response, client) => {
    if (!isAgentPath(request.url!)) return false;
    const incoming = new Incoming(request, client);
    try {
      const answer = handlerOf(context, byName, incoming)(context, incoming);
      if (answer instanceof Promise) {
        answer.then(
          (settled) => send(response, incoming, settled),
          (error: unknown) => fail(context, response, incoming, error),
        );
      } else send(response, incoming, answer);
    } catch (error) {
      fail(context, response, incoming, error);
    }
    return true;
  };
}

/** Whether an address lies in the agents' tree. */
export function isAgentPath(url: string): boolean {
  return url.startsWith(AGENT_PAGES) || (url.length >= TREE.length && url.slice(0, TREE.length).toLowerCase() === TREE);
}

const ok: AgentHandler = () => ({ status: 200 });

function handlerOf(context: AppContext, pages: Map<string, AgentPage>, request: Incoming): AgentHandler {
  if (!request.secure && context.settings.requireHttps) throw new ProtocolError('httpsRequired');
  const page = pages.get(request.path.toLowerCase());
  if (page === undefined) throw new ProtocolError('notFound');
  // HEAD asks "may I send?"; agents use it (KB 179877).
  const handler = request.method === 'HEAD' ? (page.HEAD ?? ok) : page[request.method as 'GET' | 'POST'];
  if (handler === undefined) throw new ProtocolError('methodNotAllowed');
  return handler;
}

function send(response: ServerResponse, request: AgentRequest, answer: AgentAnswer): void {
  if (response.headersSent || response.destroyed) return;
  const body = answer.body ?? '';
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const headers: Record<string, string | number> = {
    'Content-Type': answer.type ?? XML_TYPE,
    'Content-Length': length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  };
  if (answer.headers !== undefined) Object.assign(headers, answer.headers);
  if (answer.status === 304) delete headers['Content-Length'];
  // An answer that comes before the body was read leaves bytes on the connection: it cannot be used again.
  if (!request.raw.complete && request.method === 'POST') headers.Connection = 'close';
  response.writeHead(answer.status, headers);
  if (request.method === 'HEAD') response.end();
  // As many bytes as characters: all are ASCII, for which this is the same text and the faster way out.
  else if (typeof body === 'string') response.end(body, length === body.length ? 'latin1' : 'utf8');
  else response.end(body);
}

/** One place turns what was thrown into an answer: short text out, cause into the log, once. */
function fail(context: AppContext, response: ServerResponse, request: AgentRequest, thrown: unknown): void {
  const error = asProtocolError(thrown);
  const { status, text } = error.entry;
  const line = {
    requestId: request.id,
    page: request.path,
    address: request.address,
    code: error.code,
    err: error.cause,
  };
  if (status >= 500 && !EXPECTED.has(error.code)) context.log.error(line, error.message);
  else context.log.warn(line, error.message);
  context.counters.add('refused');
  send(response, request, {
    status,
    body: xml`<error code="${error.code}" requestId="${request.id}">${text}</error>`.text,
    headers: refusalHeaders(error, request),
  });
}

/** Nothing is broken: the server defends itself. */
const EXPECTED = new Set(['serverBusy', 'queueFull', 'senderFull', 'senderHeld']);

function refusalHeaders(error: ProtocolError, request: AgentRequest): Record<string, string> {
  const entry: { status: number; retryAfter?: number } = error.entry;
  const headers: Record<string, string> = { 'X-Request-Id': request.id };
  const retryAfter = error.retryAfter ?? entry.retryAfter;
  if (retryAfter !== undefined) headers['Retry-After'] = String(Math.round(retryAfter * spreadOf(request)));
  if (entry.status === 401) headers['WWW-Authenticate'] = 'Bearer';
  if (entry.status === 405) headers.Allow = 'GET, POST, HEAD';
  return headers;
}

/**
 * 1 to 2, always the same for a computer and evenly spread over the fleet, so that those who were refused together do
 * not come back together. By GUID in one spelling; by address for those who give none.
 */
function spreadOf({ headers, address }: AgentRequest): number {
  const smaId = headers[SMA_ID];
  const guid = typeof smaId === 'string' ? parseGuid(smaId) : undefined;
  return 1 + (hash(guid ?? address) % 1000) / 1000;
}

function hash(text: string): number {
  let value = 0;
  for (let index = 0; index < text.length; index++) value = (value * 31 + text.charCodeAt(index)) >>> 0;
  return value;
}

function asProtocolError(thrown: unknown): ProtocolError {
  if (thrown instanceof ProtocolError) return thrown;
  if (thrown instanceof XmlError) return new ProtocolError('badXml', thrown.message);
  if (thrown instanceof CmdbUnavailable)
    return new ProtocolError('unavailable', thrown.message, { cause: thrown.cause });
  return new ProtocolError('internal', PROTOCOL_ERRORS.internal.text, { cause: thrown });
}
