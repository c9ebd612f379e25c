/**
 * Longest-prefix look-up over addresses of one family: a table for each prefix length that is there, asked from the
 * longest on. Networks have few different lengths, and a site is looked for on each package request.
 */

interface OfLength<V> {
  prefixLength: number;
  values: Map<number | string, V>;
}

export class PrefixTable<V> {
  /** The longest prefix first. */
  readonly #lengths: OfLength<V>[] = [];

  /** The first value of a prefix stays. */
  add(bytes: readonly number[], prefixLength: number, value: V): void {
    const { values } = this.#ofLength(prefixLength);
    const key = keyOf(bytes, prefixLength);
    if (!values.has(key)) values.set(key, value);
  }

  /** The value of the longest prefix that the address begins with, of at most so many bits. */
  find(bytes: readonly number[], mostBits = bytes.length * 8): V | undefined {
    for (const { prefixLength, values } of this.#lengths) {
      if (prefixLength > mostBits) continue;
      const value = values.get(keyOf(bytes, prefixLength));
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #ofLength(prefixLength: number): OfLength<V> {
    const known = this.#lengths.find((one) => one.prefixLength === prefixLength);
    if (known !== undefined) return known;
    const fresh = { prefixLength, values: new Map<number | string, V>() };
    this.#lengths.push(fresh);
    this.#lengths.sort((a, b) => b.prefixLength - a.prefixLength);
    return fresh;
  }
}

/** The bits of the prefix: a number for IPv4, four with blanks between them for IPv6. */
function keyOf(bytes: readonly number[], prefixLength: number): number | string {
  const first = wordAt(bytes, 0, prefixLength);
  if (bytes.length === 4) return first;
  return `${first} ${wordAt(bytes, 4, prefixLength)} ${wordAt(bytes, 8, prefixLength)} ${wordAt(bytes, 12, prefixLength)}`;
}

/** 32 bits of an address, those behind the prefix as zeros. */
function wordAt(bytes: readonly number[], at: number, prefixLength: number): number {
  const bits = prefixLength - at * 8;
  if (bits <= 0) return 0;
  const word = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  return bits >= 32 ? word : word & (-1 << (32 - bits));
}
