/**
 * The inbox folder: event files that something other than an agent's request brings, each taken up exactly once.
 *
 * A file is first left alone until it is whole, then claimed by renaming it into `Work`, written into the spool under an
 * id made for it, and accepted like any other event; then it is removed. Whatever dies in between, the file is still in
 * `Work`, and its id tells whether it was accepted: its row, its spool file or the mark of its event is there.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { XmlError } from '../../../wire/xml.ts';
import type { AgentDirectory } from '../../agents/directory.ts';
import type { Clock } from '../../clock.ts';
import type { Session } from '../../cmdb/types.ts';
import { ProtocolError } from '../../protocolErrors.ts';
import { EventRejected } from '../eventRejected.ts';
import type { EventQueue } from '../queue.ts';
import { spoolBody } from '../spool.ts';
import { fileBody } from './fileBody.ts';
import type { ClaimedFile, InboxFile, InboxFolders } from './inboxFolders.ts';
import { inboxSender } from './inboxSender.ts';
import { surveyFile } from './survey.ts';

export interface InboxOptions {
  folders: InboxFolders;
  queue: Pick<EventQueue, 'accept' | 'hasRoom'>;
  cmdb: Session;
  agents: Pick<AgentDirectory, 'get'>;
  clock: Clock;
  spoolFolder: string;
  /** Largest file, in bytes. */
  maxBytes: number;
}

export interface LookResult {
  taken: number;
  bad: { name: string; reason: string }[];
}

/** Whoever writes a file pauses less than this; after so long without a change a file that is not whole never will be. */
const GIVE_UP_MS = 60_000;
/** A node that has a file in work for so long is gone. */
const FOREIGN_MS = 15 * 60_000;
/** Files of one look: the next one comes soon. */
const MOST_A_LOOK = 500;
const AT_ONCE = 8;

interface Seen {
  size: number;
  mtimeMs: number;
  /** Milliseconds since 1970 when this size and time were seen first. */
  since: number;
  /** Why it is not whole. */
  fault?: string;
}

export class EventInbox {
  readonly #options: InboxOptions;
  #seen = new Map<string, Seen>();

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** Takes up what is there and whole. A file is whole at the second look at the earliest. */
  async look(): Promise<LookResult> {
    const { folders, queue, clock } = this.#options;
    const result: LookResult = { taken: 0, bad: [] };
    await folders.make();
    const now = clock.now();
    const left = (await folders.left()).filter(({ mine, claimedAt }) => mine || claimedAt < now - FOREIGN_MS);
    await inTurns(left.slice(0, MOST_A_LOOK), (file) => this.#take(file, true, result));
    const whole = await this.#wholeFiles(await folders.dropped(), now);
    await inTurns(whole, async (file) => {
      // What waits here takes no room in the queue.
      if (!queue.hasRoom()) return;
      const claimed = await folders.claim(file);
      if (claimed !== undefined) await this.#take(claimed, false, result);
    });
    return result;
  }

  /** Those whose size and time have not changed since the look before, and that can be read to the end. */
  async #wholeFiles(files: readonly InboxFile[], now: number): Promise<InboxFile[]> {
    const seen = new Map<string, Seen>();
    const whole: InboxFile[] = [];
    for (const file of files) {
      const before = this.#seen.get(file.name);
      const same = before !== undefined && before.size === file.size && before.mtimeMs === file.mtimeMs;
      const state: Seen = same ? before : { size: file.size, mtimeMs: file.mtimeMs, since: now };
      seen.set(file.name, state);
      if (!same || whole.length >= MOST_A_LOOK) continue;
      if (now - state.since >= GIVE_UP_MS || file.size > this.#options.maxBytes) whole.push(file);
      else if (state.fault === undefined) {
        state.fault = await faultOf(file.path);
        if (state.fault === undefined) whole.push(file);
      }
    }
    this.#seen = seen;
    return whole;
  }

  async #take(file: ClaimedFile, again: boolean, result: LookResult): Promise<void> {
    try {
      await this.#accept(file, again);
      await rm(file.path, { force: true });
      result.taken++;
    } catch (error) {
      const reason = faultSentence(error);
      // Anything else may pass: the file stays in `Work` until the next look.
      if (reason === undefined) return;
      await this.#options.folders.setAside(file, reason);
      result.bad.push({ name: file.name, reason });
    }
  }

  async #accept(file: ClaimedFile, again: boolean): Promise<void> {
    const { queue, cmdb, agents, clock, spoolFolder, maxBytes } = this.#options;
    if (file.size > maxBytes) throw new EventRejected(`The file is larger than ${maxBytes} bytes.`);
    const name = `${file.id}.xml`;
    // What no row knows was removed when the queue was opened: this one was accepted.
    if (again && existsSync(join(spoolFolder, name))) return;
    const survey = await surveyFile(file.path);
    const sender = await inboxSender(cmdb, agents, survey);
    if (!queue.hasRoom()) throw new ProtocolError('queueFull');
    const body = await spoolBody(spoolFolder, fileBody(file.path, survey, file.id), maxBytes + ENVELOPE_BYTES, name);
    await queue.accept({ body, sender, proven: false, priority: 0, receivedAt: clock.now(), again });
  }
}

/** What is put around a rowset. */
const ENVELOPE_BYTES = 1024;

async function faultOf(path: string): Promise<string | undefined> {
  try {
    await surveyFile(path);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** `undefined`: the file is not at fault. */
function faultSentence(error: unknown): string | undefined {
  if (error instanceof EventRejected) return error.message;
  if (error instanceof XmlError) return `The file cannot be read: ${error.message}.`;
  if (error instanceof ProtocolError && error.code === 'badXml') return `The file cannot be read: ${error.message}.`;
  if (error instanceof ProtocolError && error.code === 'tooLarge') return 'The file is too large.';
  if ((error as NodeJS.ErrnoException).code === 'EACCES') return 'The server may not read the file.';
  return undefined;
}

/** Some at once. One that fails holds up no other; the first failure is thrown when all were tried. */
async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    const results = await Promise.allSettled(items.slice(at, at + AT_ONCE).map(work));
    failures.push(
      ...results.filter((result) => result.status === 'rejected').map((result) => result.reason as unknown),
    );
  }
  if (failures.length > 0) throw failures[0];
}
