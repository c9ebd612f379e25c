/** Turns what was thrown into an answer: short text out, cause into the log, the token into neither. */
import type { Request, Response } from 'express';
import type { AppContext } from '../../app/context.ts';
import { CmdbUnavailable } from '../../models/cmdb/types.ts';
import { ProtocolError } from '../../models/protocolErrors.ts';
import { xml } from '../../wire/xml.ts';
import { nextRequestId } from '../agent/dispatch.ts';
import { clientAddress } from '../client.ts';
import { redactPath } from '../../wire/sharePath.ts';

/** The store is not whole: an administrator has to mend it. */
export class MissingContent extends ProtocolError {
  constructor(hash: string, cause: unknown) {
    super('unavailable', `the package store lacks content ${hash}`, { cause });
  }
}

/** What was logged as missing already: a file is asked for by a whole fleet, again and again. */
const MOST_TOLD = 1000;
const told = new Set<string>();

export function refuseDownload(context: AppContext, request: Request, response: Response, thrown: unknown): void {
  const error = asProtocolError(thrown);
  const requestId = nextRequestId();
  log(context, request, error, requestId);
  context.counters.add('refused');
  if (response.headersSent || response.destroyed) {
    // Half a file is on its way: only a cut connection tells the client that the rest does not come.
    response.destroy();
    return;
  }
  const entry: { status: number; text: string; retryAfter?: number } = error.entry;
  for (const name of ['ETag', 'Accept-Ranges']) response.removeHeader(name);
  const body = xml`<error code="${error.code}" requestId="${requestId}">${entry.text}</error>`.text;
  response
    .writeHead(entry.status, {
      'Content-Type': 'text/xml; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
      'X-Request-Id': requestId,
      ...(entry.retryAfter === undefined ? {} : { 'Retry-After': String(entry.retryAfter) }),
      ...(entry.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
      ...(entry.status === 405 ? { Allow: 'GET, HEAD' } : {}),
    })
    .end(request.method === 'HEAD' ? undefined : body);
}

function log(context: AppContext, request: Request, error: ProtocolError, requestId: string): void {
  const line = {
    requestId,
    path: redactPath(request.url),
    address: clientAddress(request),
    code: error.code,
    err: error.cause,
  };
  if (error.entry.status < 500) {
    context.log.warn(line, error.message);
    return;
  }
  if (error instanceof MissingContent) {
    if (told.has(error.message)) return;
    if (told.size >= MOST_TOLD) told.clear();
    told.add(error.message);
  }
  context.log.error(line, error.message);
}

function asProtocolError(thrown: unknown): ProtocolError {
  if (thrown instanceof ProtocolError) return thrown;
  if (thrown instanceof CmdbUnavailable)
    return new ProtocolError('unavailable', thrown.message, { cause: thrown.cause });
  return new ProtocolError('internal', 'a download failed', { cause: thrown });
}
