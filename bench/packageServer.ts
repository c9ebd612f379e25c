/** `ns package-server` as a benchmark runs it: a process of its own, given the package service by the API. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Guid } from '../wire/guid.ts';
import { canPin, freePort, node, projectFile, runNs, startChild, type Child } from './processes.ts';
import { settingsFor, type Server } from './server.ts';

export interface PackageServer extends Child {
  /** Plain HTTP. */
  port: number;
  workDir: string;
  /** From now on it keeps to one core, with all its threads. */
  pin(core: number): void;
  /** Resolves when its log has such a line after `from` characters; answers the time, milliseconds of performance.now(). */
  says(pattern: RegExp, from?: number): Promise<{ at: number; found: RegExpExecArray }>;
  /** Characters that it has logged so far. */
  said(): number;
}

/** @param address scheme, host and port that it calls the Notification Server by */
export async function startPackageServer(
  workDir: string,
  dataDir: string,
  address: string,
  core: number,
): Promise<PackageServer> {
  mkdirSync(workDir, { recursive: true });
  const [port, httpsPort] = [await freePort(), await freePort()];
  const token = /[0-9a-f]{32}\.\S+/.exec(runNs(settingsFor(dataDir), 'token', 'create', '--name', 'bench'))![0];
  const args = ['package-server', '--server', address, '--state', join(workDir, 'state'), '--token', token];
  const where = ['--host', '127.0.0.1', '--bind', '127.0.0.1', '--address', '127.0.0.1', '--name', 'BENCH-PS'];
  const ports = [
    '--port',
    String(httpsPort),
    '--http-port',
    String(port),
    '--report-interval',
    '1',
    '--retry-unit',
    '1',
  ];
  const command = node(projectFile('bin/ns.js'), ...args, ...where, ...ports, '--registration-interval', '1');
  const child = startChild(core, command, { log: join(workDir, 'package-server.log'), ipc: false });
  let log = '';
  const listeners = new Set<() => void>();
  child.process.stderr!.on('data', (chunk: Buffer) => {
    log += chunk.toString('utf8');
    for (const listener of listeners) listener();
  });
  const says: PackageServer['says'] = (pattern, from = 0) =>
    new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error(`the package server ended; see ${workDir}`));
      const look = (): void => {
        const found = pattern.exec(log.slice(from));
        if (found === null) return;
        listeners.delete(look);
        child.process.off('exit', gone);
        resolve({ at: performance.now(), found });
      };
      child.process.once('exit', gone);
      listeners.add(look);
      look();
    });
  const pin = (on: number): void => {
    if (canPin) spawnSync('taskset', ['-a', '-c', '-p', String(on), String(child.process.pid)]);
  };
  return { ...child, port, workDir, pin, says, said: () => log.length };
}

/** The most memory that a process has ever held, in MB; undefined where /proc does not tell. */
export function peakMb(pid: number): number | undefined {
  try {
    const match = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match === null ? undefined : Number(match[1]) / 1024;
  } catch {
    return undefined;
  }
}

/** Calls of the admin API. */
export class Admin {
  /** It may be started anew. */
  server: Server;
  readonly #token: string;

  constructor(server: Server) {
    this.server = server;
    const made = runNs(
      settingsFor(server.dataDir),
      'token',
      'create',
      '--api',
      '--name',
      'bench',
      '--scopes',
      'read,write',
    );
    this.#token = /nst_\S+/.exec(made)![0];
  }

  /** @throws Error when the answer is none of 2xx */
  async call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.server.url}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.#token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  /** The package goes to these servers and to no other. */
  async assign(packageGuid: Guid, servers: readonly Guid[]): Promise<void> {
    await this.call(
      'PUT',
      `/packages/${packageGuid}/distribution`,
      servers.length === 0 ? { mode: 'automatic' } : { mode: 'servers', servers },
    );
  }
}
