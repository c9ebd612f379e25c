/** First fill of a package server against curl from nginx to the same disk, in turns; both end when all is synced. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { relative, join } from 'node:path';
import type { Contender } from './compare.ts';
import type { BenchFiles, PackageServerBench } from './packageServerRows.ts';
import type { Row } from './report.ts';
import { median } from './stats.ts';

const GOAL = 0.5;
const MB = 1024 * 1024;

interface Round {
  /** Seconds from the first request to "ready". */
  ours: number;
  /** From the order by the API to "ready". */
  fromOrder: number;
  curl: number;
  curlUnsynced: number;
}

export async function fillRow(
  bench: PackageServerBench,
  nginx: Contender,
  filled: BenchFiles,
  rounds: number,
): Promise<Row> {
  const results: Round[] = [];
  // Once unmeasured: the sources are then in the page cache for both.
  await fill(bench, filled);
  await fetchByCurl(bench, nginx, filled);
  for (let round = 0; round < rounds; round++) {
    results.push({ ...(await fill(bench, filled)), ...(await fetchByCurl(bench, nginx, filled)) });
  }
  return toRow(filled, results);
}

/** Assigns the package, waits until it is ready, and takes it away again. */
async function fill(
  { admin, packageServer, computer }: PackageServerBench,
  { guid }: BenchFiles,
): Promise<Pick<Round, 'ours' | 'fromOrder'>> {
  const from = packageServer.said();
  const orderedAt = performance.now();
  await admin.assign(guid, [computer]);
  const begun = await packageServer.says(/: begun\./, from);
  const ready = await packageServer.says(/: ready, /, from);
  const seconds = { ours: (ready.at - begun.at) / 1000, fromOrder: (ready.at - orderedAt) / 1000 };
  const end = packageServer.said();
  await admin.assign(guid, []);
  await packageServer.says(/its files were removed/, end);
  await run('sync', '-f', packageServer.workDir);
  return seconds;
}

async function fetchByCurl(
  { workDir }: PackageServerBench,
  nginx: Contender,
  { folder, files }: BenchFiles,
): Promise<Pick<Round, 'curl' | 'curlUnsynced'>> {
  const out = join(workDir, 'curl');
  mkdirSync(out);
  const base = `http://127.0.0.1:${nginx.port}/${relative(workDir, folder)}`;
  const lines = files.map((name) => `url = "${base}/${name}"\noutput = "${join(out, name)}"\n`);
  writeFileSync(join(workDir, 'curl.txt'), lines.join(''));
  const startedAt = performance.now();
  await run('curl', '--silent', '--fail', '--config', join(workDir, 'curl.txt'));
  const fetchedAt = performance.now();
  await run('sync', ...files.map((name) => join(out, name)));
  const endedAt = performance.now();
  rmSync(out, { recursive: true });
  await run('sync', '-f', workDir);
  return { curl: (endedAt - startedAt) / 1000, curlUnsynced: (fetchedAt - startedAt) / 1000 };
}

function run(command: string, ...args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
  });
}

function toRow({ files, totalBytes }: BenchFiles, results: Round[]): Row {
  const middle = (figure: keyof Round): number => median(results.map((round) => round[figure]));
  const speed = (seconds: number): string => `${Math.round(totalBytes / MB / seconds)} MB/s`;
  const ratio = median(results.map(({ ours, curl }) => curl / ours));
  const unsynced = median(results.map(({ ours, curlUnsynced }) => curlUnsynced / ours));
  const what = files.length === 1 ? 'in one file' : `in ${files.length} files`;
  return {
    name: `Package server, first fill of ${totalBytes / MB} MB ${what}`,
    ours: speed(middle('ours')),
    bound: `curl from nginx ${speed(middle('curl'))}`,
    ratio,
    goal: `≥ ${GOAL}`,
    met: ratio >= GOAL,
    note: `${unsynced.toFixed(2)} of curl that does not sync; ${middle('fromOrder').toFixed(1)} s from the order to ready`,
    figures: { goal: GOAL, rounds: results },
  };
}
