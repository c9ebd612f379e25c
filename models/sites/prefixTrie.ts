/** Longest-prefix look-up over addresses of one family, as a binary trie: as many steps as the prefix has bits. */

interface Node<V> {
  zero: Node<V> | undefined;
  one: Node<V> | undefined;
  value: V | undefined;
}

export class PrefixTrie<V> {
  readonly #root: Node<V> = { zero: undefined, one: undefined, value: undefined };

  /** The first value of a prefix stays. */
  add(bytes: readonly number[], prefixLength: number, value: V): void {
    let node = this.#root;
    for (let bit = 0; bit < prefixLength; bit++) {
      const side = bitOf(bytes, bit) === 0 ? 'zero' : 'one';
      node = node[side] ??= { zero: undefined, one: undefined, value: undefined };
    }
    node.value ??= value;
  }

  /** The value of the longest prefix that the address begins with, of at most so many bits. */
  find(bytes: readonly number[], mostBits = bytes.length * 8): V | undefined {
    let node: Node<V> | undefined = this.#root;
    let best: V | undefined;
    for (let bit = 0; node !== undefined; bit++) {
      best = node.value ?? best;
      if (bit === mostBits) break;
      node = bitOf(bytes, bit) === 0 ? node.zero : node.one;
    }
    return best;
  }
}

function bitOf(bytes: readonly number[], bit: number): number {
  return (bytes[bit >> 3]! >> (7 - (bit & 7))) & 1;
}
