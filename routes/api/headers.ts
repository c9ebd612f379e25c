/** What every answer of the API says: not to be kept, guessed at, framed or rendered; and its request's id. */
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { nextRequestId } from '../agent/dispatch.ts';

export function apiHeaders(): RequestHandler[] {
  return [
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
      frameguard: { action: 'deny' },
      // The console's answers pin HTTPS; programs that call an API do not keep it.
      strictTransportSecurity: false,
    }),
    (_request, response, next) => {
      response.set('Cache-Control', 'no-store');
      response.set('X-Request-Id', nextRequestId());
      next();
    },
  ];
}
