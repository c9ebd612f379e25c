/** Download of one big file against nginx on the same file, in turns. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Guid } from '../wire/guid.ts';
import type { DownloadOrder, DownloadResult } from './download.ts';
import { hasNginx, startNginx } from './nginx.ts';
import { BIG_FILE, type BenchPackage } from './packages.ts';
import { CLIENT_CORE, node, projectFile, startChild, type Child } from './processes.ts';
import type { Row } from './report.ts';
import { getAt } from './requests.ts';
import type { Server } from './server.ts';
import { median } from './stats.ts';

const GOAL = 0.5;

export async function downloadRow(
  rounds: number,
  workDir: string,
  server: Server,
  computer: Guid,
  made: BenchPackage,
): Promise<Row> {
  const size = statSync(join(made.sourceDir, BIG_FILE)).size;
  const name = `Download of ${size / 1024 ** 2} MB`;
  if (!hasNginx()) return notMeasured(name);
  const nginx = await startNginx(join(workDir, 'nginx'), made.sourceDir);
  const client = startChild(CLIENT_CORE, node(projectFile('bench/download.ts')), {
    log: join(workDir, 'download.log'),
    ipc: true,
  });
  try {
    await client.message();
    const ours = { port: server.port, request: closing(getAt(made.bigFileUrl, computer)) };
    const theirs = { port: nginx.port, request: closing(getAt(`http://127.0.0.1/${BIG_FILE}`, computer)) };
    // Once each unmeasured: the file is then in the page cache for both.
    await download(client, ours, size);
    await download(client, theirs, size);
    const results: { ours: DownloadResult; nginx: DownloadResult }[] = [];
    for (let round = 0; round < rounds; round++) {
      results.push({ ours: await download(client, ours, size), nginx: await download(client, theirs, size) });
    }
    return toRow(name, results);
  } finally {
    await client.stop();
    await nginx.stop();
  }
}

const closing = (request: string): string => request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');

async function download(client: Child, order: DownloadOrder, size: number): Promise<DownloadResult> {
  client.process.send(order);
  const result = await client.message<DownloadResult>();
  if (result.status !== 200 || result.bytes < size) {
    throw new Error(`a download was answered ${result.status} with ${result.bytes} of ${size} bytes`);
  }
  return result;
}

function toRow(name: string, results: { ours: DownloadResult; nginx: DownloadResult }[]): Row {
  const speed = (result: DownloadResult): number => result.bytes / 1024 ** 2 / result.seconds;
  const ratio = median(results.map((pair) => speed(pair.ours) / speed(pair.nginx)));
  const busy = (side: 'ours' | 'nginx'): number =>
    Math.round(median(results.map((pair) => pair[side].clientBusy)) * 100);
  return {
    name,
    ours: `${Math.round(median(results.map((pair) => speed(pair.ours))))} MB/s`,
    bound: `nginx ${Math.round(median(results.map((pair) => speed(pair.nginx))))} MB/s`,
    ratio,
    goal: `≥ ${GOAL}`,
    met: ratio >= GOAL,
    note: `client busy ${busy('ours')} % of its core, with nginx ${busy('nginx')} %`,
    figures: { goal: GOAL, rounds: results },
  };
}

function notMeasured(name: string): Row {
  return {
    name,
    ours: '',
    bound: 'nginx',
    goal: `≥ ${GOAL}`,
    met: undefined,
    note: 'not measured: nginx is not installed',
    figures: {},
  };
}
