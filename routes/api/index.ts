/** The admin REST API, mounted at `/api/v1`: the table of routes made into a router. */
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { AppContext } from '../../app/context.ts';
import { answerProblems } from './answerProblems.ts';
import { actorOf, authenticate, callerOf, requireScope } from './authenticate.ts';
import { apiHeaders } from './headers.ts';
import { readInput } from './input.ts';
import { openapiPages } from './openapi.ts';
import { Problem } from './problem.ts';
import type { ApiAnswer, ApiRoute } from './route.ts';
import { API_ROUTES } from './routes.ts';

const MOST_BYTES = 1024 * 1024;

export function apiRouter(context: AppContext): Router {
  const router = express.Router();
  router.use(apiHeaders());
  router.use(openapiPages());
  router.use(authenticate(context));
  for (const route of API_ROUTES) router[route.method](expressPath(route.path), ...handlers(context, route));
  for (const path of new Set(API_ROUTES.map((route) => route.path))) router.all(expressPath(path), refuseMethod(path));
  router.use(() => {
    throw new Problem(404, 'There is no such resource; /api/v1/openapi.yaml lists them.');
  });
  router.use(answerProblems(context));
  return router;
}

const expressPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

function handlers(context: AppContext, route: ApiRoute): RequestHandler[] {
  return [
    (_request, response, next) => {
      requireScope(callerOf(response), route.scope);
      next();
    },
    // The body is read only for a caller who may send it.
    refuseOtherMedia,
    express.json({ limit: MOST_BYTES, type: 'application/json' }),
    async (request, response) => send(response, await run(context, route, request, response)),
  ];
}

const refuseOtherMedia: RequestHandler = (request, _response, next) => {
  const isEmpty = request.headers['content-length'] === '0';
  if (!isEmpty && request.is('application/json') === false)
    throw new Problem(415, 'Send Content-Type: application/json.');
  next();
};

async function run(context: AppContext, route: ApiRoute, request: Request, response: Response): Promise<ApiAnswer> {
  const caller = callerOf(response);
  const input = {
    params: readInput(route.params, request.params),
    query: readInput(route.query, request.query),
    body: readInput(route.body, request.body ?? {}),
  };
  // The schemas of the same row gave the handler its types: see route().
  return route.handle({
    context,
    caller,
    actor: actorOf(request, caller),
    ...(input as Record<keyof typeof input, never>),
  });
}

function send(response: Response, { status, body, headers }: ApiAnswer): void {
  response.status(status).set(headers ?? {});
  if (body === undefined) response.end();
  else response.type('application/json').send(JSON.stringify(body));
}

function refuseMethod(path: string): RequestHandler {
  const allowed = API_ROUTES.filter((route) => route.path === path).map((route) => route.method.toUpperCase());
  return () => {
    throw new Problem(405, `This takes ${allowed.join(', ')}.`, { headers: { Allow: allowed.join(', ') } });
  };
}
