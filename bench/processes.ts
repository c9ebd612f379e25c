/** Child processes of a benchmark: started on a core of their own, frozen while another is measured, ended by id. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createWriteStream, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Absolute path of a file of the project. */
export const projectFile = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Pinning needs taskset (Linux) and two cores; without it the figures are less steady, and the report says so. */
export const canPin = availableParallelism() >= 2 && spawnSync('taskset', ['--version']).status === 0;
export const SERVER_CORE = 0;
export const CLIENT_CORE = 1;
/** A process that may use whatever is free. */
export const ANY_CORE = -1;

export interface Child {
  readonly process: ChildProcess;
  /** Waits for the next message of the child, or for its end, which is a failure. */
  message<T>(): Promise<T>;
  /** Takes the process off the processor, so that its threads do not disturb what is measured. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** `log`: file that takes what the child prints. `ipc`: the child talks over the process channel. */
export function startChild(
  core: number,
  command: readonly string[],
  options: { environment?: Record<string, string>; log: string; ipc: boolean },
): Child {
  const pinned = canPin && core !== ANY_CORE ? ['taskset', '-c', String(core), ...command] : command;
  const child = spawn(pinned[0]!, pinned.slice(1), {
    env: { ...ownEnvironment(), ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc ? ['ipc' as const] : [])],
    cwd: projectFile('.'),
  });
  const log = createWriteStream(options.log, { flags: 'a' });
  child.stdout!.pipe(log, { end: false });
  child.stderr!.pipe(log, { end: false });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    process: child,
    message: <T>() =>
      new Promise<T>((resolve, reject) => {
        const onExit = (): void => reject(new Error(`${command.join(' ')} ended early; see ${options.log}`));
        child.once('exit', onExit);
        child.once('message', (message) => {
          child.off('exit', onExit);
          resolve(message as T);
        });
      }),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await ended;
      clearTimeout(late);
    },
  };
}

export const node = (...args: string[]): string[] => [process.execPath, ...args];

/** The environment without settings of a server that may run on the same machine. */
function ownEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(NS|TEST)_/.test(name)));
}

/** Runs `ns <args>` to its end; answers what it printed. @throws Error with its messages when it fails */
export function runNs(environment: Record<string, string>, ...args: string[]): string {
  const result = spawnSync(process.execPath, [projectFile('app/main.ts'), ...args], {
    env: { ...ownEnvironment(), ...environment },
    encoding: 'utf8',
  });
  if (result.status !== 0) throw new Error(`ns ${args.join(' ')} failed: ${result.stderr || result.stdout}`);
  return result.stdout;
}

/** Megabytes that a process holds in memory; undefined where /proc does not tell. */
export function residentMb(pid: number): number | undefined {
  try {
    const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match === null ? undefined : Number(match[1]) / 1024;
  } catch {
    return undefined;
  }
}

/** Clock ticks a second in /proc: 100 on every Linux that Node runs on. */
const TICKS = 100;

/**
 * Seconds of processor time that a process has used, all its threads but those whose name begins so; undefined where
 * /proc does not tell.
 */
export function processorSeconds(pid: number, butThreads?: string): number | undefined {
  try {
    const whole = statSeconds(`/proc/${pid}/stat`).seconds;
    if (butThreads === undefined) return whole;
    const threads = readdirSync(`/proc/${pid}/task`).map((id) => statSeconds(`/proc/${pid}/task/${id}/stat`));
    const left = threads.filter(({ name }) => name.startsWith(butThreads));
    return whole - left.reduce((sum, { seconds }) => sum + seconds, 0);
  } catch {
    return undefined;
  }
}

function statSeconds(file: string): { name: string; seconds: number } {
  // The name stands in brackets and may hold blanks: the fields are counted behind it.
  const [, name = '', rest = ''] = /^\d+ \((.*)\) (.*)/s.exec(readFileSync(file, 'utf8')) ?? [];
  const fields = rest.split(' ');
  return { name, seconds: (Number(fields[11]) + Number(fields[12])) / TICKS };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
