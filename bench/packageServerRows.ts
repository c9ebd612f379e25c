/**
 * The package server: the first fill against curl from nginx, what an update moves, and many clients at once against
 * nginx. Plain HTTP on loopback, on both sides of each comparison.
 */
import { randomFillSync } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Guid } from '../wire/guid.ts';
import { crowdRow } from './crowdRow.ts';
import { fillRow } from './fillRow.ts';
import { hasNginx, startNginx } from './nginx.ts';
import { addPackage } from './packages.ts';
import { Admin, startPackageServer, type PackageServer } from './packageServer.ts';
import { ANY_CORE, runNs } from './processes.ts';
import type { Row } from './report.ts';
import { settingsFor, startServer, type Server } from './server.ts';
import { updateRow } from './updateRow.ts';

const MB = 1024 * 1024;
const FILES = 200;
/** Computers that download at once. */
export const CROWD = 200;

export interface BenchFiles {
  guid: Guid;
  folder: string;
  /** All of the same size. */
  files: string[];
  totalBytes: number;
}

export interface PackageServerBench {
  workDir: string;
  dataDir: string;
  server: Server;
  admin: Admin;
  packageServer: PackageServer;
  /** The package server's computer. */
  computer: Guid;
}

export async function packageServerRows(workDir: string, quick: boolean): Promise<Row[]> {
  if (!hasNginx()) return [];
  const dataDir = join(workDir, 'package-servers');
  mkdirSync(dataDir, { recursive: true });
  runNs(settingsFor(dataDir), 'seed', '--computers', String(CROWD), '--events', '0');
  const size = (quick ? 200 : 1000) * MB;
  const many = makePackage(dataDir, join(workDir, 'many'), FILES, size / FILES);
  const one = makePackage(dataDir, join(workDir, 'one'), 1, size);
  const popular = makePackage(dataDir, join(workDir, 'popular'), 1, (quick ? 5 : 32) * MB);
  const rounds = quick ? 3 : 5;
  const bench = await startBench(workDir, dataDir, [many.guid, one.guid, popular.guid]);
  const nginx = await startNginx(join(workDir, 'ps-nginx'), workDir);
  try {
    const rows = [await fillRow(bench, nginx, many, rounds), await fillRow(bench, nginx, one, rounds)];
    rows.push(...(await crowdRow(bench, nginx, popular, rounds)));
    return [...rows, await updateRow(bench, many)];
  } finally {
    await Promise.all([bench.packageServer.stop(), bench.server.stop(), nginx.stop()]);
  }
}

function makePackage(dataDir: string, folder: string, count: number, size: number): BenchFiles {
  mkdirSync(folder, { recursive: true });
  const files = Array.from({ length: count }, (_, index) => `file-${index}.bin`);
  for (const [index, name] of files.entries()) writeContent(join(folder, name), size, index);
  return { guid: addPackage(dataDir, folder, `Bench ${basename(folder)}`), folder, files, totalBytes: count * size };
}

const random = randomFillSync(Buffer.alloc(MB));

/** Content of its own for each number. */
export function writeContent(path: string, size: number, number: number): void {
  const file = openSync(path, 'w');
  for (let at = 0; at < size; at += MB) {
    random.writeDoubleLE(number * 1e6 + at / MB, 0);
    writeSync(file, random, 0, Math.min(MB, size - at));
  }
  closeSync(file);
}

/** No package is assigned to it yet; what is taken from it goes at once, so that each fill is the first one. */
async function startBench(workDir: string, dataDir: string, packages: readonly Guid[]): Promise<PackageServerBench> {
  const server = await startServer(dataDir);
  const admin = new Admin(server);
  for (const each of packages) await admin.assign(each, []);
  const packageServer = await startPackageServer(join(workDir, 'ps'), dataDir, server.url, ANY_CORE);
  const { found } = await packageServer.says(/Registered as ([0-9a-f-]{36})/);
  const computer = found[1]! as Guid;
  await admin.call('POST', '/package-servers', { computer, unusedAfterHours: 0, keepOldHours: 0, minFreeDiskMb: 0 });
  return { workDir, dataDir, server, admin, packageServer, computer };
}
