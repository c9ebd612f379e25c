/** Sends a part of a file, as fast as the client takes it and no faster. */
import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';

/** Two of these per download: while one is written, the next is read. Larger ones were no faster. */
const CHUNK_BYTES = 256 * 1024;
/** A client that takes nothing for so long has gone without saying so. */
const STALLED_MS = 120_000;

/**
 * Writes `length` bytes from `start` and ends the response. The caller has sent the head and closes the file.
 * @returns bytes handed to the network; fewer than `length` when the client went away
 * @throws Error when the file is shorter than it should be, or cannot be read
 */
export async function sendBytes(
  response: ServerResponse,
  file: FileHandle,
  start: number,
  length: number,
): Promise<number> {
  response.setTimeout(STALLED_MS, () => response.destroy());
  const size = Math.min(CHUNK_BYTES, length);
  const buffers = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(size)];
  let sent = 0;
  let writing: Promise<boolean> = Promise.resolve(true);
  for (let turn = 0, read = 0; read < length; turn++) {
    const chunk = await fill(file, buffers[turn & 1]!, start + read, Math.min(size, length - read));
    read += chunk.length;
    // The other buffer is free once its write is through.
    if (!(await writing)) return sent;
    writing = writeChunk(response, chunk).then((through) => {
      if (through) sent += chunk.length;
      return through;
    });
  }
  if (await writing) response.end();
  return sent;
}

async function fill(file: FileHandle, buffer: Buffer, position: number, size: number): Promise<Buffer> {
  for (let filled = 0; filled < size;) {
    const { bytesRead } = await file.read(buffer, filled, size - filled, position + filled);
    if (bytesRead === 0) throw new Error('the file ends before its size');
    filled += bytesRead;
  }
  return buffer.subarray(0, size);
}

/** True when the bytes have left for the network, false when the client has gone. */
export function writeChunk(response: ServerResponse, chunk: Buffer): Promise<boolean> {
  if (response.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => {
    const gone = (): void => resolve(false);
    response.once('close', gone);
    response.write(chunk, (error) => {
      response.off('close', gone);
      resolve(!error);
    });
  });
}
