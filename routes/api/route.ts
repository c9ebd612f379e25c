/** What an action of the API is: a row of routes.ts, from which the router is built and which openapi.yaml describes. */
import { z } from 'zod';
import type { AppContext } from '../../app/context.ts';
import type { Actor } from '../../models/audit/audit.ts';
import type { ApiCaller, ApiScope } from '../../models/security/apiTokens.ts';

export interface ApiAnswer {
  status: number;
  /** Sent as JSON; none for 204. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface ApiCall<P, Q, B> {
  readonly context: AppContext;
  readonly caller: ApiCaller;
  /** The caller as the audit log names it. */
  readonly actor: Actor;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

export interface ApiRoute {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Below `/api/v1`, as OpenAPI writes it: `/computers/{guid}`. */
  readonly path: string;
  readonly scope: ApiScope;
  readonly summary: string;
  readonly params: z.ZodType;
  readonly query: z.ZodType;
  readonly body: z.ZodType;
  handle(call: ApiCall<never, never, never>): Promise<ApiAnswer> | ApiAnswer;
}

const nothing = z.strictObject({});
type Nothing = typeof nothing;

interface RouteDefinition<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  method: ApiRoute['method'];
  path: string;
  scope: ApiScope;
  summary: string;
  /** Left out: none is taken, and one that is sent is refused. */
  params?: P;
  query?: Q;
  body?: B;
  handle(call: ApiCall<z.output<P>, z.output<Q>, z.output<B>>): Promise<ApiAnswer> | ApiAnswer;
}

/** Declares an action; the schemas give the handler its types. */
export function route<P extends z.ZodType = Nothing, Q extends z.ZodType = Nothing, B extends z.ZodType = Nothing>(
  definition: RouteDefinition<P, Q, B>,
): ApiRoute {
  return { params: nothing, query: nothing, body: nothing, ...definition };
}

export const ok = (body: unknown): ApiAnswer => ({ status: 200, body });
export const created = (path: string, body: unknown): ApiAnswer => ({ status: 201, body, headers: location(path) });
/** Work has begun; `path` tells how far it is. */
export const accepted = (path: string, body: unknown): ApiAnswer => ({ status: 202, body, headers: location(path) });
export const done: ApiAnswer = { status: 204 };

const location = (path: string): Record<string, string> => ({ Location: `/api/v1${path}` });
