/**
 * What the software-delivery policies ask for, step by step: received, downloaded, run. Downloads and programs go in
 * two lanes, so that a long installation does not hold up the next download; in each lane one at a time.
 */
import { uptime } from 'node:os';
import type { Guid } from '../wire/guid.ts';
import type { AgentLog } from '../client/base/log.ts';
import { Waker } from '../client/base/waiting.ts';
import type { DeliveryNames, Reporter } from '../client/events/reporter.ts';
import { sentence } from '../client/http/errors.ts';
import type { Identity } from '../client/identity/identity.ts';
import type { Fetcher, FetchResult } from './packages/fetcher.ts';
import { isIntact, type PackageStore } from './packages/store.ts';
import { cleanUpPackages } from './packages/cleanup.ts';
import type { CachedPolicy } from '../client/policies/cache.ts';
import { deliveriesOf, packagesOf, type Delivery } from './policies/deliveries.ts';
import { isDue } from './programs/due.ts';
import type { DeliveryRecord, Journal } from './programs/journal.ts';
import { mayRun } from './programs/mayRun.ts';
import type { Runner } from './programs/runner.ts';

export interface DeliveryDeps {
  identity: Identity;
  store: PackageStore;
  fetcher: Fetcher;
  journal: Journal;
  runner: Runner;
  reporter: Reporter;
  log: AgentLog;
  /** Milliseconds for which downloads must rest. */
  downloadsRestFor(): number;
  isUserLoggedOn(): boolean;
}

/** However far away the next start is: clocks are set, computers sleep. */
const LONGEST_LOOK_MS = 60_000;

interface Job {
  delivery: Delivery;
  version: number;
  occasion: string;
  marks: Partial<DeliveryRecord>;
}

