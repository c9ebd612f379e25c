/** The real server as a process of its own, to be killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/server.ts';

const NS = fileURLToPath(new URL('../../bin/ns.js', import.meta.url));
const START_MS = 60_000;

export class ServerProcess {
  readonly dataDir: string;
  readonly url: string;
  readonly #port: number;
  readonly #environment: Record<string, string>;
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(dataDir: string, port: number, environment: Record<string, string>) {
    this.dataDir = dataDir;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#environment = environment;
  }

  /** One port for all its lives, as agents know it. */
  static async on(dataDir: string, environment: Record<string, string> = {}): Promise<ServerProcess> {
    return new ServerProcess(dataDir, await freePort(), environment);
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [NS, 'serve'], {
      env: {
        PATH: process.env.PATH,
        NS_DATA_DIR: this.dataDir,
        NS_HOST: '127.0.0.1',
        NS_HTTP_PORT: String(this.#port),
        NS_HTTPS_PORT: '0',
        NS_REQUIRE_HTTPS: 'false',
        NS_LOG_LEVEL: 'error',
        NS_ADMIN_PASSWORD: 'correct horse battery staple',
        ...this.#environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#output = '';
    child.stdout.on('data', (chunk) => (this.#output += String(chunk)));
    child.stderr.on('data', (chunk) => (this.#output += String(chunk)));
    const until = Date.now() + START_MS;
    while (!(await this.#answers())) {
      if (child.exitCode !== null || Date.now() > until) throw new Error(`the server does not start:\n${this.#output}`);
      await wait(25);
    }
  }

  async #answers(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/healthz`);
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  /** SIGKILL for a crash, SIGTERM for a clean stop. Resolves when it is gone. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }
}
