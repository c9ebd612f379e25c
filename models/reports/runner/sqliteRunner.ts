/** Runs reports on the embedded CMDB, each in a child process of its own. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { ParameterValue } from '../parameterValues.ts';
import type { ChildAnswer, ChildOrder } from './childMessages.ts';
import type { QueueRow } from './readOnlyConnection.ts';
import { parameterNames } from '../sqlText.ts';
import {
  QueryFailed,
  tookTooLong,
  type QueryOrder,
  type QueryOutcome,
  type QueryPlan,
  type ReportRunner,
  type RunningQuery,
} from './runner.ts';

export interface SqliteRunnerOptions {
  /** The CMDB's file. */
  database: string;
  /** Milliseconds since 1970. */
  now: () => number;
  /** What the view EventQueue shows. */
  queues: () => Promise<readonly QueueRow[]>;
  /** Bytes of memory that a report may take. */
  memoryLimit?: number;
  /** What the child gets as its environment: nothing of the server's settings and secrets. */
  environment?: Readonly<Record<string, string>>;
}

export const MEMORY_LIMIT = 512 * 1024 * 1024;
/** The child ends itself so much later than its time limit, should nobody have ended it. */
const GRACE_MS = 5000;
const MOST_ERROR_TEXT = 2000;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

interface Task {
  task: ChildOrder['task'];
  sql: string;
  values: readonly ParameterValue[];
  rowLimit: number;
  timeLimitSeconds: number;
  file: string;
}

interface Ended {
  answer: ChildAnswer | undefined;
  /** Why the server ended it. */
  killed: 'cancel' | 'time' | undefined;
  milliseconds: number;
}

export class SqliteRunner implements ReportRunner {
  readonly switchedOff = undefined;
  readonly #options: SqliteRunnerOptions;
  readonly #running = new Set<{ cancel: () => void; ended: Promise<Ended> }>();

  constructor(options: SqliteRunnerOptions) {
    this.#options = options;
  }

  run(order: QueryOrder): RunningQuery {
    const { ended, cancel } = this.#start({ ...order, task: 'run' });
    return { cancel, done: ended.then((end) => this.#outcome(end, order.timeLimitSeconds)) };
  }

  async explain(order: Omit<QueryOrder, 'file' | 'rowLimit'>): Promise<QueryPlan> {
    const { ended } = this.#start({ ...order, task: 'explain', rowLimit: 0, file: '' });
    const end = await ended;
    if (end.answer?.state === 'explained') return end.answer.plan;
    const outcome = this.#outcome(end, order.timeLimitSeconds);
    throw new QueryFailed(outcome.state === 'failed' ? outcome.reason : 'It was cancelled.');
  }

  async close(): Promise<void> {
    for (const { cancel } of this.#running) cancel();
    await Promise.all([...this.#running].map(({ ended }) => ended));
  }

  #start(task: Task): { ended: Promise<Ended>; cancel: () => void } {
    const startedAt = performance.now();
    let child: Child | undefined;
    let killed: Ended['killed'];
    const end = (why: 'cancel' | 'time'): void => {
      killed ??= why;
      child?.kill('SIGKILL');
    };
    const work = async (): Promise<Ended> => {
      const queues = await this.#options.queues();
      if (killed !== undefined) return { answer: undefined, killed, milliseconds: 0 };
      child = spawnChild(this.#options.environment ?? {});
      const timer = setTimeout(end, task.timeLimitSeconds * 1000, 'time');
      const answer = await converse(child, this.#orderOf(task, queues));
      clearTimeout(timer);
      return { answer, killed, milliseconds: Math.round(performance.now() - startedAt) };
    };
    const ended = work();
    const entry = { ended, cancel: () => end('cancel') };
    this.#running.add(entry);
    void ended.finally(() => this.#running.delete(entry)).catch(() => undefined);
    return entry;
  }

  #orderOf({ values, timeLimitSeconds, ...task }: Task, queues: readonly QueueRow[]): ChildOrder {
    // SQLite refuses a value that the query has no parameter for.
    const asked = new Map(parameterNames(task.sql).map((name) => [name.toLowerCase(), name]));
    const bound = values.flatMap(({ name, value }) => {
      const spelled = asked.get(name.toLowerCase());
      return spelled === undefined ? [] : [[spelled, value] as const];
    });
    return {
      ...task,
      values: Object.fromEntries(bound),
      database: this.#options.database,
      now: this.#options.now(),
      queues,
      memoryLimit: this.#options.memoryLimit ?? MEMORY_LIMIT,
      timeLimit: timeLimitSeconds * 1000 + GRACE_MS,
    };
  }

  #outcome({ answer, killed, milliseconds }: Ended, timeLimitSeconds: number): QueryOutcome {
    if (answer?.state === 'done') return { state: 'succeeded', milliseconds, result: answer.result };
    if (answer?.state === 'failed') return { state: 'failed', milliseconds, reason: sentence(answer.reason) };
    if (killed === 'cancel') return { state: 'cancelled', milliseconds };
    if (killed === 'time') return { state: 'failed', milliseconds, reason: tookTooLong(timeLimitSeconds) };
    const megabytes = Math.round((this.#options.memoryLimit ?? MEMORY_LIMIT) / 1024 / 1024);
    const reason =
      answer?.state === 'memory'
        ? `It needed more memory than a report may take (${megabytes} MB). Narrow it down.`
        : 'Its process ended before it was done; the server went on.';
    return { state: 'failed', milliseconds, reason };
  }
}

function spawnChild(environment: Readonly<Record<string, string>>): Child {
  const program = fileURLToPath(new URL('./sqliteChild.ts', import.meta.url));
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--max-old-space-size=192', program], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { MALLOC_ARENA_MAX: '2', ...environment },
    windowsHide: true,
  });
}

/** Hands the order over and waits for the end of the process; answers its last line. */
function converse(child: Child, order: ChildOrder): Promise<ChildAnswer | undefined> {
  return new Promise((resolve) => {
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    // What the runtime prints when it dies is for nobody; it must not fill the pipe either.
    child.stderr.resume();
    // A child that died at once reads no order: its end tells.
    child.stdin.on('error', () => undefined);
    child.on('error', () => resolve(undefined));
    child.on('close', () => resolve(lastLine(said)));
    child.stdin.end(JSON.stringify(order));
  });
}

function lastLine(said: string): ChildAnswer | undefined {
  const line = said.trimEnd().split('\n').at(-1) ?? '';
  return line === '' ? undefined : (JSON.parse(line) as ChildAnswer);
}

function sentence(text: string): string {
  const cut = text.charAt(0).toUpperCase() + text.slice(1, MOST_ERROR_TEXT);
  return /[.!?]$/.test(cut) ? cut : `${cut}.`;
}
