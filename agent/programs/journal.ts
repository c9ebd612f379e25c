/**
 * What has been run, one file an advertisement. A run is written down before it starts and again after its end, so
 * that nothing is run twice, and a run that was cut short is known as such.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { newGuid, parseGuid, type Guid } from '../../wire/guid.ts';
import { privateFolder, readJson, writeJson } from '../../client/base/files.ts';
import type { DeliveryNames } from '../../client/events/reporter.ts';

export interface Run {
  /** Of the event that reports the run: a report that is made twice is applied once. */
  msgId: Guid;
  names: DeliveryNames;
  /** ISO 8601; `asap`, `startup` or the scheduled time. */
  occasion: string;
  startedAt: string;
  /** There once the program has ended, in whatever way. */
  outcome?: { status: string; endedAt: string; returnCode: number | null };
}

export interface DeliveryRecord {
  /** Newest version that was seen, and when: starts before that are not made up for. Milliseconds since 1970. */
  seenVersion?: number;
  seenAt?: number;
  /** Version whose arrival was reported. */
  receivedVersion?: number;
  downloadedVersion?: number;
  /** Version that was run as soon as possible. */
  asapVersion?: number;
  /** Start of the latest run or skipped start, by the schedule's clock. */
  lastStartAt?: number;
  lastStartVersion?: number;
  /** Time of the computer's start that was answered by a run. */
  bootAt?: number;
  /** A run whose report is not yet in the event queue. */
  run?: Run;
}

export class Journal {
  readonly #folder: string;

  constructor(stateFolder: string) {
    this.#folder = privateFolder(join(stateFolder, 'deliveries'));
  }

  read(advertisement: Guid): DeliveryRecord {
    return readJson<DeliveryRecord>(this.#path(advertisement)) ?? {};
  }

  /** Runs that ended with the agent, or whose report may not have been queued. */
  unreported(): [Guid, Run][] {
    return readdirSync(this.#folder).flatMap((file): [Guid, Run][] => {
      const advertisement = parseGuid(file.replace(/\.json$/, ''));
      const run = advertisement === undefined ? undefined : this.read(advertisement).run;
      return advertisement === undefined || run === undefined ? [] : [[advertisement, run]];
    });
  }

  #write(advertisement: Guid, record: DeliveryRecord): void {
    writeJson(this.#path(advertisement), record);
  }

  /** Changes some fields; on return they are on disk. */
  update(advertisement: Guid, change: Partial<DeliveryRecord>): DeliveryRecord {
    const record = { ...this.read(advertisement), ...change };
    if (Object.keys(change).length === 0) return record;
    this.#write(advertisement, record);
    return record;
  }

  #path(advertisement: Guid): string {
    return join(this.#folder, `${advertisement}.json`);
  }
}

export function newRun(names: DeliveryNames, occasion: string, now: Date): Run {
  return { msgId: newGuid(), names, occasion, startedAt: now.toISOString() };
}
