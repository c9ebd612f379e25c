/**
 * `/Altiris/PackageShare/…`: the files of published snapshots (packages.md section 3: agents fetch blocks and resume).
 * There is no folder behind these addresses: a path that the version's manifest has leads to content in the store, any
 * other leads nowhere, and there is nothing to list.
 */
import { open, type FileHandle } from 'node:fs/promises';
import type { Request, RequestHandler, Response } from 'express';
import type { AppContext } from '../../app/context.ts';
import type { StoredFile } from '../../models/packages/loadedSnapshot.ts';
import { ObjectStore, storeFolder } from '../../models/packages/snapshot/objectStore.ts';
import { refuse } from '../../models/protocolErrors.ts';
import { callerOf } from '../agent/caller.ts';
import { clientAddress } from '../client.ts';
import { checkDownloadToken } from '../agent/downloadToken.ts';
import { matchesEtag } from '../../wire/etag.ts';
import { rangeStillFits, readRange } from '../../wire/byteRange.ts';
import { MissingContent, refuseDownload } from './refuseDownload.ts';
import { sendBytes } from '../../wire/sendBytes.ts';
import { isBelowShare, readSharePath, type SharePath } from '../../wire/sharePath.ts';

export function packageShare(context: AppContext): RequestHandler {
  const store = new ObjectStore(storeFolder(context.settings.dataDir));
  return (request, response, next) => {
    if (!isBelowShare(request.url)) return next();
    serve(context, store, request, response).catch((error: unknown) =>
      refuseDownload(context, request, response, error),
    );
  };
}

async function serve(context: AppContext, store: ObjectStore, request: Request, response: Response): Promise<void> {
  if (!request.secure && context.settings.requireHttps) refuse('httpsRequired');
  if (request.method !== 'GET' && request.method !== 'HEAD') refuse('methodNotAllowed');
  const wanted = readSharePath(request.url) ?? refuse('notFound', 'no address of a package file');
  checkCaller(context, request, wanted);
  const found = (await find(context, wanted)) ?? refuse('notFound', 'the snapshot has no such file');

  const etag = `"${found.hash}"`;
  response.setHeader('ETag', etag);
  response.setHeader('Cache-Control', 'private, no-cache');
  response.setHeader('Accept-Ranges', 'bytes');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (matchesEtag(request.headers['if-none-match'], etag)) {
    response.writeHead(304).end();
    return;
  }
  const file = await openObject(store, found);
  try {
    await answer(context, request, response, file, found);
  } finally {
    await file.close();
  }
}

/** A token in the address, or whoever the headers prove. */
function checkCaller(context: AppContext, request: Request, { token, packageGuid }: SharePath): void {
  if (token !== undefined) checkDownloadToken(context, request.headers, token, packageGuid);
  else callerOf(context, { headers: request.headers, address: clientAddress(request) }, []);
}

async function find(context: AppContext, { packageGuid, version, path }: SharePath): Promise<StoredFile | undefined> {
  let entry = context.packages.get(packageGuid);
  if (entry === undefined || !entry.snapshots.has(version)) {
    // Another node may have published it within the last second.
    await context.packages.refresh(context.cmdb, packageGuid);
    entry = context.packages.get(packageGuid);
  }
  if (entry === undefined || !entry.isEnabled) return undefined;
  context.packages.markSnapshotUsed(entry, version);
  return (await context.packages.snapshot(context.cmdb, entry, version))?.files.get(path);
}

/** @throws MissingContent */
async function openObject(store: ObjectStore, { hash, size }: StoredFile): Promise<FileHandle> {
  let file: FileHandle | undefined;
  try {
    file = await open(store.objectPath(hash), 'r');
    const found = (await file.stat()).size;
    if (found !== size) throw new Error(`has ${found} bytes instead of ${size}`);
    return file;
  } catch (error) {
    await file?.close();
    throw new MissingContent(hash, error);
  }
}

async function answer(
  context: AppContext,
  request: Request,
  response: Response,
  file: FileHandle,
  { size }: StoredFile,
): Promise<void> {
  const etag = response.getHeader('ETag') as string;
  const isRangeAsked =
    request.method === 'GET' && rangeStillFits(request.headers['if-range'] as string | undefined, etag);
  const range = readRange(isRangeAsked ? request.headers.range : undefined, size);
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'Content-Range': `bytes */${size}`, 'Content-Length': 0 }).end();
    return;
  }
  const { start, end } = range === 'whole' ? { start: 0, end: size - 1 } : range;
  const length = end - start + 1;
  response.writeHead(range === 'whole' ? 200 : 206, {
    'Content-Type': 'application/octet-stream',
    // Nothing that a package holds is ever shown by a browser as a page of this server.
    'Content-Disposition': 'attachment',
    'Content-Length': length,
    ...(range === 'whole' ? {} : { 'Content-Range': `bytes ${start}-${end}/${size}` }),
  });
  if (request.method === 'HEAD' || length === 0) {
    response.end();
    return;
  }
  const sent = await sendBytes(response, file, start, length);
  context.counters.add('downloadBytes', sent);
  // Agents fetch a file in blocks: the one that brings the end makes the download.
  if (sent === length && end === size - 1) context.counters.add('downloads');
}
