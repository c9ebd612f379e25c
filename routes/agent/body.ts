/** Reading a request's body within limits: the limit holds for what is sent and again for what it expands to. */
import type { IncomingMessage } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { ProtocolError } from '../../models/protocolErrors.ts';

/** The body as a stream, expanded when it says gzip or deflate. @throws ProtocolError unsupportedEncoding */
export function decodedBody(request: IncomingMessage): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return request;
  if (encoding !== 'gzip' && encoding !== 'x-gzip' && encoding !== 'deflate')
    throw new ProtocolError('unsupportedEncoding');
  if (encoding === 'deflate') return Readable.from(inflated(request), { objectMode: false });
  const expander = createGunzip();
  request.on('error', (error) => expander.destroy(error));
  request.on('aborted', () => expander.destroy(new Error('aborted')));
  return request.pipe(expander);
}

/** `deflate` means zlib's format, but some senders leave out its head and tail: the first two bytes tell. */
async function* inflated(request: IncomingMessage): AsyncGenerator<Buffer> {
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  let start: Buffer = Buffer.alloc(0);
  while (start.length < 2) {
    const next = await chunks.next();
    if (next.done === true) break;
    start = Buffer.concat([start, next.value]);
  }
  const expander = isZlib(start) ? createInflate() : createInflateRaw();
  // What goes wrong is thrown by the expander.
  pipeline(Readable.from(startThenRest(start, chunks)), expander, () => undefined);
  try {
    yield* expander as AsyncIterable<Buffer>;
  } finally {
    expander.destroy();
  }
}

const isZlib = (start: Buffer): boolean =>
  start.length >= 2 && (start[0]! & 0x0f) === 8 && start.readUInt16BE(0) % 31 === 0;

/** A stream from which some was read already, whole again. */
export async function* startThenRest(start: Buffer, rest: AsyncIterableIterator<Buffer>): AsyncGenerator<Buffer> {
  if (start.length > 0) yield start;
  yield* rest;
}

/** @throws ProtocolError tooLarge, unsupportedEncoding, badRequest (cut off, or not what its encoding says) */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limit)
    return Promise.reject(new ProtocolError('tooLarge', `${announced} bytes announced, ${limit} allowed`));
  return new Promise((resolve, reject) => {
    const stream = decodedBody(request);
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        stream.removeAllListeners('data');
        request.unpipe();
        request.pause();
        // Or it would go on expanding what it holds.
        if (stream !== request) stream.destroy();
        reject(new ProtocolError('tooLarge', `more than ${limit} bytes after decoding`));
        return;
      }
      chunks.push(chunk);
    });
    stream.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)));
    stream.on('error', (error) =>
      reject(new ProtocolError('badRequest', 'the body was cut off or is not as encoded', { cause: error })),
    );
  });
}
