/** Makes the fleet's calls and keeps their figures. */
import { type Answer, type HttpClient } from '../../client/http/client.ts';
import { sentence } from '../../client/http/errors.ts';
import type { Statistics } from './statistics.ts';

/** The call has failed and is counted; the computer gives up what it was doing. */
export class CallFailed extends Error {
  override name = 'CallFailed';
}

/** Holds calls back so that no more than so many a second begin. */
export class Pace {
  readonly #gapMs: number;
  #next = 0;

  /** `perSecond` 0: as fast as it goes. */
  constructor(perSecond: number) {
    this.#gapMs = perSecond === 0 ? 0 : 1000 / perSecond;
  }

  async turn(): Promise<void> {
    if (this.#gapMs === 0) return;
    const now = performance.now();
    this.#next = Math.max(this.#next + this.#gapMs, now);
    const wait = this.#next - now;
    if (wait >= 1) await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

export class Caller {
  readonly #http: HttpClient;
  readonly #statistics: Statistics;
  readonly #pace: Pace;
  readonly #signal: AbortSignal;

  constructor(http: HttpClient, statistics: Statistics, pace: Pace, signal: AbortSignal) {
    this.#http = http;
    this.#statistics = statistics;
    this.#pace = pace;
    this.#signal = signal;
  }

  /** @throws CallFailed */
  async call(
    name: string,
    method: 'GET' | 'POST',
    address: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<Answer> {
    await this.#pace.turn();
    this.#signal.throwIfAborted();
    const url = new URL(address, this.#http.server);
    const startedAt = performance.now();
    const { answer, problem } = await this.#http
      .ask({ method, url, headers, body, signal: this.#signal })
      .then(judge, (error: unknown) => ({ answer: undefined, problem: sentence(error) }));
    // What the end of the simulation cut off says nothing about the server.
    this.#signal.throwIfAborted();
    this.#statistics.note(name, startedAt, performance.now(), problem);
    if (answer === undefined || problem !== undefined) throw new CallFailed(`${name}: ${problem}`);
    return answer;
  }

  /** Counts an answer that is not what the contract says. */
  unreadable(problem: string): void {
    const now = performance.now();
    this.#statistics.note('unreadable answers', now, now, problem);
  }
}

function judge(answer: Answer): { answer: Answer; problem: string | undefined } {
  const isFine = (answer.status >= 200 && answer.status < 300) || answer.status === 304;
  const code = /code="(\w+)"/.exec(answer.text)?.[1];
  return { answer, problem: isFine ? undefined : `${answer.status}${code === undefined ? '' : ` ${code}`}` };
}
