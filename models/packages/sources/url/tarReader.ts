/**
 * Reads tar archives (POSIX ustar and pax, GNU long names) as they stream by. No library: the one that streams brings a
 * file system for another runtime along, and the format is headers of 512 bytes.
 */
import { SourceProblem } from '../source.ts';

export interface TarEntry {
  path: string;
  kind: 'file' | 'folder' | 'link' | 'other';
  /** Bytes. */
  size: number;
  executable: boolean;
  /** Milliseconds since 1970. */
  modified: number;
  /** Its content; what is not read is passed over. */
  body: AsyncIterable<Buffer>;
}

const BLOCK = 512;
/** Of a pax header or a long name: names are bounded far below that. */
const LONGEST_HEADER = 1024 * 1024;

const broken = (): SourceProblem => new SourceProblem('failed', 'The archive is damaged or ends too early.');

/** @throws SourceProblem */
export async function* readTar(stream: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const bytes = new ByteReader(stream);
  let pax = new Map<string, string>();
  for (;;) {
    const header = await bytes.exactly(BLOCK);
    // Two blocks of zeros end an archive; some writers make one.
    if (header.every((byte) => byte === 0)) return;
    rejectChecksum(header);
    const type = String.fromCharCode(header[156]!);
    const size = pax.has('size') ? Number(pax.get('size')) : numberAt(header, 124, 12);
    if (!Number.isSafeInteger(size) || size < 0) throw broken();
    if (type === 'x' || type === 'L') {
      pax = new Map([...pax, ...parseExtended(type, await bytes.exactly(bounded(size)))]);
    } else if (type !== 'g' && type !== 'K' && type !== 'V') {
      const entry = entryOf(header, type, size, pax);
      pax = new Map();
      const body = bytes.next(size);
      yield { ...entry, body };
      for await (const _rest of body);
    } else {
      await bytes.exactly(bounded(size));
    }
    await bytes.exactly((BLOCK - (size % BLOCK)) % BLOCK);
  }
}

function bounded(size: number): number {
  if (size > LONGEST_HEADER) throw broken();
  return size;
}

function entryOf(header: Buffer, type: string, size: number, pax: Map<string, string>): Omit<TarEntry, 'body'> {
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? textAt(header, 345, 155) : '';
  const name = textAt(header, 0, 100);
  const path = pax.get('path') ?? (prefix === '' ? name : `${prefix}/${name}`);
  const isSparse = type === 'S' || [...pax.keys()].some((key) => key.startsWith('GNU.sparse.'));
  const seconds = Number(pax.get('mtime') ?? numberAt(header, 136, 12));
  return {
    path,
    kind: isSparse ? 'other' : kindOf(type, path),
    size,
    executable: (numberAt(header, 100, 8) & 0o111) !== 0,
    modified: Number.isFinite(seconds) ? Math.round(seconds * 1000) : 0,
  };
}

function kindOf(type: string, path: string): TarEntry['kind'] {
  if (type === '5') return 'folder';
  if (type === '1' || type === '2') return 'link';
  // Before POSIX a folder was a file whose name ends with a slash.
  if (type === '0' || type === '\0' || type === '7') return path.endsWith('/') ? 'folder' : 'file';
  return 'other';
}

/** Octal digits, or, with the first bit set, a binary number (GNU, for sizes from 8 GB). */
function numberAt(header: Buffer, at: number, length: number): number {
  const field = header.subarray(at, at + length);
  if ((field[0]! & 0x80) !== 0) {
    return field.subarray(1).reduce((number, byte) => number * 256 + byte, field[0]! & 0x7f);
  }
  const digits = field.toString('latin1').replace(/\0.*$/s, '').trim();
  if (digits === '') return 0;
  return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : NaN;
}

function textAt(header: Buffer, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

/** The sum of the header's bytes, those of the sum itself taken as blanks. */
function rejectChecksum(header: Buffer): void {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  if (sum !== numberAt(header, 148, 8)) throw broken();
}

/** `25 path=a/long/name\n`, the number being the length of the whole record; or a GNU long name. */
function parseExtended(type: string, content: Buffer): Map<string, string> {
  if (type === 'L') return new Map([['path', content.toString('utf8').replace(/\0+$/, '')]]);
  const found = new Map<string, string>();
  for (let at = 0; at < content.length;) {
    const length = Number(/^\d{1,7}(?= )/.exec(content.toString('latin1', at, at + 8))?.[0]);
    const record = content.toString('utf8', at, at + length);
    const match = /^\d+ ([^=]+)=(.*)\n$/s.exec(record);
    if (!(length > 0) || match === null) throw broken();
    found.set(match[1]!, match[2]!);
    at += length;
  }
  return found;
}

/** Bytes of a stream by count. */
class ByteReader {
  readonly #stream: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#stream = stream[Symbol.asyncIterator]();
  }

  /** @throws SourceProblem when there are fewer */
  async exactly(count: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.next(count)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** The next `count` bytes, piece by piece; going on reads what an earlier reader has left. */
  next(count: number): AsyncIterable<Buffer> & AsyncIterator<Buffer> {
    let left = count;
    const iterator = {
      next: async (): Promise<IteratorResult<Buffer>> => {
        if (left === 0) return { done: true, value: undefined };
        if (this.#rest.length === 0) {
          const { done, value } = await this.#stream.next();
          if (done === true) throw broken();
          this.#rest = value;
        }
        const piece = this.#rest.subarray(0, left);
        this.#rest = this.#rest.subarray(piece.length);
        left -= piece.length;
        return { done: false, value: piece };
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }
}
