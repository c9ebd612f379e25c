/** nginx as the yardstick of downloads: one worker, sendfile, access log on. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Contender } from './compare.ts';
import { freePort, SERVER_CORE, startChild } from './processes.ts';

const BINARY = process.env.NGINX ?? 'nginx';

export const hasNginx = (): boolean => spawnSync(BINARY, ['-v']).status === 0;

/** Serves `folder` on a free port; its files go into `workDir`. */
export async function startNginx(workDir: string, folder: string): Promise<Contender> {
  mkdirSync(workDir, { recursive: true });
  const port = await freePort();
  const config = join(workDir, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${join(workDir, name)};`,
  );
  // The master would drop its worker's rights to those of another user when it runs as root: files are ours.
  const user = process.getuid?.() === 0 ? 'user root;\n' : '';
  writeFileSync(
    config,
    `${user}worker_processes 1;
daemon off;
master_process off;
pid ${join(workDir, 'nginx.pid')};
error_log ${join(workDir, 'error.log')};
events {}
http {
${temporary.join('\n')}
  access_log ${join(workDir, 'access.log')};
  sendfile on;
  tcp_nopush on;
  server { listen 127.0.0.1:${port}; root ${folder}; }
}
`,
  );
  const child = startChild(SERVER_CORE, [BINARY, '-c', config, '-p', workDir], {
    log: join(workDir, 'output.log'),
    ipc: false,
  });
  for (let attempt = 0; ; attempt++) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (answered) return { ...child, port };
    if (attempt > 200 || child.process.exitCode !== null)
      throw new Error(`nginx did not start; see ${workDir}/error.log`);
    await pause(25);
  }
}
