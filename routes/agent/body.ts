/** Reading a request's body within limits: the limit holds for what is sent and again for what it expands to. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { ProtocolError } from '../../models/protocolErrors.ts';

/** The body as a stream, expanded when it says gzip or deflate. @throws ProtocolError unsupportedEncoding */
export function decodedBody(request: IncomingMessage): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return request;
  if (encoding !== 'gzip' && encoding !== 'x-gzip' && encoding !== 'deflate')
    throw new ProtocolError('unsupportedEncoding');
  const expander = encoding === 'deflate' ? createInflate() : createGunzip();
  request.on('error', (error) => expander.destroy(error));
  request.on('aborted', () => expander.destroy(new Error('aborted')));
  return request.pipe(expander);
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
