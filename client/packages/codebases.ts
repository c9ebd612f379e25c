/**
 * Which source to take. Errors lower a source's effective speed: one 95 %, then 90, 75, 60, 35, 10 %; with more than 7
 * it is not used. An error is forgotten after 150 minutes, at most 20 are counted (KB 181098, KB 150498).
 */

const FACTORS = [1, 0.95, 0.9, 0.75, 0.6, 0.35, 0.1, 0.1];
const REMEMBERED_MS = 150 * 60_000;
const MOST_ERRORS = 20;

interface Record {
  /** Milliseconds since 1970, oldest first. */
  errors: number[];
  /** Bytes a second of the latest transfers that say something. */
  speed: number | undefined;
}

/** Transfers below this size tell more about the round trip than about the line. */
const TELLING_BYTES = 256 * 1024;

export class SourceRecords {
  readonly #records = new Map<string, Record>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** `weight`: errors that it counts for. */
  failed(href: string, weight = 1): void {
    const record = this.#of(href);
    const now = Array.from({ length: weight }, () => this.#now());
    record.errors = [...this.#fresh(record), ...now].slice(-MOST_ERRORS);
  }

  transferred(href: string, bytes: number, milliseconds: number): void {
    if (bytes < TELLING_BYTES) return;
    const record = this.#of(href);
    const speed = (bytes * 1000) / Math.max(milliseconds, 1);
    record.speed = record.speed === undefined ? speed : (record.speed + speed) / 2;
  }

  /** Usable sources, the best first. Equals keep the server's order; an unmeasured one counts as fast as the fastest. */
  ranked<C extends { href: string }>(codebases: readonly C[]): C[] {
    const records = codebases.map((codebase) => this.#of(codebase.href));
    const fastest = Math.max(1, ...records.map((record) => record.speed ?? 0));
    return codebases
      .map((codebase, index) => ({
        codebase,
        speed: this.#factor(records[index]!) * (records[index]!.speed ?? fastest),
      }))
      .filter(({ speed }) => speed > 0)
      .sort((a, b) => b.speed - a.speed)
      .map(({ codebase }) => codebase);
  }

  #factor(record: Record): number {
    return FACTORS[this.#fresh(record).length] ?? 0;
  }

  #fresh(record: Record): number[] {
    const since = this.#now() - REMEMBERED_MS;
    return record.errors.filter((at) => at > since);
  }

  // Known by host and not by address: the path holds a download token, which is another one each time.
  #of(href: string): Record {
    const key = URL.canParse(href) ? new URL(href).origin : href;
    let record = this.#records.get(key);
    if (record === undefined) this.#records.set(key, (record = { errors: [], speed: undefined }));
    return record;
  }
}
