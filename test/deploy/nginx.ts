/** Runs nginx with deploy/nginx.conf as it is, but for ports and paths. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../support/server.ts';

export const hasNginx = process.platform === 'linux' && spawnSync('nginx', ['-v']).status === 0;

const RECIPE = new URL('../../deploy/nginx.conf', import.meta.url);

export interface Nginx {
  port: number;
  /** What was written into its access log so far. */
  log(): string;
  /** What it warned of; among that, each body or answer that it put onto its disk for a while. */
  warnings(): string;
  stop(): Promise<void>;
}

/** In front of a server on `backendPort`, with the certificate of that server's data folder. */
export async function startNginx(backendPort: string, dataDir: string): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'ns-nginx-'));
  const port = await freePort();
  writeFileSync(join(folder, 'site.conf'), adapted(backendPort, port, dataDir, folder));
  writeFileSync(join(folder, 'nginx.conf'), frame(folder));
  const child = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' });
  await untilListening(child, port, folder);
  return {
    port,
    log: () => readFileSync(join(folder, 'access.log'), 'utf8'),
    warnings: () => readFileSync(join(folder, 'error.log'), 'utf8'),
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGQUIT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Each thing that a machine has its own of is replaced, and must be there to be replaced. */
function adapted(backendPort: string, port: number, dataDir: string, folder: string): string {
  const changes: [string, string][] = [
    ['server 127.0.0.1:8080;', `server 127.0.0.1:${backendPort};`],
    ['listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`],
    ['/etc/ssl/notification-server/certificate.pem', join(dataDir, 'tls', 'server.crt')],
    ['/etc/ssl/notification-server/key.pem', join(dataDir, 'tls', 'server.key')],
    ['/var/log/nginx/notification-server.log', join(folder, 'access.log')],
  ];
  let text = readFileSync(RECIPE, 'utf8');
  for (const [from, to] of changes) {
    if (text.split(from).length !== 2) throw new Error(`deploy/nginx.conf does not have "${from}" exactly once`);
    text = text.replace(from, to);
  }
  return text;
}

/** What a distribution's nginx.conf stands for. */
function frame(folder: string): string {
  const user = process.getuid?.() === 0 ? 'user root;\n' : '';
  return `${user}worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events {}
http {
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  include ${folder}/site.conf;
}
`;
}

async function untilListening(child: ChildProcess, port: number, folder: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (child.exitCode !== null) throw new Error(readFileSync(join(folder, 'error.log'), 'utf8'));
    const answered = await ask(port, '/healthz').then(
      () => true,
      () => false,
    );
    if (answered) return;
    await pause(25);
  }
  throw new Error('nginx did not answer');
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** One request over TLS, its path sent as it is; `pauseMs`: the client takes nothing for so long. The certificate is the server's own: what is tested is not TLS. */
export function ask(
  port: number,
  path: string,
  options: RequestOptions & { body?: Buffer; pauseMs?: number } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { port, path, host: '127.0.0.1', rejectUnauthorized: false, agent: false, ...options },
      (incoming) => {
        const chunks: Buffer[] = [];
        setTimeout(() => incoming.on('data', (chunk: Buffer) => chunks.push(chunk)), options.pauseMs ?? 0);
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode!, headers: incoming.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}
