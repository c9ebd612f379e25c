/** Signing in and out. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { recordAudit } from '../../../models/audit/audit.ts';
import type { ConsoleUser } from '../../../models/security/users.ts';
import { render } from '../render.ts';
import { at, safeReturn } from '../paths.ts';
import { actorOf, currentUser, type Passport } from '../signedIn.ts';

/** The same whatever was wrong: the answer must not tell which users exist, or that a guess was right but locked out. */
const REFUSAL =
  'Name or password is wrong, or the account is locked. After five failures an account is locked for 15 minutes.';

function form(
  request: Request,
  response: Response,
  model: { name: string; returnTo: string; failure?: string },
): Promise<void> {
  return render(
    request,
    response,
    'signIn/signIn',
    { title: 'Sign in', ...model },
    model.failure === undefined ? 200 : 401,
  );
}

export function registerSignIn(router: Router, context: AppContext, passport: Passport): void {
  router.get('/signIn', async (request, response) => {
    const returnTo = safeReturn(request.query.returnTo);
    if (request.user !== undefined) return response.redirect(303, returnTo);
    await form(request, response, { name: '', returnTo });
  });

  router.post('/signIn', (request, response, next) => {
    const { name = '', returnTo } = request.body as Record<string, string>;
    const answer = (error: unknown, user: ConsoleUser | false | undefined): void => {
      if (error) return next(error);
      if (!user) {
        form(request, response, { name: String(name), returnTo: safeReturn(returnTo), failure: REFUSAL }).catch(next);
        return;
      }
      // Passport begins a new session here: an id that somebody planted before is worth nothing after.
      request.logIn(user as unknown as Express.User, (failure: unknown) => {
        if (failure) return next(failure);
        response.redirect(303, safeReturn(returnTo));
      });
    };
    passport.authenticate('local', answer)(request, response, next);
  });

  router.post('/signOut', async (request, response, next) => {
    if (request.user === undefined) return response.redirect(303, at('/signIn'));
    const { guid, name } = currentUser(request);
    await recordAudit(context.cmdb, context.clock, actorOf(request), {
      action: 'sign out',
      objectKind: 'user',
      objectGuid: guid,
      objectName: name,
    });
    request.session.destroy((failure: unknown) => {
      if (failure) return next(failure);
      response.redirect(303, at('/signIn'));
    });
  });
}
