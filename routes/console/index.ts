/** The console: middleware in order, then the pages. */
import express, { type Router } from 'express';
import type { AppContext } from '../../app/context.ts';
import { nextRequestId } from '../agent/dispatch.ts';
import { assetPages } from './assets.ts';
import { csrfCheck } from './csrf.ts';
import { consoleHeaders } from './headers.ts';
import { notFound } from './pageError.ts';
import { pageErrors } from './pageErrors.ts';
import { registerPages } from './pages.ts';
import { BASE } from './paths.ts';
import { multipartForms } from './multipart.ts';
import { frame } from './render.ts';
import { consoleSession } from './session.ts';
import { createPassport, requirePrivilege, requireSignIn } from './signedIn.ts';
import { registerSignIn } from './signIn/signIn.ts';
import { registerPasswordPage } from './signIn/password.ts';
import { attentionReader } from './attention.ts';
import { registerResourceBookmarks } from './bookmarks.ts';
import { registerTheme } from './theme.ts';

/** A form of 500 ticked rows is 30 KB. */
const FORM_LIMIT = '1mb';
const MOST_FIELDS = 5000;

/** Serves `/Altiris/Console` and sends `/` there. */
export function consoleRouter(context: AppContext): Router {
  const passport = createPassport(context);
  const pages = express.Router();
  pages.use((_request, response, next) => {
    response.set('X-Request-Id', nextRequestId());
    next();
  });
  pages.use(consoleHeaders());
  pages.use('/assets', assetPages());
  pages.use(frame(context, attentionReader(context)));
  pages.use(consoleSession(context));
  pages.use(passport.initialize());
  pages.use(passport.session());
  pages.use(express.urlencoded({ extended: false, limit: FORM_LIMIT, parameterLimit: MOST_FIELDS }));
  pages.use(...multipartForms());
  pages.use(csrfCheck());
  registerTheme(pages);
  registerSignIn(pages, context, passport);
  pages.use(requireSignIn());
  registerPasswordPage(pages, context);
  pages.use(requirePrivilege('read'));
  registerPages(pages, context);
  pages.use(() => {
    throw notFound('page');
  });
  pages.use(pageErrors(context));

  const router = express.Router();
  router.get('/', (_request, response) => response.redirect(302, BASE));
  registerResourceBookmarks(router);
  router.use(BASE, pages);
  return router;
}
