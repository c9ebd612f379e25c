/** How fast queued events become rows, against inserting the same rows; memory and age while a long queue is drained. */
import { fork } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BoundOrder, BoundResult } from './drainBound.ts';
import type { DrainOrder, DrainResult } from './drainChild.ts';
import { projectFile } from './processes.ts';
import type { Row } from './report.ts';
import { median } from './stats.ts';

interface Drain {
  name: string;
  kind: DrainOrder['kind'];
  /** Each by a computer of its own. */
  events: number;
  /** Of the rate of inserting the same rows … */
  ratio?: number;
  /** … or events a second. */
  perSecond?: number;
}

const DRAINS: readonly Drain[] = [
  { name: 'Drain of basic inventory, 6 KB, eight data classes', kind: 'inventory', events: 6000, ratio: 0.3 },
  { name: 'Drain of status events, 1 KB', kind: 'status', events: 30_000, ratio: 0.4 },
  { name: 'Drain of full inventory, 377 KB, 3000 rows', kind: 'full', events: 60, perSecond: 15 },
];
const ROUNDS = 3;
const QUICK_SHARE = 0.1;

interface Figures {
  drain: DrainResult;
  bound: BoundResult;
}

/** Each row drains an empty server's queue; nothing is pinned, for the queue and its processing are meant for two cores. */
export async function drainRows(workDir: string, quick: boolean): Promise<Row[]> {
  const rows: Row[] = [];
  for (const row of DRAINS) {
    const events = quick ? Math.ceil(row.events * QUICK_SHARE) : row.events;
    const rounds: Figures[] = [];
    for (let round = 0; round < (quick ? 1 : ROUNDS); round++) rounds.push(await measure(workDir, row.kind, events));
    rows.push(toRow(row, events, rounds));
  }
  return rows;
}

async function measure(workDir: string, kind: DrainOrder['kind'], count: number): Promise<Figures> {
  const folder = join(workDir, 'drain');
  const [dataDir, into] = [join(folder, 'server'), join(folder, 'bound')];
  mkdirSync(dataDir, { recursive: true });
  mkdirSync(into);
  try {
    const drain = await fillAndDrain({ dataDir, kind, count, computers: count });
    return { drain, bound: await ask<BoundOrder, BoundResult>('bench/drainBound.ts', { from: dataDir, into }) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function fillAndDrain(order: Omit<DrainOrder, 'phase'>): Promise<DrainResult> {
  await ask<DrainOrder, object>('bench/drainChild.ts', { ...order, phase: 'fill' });
  return ask<DrainOrder, DrainResult>('bench/drainChild.ts', { ...order, phase: 'drain' });
}

/** Runs a child that says when it is ready, takes one order and answers it. */
function ask<O extends object, R>(file: string, order: O): Promise<R> {
  return new Promise((resolve, reject) => {
    const child = fork(projectFile(file));
    let result: R | undefined;
    child.once('message', () => {
      child.once('message', (message) => (result = message as R));
      child.send(order);
    });
    child.once('exit', (code) =>
      result === undefined ? reject(new Error(`${file} ended with ${code} before it answered`)) : resolve(result),
    );
  });
}

function toRow({ name, ratio: goal, perSecond }: Drain, events: number, rounds: readonly Figures[]): Row {
  const rate = (side: keyof Figures): number => median(rounds.map((round) => events / round[side].seconds));
  const ratio = median(rounds.map(({ drain, bound }) => bound.seconds / drain.seconds));
  const byProcessor = median(rounds.map(({ drain, bound }) => bound.processorSeconds / drain.processorSeconds));
  const bad = rounds.reduce((sum, { drain }) => sum + drain.bad, 0);
  const reached = goal === undefined ? rate('drain') >= perSecond! : ratio >= goal;
  const rows = median(rounds.map(({ bound }) => bound.rows / events));
  const notes = [`${Math.round(rows)} rows an event`, `${byProcessor.toFixed(2)} by processor time of all threads`];
  if (bad > 0) notes.push(`${bad} events were put aside`);
  return {
    name,
    ours: `${Math.round(rate('drain'))}/s`,
    bound: `${Math.round(rate('bound'))}/s`,
    ratio,
    goal: goal === undefined ? `≥ ${perSecond}/s` : `≥ ${goal}`,
    met: bad === 0 && reached,
    note: notes.join('; '),
    figures: { goal, perSecond, ratio, byProcessor, rounds },
  };
}

const LONG = { events: 100_000, computers: 35_000 };
const MOST_MB = 300;

/** 100,000 events of 35,000 computers, two of three of them status messages: what draining them takes in memory. */
export async function longQueueRow(workDir: string): Promise<Row> {
  const dataDir = join(workDir, 'long-queue');
  mkdirSync(dataDir);
  const { events, computers } = LONG;
  const { samples, seconds, bad } = await fillAndDrain({ dataDir, kind: 'mixed', count: events, computers });
  rmSync(dataDir, { recursive: true });
  const most = Math.max(...samples.map((sample) => sample.megabytes));
  // From the middle on: before that, caches fill.
  const growth = samples.at(-1)!.megabytes - samples[samples.length >> 1]!.megabytes;
  const older = samples.filter(
    ({ oldestReceived }, index) => index > 0 && oldestReceived < samples[index - 1]!.oldestReceived,
  );
  return {
    name: `Memory while ${events} events of ${computers} computers are drained`,
    ours: `${Math.round(most)} MB`,
    bound: '',
    goal: `< ${MOST_MB} MB`,
    met: bad === 0 && most < MOST_MB && older.length === 0,
    note: `${Math.round(events / seconds)}/s; ${growth.toFixed(0)} MB more in the second half; the oldest waiting event ${older.length === 0 ? 'became younger all the time' : `became older ${older.length} times`}`,
    figures: { samples, seconds, bad },
  };
}
