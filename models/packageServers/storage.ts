/** How the disk of a package server is shared out, and whether what is to come finds room. */
import type { HeldRow } from './overview.ts';

export const STORAGE_PARTS = ['packages', 'other', 'toCome', 'free', 'reserved'] as const;
export type StoragePart = (typeof STORAGE_PARTS)[number];

export interface Storage {
  totalBytes: number;
  /** In the order of STORAGE_PARTS; together they are the disk. */
  parts: { part: StoragePart; bytes: number }[];
  /** At most this is to be fetched; files that other packages have already are not fetched again. */
  toFetchBytes: number;
  /** What is lacking, if all of it has to be fetched and the reserve is to stay free; 0: there is room. */
  lackingBytes: number;
}

/** `undefined` before the server has told of its disk. */
export function storageOf(
  {
    freeBytes,
    totalBytes,
    storedBytes,
  }: { freeBytes: number | null; totalBytes: number | null; storedBytes: number | null },
  reserveBytes: number,
  toFetchBytes: number,
): Storage | undefined {
  if (freeBytes === null || totalBytes === null || totalBytes <= 0) return undefined;
  const free = Math.min(freeBytes, totalBytes);
  const used = totalBytes - free;
  const packages = Math.min(storedBytes ?? 0, used);
  const reserved = Math.min(reserveBytes, free);
  const toCome = Math.min(toFetchBytes, free - reserved);
  const bytes: Record<StoragePart, number> = {
    packages,
    other: used - packages,
    toCome,
    free: free - reserved - toCome,
    reserved,
  };
  return {
    totalBytes,
    parts: STORAGE_PARTS.map((part) => ({ part, bytes: bytes[part] })),
    toFetchBytes,
    lackingBytes: Math.max(0, toFetchBytes + reserveBytes - free),
  };
}

/** Bytes that are still to be fetched for what a server is to hold, at most. */
export function toFetch(rows: readonly HeldRow[]): number {
  return rows.reduce((sum, { state, size, progress }) => {
    if (state === 'ready' || state === 'unwanted' || state === 'silent') return sum;
    return sum + (progress === undefined ? size : Math.max(0, progress.total - progress.done));
  }, 0);
}
