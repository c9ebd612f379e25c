/** The product as its users start it: `ns` in a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const NS = fileURLToPath(new URL('../../bin/ns.js', import.meta.url));

export interface NsProcess {
  readonly child: ChildProcess;
  /** Everything written so far, both streams. */
  output(): string;
  /** Resolves when the output matches; rejects when the process ends first. */
  untilSays(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the exit code; null after a signal. */
  exit: Promise<number | null>;
}

/**
 * Starts `ns <args>` with nothing of this process's environment but PATH, HOME and what is given; `under`: a command
 * that ends by running its arguments in its own place.
 */
export function startNs(
  args: readonly string[],
  environment: Record<string, string> = {},
  under: readonly string[] = [],
): NsProcess {
  const [command, ...rest] = [...under, process.execPath, NS, ...args];
  const child = spawn(command!, rest, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  const hear = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const exit = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  return {
    child,
    output: () => output,
    exit,
    untilSays: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(output);
          if (found === null) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        look();
        void exit.then((code) =>
          reject(new Error(`ns ${args[0]} ended with ${code} before it said ${pattern}:\n${output}`)),
        );
      }),
  };
}

/** Runs `ns <args>` to its end. */
export async function runNs(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  const started = startNs(args, environment);
  const code = await started.exit;
  return { code, output: started.output() };
}
