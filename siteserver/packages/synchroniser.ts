/** Keeps what is held equal to what the policy wants: brings versions, tells of each, removes what is not wanted any more. */
import { readJson, writeJson } from '../../client/base/files.ts';
import { BackOff, type RetryPlan } from '../../client/base/backOff.ts';
import { durationText, spread, Waker } from '../../client/base/waiting.ts';
import { Refused, sentence } from '../../client/http/errors.ts';
import { SourceRecords } from '../../client/packages/codebases.ts';
import { DiskFailure } from '../../client/packages/download.ts';
import type { Guid } from '../../wire/guid.ts';
import type { HeldPackage, WantedPackage } from '../../wire/packageServer.ts';
import type { FollowedPolicy } from '../policyIn.ts';
import { join } from 'node:path';
import { bringPackage, type BringDeps, type Progress } from './bringPackage.ts';
import { letGo } from './letGo.ts';
import { verifyContent } from './verifyContent.ts';

export interface SynchroniserDeps extends BringDeps {
  retryPlan: RetryPlan;
  /** Milliseconds that downloads rest for now. */
  restsFor(): number;
  /** When a computer last fetched something of a version, milliseconds since 1970; undefined: not since the start. */
  lastUse(guid: Guid, version: number): number | undefined;
  /** Something to report has changed. */
  onNews(): void;
  onReady(wanted: WantedPackage, version: number): void;
  onFailed(wanted: WantedPackage, version: number, isFirst: boolean): void;
}

interface Trying {
  wanted: WantedPackage;
  since: number;
  nextAt: number;
  backOff: BackOff;
  sources: SourceRecords;
  /** Ends what is under way. */
  stop: AbortController;
  progress: Progress;
  isUnderWay: boolean;
  problem: string;
}

/** Times since which something is not needed any more; milliseconds since 1970. */
interface Memory {
  unwanted: Record<string, number>;
  superseded: Record<string, number>;
  verified: number;
  resynced: number;
  /** Orders to fetch a package anew that were carried out. */
  refetched: Record<string, number>;
}

/** A small package never waits behind a large one. */
const LANES = 2;
const HOUR = 3_600_000;
/** A former version that somebody fetched within so many hours is still needed: tokens are good for no longer. */
const USED_HOURS = 5;
const CARE_MS = 60_000;

export class Synchroniser {
  readonly #deps: SynchroniserDeps;
  readonly #memoryFile: string;
  readonly #memory: Memory;
  readonly #work = new Waker();
  readonly #care = new Waker();
  readonly #trying = new Map<Guid, Trying>();
  #policy: FollowedPolicy | undefined;

  constructor(deps: SynchroniserDeps, stateFolder: string) {
    this.#deps = deps;
    this.#memoryFile = join(stateFolder, 'holdings.json');
    this.#memory = {
      unwanted: {},
      superseded: {},
      verified: 0,
      resynced: 0,
      refetched: {},
      ...readJson<Memory>(this.#memoryFile),
    };
  }

  get policy(): FollowedPolicy | undefined {
    return this.#policy;
  }

