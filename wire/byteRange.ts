/** Range requests for one file (RFC 9110 section 14). */

export interface ByteRange {
  start: number;
  /** Inclusive. */
  end: number;
}

/**
 * What a Range header asks of a file of that size. `whole`: no range, one that makes no sense, or several, for which a
 * server may answer with everything; `unsatisfiable`: beyond the end.
 */
export function readRange(header: string | undefined, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '');
  if (match === null) return 'whole';
  const [, first, last] = match as unknown as [string, string, string];
  if (first === '') {
    if (last === '') return 'whole';
    const suffix = Math.min(Number(last), size);
    return suffix === 0 ? 'unsatisfiable' : { start: size - suffix, end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'whole';
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

/**
 * If-Range: the range counts only when the client's part is of this very file. Ours are strong tags; a time stamp says
 * too little, so that form gets the whole file.
 */
export function rangeStillFits(ifRange: string | undefined, etag: string): boolean {
  return ifRange === undefined || ifRange.trim() === etag;
}
