/** The product as a benchmark runs it: a child process on a data folder of its own. */
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { guid, type Guid } from '../wire/guid.ts';
import type { Contender } from './compare.ts';
import { freePort, node, projectFile, SERVER_CORE, startChild, type Child } from './processes.ts';

export const ADMIN_PASSWORD = 'bench password, of no use elsewhere';

export interface Server extends Contender {
  url: string;
  dataDir: string;
  /** Milliseconds from the start of the process to the first 200 of /readyz. */
  startMs: number;
}

/** Settings of a server whose agents are known by GUID from loopback, over plain HTTP: what is compared is the page. */
export function settingsFor(dataDir: string): Record<string, string> {
  return {
    NS_DATA_DIR: dataDir,
    NS_HOST: '127.0.0.1',
    NS_HTTPS_PORT: '0',
    NS_REQUIRE_HTTPS: 'false',
    NS_LEGACY_AGENTS: '127.0.0.0/8',
    NS_ADMIN_PASSWORD: ADMIN_PASSWORD,
    NS_PACKAGE_REFRESH_HOURS: '0',
  };
}

export function seededComputers(dataDir: string): Guid[] {
  const database = new DatabaseSync(join(dataDir, 'cmdb.sqlite'), { readOnly: true });
  const rows = database.prepare('SELECT ResourceGuid FROM Computer ORDER BY ResourceGuid').all();
  database.close();
  return rows.map((row) => guid(String(row.ResourceGuid)));
}

/** `profile`: folder for a CPU profile, written when the server stops. */
export async function startServer(
  dataDir: string,
  profile?: string,
  environment: Record<string, string> = {},
  core = SERVER_CORE,
): Promise<Server> {
  mkdirSync(dataDir, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const log = join(dataDir, 'server.log');
  const printed = existsSync(log) ? statSync(log).size : 0;
  const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const startedAt = performance.now();
  const child = startChild(core, node(...profiling, projectFile('bin/ns.js'), 'serve'), {
    environment: { ...settingsFor(dataDir), NS_HTTP_PORT: String(port), ...environment },
    log,
    ipc: false,
  });
  await until('answer ready', child, async () => (await fetch(`${url}/readyz`)).status === 200);
  const startMs = performance.now() - startedAt;
  // The first administrator is made after that; the console's address is printed when everything is there.
  await until('print its addresses', child, () => readFileSync(log, 'utf8').includes('Console:', printed));
  return { ...child, port, url, dataDir, startMs };
}

const MOST_WAIT_MS = 60_000;

async function until(what: string, child: Child, test: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + MOST_WAIT_MS;
  while (performance.now() < giveUpAt) {
    if (child.process.exitCode !== null)
      throw new Error('the server ended instead of starting; see server.log in its data folder');
    if (
      await Promise.resolve()
        .then(test)
        .catch(() => false)
    )
      return;
    await pause(10);
  }
  throw new Error(`the server did not ${what} within a minute`);
}
