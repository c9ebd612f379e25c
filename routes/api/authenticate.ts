/** Who calls: a token in the Authorization header, and nothing else. No cookie is read, so no page can forge a call. */
import type { Request, RequestHandler, Response } from 'express';
import type { AppContext } from '../../app/context.ts';
import { verifyApiToken, type ApiCaller, type ApiScope } from '../../models/security/apiTokens.ts';
import { clientAddress } from '../client.ts';
import { FailedTries } from './failedTries.ts';
import { Problem } from './problem.ts';

const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i;

/** @throws Problem 401, 429 */
export function authenticate(context: AppContext): RequestHandler {
  const failedTries = new FailedTries(context.clock);
  return async (request, response, next) => {
    const address = clientAddress(request);
    const wait = failedTries.secondsToWait(address);
    if (wait > 0) {
      throw new Problem(429, 'Too many requests with a wrong token came from this address.', {
        headers: { 'Retry-After': String(wait) },
      });
    }
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) {
      throw new Problem(401, 'Send a token: Authorization: Bearer nst_….', { headers: challenge('') });
    }
    const caller = await verifyApiToken(context.cmdb, context.clock, token);
    if (caller === undefined) {
      failedTries.note(address);
      throw new Problem(401, 'The token is unknown, revoked or expired.', {
        headers: challenge(', error="invalid_token"'),
      });
    }
    response.locals.caller = caller;
    // The access log's cs-username.
    Object.assign(request, { user: { name: actorOf(request, caller).name } });
    next();
  };
}

export const callerOf = (response: Response): ApiCaller => response.locals.caller as ApiCaller;

/** The audit log names a token as such: one may carry the name of a person. */
export const actorOf = (request: Request, caller: ApiCaller): { name: string; address: string } => ({
  name: `API token ${caller.name}`,
  address: clientAddress(request),
});

/** @throws Problem 403 */
export function requireScope(caller: ApiCaller, scope: ApiScope): void {
  if (caller.scopes.includes(scope)) return;
  throw new Problem(403, `This needs a token with the scope "${scope}".`, {
    headers: challenge(`, error="insufficient_scope", scope="${scope}"`),
  });
}

/** RFC 6750, section 3. */
const challenge = (more: string): Record<string, string> => ({
  'WWW-Authenticate': `Bearer realm="Notification Server"${more}`,
});
