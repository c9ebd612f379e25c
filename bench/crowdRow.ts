/** Many computers that download the same file from a package server at once, against nginx; and the memory it takes. */
import { join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Guid } from '../wire/guid.ts';
import type { Contender } from './compare.ts';
import type { CrowdOrder, CrowdResult } from './crowd.ts';
import { askForPackage } from './packages.ts';
import { peakMb } from './packageServer.ts';
import { CROWD, type BenchFiles, type PackageServerBench } from './packageServerRows.ts';
import { CLIENT_CORE, node, projectFile, SERVER_CORE, startChild, type Child } from './processes.ts';
import type { Row } from './report.ts';
import { getAt } from './requests.ts';
import { seededComputers } from './server.ts';
import { median } from './stats.ts';

const GOAL = 0.5;
const MOST_MB = 300;
const MB = 1024 * 1024;

export async function crowdRow(
  bench: PackageServerBench,
  nginx: Contender,
  popular: BenchFiles,
  rounds: number,
): Promise<Row[]> {
  const { admin, packageServer, computer, dataDir, workDir } = bench;
  await giveSite(bench);
  const from = packageServer.said();
  await admin.assign(popular.guid, [computer]);
  await packageServer.says(/: ready, /, from);
  const computers = seededComputers(dataDir).filter((each) => each !== computer);
  const ours: CrowdOrder = { port: packageServer.port, requests: await requestsOf(bench, popular, computers) };
  const file = `${relative(workDir, popular.folder)}/${popular.files[0]!}`;
  const plain = closing(getAt(`http://127.0.0.1/${file}`, computer));
  const theirs: CrowdOrder = { port: nginx.port, requests: Array.from({ length: CROWD }, () => plain) };
  packageServer.pin(SERVER_CORE);
  const client = startChild(CLIENT_CORE, node(projectFile('bench/crowd.ts')), {
    log: join(workDir, 'crowd.log'),
    ipc: true,
  });
  try {
    await client.message();
    await crowd(client, ours, popular);
    await crowd(client, theirs, popular);
    const results: { ours: CrowdResult; nginx: CrowdResult }[] = [];
    for (let round = 0; round < rounds; round++) {
      results.push({ ours: await crowd(client, ours, popular), nginx: await crowd(client, theirs, popular) });
    }
    return [toRow(popular, results), memoryRow(packageServer.process.pid!)];
  } finally {
    await client.stop();
  }
}

/** The computers of the requests are in the package server's site, and it has said where it is to be found. */
async function giveSite({ admin, computer }: PackageServerBench): Promise<void> {
  const { guid } = (await admin.call('POST', '/sites', { name: 'Bench' })) as { guid: Guid };
  await admin.call('POST', '/subnets', { subnet: '10.16.4.27/32', siteGuid: guid });
  await admin.call('PATCH', `/package-servers/${computer}`, { sites: [guid] });
}

/** Each computer asks the Notification Server, and is sent to the package server with a token of its own. */
async function requestsOf(
  { server, packageServer }: PackageServerBench,
  { guid, files }: BenchFiles,
  computers: readonly Guid[],
): Promise<string[]> {
  const base = `http://127.0.0.1:${packageServer.port}/`;
  const requests: string[] = [];
  // The server hears of "ready" with the next report.
  const isOffered = (): Promise<boolean> =>
    askForPackage(server, computers[0]!, guid, base)
      .then(() => true)
      .catch(() => false);
  for (let tries = 0; tries < 200 && !(await isOffered()); tries++) await pause(100);
  for (const computer of computers.slice(0, CROWD)) {
    const { href } = await askForPackage(server, computer, guid, base);
    requests.push(closing(getAt(`${href}/${files[0]!}`, computer)));
  }
  return requests;
}

const closing = (request: string): string => request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');

async function crowd(client: Child, order: CrowdOrder, { totalBytes }: BenchFiles): Promise<CrowdResult> {
  client.process.send(order);
  const result = await client.message<CrowdResult>();
  if (result.good !== CROWD || result.bytes < CROWD * totalBytes) {
    throw new Error(`${result.good} of ${CROWD} downloads were answered 200, with ${result.bytes} bytes`);
  }
  return result;
}

function toRow({ totalBytes }: BenchFiles, results: { ours: CrowdResult; nginx: CrowdResult }[]): Row {
  const speed = ({ bytes, seconds }: CrowdResult): number => bytes / MB / seconds;
  const ratio = median(results.map((pair) => speed(pair.ours) / speed(pair.nginx)));
  const busy = (side: 'ours' | 'nginx'): number =>
    Math.round(median(results.map((pair) => pair[side].clientBusy)) * 100);
  return {
    name: `Package server, ${CROWD} clients at once, ${totalBytes / MB} MB each`,
    ours: `${Math.round(median(results.map((pair) => speed(pair.ours))))} MB/s`,
    bound: `nginx ${Math.round(median(results.map((pair) => speed(pair.nginx))))} MB/s`,
    ratio,
    goal: `≥ ${GOAL}`,
    met: ratio >= GOAL,
    note: `clients busy ${busy('ours')} % of their core, with nginx ${busy('nginx')} %`,
    figures: { goal: GOAL, rounds: results },
  };
}

function memoryRow(pid: number): Row {
  const megabytes = peakMb(pid);
  return {
    name: 'Package server, most memory ever held during the rows above',
    ours: megabytes === undefined ? '' : `${Math.round(megabytes)} MB`,
    bound: '',
    goal: `< ${MOST_MB} MB`,
    met: megabytes === undefined ? undefined : megabytes < MOST_MB,
    note: megabytes === undefined ? 'not measured: there is no /proc' : '',
    figures: { megabytes },
  };
}
