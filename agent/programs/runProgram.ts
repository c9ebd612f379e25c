/** Runs one command line and waits for its end, within its time. */
import { spawn, type ChildProcess } from 'node:child_process';
import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import { OutputTail } from './outputTail.ts';

export interface ProgramCall {
  commandLine: string;
  /** Working directory. */
  cwd: string;
  /** Folder of the package: first in the search path, so that `setup.sh` is found like `./setup.sh`. */
  packageFolder: string;
  timeLimitMs: number;
  hidden: boolean;
}

export type ProgramEnd =
  | { kind: 'exited'; code: number }
  /** The time limit was reached. */
  | { kind: 'terminated' }
  /** The agent was told to stop. */
  | { kind: 'stopped' }
  | { kind: 'notStarted'; reason: string };

/** How long a process may take to end when asked to. */
const GRACE_MS = 10_000;
/** How long to wait for the last output after the program's end: a service that it started may keep the pipes. */
const LAST_OUTPUT_MS = 2_000;

/** The whole tree of processes ends with the program when its time is over or the signal aborts. */
export async function runProgram(call: ProgramCall, signal: AbortSignal): Promise<{ end: ProgramEnd; output: Buffer }> {
  const tail = new OutputTail();
  const child = start(call);
  child.stdout?.on('data', (chunk: Buffer) => tail.add(chunk));
  child.stderr?.on('data', (chunk: Buffer) => tail.add(chunk));
  const end = await endOf(child, call, signal);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return { end, output: tail.content() };
}

// A process group of its own on Unix, so that the whole tree can be signalled. The platform's shell reads the line.
function start(call: ProgramCall): ChildProcess {
  return spawn(call.commandLine, {
    shell: true,
    cwd: call.cwd,
    env: environmentWith(call.packageFolder, process.env),
    detached: process.platform !== 'win32',
    windowsHide: call.hidden,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function environmentWith(packageFolder: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // Windows spells it "Path"; two spellings at once would leave the choice to chance.
  const name = Object.keys(environment).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...environment, [name]: `${packageFolder}${delimiter}${environment[name] ?? ''}` };
}

function endOf(child: ChildProcess, call: ProgramCall, signal: AbortSignal): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    let why: ProgramEnd | undefined;
    const stop = (reason: ProgramEnd): void => {
      why ??= reason;
      endTree(child);
    };
    const onAbort = (): void => stop({ kind: 'stopped' });
    const timer = setTimeout(() => stop({ kind: 'terminated' }), Math.min(call.timeLimitMs, 2 ** 31 - 1));
    const done = (end: ProgramEnd): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(why ?? end);
    };
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    child.once('error', (error) => done({ kind: 'notStarted', reason: error.message }));
    child.once('exit', (code, signalName) => {
      const end: ProgramEnd = { kind: 'exited', code: exitCode(code, signalName) };
      const late = setTimeout(() => done(end), LAST_OUTPUT_MS);
      child.once('close', () => {
        clearTimeout(late);
        done(end);
      });
    });
  });
}

/** Exit codes are 32-bit numbers with a sign, as the server keeps them; a signal counts as shells count it. */
function exitCode(code: number | null, signalName: NodeJS.Signals | null): number {
  if (code !== null) return code | 0;
  return 128 + (SIGNAL_NUMBERS[signalName ?? ''] ?? 0);
}

const SIGNAL_NUMBERS: Record<string, number> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

function endTree(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    execFile('taskkill', ['/pid', String(pid), '/T', '/F'], () => {});
    return;
  }
  signalGroup(pid, 'SIGTERM');
  // Also when the shell has ended by then: what it started may not listen to the first signal.
  const kill = setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MS);
  child.once('close', () => {
    clearTimeout(kill);
    signalGroup(pid, 'SIGKILL');
  });
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // Nobody of the group is left.
  }
}
