/** Who is signed in, and what they may do. */
import type { Request, RequestHandler } from 'express';
import passport from 'passport';
import { Strategy } from 'passport-local';
import type { AppContext } from '../../app/context.ts';
import type { Actor } from '../../models/audit/audit.ts';
import type { Privilege } from '../../models/security/roles.ts';
import { signIn } from '../../models/security/signIn.ts';
import { getUser, mustChangePassword, type ConsoleUser } from '../../models/security/users.ts';
import type { Guid } from '../../wire/guid.ts';
import { clientAddress } from '../client.ts';
import { PageError } from './pageError.ts';
import { at } from './paths.ts';

export type Passport = InstanceType<typeof passport.Passport>;

/** One per server, so that two servers in a process do not share users. */
export function createPassport({ cmdb, clock, log }: AppContext): Passport {
  const instance = new passport.Passport();
  instance.use(
    new Strategy({ usernameField: 'name', passReqToCallback: true }, (request, name, password, done) => {
      const address = clientAddress(request);
      signIn(cmdb, clock, { name, password, address })
        .then(async (result) => {
          if ('refused' in result) {
            log.warn({ name, address, reason: result.refused }, 'a sign-in was refused');
            return done(null, false);
          }
          done(null, await getUser(cmdb, result.userGuid));
        })
        .catch(done);
    }),
  );
  instance.serializeUser<string>((user, done) => done(null, (user as ConsoleUser).guid));
  // Read for every request: who is disabled or loses a role feels it at the next click.
  instance.deserializeUser<string>((guid, done) => {
    getUser(cmdb, guid as Guid).then((user) => done(null, user?.isEnabled === true ? user : false), done);
  });
  return instance;
}

/** The signed-in user; only behind `requireSignIn`. */
export function currentUser(request: Request): ConsoleUser {
  return request.user as unknown as ConsoleUser;
}

/** The signed-in user as the audit log names them. */
export function actorOf(request: Request): Actor {
  return { name: currentUser(request).name, address: clientAddress(request) };
}

export function may(request: Request, privilege: Privilege): boolean {
  return (request.user as ConsoleUser | undefined)?.privileges.includes(privilege) ?? false;
}

/** Sends everybody else to the sign-in page, and who has a one-time password to the page that changes it. */
export function requireSignIn(): RequestHandler {
  return (request, response, next) => {
    if (request.user === undefined) {
      if (request.method !== 'GET')
        throw new PageError(
          401,
          'You are not signed in',
          'Nothing was changed: your session has ended.',
          'Sign in and do it again.',
        );
      response.redirect(303, at('/signIn', { returnTo: request.originalUrl }));
      return;
    }
    if (mustChangePassword(currentUser(request)) && request.path !== '/password' && request.path !== '/signOut') {
      response.redirect(303, at('/password'));
      return;
    }
    next();
  };
}

/** The sentence beside a control that the present user cannot use. */
export const MISSING_PRIVILEGE: Record<Privilege, string> = {
  read: 'Your role may not see this.',
  write: 'Your role may look but not change: ask an administrator for a role with the privilege "write".',
  security: 'Your role may not manage users and tokens: ask an administrator for a role with the privilege "security".',
  reports: 'Your role may not run reports: ask an administrator for a role with the privilege "reports".',
  sql: 'Your role may run reports but not write them: ask an administrator for a role with the privilege "sql".',
};

/** `undefined`, or why a control is disabled for the signed-in user. */
export function lockOf(request: Request, privilege: Privilege): string | undefined {
  return may(request, privilege) ? undefined : MISSING_PRIVILEGE[privilege];
}

export function requirePrivilege(privilege: Privilege): RequestHandler {
  return (request, _response, next) => {
    if (may(request, privilege)) return next();
    throw new PageError(403, 'Your role does not allow this', 'Nothing was changed.', MISSING_PRIVILEGE[privilege]);
  };
}
