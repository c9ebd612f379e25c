/** The disk of a package server as a bar: widths for the drawing, words beside it. */
import type { Storage, StoragePart } from '../../../models/packageServers/storage.ts';
import { formatBytes } from '../format.ts';

const WORDS: Record<StoragePart, string> = {
  packages: 'Packages',
  other: 'Other files',
  toCome: 'To be fetched',
  free: 'Free',
  reserved: 'Stays free',
};

/** Units of the drawing's width. */
const WIDTH = 1000;
/** What is there is to be seen, however little it is. */
const LEAST = 4;

export interface StorageBar {
  /** The whole in one sentence, for those who do not see the drawing. */
  label: string;
  total: string;
  width: number;
  parts: { part: StoragePart; label: string; bytes: string; x: number; width: number }[];
  /** Why not everything will find room; empty: it will. */
  warning: string;
}

export function storageBar({ totalBytes, parts, toFetchBytes, lackingBytes }: Storage): StorageBar {
  let x = 0;
  const drawn = parts.map(({ part, bytes }) => {
    const width = bytes === 0 ? 0 : Math.max(LEAST, Math.round((bytes * WIDTH) / totalBytes));
    const shown = { part, label: WORDS[part], bytes: formatBytes(bytes), x, width: Math.min(width, WIDTH - x) };
    x += shown.width;
    return shown;
  });
  const words = drawn.map(({ label, bytes }) => `${label.toLowerCase()} ${bytes}`).join(', ');
  return {
    label: `Disk of ${formatBytes(totalBytes)}: ${words}.`,
    total: formatBytes(totalBytes),
    width: WIDTH,
    parts: drawn,
    warning:
      lackingBytes === 0
        ? ''
        : `Up to ${formatBytes(toFetchBytes)} are to be fetched: ${formatBytes(lackingBytes)} may not find room beside what stays free.`,
  };
}
