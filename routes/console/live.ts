/** Live numbers by server-sent events: one look every few seconds, however many browsers listen. */
import type { Response, Router } from 'express';
import type { AppContext } from '../../app/context.ts';
import type { QueueClassState } from '../../models/events/queue.ts';
import { formatBytes, formatNumber, formatSpan } from './format.ts';
import { PageError } from './pageError.ts';

const LOOK_EVERY_MS = 5000;
/** How soon a stopping server is noticed. */
const TICK_MS = 500;
const MOST_LISTENERS = 100;
/** A browser that is sent away comes back by itself, and its session is checked again. */
const LONGEST_MS = 5 * 60_000;
const MINUTE = 60_000;
const COUNTED = ['checkIns', 'eventsAccepted', 'eventsApplied', 'eventsBad'] as const;

interface Listener {
  response: Response;
  until: number;
}

export function registerLive(router: Router, context: AppContext): void {
  const { clock } = context;
  const listeners = new Set<Listener>();
  let timer: NodeJS.Timeout | undefined;
  let nextLook = 0;

  const sendOff = (): void => {
    for (const { response, until } of listeners) {
      if (isStopping(response) || clock.now() > until) response.end();
    }
  };

  const tick = async (): Promise<void> => {
    sendOff();
    // Who was sent off leaves when the connection closes: a server that stops has no CMDB to look at by then.
    if (clock.now() < nextLook || [...listeners].every(({ response }) => response.writableEnded)) return;
    nextLook = clock.now() + LOOK_EVERY_MS;
    const text = await lookNow(context).catch((error: unknown) => {
      context.log.warn({ err: error }, 'live numbers cannot be read');
      return undefined;
    });
    if (text === undefined) return;
    for (const { response } of listeners) if (!response.writableEnded) response.write(`data: ${text}\n\n`);
  };

  const leave = (listener: Listener): void => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  router.get('/live', async (_request, response) => {
    if (listeners.size >= MOST_LISTENERS)
      throw new PageError(503, 'Too many live pages are open', 'The numbers do not move; reload to see new ones.');
    const first = await lookNow(context);
    // Gone meanwhile: its close has been told already, and nobody would ever give its place up.
    if (response.destroyed) return;
    const listener = { response, until: clock.now() + LONGEST_MS };
    listeners.add(listener);
    response.on('close', () => leave(listener));
    response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
    response.flushHeaders();
    response.write(`retry: ${LOOK_EVERY_MS}\n\ndata: ${first}\n\n`);
    timer ??= setInterval(() => void tick(), TICK_MS);
  });
}

/** A server that stops waits for its requests: this one would never end by itself. */
function isStopping(response: Response): boolean {
  const { server } = response.socket as unknown as { server?: { listening: boolean } };
  return server?.listening === false;
}

async function lookNow({ counters, queue, clock }: AppContext): Promise<string> {
  const now = clock.now();
  const thisMinute = Math.floor(now / MINUTE) * MINUTE;
  const counts = await counters.series(COUNTED, thisMinute - MINUTE);
  const total = (name: string, minute: number): number =>
    counts.find((row) => row.name === name && row.minute === minute)?.total ?? 0;
  const minutes = [thisMinute - MINUTE, thisMinute].map((minute) => ({
    at: minute / 1000,
    checkIns: total('checkIns', minute),
    events: total('eventsAccepted', minute),
    eventsApplied: total('eventsApplied', minute),
    eventsBad: total('eventsBad', minute),
  }));
  const { classes, depth, oldestAt, bad } = await queue.state();
  const texts = {
    checkIns: formatNumber(minutes[0]!.checkIns),
    events: formatNumber(minutes[0]!.events),
    eventsApplied: formatNumber(minutes[0]!.eventsApplied),
    badEvents: formatNumber(bad),
    queueDepth: formatNumber(depth),
    queueAge: oldestAt === undefined ? 'none' : formatSpan(now - oldestAt),
    ...Object.fromEntries(classes.flatMap((each) => classTexts(each, now))),
  };
  return JSON.stringify({ texts, minutes });
}

/** `depth.fast`, `size.fast`, `age.fast` … */
function classTexts({ name, depth, bytes, oldestAt }: QueueClassState, now: number): [string, string][] {
  return [
    [`depth.${name}`, formatNumber(depth)],
    [`size.${name}`, depth === 0 ? '–' : formatBytes(bytes)],
    [`age.${name}`, oldestAt === undefined ? '–' : formatSpan(now - oldestAt)],
  ];
}
