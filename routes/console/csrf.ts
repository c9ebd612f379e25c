/** Forms of ours only: a token kept in the session must come back with every POST, and the browser must not say otherwise. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { PageError } from './pageError.ts';

/** The session's token, made when the first form is shown. */
export function csrfToken(request: Request): string {
  return (request.session.csrf ??= randomBytes(32).toString('base64url'));
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Browsers say where a request comes from; `none` is the address bar. Old ones say nothing: the token decides. */
function isForeign(request: Request): boolean {
  const site = request.get('sec-fetch-site');
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

function bringsToken(request: Request): boolean {
  const sent = Buffer.from(String((request.body as Record<string, unknown> | undefined)?._csrf ?? ''));
  const expected = Buffer.from(request.session.csrf ?? '');
  return expected.length > 0 && sent.length === expected.length && timingSafeEqual(sent, expected);
}

export function csrfCheck(): RequestHandler {
  return (request, _response, next) => {
    if (SAFE_METHODS.has(request.method) || (!isForeign(request) && bringsToken(request))) return next();
    throw new PageError(
      403,
      'The form was too old',
      'It did not belong to your present session, so nothing was changed.',
      'Go back, reload the page and send it again.',
    );
  };
}
