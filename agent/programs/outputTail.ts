/** The last 64 KB of what a program wrote; a chatty one must fill neither memory nor disk. */
const KEPT_BYTES = 64 * 1024;

export class OutputTail {
  #chunks: Buffer[] = [];
  #size = 0;
  #total = 0;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    this.#total += chunk.length;
    if (this.#size > 2 * KEPT_BYTES) this.#trim();
  }

  /** The end of the output, with a line that says how much is missing before it. */
  content(): Buffer {
    this.#trim();
    const dropped = this.#total - this.#size;
    const note = dropped > 0 ? [Buffer.from(`[${dropped} bytes before this were not kept]\n`)] : [];
    return Buffer.concat([...note, ...this.#chunks]);
  }

  #trim(): void {
    const all = Buffer.concat(this.#chunks);
    const kept = all.subarray(Math.max(0, all.length - KEPT_BYTES));
    this.#chunks = [Buffer.from(kept)];
    this.#size = kept.length;
  }
}
