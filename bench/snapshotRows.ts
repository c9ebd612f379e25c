/** Snapshots: hashing against openssl, a second look against find, and what a very large package does to a server. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ANY_CORE, canPin, node, projectFile, runNs, SERVER_CORE, startChild, type Child } from './processes.ts';
import type { Row } from './report.ts';
import { settingsFor, startServer, type Server } from './server.ts';
import type { RefreshDone } from './snapshotChild.ts';
import { median } from './stats.ts';

const MB = 1024 * 1024;
/** Seconds since 1970: what is young is read again whatever its stamp says. */
const LONG_AGO = 1_600_000_000;
const HASH_GOAL = 0.65;
const HASH_ROUNDS = 5;
const LOOK_GOAL = 5;
const LOOK_FILES = 10_000;
const MANY_FILES = 100_000;
const MOST_MB = 300;
const MOST_HOLD_MS = 50;
const HOLD_RUNS = 5;

export async function snapshotRows(workDir: string, quick: boolean): Promise<Row[]> {
  const folder = join(workDir, 'snapshots');
  mkdirSync(folder);
  const look = await lookRow(folder, quick ? 3 : 5);
  // Small amounts of bytes would measure how a build begins and ends.
  if (quick) return [look];
  return [
    await hashRow(folder, 'one file of 2 GB', [1, 2048 * MB]),
    await hashRow(folder, '8192 files of 256 KB', [8192, MB / 4]),
    look,
    ...(await largeRows(folder)),
  ];
}

/** Files of random bytes, all different, in folders of 200. */
function makeFiles(source: string, count: number, size: number): void {
  const block = randomFillSync(Buffer.alloc(Math.min(size, MB)));
  for (let number = 0; number < count; number++) {
    const folder = join(source, `part ${Math.floor(number / 200)}`);
    if (number % 200 === 0) mkdirSync(folder, { recursive: true });
    const file = openSync(join(folder, `file ${number}.dat`), 'w');
    for (let written = 0; written < size; written += block.length) {
      block.writeUInt32LE(number, 0);
      block.writeUInt32LE(written / block.length, 4);
      writeSync(file, block);
    }
    closeSync(file);
  }
}

const filesIn = (source: string): string[] =>
  readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** As when the source was copied anew: other times, the same content. */
function touch(files: readonly string[], seconds: number): void {
  for (const file of files) utimesSync(file, seconds, seconds);
}

async function startRefresher(core: number, source: string, dataDir: string, log: string): Promise<Child> {
  mkdirSync(dataDir);
  const command = node('--max-semi-space-size=4', projectFile('bench/snapshotChild.ts'), source, dataDir);
  // As the product's launcher has it.
  const environment = {
    MALLOC_ARENA_MAX: '2',
    NODE_COMPILE_CACHE: projectFile('node_modules/.cache/compile'),
  };
  const child = startChild(core, command, { environment, log, ipc: true });
  await child.message();
  return child;
}

async function refresh(child: Child, expected: string): Promise<RefreshDone> {
  child.process.send('go');
  const done = await child.message<RefreshDone>();
  if (done.result !== expected) throw new Error(`a refresh was ${done.result} instead of ${expected}`);
  return done;
}

/** Both on one core, on the same files, in turns. */
async function hashRow(folder: string, what: string, [count, size]: [number, number]): Promise<Row> {
  const [source, dataDir] = [join(folder, 'source'), join(folder, 'data')];
  makeFiles(source, count, size);
  const files = filesIn(source);
  touch(files, LONG_AGO);
  const child = await startRefresher(SERVER_CORE, source, dataDir, join(folder, 'refresh.log'));
  try {
    const first = await refresh(child, 'published');
    openssl(files);
    const results = [];
    for (let round = 1; round <= HASH_ROUNDS; round++) {
      touch(files, LONG_AGO + round);
      const ours = await refresh(child, 'unchanged');
      if (ours.filesRead !== count) throw new Error(`${ours.filesRead} files were hashed instead of ${count}`);
      results.push({ ours, openssl: openssl(files) });
    }
    return hashResult(`Hashing ${what}, against openssl`, count * size, first, results);
  } finally {
    await child.stop();
    rmSync(source, { recursive: true });
    rmSync(dataDir, { recursive: true });
  }
}

interface Hashed {
  seconds: number;
  processorSeconds: number;
}

