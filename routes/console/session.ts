/** The console's sign-in session. */
import type { RequestHandler } from 'express';
import session, { type SessionOptions } from 'express-session';
import type { AppContext } from '../../app/context.ts';
import { CmdbSessionStore } from './sessionStore.ts';

/**
 * One cookie per scheme: cookies do not know ports, and a browser refuses to let plain HTTP write over a Secure cookie
 * of the same name, so that on one machine a visit over HTTPS would make signing in over HTTP impossible.
 */
export function consoleSession({ cmdb, clock, secrets, settings }: AppContext): RequestHandler {
  // A store each: express-session hangs its cookie's options onto the store object.
  const options = (): SessionOptions => ({
    store: new CmdbSessionStore(cmdb, clock, settings.sessionHours),
    secret: secrets.cookieSecret,
    resave: false,
    saveUninitialized: false,
  });
  // No maxAge: the cookie goes with the browser, the session ends by the CMDB's clock.
  const cookie = { path: '/', httpOnly: true, sameSite: 'lax' } as const;
  const plain = session({ ...options(), name: 'ns_session', cookie });
  const secure = session({ ...options(), name: '__Host-ns_session', cookie: { ...cookie, secure: true } });
  return (request, response, next) => void (request.secure ? secure : plain)(request, response, next);
}
