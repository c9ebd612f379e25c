/**
 * The client: a process of its own on a core of its own that keeps some connections busy, one request at a time each.
 * It writes prepared bytes and reads only as much of an answer as it must, so that the server is what is measured;
 * how busy it was itself goes into the result, because a client at its limit would hide differences.
 *
 * It never sleeps while it measures. Waking a sleeping process on another core costs the one that writes to it 5 to 13 µs
 * on a virtual machine, more often the slower the server is; no server pays that for clients across a network.
 */
import { connect, type Socket } from 'node:net';

export interface LoadOrder {
  port: number;
  connections: number;
  warmUpMs: number;
  measureMs: number;
  /** Complete requests. `{message}` in them is a GUID of its own for each request that is sent. */
  requests: string[];
  /** Becomes a part of the message GUIDs: different in each run. */
  run: number;
  /** The status that counts; any other is a failure. */
  expect: number;
}

export interface LoadResult {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  failures: number;
  /** Answers in all, those of the warm-up included. */
  answers: number;
  /** Share of the measured time that this process was at work on answers: near 1 the client was the limit. */
  clientBusy: number;
}

const MESSAGE = '{message}';
const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = Buffer.from('Content-Length: ');
const CR = 13;
/** Buckets of the latency histogram, 0.05 ms each. */
const BUCKET_MS = 0.05;
const BUCKETS = 40_000;

interface Prepared {
  bytes: Buffer;
  /** Where the changing digits of the message GUID stand; -1 without one. */
  digitsAt: number;
}

function prepare(order: LoadOrder): Prepared[] {
  const run = order.run.toString(16).padStart(8, '0');
  return order.requests.map((text) => {
    const at = text.indexOf(MESSAGE);
    const bytes = Buffer.from(text.replace(MESSAGE, `${run}-0000-4000-8000-000000000000`), 'utf8');
    return { bytes, digitsAt: at === -1 ? -1 : Buffer.byteLength(text.slice(0, at)) + 24 };
  });
}

class Run {
  readonly #order: LoadOrder;
  readonly #requests: Prepared[];
  readonly #histogram = new Uint32Array(BUCKETS);
  #sent = 0;
  #measuring = false;
  #stopped = false;
  #idleMs = 0;
  done = 0;
  failures = 0;
  answers = 0;

  constructor(order: LoadOrder) {
    this.#order = order;
    this.#requests = prepare(order);
  }

  next(): Buffer {
    const request = this.#requests[this.#sent % this.#requests.length]!;
    this.#sent++;
    if (request.digitsAt !== -1) {
      request.bytes.write(this.#sent.toString(16).padStart(12, '0'), request.digitsAt, 'latin1');
    }
    return request.bytes;
  }

  /** False: enough, do not send another one. */
  answered(status: number, milliseconds: number): boolean {
    this.answers++;
    if (this.#measuring) {
      if (status === this.#order.expect) {
        this.done++;
        this.#histogram[Math.min(BUCKETS - 1, Math.floor(milliseconds / BUCKET_MS))]!++;
      } else this.failures++;
    }
    return !this.#stopped;
  }

  async measure(): Promise<LoadResult> {
    await pause(this.#order.warmUpMs);
    this.#measuring = true;
    this.#idleMs = 0;
    const startedAt = performance.now();
    await pause(this.#order.measureMs);
    this.#measuring = false;
    const milliseconds = performance.now() - startedAt;
    const idleMs = this.#idleMs;
    this.#stopped = true;
    return {
      perSecond: (this.done / milliseconds) * 1000,
      p50Ms: this.#percentile(0.5),
      p99Ms: this.#percentile(0.99),
      failures: this.failures,
      answers: this.answers,
      clientBusy: 1 - idleMs / milliseconds,
    };
  }

  /** Turns the event loop without end, so that it never sleeps; turns that brought no answer are idle. */
  stayAwake(): void {
    let answers = this.answers;
    let turnedAt = performance.now();
    const turn = (): void => {
      const now = performance.now();
      if (answers === this.answers) this.#idleMs += now - turnedAt;
      answers = this.answers;
      turnedAt = now;
      if (!this.#stopped) setImmediate(turn);
    };
    turn();
  }

  #percentile(share: number): number {
    let left = Math.ceil(this.done * share);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#histogram[bucket]!;
      if (left <= 0) return (bucket + 1) * BUCKET_MS;
    }
    return 0;
  }
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Length of the answer's head and body, or undefined while the head is not complete. */
function answerLength(bytes: Buffer, status: number): number | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  if (status === 304) return headEnd + 4;
  const at = bytes.indexOf(LENGTH);
  if (at === -1 || at > headEnd) throw new Error('an answer without Content-Length cannot be measured');
  let length = 0;
  for (let digit = at + LENGTH.length; bytes[digit] !== CR; digit++) length = length * 10 + bytes[digit]! - 48;
  return headEnd + 4 + length;
}

function drive(run: Run, port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let sentAt = 0;
  let status = 0;
  let expected: number | undefined;
  let received = 0;
  let head: Buffer | undefined;
  const send = (): void => {
    sentAt = performance.now();
    expected = undefined;
    received = 0;
    head = undefined;
    socket.write(run.next());
  };
  socket.on('connect', send);
  socket.on('data', (chunk) => {
    if (expected === undefined) {
      head = head === undefined ? chunk : Buffer.concat([head, chunk]);
      if (head.length < 12) return;
      status = (head[9]! - 48) * 100 + (head[10]! - 48) * 10 + head[11]! - 48;
      expected = answerLength(head, status);
      received = head.length;
    } else received += chunk.length;
    if (expected === undefined || received < expected) return;
    if (run.answered(status, performance.now() - sentAt)) send();
    else socket.destroy();
  });
  socket.on('error', () => {
    run.failures++;
  });
  return socket;
}

process.on('message', (order: LoadOrder) => {
  const run = new Run(order);
  const sockets = Array.from({ length: order.connections }, () => drive(run, order.port));
  run.stayAwake();
  void run.measure().then(async (result) => {
    // Answers under way are still taken, so that the server is not left with cut connections.
    await pause(100);
    for (const socket of sockets) socket.destroy();
    process.send!(result);
  });
});
process.on('disconnect', () => process.exit(0));
process.send!('ready');