/** All files by as few processes as their names fit. */
function openssl(files: readonly string[]): Hashed {
  const pinned = canPin ? ['taskset', '-c', String(SERVER_CORE)] : [];
  const script = `${pinned.join(' ')} xargs -0 -n 2000 openssl dgst -sha256 > /dev/null && times`;
  const startedAt = performance.now();
  const run = spawnSync('sh', ['-c', script], { input: files.join('\0'), encoding: 'utf8' });
  const seconds = (performance.now() - startedAt) / 1000;
  if (run.status !== 0) throw new Error(`openssl failed: ${run.stderr}`);
  // The second line is of the children: user and system, each as 0m1.23s.
  const used = [...run.stdout.split('\n')[1]!.matchAll(/(\d+)m([\d.]+)s/g)];
  return { seconds, processorSeconds: used.reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0) };
}

function hashResult(
  name: string,
  bytes: number,
  first: RefreshDone,
  results: { ours: RefreshDone; openssl: Hashed }[],
): Row {
  const byTime = median(results.map(({ ours, openssl: theirs }) => theirs.seconds / ours.seconds));
  const byProcessor = median(
    results.map(({ ours, openssl: theirs }) => theirs.processorSeconds / ours.processorSeconds),
  );
  const ratio = Math.min(byTime, byProcessor);
  const speed = (side: 'ours' | 'openssl'): string =>
    `${Math.round(bytes / MB / median(results.map((round) => round[side].seconds)))} MB/s`;
  return {
    name,
    ours: speed('ours'),
    bound: speed('openssl'),
    ratio,
    goal: `≥ ${HASH_GOAL}`,
    met: ratio >= HASH_GOAL,
    note: `the whole refresh; the first one, which also stored everything on disk, ${first.seconds.toFixed(1)} s`,
    figures: { goal: HASH_GOAL, ratio, byTime, byProcessor, first, rounds: results },
  };
}

/** Files that take no room, so that reading any of them would show. */
async function lookRow(folder: string, rounds: number): Promise<Row> {
  const [source, dataDir] = [join(folder, 'source'), join(folder, 'data')];
  const size = 64 * 1024;
  for (let number = 0; number < LOOK_FILES; number++) {
    const part = join(source, `part ${Math.floor(number / 200)}`);
    if (number % 200 === 0) mkdirSync(part, { recursive: true });
    const file = openSync(join(part, `file ${number}.dat`), 'w');
    ftruncateSync(file, size);
    closeSync(file);
  }
  touch(filesIn(source), LONG_AGO);
  const child = await startRefresher(ANY_CORE, source, dataDir, join(folder, 'refresh.log'));
  try {
    await refresh(child, 'published');
    // Once unmeasured each.
    await refresh(child, 'unchanged');
    find(source);
    const results = [];
    for (let round = 0; round < rounds * 3; round++) {
      results.push({ ours: await refresh(child, 'unchanged'), find: find(source) });
    }
    return lookResult(LOOK_FILES * size, results);
  } finally {
    await child.stop();
    rmSync(source, { recursive: true });
    rmSync(dataDir, { recursive: true });
  }
}

