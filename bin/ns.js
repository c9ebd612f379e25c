#!/usr/bin/env node
// The launcher is plain JavaScript: Node does not strip types from files under node_modules, and an old Node must at
// least be able to read the sentence that says it is too old.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
const main = fileURLToPath(new URL('../app/main.ts', import.meta.url));
const args = process.argv.slice(2);

// A server, also one of packages, lives for months: a small young generation, two heaps of malloc instead of sixteen and
// large pieces given back at once keep about 100 MB of memory from lying idle in it, for a few percent of its speed.
const serverFlags = ['serve', 'package-server'].includes(args[0]) ? ['--max-semi-space-size=4'] : [];
// Compiled code kept between starts saves another 40 MB and a third of the start; beside the code, where only whoever may
// change the code can change it, never in a temporary folder.
const serverEnvironment = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '131072',
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url)),
  ...process.env,
};

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  // The same process goes on with the flags (same pid, same signals); where the system has no exec it goes on without.
  const canRestart = typeof process.execve === 'function' && process.platform !== 'win32';
  if (canRestart && serverFlags.length > 0 && !process.execArgv.includes(serverFlags[0])) {
    const flags = [...process.execArgv, ...serverFlags];
    process.execve(process.execPath, [process.execPath, ...flags, main, ...args], serverEnvironment);
  }
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
  const child = spawn(own, [...serverFlags, main, ...args], { stdio: 'inherit', env: serverEnvironment });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
}
