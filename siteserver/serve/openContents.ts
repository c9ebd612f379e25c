/** Files that are being sent: opened once, however many computers fetch them, and closed after the last. */
import { open, type FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { writeChunk } from '../../wire/sendBytes.ts';
import { BLOCK_BYTES, BlockCache, type Block } from './blockCache.ts';

/** A client that takes nothing for so long has gone without saying so. */
const STALLED_MS = 120_000;

export interface OpenContent {
  readonly name: string;
  readonly handle: FileHandle;
  readonly size: number;
}

interface Shared {
  opened: Promise<OpenContent>;
  users: number;
}

export class OpenContents {
  readonly #open = new Map<string, Shared>();
  readonly #blocks = new BlockCache();
  /** Rises with each file that is opened: blocks of a file that was there before under the same name are not its own. */
  #count = 0;

  /** Hands the opened file to `work` and closes it when nobody needs it any more. @throws Error when it has another size */
  async with<T>(path: string, size: number, work: (content: OpenContent) => Promise<T>): Promise<T> {
    let shared = this.#open.get(path);
    if (shared === undefined) this.#open.set(path, (shared = { opened: this.#opened(path, size), users: 0 }));
    shared.users++;
    try {
      return await work(await shared.opened);
    } finally {
      shared.users--;
      if (shared.users === 0) {
        this.#open.delete(path);
        await shared.opened.then(({ handle }) => handle.close()).catch(() => undefined);
      }
    }
  }

  async #opened(path: string, size: number): Promise<OpenContent> {
    const handle = await open(path, 'r');
    try {
      if ((await handle.stat()).size !== size) throw new Error('the file has another size');
      return { name: String(++this.#count), handle, size };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * Writes `length` bytes from `start` and ends the response, as fast as the client takes them and no faster.
   * @returns bytes handed to the network; fewer than `length` when the client went away
   * @throws Error when the file cannot be read
   */
  async send(response: ServerResponse, content: OpenContent, start: number, length: number): Promise<number> {
    response.setTimeout(STALLED_MS, () => response.destroy());
    const end = start + length;
    const last = Math.floor((end - 1) / BLOCK_BYTES);
    let number = Math.floor(start / BLOCK_BYTES);
    let sent = 0;
    let block: Block | undefined = this.#blocks.take(content, number);
    try {
      for (;;) {
        const bytes: Buffer = await block.bytes;
        const at = number * BLOCK_BYTES;
        const chunk = bytes.subarray(Math.max(0, start - at), Math.min(bytes.length, end - at));
        const writing = writeChunk(response, chunk);
        // While it is written, the next one is read.
        const next: Block | undefined = number < last ? this.#blocks.take(content, ++number) : undefined;
        const isThrough = await writing;
        this.#blocks.release(block);
        block = next;
        if (!isThrough) return sent;
        sent += chunk.length;
        if (block === undefined) break;
      }
    } finally {
      if (block !== undefined) this.#blocks.release(block);
    }
    response.end();
    return sent;
  }
}