/** Seconds. */
function find(source: string): number {
  const startedAt = performance.now();
  const run = spawnSync('find', [source, '-printf', '%s %T@\n'], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (run.status !== 0) throw new Error('find failed');
  return (performance.now() - startedAt) / 1000;
}

function lookResult(bytes: number, results: { ours: RefreshDone; find: number }[]): Row {
  const ratio = median(results.map(({ ours, find: theirs }) => ours.seconds / theirs));
  const filesRead = Math.max(...results.map(({ ours }) => ours.filesRead));
  const bytesRead = Math.max(...results.map(({ ours }) => ours.bytesRead));
  // What the process reads are its own notes of the last look.
  const isNothingRead = filesRead === 0 && !(bytesRead > bytes / 50);
  const milliseconds = (seconds: readonly number[]): string => `${Math.round(median(seconds) * 1000)} ms`;
  return {
    name: `Second look at ${LOOK_FILES} unchanged files, against find`,
    ours: milliseconds(results.map(({ ours }) => ours.seconds)),
    bound: milliseconds(results.map(({ find: theirs }) => theirs)),
    ratio,
    goal: `≤ ${LOOK_GOAL} times find, no file read`,
    met: ratio <= LOOK_GOAL && isNothingRead,
    note: `${filesRead} files read; the process read ${(bytesRead / MB).toFixed(1)} MB in all, the files have ${Math.round(bytes / MB)} MB`,
    figures: { goal: LOOK_GOAL, ratio, rounds: results },
  };
}

/** A server that is asked to publish a package of 100,000 files, five times. */
async function largeRows(folder: string): Promise<Row[]> {
  const [source, dataDir] = [join(folder, 'source'), join(folder, 'server')];
  const loopFile = join(folder, 'loop');
  makeFiles(source, MANY_FILES, 2048);
  touch(filesIn(source), LONG_AGO);
  const token = await prepareServer(dataDir, folder);
  const watch = { NODE_OPTIONS: `--import ${projectFile('bench/loopWatch.ts')}`, BENCH_LOOP_FILE: loopFile };
  const server = await startServer(dataDir, undefined, watch, ANY_CORE);
  try {
    await pause(2000);
    const runs: LargeRun[] = [];
    for (let run = 1; run <= HOLD_RUNS; run++) runs.push(await publishLarge(server, token, source, loopFile, run));
    return largeResult(runs, peakMb(server.process.pid!));
  } finally {
    await server.stop();
    rmSync(source, { recursive: true });
    rmSync(dataDir, { recursive: true });
  }
}

interface LargeRun {
  seconds: number;
  longestHoldMs: number;
}

/** The data folder is made by a first start, which publishes something: the code of its threads is compiled only once. */
async function prepareServer(dataDir: string, folder: string): Promise<string> {
  const server = await startServer(dataDir);
  const small = join(folder, 'small');
  makeFiles(small, 10, 2048);
  try {
    const made = ['token', 'create', '--api', '--name', 'bench', '--scopes', 'read,write'];
    const token = runNs(settingsFor(dataDir), ...made).trim();
    await publish(server, token, 'Small', small);
    return token;
  } finally {
    await server.stop();
    rmSync(small, { recursive: true });
  }
}

/** Answers when the package has its first version. */
async function publish(server: Server, token: string, name: string, source: string): Promise<void> {
  const api = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  };
  let made = await api('POST', '/packages', { name, sourcePath: source });
  while (made.state === 'new' || made.state === 'refreshing') {
    await pause(500);
    made = await api('GET', `/packages/${String(made.guid)}`);
  }
  if (made.state !== 'valid') throw new Error(`the package is ${String(made.state)}: ${String(made.stateDetail)}`);
}

async function publishLarge(
  server: Server,
  token: string,
  source: string,
  loopFile: string,
  run: number,
): Promise<LargeRun> {
  await longestHold(server, loopFile);
  const startedAt = performance.now();
  await publish(server, token, `Large ${run}`, source);
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, longestHoldMs: await longestHold(server, loopFile) };
}

/** Milliseconds since the last time that it was asked. */
async function longestHold(server: Server, loopFile: string): Promise<number> {
  rmSync(loopFile, { force: true });
  server.process.kill('SIGUSR2');
  for (let tries = 0; tries < 500; tries++) {
    await pause(20);
    const text = readIfThere(loopFile);
    if (text !== '') return Number(text);
  }
  throw new Error('the server does not tell how long its event loop was held');
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function peakMb(pid: number): number {
  const match = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1]) / 1024;
}

function largeResult(runs: readonly LargeRun[], megabytes: number): Row[] {
  const hold = median(runs.map(({ longestHoldMs }) => longestHoldMs));
  const [first, ...others] = runs;
  const seconds = `${first!.seconds.toFixed(0)} s the first time, when everything is stored, then ${median(others.map((run) => run.seconds)).toFixed(0)} s`;
  return [
    {
      name: `Memory of a server that publishes packages of ${MANY_FILES} files`,
      ours: `${Math.round(megabytes)} MB`,
      bound: '',
      goal: `< ${MOST_MB} MB`,
      met: megabytes < MOST_MB,
      note: `the most it ever held; ${seconds}`,
      figures: { megabytes, runs },
    },
    {
      name: 'Longest hold of its event loop meanwhile',
      ours: `${hold.toFixed(0)} ms`,
      bound: '',
      goal: `≤ ${MOST_HOLD_MS} ms`,
      met: hold <= MOST_HOLD_MS,
      note: `median of ${runs.length} runs' longest: ${runs.map(({ longestHoldMs }) => longestHoldMs.toFixed(0)).join(', ')} ms`,
      figures: { hold, runs },
    },
  ];
}
