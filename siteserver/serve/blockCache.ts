/**
 * Blocks of files that are being sent, read once for everybody who wants them at about the same time: when a package is
 * rolled out, hundreds of computers fetch the same file. Memory is bounded by what is kept and by two blocks for each
 * download; buffers are used again.
 */
import type { FileHandle } from 'node:fs/promises';

export const BLOCK_BYTES = 256 * 1024;
/** Blocks that are kept although nobody needs them now. */
const KEPT = 96;

export interface Block {
  readonly key: string;
  readonly bytes: Promise<Buffer>;
  readonly buffer: Buffer;
  /** Downloads that hold it. */
  users: number;
  /** Not before this is its buffer used again. */
  isRead: boolean;
}

export class BlockCache {
  /** In the order of their last use. */
  readonly #blocks = new Map<string, Block>();
  readonly #free: Buffer[] = [];

  /** The block of that number; `release` it when its bytes are sent. Its bytes reject when the file cannot be read. */
  take(file: { name: string; handle: FileHandle; size: number }, number: number): Block {
    const key = `${file.name} ${number}`;
    let block = this.#blocks.get(key);
    if (block === undefined) {
      const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
      const start = number * BLOCK_BYTES;
      const bytes = filled(file.handle, buffer, start, Math.min(BLOCK_BYTES, file.size - start));
      const made: Block = { key, bytes, buffer, users: 0, isRead: false };
      block = made;
      bytes.then(
        () => (made.isRead = true),
        () => this.#forget(made),
      );
    }
    block.users++;
    this.#blocks.delete(key);
    this.#blocks.set(key, block);
    return block;
  }

  release(block: Block): void {
    block.users--;
    if (block.users > 0) return;
    const isKept = this.#blocks.get(block.key) === block;
    if (!isKept && block.isRead) this.#free.push(block.buffer);
    else if (this.#blocks.size > KEPT) this.#evict();
    if (this.#free.length > KEPT) this.#free.length = KEPT;
  }

  #evict(): void {
    for (const block of this.#blocks.values()) {
      if (this.#blocks.size <= KEPT) return;
      if (block.users > 0 || !block.isRead) continue;
      this.#blocks.delete(block.key);
      this.#free.push(block.buffer);
    }
  }

  /** Whoever sends it hears of the failure; the next one reads anew. */
  #forget(block: Block): void {
    block.isRead = true;
    if (this.#blocks.get(block.key) === block) this.#blocks.delete(block.key);
  }
}

async function filled(handle: FileHandle, buffer: Buffer, start: number, size: number): Promise<Buffer> {
  for (let done = 0; done < size;) {
    const { bytesRead } = await handle.read(buffer, done, size - done, start + done);
    if (bytesRead === 0) throw new Error('the file ends before its size');
    done += bytesRead;
  }
  return buffer.subarray(0, size);
}
