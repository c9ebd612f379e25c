/** One row of the comparison: the same requests to the product and to the bare server, in turns, by the same client. */
import { askOnce } from './ask.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import { processorSeconds, type Child } from './processes.ts';
import type { Row } from './report.ts';
import { median } from './stats.ts';

export interface Bench {
  client: Child;
  bare: Contender;
  /** Rounds of a row and the length of a run. */
  rounds: number;
  warmUpMs: number;
  measureMs: number;
}

export interface Comparison {
  name: string;
  requests: string[];
  expect: number;
  goal: number;
  connections?: number;
  /** The answer that is wanted contains this: a row must not measure another one than it says. */
  contains?: string;
  /** Threads of the server that do other work meanwhile, by how their names begin: their processor time is not the row's. */
  butThreads?: string;
}

export interface Contender extends Child {
  port: number;
}

interface Run extends LoadResult {
  /** Answers for each second of processor time of the server's process. */
  perProcessorSecond: number | undefined;
}

const CONNECTIONS = 64;
/** Above this share of its core the client may have been the limit. */
const BUSY = 0.9;

let runs = Math.floor(Date.now() / 1000) % 0x7fff_ffff;

/** Runs the row; both servers are frozen while the other one answers. */
export async function compare(bench: Bench, ours: Contender, row: Comparison): Promise<Row> {
  await teach(bench.bare, ours.port, row);
  const results: { ours: Run; bare: Run }[] = [];
  bench.bare.freeze();
  for (let round = 0; round < bench.rounds; round++) {
    const own = await load(bench, ours, row);
    ours.freeze();
    bench.bare.thaw();
    results.push({ ours: own, bare: await load(bench, bench.bare, row) });
    bench.bare.freeze();
    ours.thaw();
  }
  bench.bare.thaw();
  return toRow(row, results);
}

async function load(bench: Bench, server: Contender, row: Comparison): Promise<Run> {
  const order: LoadOrder = {
    port: server.port,
    connections: row.connections ?? CONNECTIONS,
    warmUpMs: bench.warmUpMs,
    measureMs: bench.measureMs,
    requests: row.requests,
    run: ++runs,
    expect: row.expect,
  };
  const before = processorSeconds(server.process.pid!, row.butThreads);
  bench.client.process.send(order);
  const result = await bench.client.message<LoadResult>();
  const after = processorSeconds(server.process.pid!, row.butThreads);
  const known = before !== undefined && after !== undefined && after > before;
  return { ...result, perProcessorSecond: known ? result.answers / (after - before) : undefined };
}

/**
 * Lets a server that has just started answer a row's requests for a while before anything is compared: servers run for
 * months, and while code is being compiled and caches are being filled another thing is measured. The rows that follow
 * others on one server need none.
 */
export async function warmUp(bench: Bench, ours: Contender, row: Comparison, milliseconds: number): Promise<void> {
  await load({ ...bench, warmUpMs: 0, measureMs: milliseconds }, ours, row);
}

/** Asks the product once and gives the answer to the bare server, which will repeat it byte for byte. */
async function teach(bare: Child, port: number, row: Comparison): Promise<void> {
  const answer = await askOnce(port, row.requests[0]!);
  if (answer.status !== row.expect) {
    const text = Buffer.from(answer.body, 'base64').toString('utf8').slice(0, 300);
    throw new Error(`${row.name}: answered ${answer.status} instead of ${row.expect}: ${text}`);
  }
  if (row.contains !== undefined && !Buffer.from(answer.body, 'base64').includes(row.contains)) {
    throw new Error(`${row.name}: the answer lacks ${row.contains}`);
  }
  bare.process.send(answer);
  await bare.message();
}

function toRow(row: Comparison, results: { ours: Run; bare: Run }[]): Row {
  // Of each pair of neighbours in time: a slow moment of the machine hits both.
  const byTime = median(results.map((pair) => pair.ours.perSecond / pair.bare.perSecond));
  const middle = (side: 'ours' | 'bare', figure: keyof LoadResult): number =>
    median(results.map((pair) => pair[side][figure]));
  const failures = results.reduce((sum, pair) => sum + pair.ours.failures + pair.bare.failures, 0);
  const busy = Math.max(middle('ours', 'clientBusy'), middle('bare', 'clientBusy'));
  const byProcessor = median(
    results.map((pair) => (pair.ours.perProcessorSecond ?? NaN) / (pair.bare.perProcessorSecond ?? NaN)),
  );
  // When the client did not get its whole core, both servers waited for it, the faster one longer; per second of
  // processor time it does not show. When the disk was the limit, it shows by the clock only. The worse one counts.
  const ratio = Number.isNaN(byProcessor) ? byTime : Math.min(byTime, byProcessor);
  const notes = [`p50 ${middle('ours', 'p50Ms').toFixed(1)} ms, p99 ${middle('ours', 'p99Ms').toFixed(1)} ms`];
  if (failures > 0) notes.push(`${failures} answers of another status`);
  if (busy > BUSY) notes.push(`client at ${Math.round(busy * 100)} % of its core`);
  return {
    name: row.name,
    ours: `${Math.round(middle('ours', 'perSecond'))}/s`,
    bound: `${Math.round(middle('bare', 'perSecond'))}/s`,
    ratio,
    goal: `≥ ${row.goal}`,
    met: failures === 0 && ratio >= row.goal,
    note: notes.join('; '),
    figures: { goal: row.goal, ratio, byTime, byProcessor, failures, rounds: results },
  };
}
