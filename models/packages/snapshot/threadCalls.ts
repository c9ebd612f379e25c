/** Calls into a worker thread and out again: a method a message, one answer each; progress on the side. */
import { parentPort, Worker, type ResourceLimits } from 'node:worker_threads';
import { SourceProblem } from '../sources/source.ts';
import type { ProblemState } from '../packageState.ts';

type Method = (...args: never[]) => unknown;
type Methods = Record<string, Method>;
type Answer =
  | { id: number; value: unknown }
  | { id: number; problem: { state: ProblemState; message: string } }
  | { id: number; error: string; code: string | undefined }
  | { progress: unknown };

/** A thread that offers the methods of `M`. */
export class Thread<M> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: unknown) => void }>();
  #count = 0;
  /** Changed when the thread is lent to somebody else. */
  onProgress: (progress: never) => void;
  #ended: Error | undefined;

  constructor(
    script: URL,
    data: unknown,
    { onProgress = () => undefined, limits }: { onProgress?: (progress: never) => void; limits: ResourceLimits },
  ) {
    this.onProgress = onProgress;
    this.#worker = new Worker(script, { workerData: data, resourceLimits: limits });
    this.#worker.on('message', (answer: Answer) => {
      if ('progress' in answer) this.onProgress(answer.progress as never);
      else this.#settle(answer);
    });
    this.#worker.on('error', (error) => this.#end(error as Error));
    this.#worker.on('exit', () => this.#end(new Error('the thread ended')));
  }

  call<K extends keyof M & string>(
    method: K,
    ...args: M[K] extends (...args: infer A) => unknown ? A : never
  ): Promise<M[K] extends (...args: never[]) => infer R ? Awaited<R> : never> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, method, args });
    });
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Whether the process waits for the thread before it ends. */
  keepAlive(isKept: boolean): void {
    if (isKept) this.#worker.ref();
    else this.#worker.unref();
  }

  /** Ends the thread and its own threads, whatever they are doing; calls under way are rejected. */
  async end(): Promise<void> {
    this.#end(new Error('the thread was ended'));
    await this.#worker.terminate();
  }

  #settle(answer: Exclude<Answer, { progress: unknown }>): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (waiting === undefined) return;
    if ('problem' in answer) waiting.reject(new SourceProblem(answer.problem.state, answer.problem.message));
    else if ('error' in answer) waiting.reject(Object.assign(new Error(answer.error), { code: answer.code }));
    else waiting.resolve(answer.value as never);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}

/** The thread's side: answers calls until the thread is ended. Answers a function that reports progress. */
export function answerCalls(methods: Methods): (progress: unknown) => void {
  const port = parentPort!;
  port.on('message', ({ id, method, args }: { id: number; method: string; args: never[] }) => {
    Promise.resolve()
      .then(() => methods[method]!(...args))
      .then(
        (value) => port.postMessage({ id, value } satisfies Answer),
        (error: unknown) => port.postMessage(failure(id, error)),
      );
  });
  return (progress) => port.postMessage({ progress } satisfies Answer);
}

/** Errors lose their class on the way; what the other side tells apart goes as data. */
function failure(id: number, error: unknown): Answer {
  if (error instanceof SourceProblem) return { id, problem: { state: error.state, message: error.message } };
  const { message, code } = error as NodeJS.ErrnoException;
  return { id, error: message, code };
}
