/** Archives as tests want them, hostile ones too: written by hand, because no archiver makes them. */
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

export interface Entry {
  name: string | Buffer;
  content?: string | Buffer;
  /** Unix mode with its type, such as 0o100755. */
  mode?: number;
  /** Of a tar: `0` file, `5` folder, `2` link and so on. */
  type?: string;
  link?: string;
  /** What the header says instead of the content's size. */
  size?: number;
}

export function tar(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content ?? '');
    return [tarHeader(entry, content.length), content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export const tarGz = (entries: readonly Entry[]): Buffer => gzipSync(tar(entries));

function tarHeader(entry: Entry, length: number): Buffer {
  const header = Buffer.alloc(512);
  Buffer.from(entry.name).copy(header, 0, 0, 100);
  const number = (value: number, at: number, size: number) =>
    header.write(value.toString(8).padStart(size - 1, '0'), at);
  number((entry.mode ?? 0o644) & 0o7777, 100, 8);
  number(entry.size ?? length, 124, 12);
  number(1_600_000_000, 136, 12);
  header.write(entry.type ?? '0', 156);
  header.write(entry.link ?? '', 157);
  header.write('ustar\x0000', 257);
  header.fill(' ', 148, 156);
  number(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return header;
}

/** A pax header that gives the next entry a name of any length. */
export function pax(values: Record<string, string>): Entry {
  const records = Object.entries(values).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = Buffer.byteLength(rest) + 2;
    while (String(length).length + Buffer.byteLength(rest) !== length) length++;
    return `${length}${rest}`;
  });
  return { name: 'PaxHeaders/x', type: 'x', content: records.join('') };
}

export function zip(entries: readonly Entry[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const content = Buffer.from(entry.content ?? '');
    const packed = deflateRawSync(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt16LE(0x5021, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(entry.size ?? content.length, 18);
    common.writeUInt16LE(name.length, 22);
    locals.push(Buffer.from('PK\x03\x04', 'latin1'), common, name, packed);
    const more = Buffer.alloc(14);
    more.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 6);
    more.writeUInt32LE(offset, 10);
    // Made on Unix: the mode counts.
    directory.push(Buffer.from([0x50, 0x4b, 1, 2, 20, 3]), common, more, name);
    offset += 4 + common.length + name.length + packed.length;
  }
  const size = directory.reduce((sum, piece) => sum + piece.length, 0);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
}
