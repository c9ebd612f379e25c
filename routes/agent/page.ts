/** What an agent page is: a function from a request to an answer. Only `dispatch.ts` touches Node's request and response. */
import type { IncomingMessage } from 'node:http';
import type { AppContext } from '../../app/context.ts';

export interface AgentRequest {
  readonly method: 'GET' | 'POST' | 'HEAD';
  /** Path below `/Altiris/NS/Agent/`, as sent. */
  readonly path: string;
  /** Query parameters by lower-case name; the first of a name wins. `+` is a space, as in a form. */
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingMessage['headers'];
  /** Client address; behind a trusted proxy the forwarded one. */
  readonly address: string;
  readonly secure: boolean;
  /** Id that stands in the log line and the answer's `X-Request-Id`. */
  readonly id: string;
  /** The raw request, for pages that stream their body. */
  readonly raw: IncomingMessage;
  /** Whole body, decoded from gzip or deflate, at most `limit` bytes. @throws ProtocolError tooLarge, unsupportedEncoding */
  body(limit: number): Promise<Buffer>;
}

export interface AgentAnswer {
  status: number;
  /** Defaults to `text/xml; charset=utf-8`. */
  type?: string;
  body?: Buffer | string;
  headers?: Record<string, string>;
}

export interface AgentPage {
  /** File names below the agent's folder, lower case: the page and its older twins. */
  readonly names: readonly string[];
  readonly GET?: AgentHandler;
  readonly POST?: AgentHandler;
  /** HEAD is answered 200 without a body unless a page has its own. */
  readonly HEAD?: AgentHandler;
}

export type AgentHandler = (context: AppContext, request: AgentRequest) => AgentAnswer | Promise<AgentAnswer>;
