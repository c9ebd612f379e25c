/**
 * `/Altiris/PS/Share/…`: the files of complete versions, for computers that bring a token of the Notification Server for
 * this package server. A path is a key of the signed manifest; whatever it has not is not there, and there is nothing to
 * list.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { rangeStillFits, readRange } from '../../wire/byteRange.ts';
import { matchesEtag } from '../../wire/etag.ts';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import type { DownloadTokens } from '../../wire/downloadToken.ts';
import { PACKAGE_SERVER_SHARE, SMA_ID } from '../../wire/paths.ts';
import { isBelowShare, readSharePath, type SharePath } from '../../wire/sharePath.ts';
import type { ContentStore, StoredFile } from '../packages/contentStore.ts';
import { OpenContents, type OpenContent } from './openContents.ts';

export interface ShareDeps {
  store: ContentStore;
  /** The key of this server's tokens; undefined: it is no package server now, and lets nobody in. */
  tokens(): DownloadTokens | undefined;
  /** Whether the scheme is published. */
  isPublished(secure: boolean): boolean;
  /** So many bytes of a package have been handed to a computer. */
  onSent(computer: Guid, packageGuid: Guid, version: number, bytes: number): void;
  /** Content that is listed and cannot be read. */
  onMissing(hash: string, error: unknown): void;
}

/** What is said instead of a file: the same for what is not there, not allowed to be known of, or not named rightly. */
class Refusal extends Error {
  readonly status: number;
  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

export function packageShare(deps: ShareDeps, secure: boolean): RequestListener {
  const contents = new OpenContents();
  return (request, response) => {
    serve(deps, contents, secure, request, response).catch((error: unknown) => refuse(request, response, error));
  };
}

async function serve(
  deps: ShareDeps,
  contents: OpenContents,
  secure: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = request.url ?? '';
  if (!isBelowShare(url, PACKAGE_SERVER_SHARE)) throw new Refusal(404, 'There is no such page.');
  if (!deps.isPublished(secure)) throw new Refusal(403, 'This scheme is not published here.');
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new Refusal(405, 'Only GET and HEAD are taken.');
  const wanted = readSharePath(url, PACKAGE_SERVER_SHARE);
  if (wanted === undefined) throw new Refusal(404, 'There is no such file.');
  const computer = callerOf(deps, request, wanted);
  const found = deps.store.version(wanted.packageGuid, wanted.version)?.files.get(wanted.path);
  if (found === undefined) throw new Refusal(404, 'There is no such file.');
  const sent = await answer(deps, contents, request, response, found);
  if (sent !== undefined) deps.onSent(computer, wanted.packageGuid, wanted.version, sent);
}

/** The token was made for one computer and one package; a computer that names itself has to be that one. */
function callerOf(deps: ShareDeps, { headers }: IncomingMessage, { token, packageGuid }: SharePath): Guid {
  const grant = token === undefined ? undefined : deps.tokens()?.open(token, Date.now());
  if (grant === undefined) throw new Refusal(401, 'The computer has no valid token.');
  const smaId = headers[SMA_ID];
  const isOther = smaId !== undefined && parseGuid(String(smaId)) !== grant.computer;
  if (grant.packageGuid !== packageGuid || isOther) throw new Refusal(403, 'The token is for something else.');
  return grant.computer;
}

/** Answers the bytes that were sent; `undefined`: nothing was asked for. */
async function answer(
  deps: ShareDeps,
  contents: OpenContents,
  request: IncomingMessage,
  response: ServerResponse,
  found: StoredFile,
): Promise<number | undefined> {
  const etag = `"${found.hash}"`;
  const common = {
    ETag: etag,
    'Cache-Control': 'private, no-cache',
    'Accept-Ranges': 'bytes',
    'X-Content-Type-Options': 'nosniff',
  };
  if (matchesEtag(request.headers['if-none-match'], etag)) {
    response.writeHead(304, common).end();
    return undefined;
  }
  const { size } = found;
  const fits = request.method === 'GET' && rangeStillFits(request.headers['if-range'] as string | undefined, etag);
  const range = readRange(fits ? request.headers.range : undefined, size);
  if (range === 'unsatisfiable') {
    response.writeHead(416, { ...common, 'Content-Range': `bytes */${size}`, 'Content-Length': 0 }).end();
    return undefined;
  }
  const { start, end } = range === 'whole' ? { start: 0, end: size - 1 } : range;
  const length = end - start + 1;
  const send = async (content: OpenContent): Promise<number | undefined> => {
    response.writeHead(range === 'whole' ? 200 : 206, {
      ...common,
      'Content-Type': 'application/octet-stream',
      'Content-Disposition': 'attachment',
      'Content-Length': length,
      ...(range === 'whole' ? {} : { 'Content-Range': `bytes ${start}-${end}/${size}` }),
    });
    if (request.method === 'GET' && length > 0) return contents.send(response, content, start, length);
    response.end();
    return request.method === 'GET' ? 0 : undefined;
  };
  try {
    return await contents.with(deps.store.objectPath(found.hash), size, send);
  } catch (error) {
    deps.onMissing(found.hash, error);
    throw new Refusal(503, 'The file cannot be read now.');
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    // Half a file is on its way: only a cut connection tells the client that the rest does not come.
    response.destroy();
    return;
  }
  const { status, message } = error instanceof Refusal ? error : new Refusal(500, 'The server failed to answer.');
  const body = `<error>${message}</error>`;
  response
    .writeHead(status, {
      'Content-Type': 'text/xml; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
      ...(status === 503 ? { 'Retry-After': '60' } : {}),
      ...(status === 405 ? { Allow: 'GET, HEAD' } : {}),
    })
    .end(request.method === 'HEAD' ? undefined : body);
}
