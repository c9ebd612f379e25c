/** A server whose data folder lies on a disk of its own, of a few megabytes, in a mount namespace. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LEGACY_LOOPBACK } from '../support/agents.ts';
import { startNs, type NsProcess } from '../support/process.ts';
import { freePort } from '../support/server.ts';

export const NO_SMALL_DISK = 'SKIPPED: no mount namespaces here (unshare -rm), nothing of this was tried';

const PREPARE = fileURLToPath(new URL('./prepareCmdb.ts', import.meta.url));

export const hasSmallDisk = (): boolean =>
  process.platform === 'linux' && spawnSync('unshare', ['-rm', 'true']).status === 0;

export class SmallDisk {
  readonly server: NsProcess;
  readonly url: string;
  /** An agent that is known by its GUID alone. */
  readonly agent: string;
  readonly #folder: string;
  readonly #token: string;

  private constructor(folder: string, server: NsProcess, url: string, [, token, agent]: RegExpExecArray) {
    this.server = server;
    this.url = url;
    this.agent = agent!;
    this.#folder = folder;
    this.#token = token!;
  }

  /** `elsewhere`: with the CMDB on the ordinary disk. */
  static async start(megabytes: number, environment: Record<string, string>, elsewhere = false): Promise<SmallDisk> {
    const folder = mkdtempSync(join(tmpdir(), 'ns-small-disk-'));
    const data = join(folder, 'data');
    mkdirSync(data);
    const port = await freePort();
    const settings = {
      NS_DATA_DIR: data,
      NS_HOST: '127.0.0.1',
      NS_HTTP_PORT: String(port),
      NS_HTTPS_PORT: '0',
      NS_REQUIRE_HTTPS: 'false',
      NS_ADMIN_PASSWORD: 'correct horse battery staple',
      ...(elsewhere ? { NS_CMDB: `sqlite:${join(folder, 'cmdb.sqlite')}` } : {}),
      ...LEGACY_LOOPBACK,
    };
    // From inside: SQLite would follow the way through /proc out of the namespace.
    const script = `mount -t tmpfs -o size=${megabytes}m none "$0" && "$1" ${PREPARE} && exec "$@"`;
    const server = startNs(['serve'], { ...settings, ...environment }, ['unshare', '-rm', 'sh', '-c', script, data]);
    const prepared = await server.untilSays(/token (\S+) agent (\S+)/);
    await server.untilSays(/Console: /);
    return new SmallDisk(folder, server, `http://127.0.0.1:${port}`, prepared);
  }

  /** The server's data folder, seen from outside. */
  get dataDir(): string {
    return join(`/proc/${this.server.child.pid}/root`, this.#folder, 'data');
  }

  async api(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${this.url}/api/v1${path}`, { method, headers, ...sent });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(JSON.stringify(answer));
    return answer;
  }

  /** Somebody else takes all but so many bytes. */
  fill(left: number): void {
    const { bavail, bsize } = statfsSync(this.dataDir);
    try {
      writeFileSync(join(this.dataDir, 'of somebody else'), Buffer.alloc(bavail * bsize - left));
    } catch (error) {
      // The server writes at the same time: it is full, then, which is what is wanted.
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  empty(): void {
    rmSync(join(this.dataDir, 'of somebody else'), { force: true });
  }

  async stop(): Promise<void> {
    this.server.child.kill('SIGKILL');
    await this.server.exit;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
