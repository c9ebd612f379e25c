#!/usr/bin/env node
// The launcher is plain JavaScript: Node does not strip types from files under node_modules, and an old Node must at
// least be able to read the sentence that says it is too old.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const main = fileURLToPath(new URL('../app/main.ts', import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  await import(main);
} else {
  const bundled = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  const own = existsSync(bundled) ? bundled : existsSync(`${bundled}.exe`) ? `${bundled}.exe` : undefined;
  if (own === undefined) {
    process.stderr.write(
      `notification-server needs Node ${NEEDED} or newer; this is ${process.version}. Run "npm ci" in its folder: it brings its own.\n`,
    );
    process.exit(1);
  }
  const child = spawn(own, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
}
