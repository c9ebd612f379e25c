/** Turns whatever was thrown into a page: what happened, what was kept, what to do, and the id that the log knows it by. */
import type { ErrorRequestHandler } from 'express';
import type { AppContext } from '../../app/context.ts';
import { CmdbUnavailable } from '../../models/cmdb/types.ts';
import { ProtocolError } from '../../models/protocolErrors.ts';
import { PageError } from './pageError.ts';
import { render } from './render.ts';

export function pageErrors({ log }: AppContext): ErrorRequestHandler {
  return async (error, request, response, next) => {
    const shown = toPageError(error);
    const requestId = response.getHeader('X-Request-Id');
    if (shown.status >= 500)
      log.error({ requestId, path: request.path, err: error as unknown }, 'a console page failed');
    else
      log.info(
        { requestId, path: request.path, status: shown.status, reason: shown.title },
        'a console request was refused',
      );
    if (response.headersSent) return next(error);
    if (shown.status === 503) response.set('Retry-After', '30');
    const { status, title, message: text, advice } = shown;
    try {
      await render(request, response, 'error', { title, text, advice, status }, status);
    } catch (cause) {
      log.error({ requestId, err: cause }, 'the error page could not be drawn');
      response
        .status(status)
        .type('text/plain')
        .send(`${title}. ${text} ${advice}\nRequest id: ${String(requestId)}\n`);
    }
  };
}

/** Only texts that were written for people are shown; `err.message` of anything else stays in the log. */
function toPageError(error: unknown): PageError {
  if (error instanceof PageError) return error;
  if (error instanceof CmdbUnavailable) {
    return new PageError(
      503,
      'The database cannot be reached',
      'Nothing was changed.',
      'Try again in half a minute; agents keep their data meanwhile.',
    );
  }
  if (error instanceof ProtocolError) {
    return new PageError(error.entry.status, 'The server is busy', 'Nothing was changed.', 'Try again in a minute.');
  }
  const status = (error as { status?: number }).status ?? 500;
  if (status === 413)
    return new PageError(413, 'The form is too large', 'Nothing was changed.', 'Choose fewer rows at once.');
  if (status >= 400 && status < 500) return new PageError(status, 'The request makes no sense', 'Nothing was changed.');
  return new PageError(
    500,
    'The server failed to answer',
    'What was not finished was undone.',
    'Try again; if it happens again, look for the request id in the log.',
  );
}