export class DeliveryWork {
  readonly #deps: DeliveryDeps;
  readonly #fetchLane = new Waker();
  readonly #runLane = new Waker();
  readonly #bootAt = new Date(Date.now() - uptime() * 1000);
  /** Folders in which a program runs. */
  readonly #inUse = new Set<string>();
  /** Folders whose files were compared with the manifest since a program last ran in them. */
  readonly #intact = new Set<string>();
  #deliveries: readonly Delivery[] = [];

  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
  }

  /** After each policy update, also an unchanged one: the countdowns of unused packages go on. */
  setPolicies(policies: Iterable<CachedPolicy>): void {
    const all = [...policies];
    const { log, store, fetcher } = this.#deps;
    const before = new Map(this.#deliveries.map((delivery) => [delivery.advertisement.guid, delivery]));
    this.#deliveries = deliveriesOf(all, (line) => log.warn(line));
    for (const delivery of this.#deliveries) {
      const known = before.get(delivery.advertisement.guid);
      if (known !== undefined && known.package.internalVersion !== delivery.package.internalVersion) {
        fetcher.tryNow(delivery.package.guid);
      }
      this.#receive(delivery);
    }
    cleanUpPackages(store, packagesOf(all), this.#inUse, log, Date.now());
    this.#fetchLane.wake();
    this.#runLane.wake();
  }

  /** Long-running: downloads. Ends when the signal aborts. */
  fetchUntil(signal: AbortSignal): Promise<void> {
    return this.#goOn(this.#fetchLane, signal, async () => {
      const rest = this.#deps.downloadsRestFor();
      if (rest > 0) return rest;
      return (await this.#fetchOne(signal)) ? 0 : this.#untilNextFetch();
    });
  }

  /** Long-running: programs. Ends when the signal aborts. */
  runUntil(signal: AbortSignal): Promise<void> {
    return this.#goOn(this.#runLane, signal, async () => ((await this.#runOne(signal)) ? 0 : this.#untilNextRun()));
  }

  /** `step` answers the milliseconds until there is something to do again; 0 for at once. */
  async #goOn(lane: Waker, signal: AbortSignal, step: () => Promise<number>): Promise<void> {
    while (!signal.aborted) {
      let wait = LONGEST_LOOK_MS;
      try {
        wait = await step();
      } catch (error) {
        // A full disk, for instance: it may be better in a minute, and the other lane can do without this one.
        if (!signal.aborted) this.#deps.log.error(sentence(error));
      }
      if (wait > 0) await lane.wait(Math.min(wait, LONGEST_LOOK_MS), signal);
    }
  }

  /** Everything that is due now, once. Answers whether all downloads came through. */
  async doAllDue(signal: AbortSignal): Promise<boolean> {
    const isResting = this.#deps.downloadsRestFor() > 0;
    if (isResting) this.#deps.log.info('Downloads rest: a blockout holds.');
    const tried = new Set<Guid>();
    // A package that turns out to be damaged when it is to run goes back to the downloads.
    for (let isBusy = true; isBusy && !signal.aborted;) {
      isBusy = false;
      while (!isResting && (await this.#fetchOne(signal, tried))) isBusy = true;
      while (await this.#runOne(signal)) isBusy = true;
    }
    return this.#deliveries.every((delivery) => this.#deps.fetcher.readyVersion(delivery.package) !== undefined);
  }

  #receive(delivery: Delivery): void {
    const { journal, reporter } = this.#deps;
    const { guid } = delivery.advertisement;
    const version = delivery.package.internalVersion;
    const record = journal.read(guid);
    if (record.receivedVersion === version) return;
    if (delivery.package.statusEvents) reporter.packageStep(namesOf(delivery, version), 'received');
    journal.update(guid, { receivedVersion: version, ...seen(record, version) });
  }

  /** Tries the first package that may be tried now, and is not among the `tried`; false when there is none. */
  async #fetchOne(signal: AbortSignal, tried?: Set<Guid>): Promise<boolean> {
    const { fetcher } = this.#deps;
    if (signal.aborted) return false;
    const mayTry = ({ guid }: Delivery['package']) => fetcher.nextAt(guid) <= Date.now() && tried?.has(guid) !== true;
    const next = this.#toFetch().find((delivery) => mayTry(delivery.package));
    if (next === undefined) return false;
    tried?.add(next.package.guid);
    const forIt = this.#deliveries.filter((delivery) => delivery.package.guid === next.package.guid);
    if (fetcher.nextAt(next.package.guid) === 0) this.#tellSteps(forIt, 'downloading', next.package.internalVersion);
    const result = await fetcher.attempt(next.package, signal);
    if (!signal.aborted) this.#tellResult(forIt, result);
    this.#runLane.wake();
    return true;
  }

  #tellResult(deliveries: readonly Delivery[], result: FetchResult): void {
    if (result.state === 'ready') {
      const { version, bytes, source } = result;
      this.#intact.add(this.#deps.store.folderOf(deliveries[0]!.package.guid, version));
      this.#tellSteps(deliveries, 'downloaded', version, { bytes, source });
    } else if (result.isFirst) {
      // Once, not at each of many tries: repeated status events only load the server.
      for (const delivery of deliveries) {
        this.#deps.reporter.packageStep(namesOf(delivery, result.version), 'downloadFailed', {
          source: result.reason.slice(0, 400),
        });
      }
    }
  }

  #tellSteps(
    deliveries: readonly Delivery[],
    status: 'downloading' | 'downloaded',
    version: number,
    detail?: { bytes: number; source: string },
  ): void {
    for (const delivery of deliveries) {
      if (delivery.package.statusEvents) this.#deps.reporter.packageStep(namesOf(delivery, version), status, detail);
    }
  }

  #toFetch(): Delivery[] {
    return this.#deliveries.filter((delivery) => this.#deps.fetcher.readyVersion(delivery.package) === undefined);
  }

  #untilNextFetch(): number {
    const times = this.#toFetch().map((delivery) => this.#deps.fetcher.nextAt(delivery.package.guid));
    return Math.max(1, Math.min(LONGEST_LOOK_MS, ...times.map((at) => at - Date.now())));
  }

  /** Runs the first program that is due; false when there is none. */
  async #runOne(signal: AbortSignal): Promise<boolean> {
    const job = this.#deliveries.map((delivery) => this.#jobOf(delivery)).find((found) => found !== undefined);
    if (job === undefined) return false;
    const { delivery, version, occasion, marks } = job;
    const folder = await this.#soundFolder(delivery, version, signal);
    if (signal.aborted) return false;
    if (folder === undefined) return true;
    this.#inUse.add(folder);
    try {
      await this.#deps.runner.run(delivery, folder, namesOf(delivery, version), occasion, marks, signal);
    } finally {
      this.#inUse.delete(folder);
      this.#intact.delete(folder);
    }
    return true;
  }

  #jobOf(delivery: Delivery): Job | undefined {
    const { fetcher, journal } = this.#deps;
    const { advertisement } = delivery;
    const version = fetcher.readyVersion(delivery.package);
    if (version === undefined || !this.#mayRun(delivery)) return undefined;
    const record = journal.update(advertisement.guid, seen(journal.read(advertisement.guid), version));
    const now = new Date();
    const answer = isDue({ advertisement, record, version, now, bootAt: this.#bootAt });
    const start = { lastStartAt: now.getTime(), lastStartVersion: version };
    if (answer.due) {
      const { occasion, at } = answer;
      const marks: Partial<DeliveryRecord> = { ...start };
      if (occasion === 'asap') marks.asapVersion = version;
      if (occasion === 'startup') marks.bootAt = this.#bootAt.getTime();
      return { delivery, version, occasion: occasion === 'scheduled' ? at.toISOString() : occasion, marks };
    }
    if (answer.skip) {
      this.#deps.log.info(
        `"${advertisement.name}" missed its start at ${answer.at.toISOString()} and waits for the next.`,
      );
      journal.update(advertisement.guid, start);
    }
    return undefined;
  }

  #mayRun({ program }: Delivery): boolean {
    return mayRun(program, this.#deps.isUserLoggedOn());
  }

  /** The package's folder as it was signed; a damaged one goes back to the downloads. */
  async #soundFolder(delivery: Delivery, version: number, signal: AbortSignal): Promise<string | undefined> {
    const { store, identity, fetcher, log } = this.#deps;
    const { guid } = delivery.package;
    const folder = store.folderOf(guid, version);
    if (version === 0) return emptyFolder(store, guid);
    if (this.#intact.has(folder)) return folder;
    const manifest = store.manifest(guid, version, identity.keysForKept);
    if (manifest !== undefined && (await isIntact(folder, manifest, signal))) return folder;
    if (signal.aborted) return undefined;
    log.warn(`The files of "${delivery.package.name}" are not those of the manifest any more: they are fetched again.`);
    store.unpublish(guid, version);
    fetcher.tryNow(guid);
    this.#fetchLane.wake();
    return undefined;
  }

  #untilNextRun(): number {
    const now = new Date();
    const times = this.#deliveries.flatMap(({ advertisement, package: software }): number[] => {
      const version = this.#deps.fetcher.readyVersion(software);
      if (version === undefined) return [];
      const record = this.#deps.journal.read(advertisement.guid);
      const answer = isDue({ advertisement, record, version, now, bootAt: this.#bootAt });
      return !answer.due && !answer.skip && answer.next !== undefined ? [answer.next.getTime() - now.getTime()] : [];
    });
    return Math.max(1, Math.min(LONGEST_LOOK_MS, ...times));
  }
}

function namesOf(delivery: Delivery, version: number): DeliveryNames {
  return {
    advertisementGuid: delivery.advertisement.guid,
    advertisementName: delivery.advertisement.name,
    packageGuid: delivery.package.guid,
    packageName: delivery.package.name,
    packageVersion: version,
    programName: delivery.program.name,
  };
}

/** Only ever upwards: the sources may have a newer version than the policy names. */
function seen(record: DeliveryRecord, version: number): Partial<DeliveryRecord> {
  if (record.seenVersion !== undefined && record.seenVersion >= version) return {};
  return { seenVersion: version, seenAt: Date.now() };
}

function emptyFolder(store: PackageStore, guid: Guid): string {
  store.stagingOf(guid, 0);
  store.publish(guid, 0);
  return store.folderOf(guid, 0);
}
