/** Counts and latencies of each kind of call, in memory that does not grow with their number. */

/** Each bucket of latencies is this much wider than the one before: percentiles are right within 2 %. */
const GROWTH = 1.02;
const SMALLEST_MS = 0.05;
const BUCKETS = 800;

export interface CallFigures {
  call: string;
  count: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  errors: number;
}

class CallRecord {
  readonly buckets = new Uint32Array(BUCKETS);
  count = 0;
  firstAt = Number.POSITIVE_INFINITY;
  lastAt = 0;
  readonly problems = new Map<string, number>();
}

export class Statistics {
  readonly #records = new Map<string, CallRecord>();

  /** Milliseconds of a clock that only goes forward. `problem`: status or reason, for a call that failed. */
  note(call: string, startedAt: number, endedAt: number, problem?: string): void {
    let record = this.#records.get(call);
    if (record === undefined) this.#records.set(call, (record = new CallRecord()));
    const bucket = Math.log(Math.max(endedAt - startedAt, SMALLEST_MS) / SMALLEST_MS) / Math.log(GROWTH);
    record.buckets[Math.min(Math.floor(bucket), BUCKETS - 1)]! += 1;
    record.count += 1;
    record.firstAt = Math.min(record.firstAt, startedAt);
    record.lastAt = Math.max(record.lastAt, endedAt);
    if (problem !== undefined) record.problems.set(problem, (record.problems.get(problem) ?? 0) + 1);
  }

  /** In the order in which the calls were first made. */
  get figures(): CallFigures[] {
    return [...this.#records].map(([call, record]) => ({
      call,
      count: record.count,
      perSecond: (record.count * 1000) / Math.max(record.lastAt - record.firstAt, 1),
      p50Ms: percentile(record, 0.5),
      p99Ms: percentile(record, 0.99),
      errors: [...record.problems.values()].reduce((sum, count) => sum + count, 0),
    }));
  }

  /** What went wrong, the most frequent first. */
  get problems(): { call: string; problem: string; count: number }[] {
    const all = [...this.#records].flatMap(([call, { problems }]) =>
      [...problems].map(([problem, count]) => ({ call, problem, count })),
    );
    return all.sort((a, b) => b.count - a.count);
  }
}

function percentile(record: CallRecord, share: number): number {
  let left = Math.ceil(record.count * share);
  const bucket = record.buckets.findIndex((count) => (left -= count) <= 0);
  return SMALLEST_MS * GROWTH ** (bucket + 0.5);
}

/** Lines of a table, the numbers right-aligned. */
export function tableOf(figures: readonly CallFigures[]): string[] {
  const number = (value: number, digits: number): string => value.toFixed(digits);
  const rows = figures.map(({ call, count, perSecond, p50Ms, p99Ms, errors }) => [
    call,
    String(count),
    number(perSecond, 1),
    number(p50Ms, 2),
    number(p99Ms, 2),
    String(errors),
  ]);
  const lines = [['call', 'count', 'requests/s', 'p50 ms', 'p99 ms', 'errors'], ...rows];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  '),
  );
}
