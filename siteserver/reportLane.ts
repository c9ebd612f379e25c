/** Reports to the server: at once when there is news, else at intervals; in full when the server does not know the list. */
import { statfs } from 'node:fs/promises';
import type { AgentLog } from '../client/base/log.ts';
import { durationText, pause, spread, Waker } from '../client/base/waiting.ts';
import { Refused, sentence } from '../client/http/errors.ts';
import type { Server } from '../client/identity/server.ts';
import {
  holdingsDigest,
  readReportAnswer,
  writeReport,
  type ClientDay,
  type HeldPackage,
  type ReportAnswer,
} from '../wire/packageServer.ts';
import type { Guid } from '../wire/guid.ts';
import { PAGE } from '../wire/paths.ts';

export interface ReportFacts {
  version: string;
  addresses: string[];
  httpsUrl: string;
  httpUrl: string;
  uncPath: string;
  pin: string;
  /** On whose disk the packages lie. */
  stateFolder: string;
  storedBytes: number;
  clientCount: number;
  packages: HeldPackage[];
  clientDays: ClientDay[];
}

export interface ReportLaneDeps {
  server: Server;
  log: AgentLog;
  /** `undefined` while there is nobody to speak for. */
  facts(): ReportFacts | undefined;
  /** The server has taken these in. */
  onTold(clientDays: readonly ClientDay[]): void;
  /** Hash of the policy that is held. */
  heldPolicy(): string;
}

/** News that come together are told together. */
const GATHER_MS = 500;
/** Between two reports of a download's progress. */
const PROGRESS_MS = 5000;

export class ReportLane {
  readonly #deps: ReportLaneDeps;
  readonly #lane = new Waker();
  /** The list that the server knows, as far as this process can tell: its digest, and each package as text. */
  #told = '';
  #toldPackages = new Map<Guid, string>();
  #hasFailed = false;
  intervalMs = 60_000;

  constructor(deps: ReportLaneDeps) {
    this.#deps = deps;
  }

  /** Something has changed. */
  news(): void {
    this.#lane.wake();
  }

  /** Until the signal aborts. `onOtherPolicy`: the server has another policy for this computer than is held here. */
  async until(signal: AbortSignal, onOtherPolicy: () => void): Promise<void> {
    while (!signal.aborted) {
      const facts = this.#deps.facts();
      if (facts !== undefined) await this.#reportOrWarn(facts, onOtherPolicy, signal);
      const isUnderWay = facts?.packages.some(({ state }) => state === 'downloading') === true;
      await this.#lane.wait(isUnderWay ? Math.min(PROGRESS_MS, this.intervalMs) : spread(this.intervalMs), signal);
      await pause(GATHER_MS, signal);
    }
  }

  async #reportOrWarn(facts: ReportFacts, onOtherPolicy: () => void, signal: AbortSignal): Promise<void> {
    try {
      let answer = await this.#report(facts, false, signal);
      if (answer.wantsPackages) answer = await this.#report(facts, true, signal);
      if (answer.policyHash !== this.#deps.heldPolicy()) onOtherPolicy();
      this.#hasFailed = false;
    } catch (error) {
      if (signal.aborted) return;
      const line = `The report did not get through: ${sentence(error)}.`;
      if (this.#hasFailed) this.#deps.log.detail(line);
      else this.#deps.log.warn(`${line} It is tried again every ${durationText(this.intervalMs)}.`);
      this.#hasFailed = true;
      // Not registered any more, or with another key: the check-in finds out which.
      if (error instanceof Refused && error.status < 500) onOtherPolicy();
    }
  }

  async #report(facts: ReportFacts, isAsked: boolean, signal: AbortSignal): Promise<ReportAnswer> {
    const { packages, stateFolder, ...rest } = facts;
    const digest = holdingsDigest(packages);
    const now = new Map(packages.map((held) => [held.guid, JSON.stringify(held)]));
    // What changes is told alone: with thousands of packages, a list for each percent of a download would be a burden.
    const isPart = !isAsked && this.#told !== '';
    const disk = await statfs(stateFolder);
    const report = {
      ...rest,
      freeBytes: disk.bavail * disk.bsize,
      totalBytes: disk.blocks * disk.bsize,
      policyHash: this.#deps.heldPolicy(),
      digest,
      base: isPart ? this.#told : '',
      packages: !isPart
        ? packages
        : digest === this.#told
          ? undefined
          : packages.filter((held) => now.get(held.guid) !== this.#toldPackages.get(held.guid)),
      gone: isPart ? [...this.#toldPackages.keys()].filter((guid) => !now.has(guid)) : [],
    };
    const call = { method: 'POST' as const, address: PAGE.packageServerReport, body: writeReport(report) };
    const answer = readReportAnswer((await this.#deps.server.callOk(call, 'report', signal)).text);
    this.#told = digest;
    this.#toldPackages = now;
    this.#deps.onTold(facts.clientDays);
    return answer;
  }
}
