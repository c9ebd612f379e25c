/**
 * A look at a package server from outside: a few bytes of a random file, fetched as an agent would fetch them and compared
 * with this server's own. "Ready" is then more than the package server's word.
 */
import { createHash, randomInt } from 'node:crypto';
import { open } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { braces, type Guid } from '../../wire/guid.ts';
import { PACKAGE_SERVER_SHARE } from '../../wire/paths.ts';
import type { StoredFile } from '../packages/loadedSnapshot.ts';
import type { ObjectStore } from '../packages/snapshot/objectStore.ts';
import type { KnownServer } from './placement.ts';
import { tokenEnd } from './tokenKeys.ts';

const MOST_BYTES = 16 * 1024;
const TIMEOUT_MS = 10_000;

export interface ProbeTarget {
  packageGuid: Guid;
  version: number;
  path: string;
  file: StoredFile;
}

/** `unreachable`: nobody answered, which says nothing of the package; `wrong`: what came is not the file. */
export type ProbeResult = { result: 'good' } | { result: 'unreachable' | 'wrong'; reason: string };

/** Fetches a random piece over the server's first address. */
export async function probe(
  server: KnownServer,
  target: ProbeTarget,
  { store, now }: { store: ObjectStore; now: number },
): Promise<ProbeResult> {
  const base = server.bases[0];
  if (base === undefined) return { result: 'unreachable', reason: 'it publishes no address.' };
  const { size, hash } = target.file;
  const length = Math.min(size, MOST_BYTES);
  const start = size > length ? randomInt(Math.min(size - length, 2 ** 47)) : 0;
  let wanted: Buffer;
  try {
    wanted = await ownPiece(store.objectPath(hash), start, length);
  } catch {
    // This server's own store lacks the content: no fault of the package server's.
    return { result: 'good' };
  }
  try {
    const answer = await fetchPiece(
      urlOf(server, base.url, target, now),
      base.pin,
      length === 0 ? undefined : { start, length },
    );
    if (answer.status !== (length === 0 ? 200 : 206)) {
      return { result: 'wrong', reason: `A look at ${target.path} was answered with ${answer.status}.` };
    }
    if (!answer.body.equals(wanted)) {
      return { result: 'wrong', reason: `A look at ${target.path} found other bytes than those of the package.` };
    }
    return { result: 'good' };
  } catch (error) {
    return { result: 'unreachable', reason: `${base.url}: ${(error as Error).message}` };
  }
}

/** The token is made for the package server itself: it lets nobody else in. */
function urlOf(server: KnownServer, base: string, target: ProbeTarget, now: number): URL {
  const { packageGuid, version, path } = target;
  const token = server.tokens.seal({ computer: server.guid, packageGuid, expiresAt: tokenEnd(now) });
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return new URL(
    `${base}${PACKAGE_SERVER_SHARE}${token}/${encodeURIComponent(braces(packageGuid))}/${version}/${encoded}`,
  );
}

async function ownPiece(path: string, start: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start);
    if (bytesRead !== length) throw new Error('the store holds less');
    return buffer;
  } finally {
    await file.close();
  }
}

/** @throws Error when there is no answer, or not from the holder of the pinned key */
function fetchPiece(
  url: URL,
  pin: string,
  piece: { start: number; length: number } | undefined,
): Promise<{ status: number; body: Buffer }> {
  const headers = piece === undefined ? {} : { Range: `bytes=${piece.start}-${piece.start + piece.length - 1}` };
  return new Promise((resolve, reject) => {
    // A pinned key stands for itself, whatever the certificate says; without a pin the authorities decide.
    const options = { headers, agent: false, timeout: TIMEOUT_MS, rejectUnauthorized: pin === '' };
    const isSecure = url.protocol === 'https:';
    const request = isSecure ? httpsRequest(url, options) : httpRequest(url, options);
    request.on('timeout', () => request.destroy(new Error(`no word for ${TIMEOUT_MS / 1000} seconds`)));
    request.on('error', reject);
    request.on('response', (response) => receive(response, request.destroy.bind(request)).then(resolve, reject));
    if (!isSecure || pin === '') {
      request.end();
      return;
    }
    request.on('socket', (socket) =>
      socket.once('secureConnect', () => {
        // The request, with its token, goes out only after this.
        if (pinOf(socket as TLSSocket) === pin) request.end();
        else request.destroy(new Error('it shows another key than the one that it reported'));
      }),
    );
  });
}

async function receive(response: IncomingMessage, cut: () => void): Promise<{ status: number; body: Buffer }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) {
      cut();
      break;
    }
    chunks.push(chunk);
  }
  return { status: response.statusCode!, body: Buffer.concat(chunks) };
}

function pinOf(socket: TLSSocket): string {
  const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' });
  return key === undefined ? '' : createHash('sha256').update(key).digest('hex');
}
