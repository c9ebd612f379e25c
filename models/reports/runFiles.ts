/**
 * Where runs are kept: `reports/<user>/<run>.json` says what it is, `<run>.rows` has its rows. Each user's own, for a
 * day. On several nodes a result is read where it was made: a balancer that keeps a browser on its node finds it.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import type { ReportChart } from './definition.ts';
import type { ParameterValue } from './parameterValues.ts';
import type { ResultSummary } from './resultWriter.ts';

export type RunState = 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'interrupted';

export interface ReportRun {
  id: Guid;
  /** The user it belongs to; nobody else sees it. */
  owner: Guid;
  ownerName: string;
  reportGuid: Guid;
  title: string;
  sql: string;
  values: ParameterValue[];
  chart: ReportChart | undefined;
  rowLimit: number;
  timeLimitSeconds: number;
  state: RunState;
  /** ISO 8601 UTC. */
  requestedAt: string;
  startedAt?: string;
  endedAt?: string;
  milliseconds?: number;
  /** Why it failed, a sentence. */
  reason?: string;
  result?: ResultSummary;
}

export class RunFiles {
  readonly #folder: string;
  constructor(folder: string) {
    this.#folder = folder;
  }

  rowsFile(run: Pick<ReportRun, 'owner' | 'id'>): string {
    return join(this.#folder, run.owner, `${run.id}.rows`);
  }

  #infoFile(run: Pick<ReportRun, 'owner' | 'id'>): string {
    return join(this.#folder, run.owner, `${run.id}.json`);
  }

  /** Replaces as a whole: a reader never sees half of it. */
  write(run: ReportRun): void {
    const file = this.#infoFile(run);
    this.makeRoom(run.owner);
    writeFileSync(`${file}.new`, JSON.stringify(run), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  makeRoom(owner: Guid): void {
    mkdirSync(join(this.#folder, owner), { recursive: true, mode: 0o700 });
  }

  read(owner: Guid, id: Guid): ReportRun | undefined {
    try {
      return JSON.parse(readFileSync(this.#infoFile({ owner, id }), 'utf8')) as ReportRun;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  remove(run: Pick<ReportRun, 'owner' | 'id'>): void {
    rmSync(this.#infoFile(run), { force: true });
    rmSync(this.rowsFile(run), { force: true });
  }

  /** Newest first. */
  ofOwner(owner: Guid): ReportRun[] {
    const runs = namesIn(join(this.#folder, owner)).flatMap((name) => {
      const id = name.endsWith('.json') ? parseGuid(name.slice(0, -'.json'.length)) : undefined;
      const run = id === undefined ? undefined : this.read(owner, id);
      return run === undefined ? [] : [run];
    });
    return runs.sort((one, other) => (one.requestedAt < other.requestedAt ? 1 : -1));
  }

  owners(): Guid[] {
    return namesIn(this.#folder).flatMap((name) => parseGuid(name) ?? []);
  }

  /** Files older than this, whatever they are: rows that lost their run, too. @param before milliseconds since 1970 */
  removeOlder(before: number): void {
    for (const owner of this.owners()) {
      for (const name of namesIn(join(this.#folder, owner))) {
        const file = join(this.#folder, owner, name);
        const changedAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
        if (changedAt < before) rmSync(file, { force: true });
      }
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