  /** `undefined`: this computer is no package server (any more): what is held is served no longer, and kept for a while. */
  setPolicy(policy: FollowedPolicy | undefined): void {
    this.#policy = policy;
    this.#deps.pacer.kbPerSecond = policy?.throttleKb ?? 0;
    const wanted = new Map((policy?.packages ?? []).map((one) => [one.guid, one]));
    for (const [guid, trying] of this.#trying) {
      const now = wanted.get(guid);
      if (now?.version === trying.wanted.version) continue;
      // What is under way is of no use any more. Its files stay: the next version has most of them, too.
      trying.stop.abort();
      if (now !== undefined) Object.assign(trying, { wanted: now, nextAt: 0 });
      else if (!trying.isUnderWay) this.#trying.delete(guid);
    }
    if (policy !== undefined && policy.resyncCount > this.#memory.resynced) this.#resync(policy);
    this.#work.wake();
    this.#care.wake();
    this.#deps.onNews();
  }

  /** What is told to the server: every wanted package, and whatever else is still held. */
  get holdings(): HeldPackage[] {
    const wanted = new Map((this.#policy?.packages ?? []).map((one) => [one.guid, one]));
    const guids = new Set([...wanted.keys(), ...this.#deps.store.packages]);
    return [...guids].map((guid) => this.#holding(guid, wanted.get(guid)));
  }

  #holding(guid: Guid, wanted: WantedPackage | undefined): HeldPackage {
    const versions = this.#deps.store.versions(guid);
    const trying = this.#trying.get(guid);
    const isWhole = wanted === undefined || (versions[0]?.version ?? 0) >= wanted.version;
    const state = isWhole
      ? 'ready'
      : trying?.isUnderWay === true
        ? 'downloading'
        : trying?.problem
          ? 'failed'
          : 'waiting';
    return {
      guid,
      version: versions[0]?.version,
      hash: versions[0]?.hash ?? '',
      versions: versions.map(({ version }) => version),
      state,
      detail: state === 'failed' ? trying!.problem.slice(0, 1000) : '',
      // In steps, so that a report is not another one with each block.
      doneBytes: state === 'downloading' ? stepped(trying!.progress) : 0,
      totalBytes: state === 'downloading' ? trying!.progress.totalBytes : 0,
    };
  }

  /** Fetches what is wanted, in as many lanes, until the signal aborts. */
  async syncUntil(signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: LANES }, () => this.#lane(signal)));
  }

  async #lane(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const rest = this.#deps.restsFor();
      const next = rest > 0 ? undefined : this.#nextDue();
      if (next === undefined) await this.#work.wait(rest > 0 ? Math.min(rest, CARE_MS) : this.#untilDue(), signal);
      else await this.#attempt(next, signal);
    }
  }

  #nextDue(): Trying | undefined {
    for (const wanted of this.#policy?.packages ?? []) {
      const trying = this.#trying.get(wanted.guid);
      if (this.#isHeld(wanted) || trying?.isUnderWay === true) continue;
      if (trying !== undefined && trying.nextAt > Date.now()) continue;
      return trying ?? this.#begin(wanted);
    }
    return undefined;
  }

  /** A newer version than the policy's may be here already: it was published since the policy was fetched. */
  #isHeld({ guid, version }: WantedPackage): boolean {
    return (this.#deps.store.versions(guid)[0]?.version ?? 0) >= version;
  }

  #untilDue(): number {
    const times = [...this.#trying.values()]
      .filter(({ isUnderWay }) => !isUnderWay)
      .map(({ nextAt }) => nextAt - Date.now());
    // One that has just become due, or was done meanwhile, is not waited for with a busy loop.
    return Math.max(250, Math.min(CARE_MS, ...times.filter((wait) => wait > 0)));
  }

  #begin(wanted: WantedPackage): Trying {
    const trying: Trying = {
      wanted,
      since: Date.now(),
      nextAt: 0,
      backOff: new BackOff(this.#deps.retryPlan),
      sources: new SourceRecords(),
      stop: new AbortController(),
      progress: { doneBytes: 0, totalBytes: 0 },
      isUnderWay: false,
      problem: '',
    };
    this.#trying.set(wanted.guid, trying);
    return trying;
  }

  async #attempt(trying: Trying, signal: AbortSignal): Promise<void> {
    const { wanted } = trying;
    trying.isUnderWay = true;
    trying.stop = new AbortController();
    const mayGoOn = AbortSignal.any([signal, trying.stop.signal]);
    trying.progress = { doneBytes: 0, totalBytes: 0 };
    this.#deps.log.info(`Package "${wanted.name}", version ${wanted.version}: begun.`);
    // The other lane looks for more.
    this.#work.wake();
    this.#deps.onNews();
    try {
      const version = await bringPackage(this.#deps, wanted, trying, mayGoOn);
      this.#trying.delete(wanted.guid);
      this.#deps.log.info(
        `Package "${wanted.name}", version ${version}: ready, ${trying.progress.doneBytes} bytes fetched.`,
      );
      this.#deps.onReady(wanted, version);
    } catch (error) {
      if (!mayGoOn.aborted) this.#failed(trying, error);
      else if (!this.#isWanted(wanted.guid)) this.#trying.delete(wanted.guid);
    } finally {
      trying.isUnderWay = false;
      this.#work.wake();
      this.#care.wake();
      this.#deps.onNews();
    }
  }

  #isWanted(wanted: Guid): boolean {
    return this.#policy?.packages.some(({ guid }) => guid === wanted) === true;
  }

  #failed(trying: Trying, error: unknown): void {
    const isFirst = trying.problem === '';
    const asked = error instanceof Refused ? (error.retryAfterMs ?? 0) : 0;
    // A disk that is full may have room again at any time, and no source is bothered by looking.
    const isEarly = trying.progress.doneBytes > 0 || error instanceof DiskFailure;
    const wait = Math.max(spread(trying.backOff.failed(isEarly)), asked);
    trying.nextAt = Date.now() + wait;
    trying.problem = sentence(error);
    this.#deps.log.warn(`Package "${trying.wanted.name}": ${trying.problem}. Next try in ${durationText(wait)}.`);
    this.#deps.onFailed(trying.wanted, trying.wanted.version, isFirst);
  }

  /** Asked to begin anew: no failure counts any more. */
  #resync(policy: FollowedPolicy): void {
    for (const [guid, { isUnderWay }] of this.#trying) if (!isUnderWay) this.#trying.delete(guid);
    this.#memory.resynced = policy.resyncCount;
    this.#remember();
  }

  /** Verifies when it is ordered, and removes what has had its time, until the signal aborts. */
  async careUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#verifyIfOrdered(signal);
      this.#refetchIfOrdered();
      this.#cleanUp(Date.now());
      await this.#care.wait(CARE_MS, signal);
    }
  }

  async #verifyIfOrdered(signal: AbortSignal): Promise<void> {
    const ordered = this.#policy?.verifyCount ?? 0;
    if (ordered <= this.#memory.verified) return;
    const damaged = await verifyContent(this.#deps.store, this.#deps.log, signal);
    if (signal.aborted) return;
    this.#memory.verified = ordered;
    this.#remember();
    if (damaged > 0) this.#work.wake();
    this.#deps.onNews();
  }

  #refetchIfOrdered(): void {
    for (const [guid, orders] of this.#policy?.refetch ?? []) {
      if (orders <= (this.#memory.refetched[guid] ?? 0)) continue;
      letGo(this.#deps.store, guid);
      this.#memory.refetched[guid] = orders;
      this.#remember();
      this.#deps.log.info(`Package ${guid} is fetched anew, as was ordered.`);
      this.#work.wake();
      this.#deps.onNews();
    }
  }

  /**
   * An older version goes some hours after a newer one is complete: clients have been sent to it until then; and not
   * while computers still fetch it, nor while it is the one that the policy names. A package
   * that no policy names goes after its time ("delete unused packages after").
   */
  #cleanUp(now: number): void {
    if (this.#policy === undefined) return;
    const { store, log, onNews } = this.#deps;
    const { keepOldHours, unusedAfterHours, packages } = this.#policy;
    const wanted = new Set(packages.map(({ guid }) => guid));
    const named = new Map(packages.map(({ guid, version }) => [guid, version]));
    const before = JSON.stringify(this.#memory);
    let isLess = false;
    for (const guid of store.packages) {
      const [newest, ...older] = store.versions(guid);
      if (newest === undefined) continue;
      for (const { version } of older) {
        // The newer one came here before the policy that names it: agents are still sent to this one.
        if (version === named.get(guid)) continue;
        const since = (this.#memory.superseded[`${guid} ${version}`] ??= now);
        const used = this.#deps.lastUse(guid, version) ?? 0;
        if (now < Math.max(since + keepOldHours * HOUR, used + Math.min(keepOldHours, USED_HOURS) * HOUR)) continue;
        store.removeVersion(guid, version);
        delete this.#memory.superseded[`${guid} ${version}`];
        isLess = true;
      }
      if (wanted.has(guid)) delete this.#memory.unwanted[guid];
      else if (now >= (this.#memory.unwanted[guid] ??= now) + unusedAfterHours * HOUR) {
        store.removePackage(guid);
        delete this.#memory.unwanted[guid];
        log.info(`Package ${guid} is no longer wanted here: its files were removed.`);
        isLess = true;
      }
    }
    if (JSON.stringify(this.#memory) !== before) this.#remember();
    if (!isLess) return;
    if (![...this.#trying.values()].some(({ isUnderWay }) => isUnderWay)) store.collectGarbage(this.#halfFetched());
    onNews();
  }

  /** Content of versions that are tried again later: their next try goes on with it. */
  #halfFetched(): Set<string> {
    const { store, identity } = this.#deps;
    const manifests = [...this.#trying.values()].map(({ wanted }) =>
      store.keptManifest(wanted.guid, wanted.version, identity.keysForKept),
    );
    return new Set(manifests.flatMap((manifest) => manifest?.files.map(({ hash }) => hash) ?? []));
  }

  #remember(): void {
    try {
      writeJson(this.#memoryFile, this.#memory);
    } catch (error) {
      // It is written with the next change; a process that ends before that only waits a little longer with its work.
      this.#deps.log.warn(`${this.#memoryFile} cannot be written: ${sentence(error)}.`);
    }
  }
}

/** Down to whole percents. */
function stepped({ doneBytes, totalBytes }: Progress): number {
  const step = Math.max(1, Math.floor(totalBytes / 100));
  return Math.min(totalBytes, Math.floor(doneBytes / step) * step);
}
