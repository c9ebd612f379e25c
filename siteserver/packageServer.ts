/**
 * The package server: an agent like any other (it registers, proves its key, sends inventory, follows its policy) that
 * holds packages for its site and serves them (packages.md section 5). It runs no programs.
 */
import { hostname } from 'node:os';
import { BackOff } from '../client/base/backOff.ts';
import { privateFolder } from '../client/base/files.ts';
import { lockState } from '../client/base/lock.ts';
import type { AgentLog } from '../client/base/log.ts';
import { durationText, pause, spread, Waker } from '../client/base/waiting.ts';
import { CheckIn } from '../client/checkIn.ts';
import { postEvents } from '../client/events/post.ts';
import { EventQueue } from '../client/events/queue.ts';
import { Reporter } from '../client/events/reporter.ts';
import { HttpClient, refuseClearText } from '../client/http/client.ts';
import { Refused, sentence } from '../client/http/errors.ts';
import { chooseTrust } from '../client/identity/chooseTrust.ts';
import { Identity } from '../client/identity/identity.ts';
import { loadKey } from '../client/identity/keys.ts';
import { Server } from '../client/identity/server.ts';
import { SentInventory } from '../client/inventory/basicInventory.ts';
import { PolicyCache } from '../client/policies/cache.ts';
import { blockedFor } from '../client/policies/settings.ts';
import { braces, type Guid } from '../wire/guid.ts';
import type { PackageServerPolicy } from '../wire/packageServer.ts';
import { DownloadTokens } from '../wire/downloadToken.ts';
import { PACKAGE_SERVER_SHARE } from '../wire/paths.ts';
import { POLICY } from '../wire/wellKnown.ts';
import type { PackageServerOptions } from './options.ts';
import { ContentStore } from './packages/contentStore.ts';
import { Pacer } from './packages/pacer.ts';
import { ShareView } from './packages/shareView.ts';
import { Synchroniser } from './packages/synchroniser.ts';
import { policyIn } from './policyIn.ts';
import { ReportLane } from './reportLane.ts';
import { ClientCounts } from './serve/clientCounts.ts';
import { listen } from './serve/listeners.ts';
import { packageShare } from './serve/share.ts';
import { WantedList } from './wantedList.ts';

const MB = 1024 * 1024;
/** A blocked computer asks much less often than a pending one. */
const BLOCKED_FACTOR = 20;
/** While no policy says how often. */
const FIRST_REPORT_MS = 60_000;

/**
 * Runs until the signal aborts.
 * @throws StateInUse, NotTrusted (options that name nothing to trust), Error when a port cannot be opened
 */
export async function runPackageServer(
  options: PackageServerOptions,
  log: AgentLog,
  signal: AbortSignal,
): Promise<void> {
  privateFolder(options.stateFolder);
  const unlock = lockState(options.stateFolder);
  try {
    await new PackageServer(options, log).run(signal);
  } finally {
    unlock();
  }
}

class PackageServer {
  readonly #options: PackageServerOptions;
  readonly #log: AgentLog;
  readonly #http: HttpClient;
  readonly #identity: Identity;
  readonly #server: Server;
  readonly #queue: EventQueue;
  readonly #cache: PolicyCache;
  readonly #wanted: WantedList;
  readonly #reporter: Reporter;
  readonly #checkIn: CheckIn;
  readonly #store: ContentStore;
  readonly #synchroniser: Synchroniser;
  readonly #reports: ReportLane;
  readonly #clients: ClientCounts;
  /** By package and version: when a computer last fetched something of it. */
  readonly #lastUse = new Map<string, number>();
  readonly #eventLane = new Waker();
  readonly #checkInLane = new Waker();
  /** Undefined: what an earlier process has left on the share is not known. */
  #isShared: boolean | undefined;
  #tokens: { key: string; tokens: DownloadTokens } | undefined;
  /** Keys that the holdings were believed by. */
  #loadedBy: readonly string[] | undefined;

  constructor(options: PackageServerOptions, log: AgentLog) {
    const { stateFolder, server: serverUrl, token, name, address, version, allowHttp } = options;
    refuseClearText(serverUrl, allowHttp);
    this.#options = options;
    this.#log = log;
    const identity = (this.#identity = new Identity(stateFolder));
    const key = loadKey(stateFolder);
    const trust = chooseTrust(options, identity.trust);
    const userAgent = `notification-server-package-server/${version}`;
    const http = (this.#http = new HttpClient({ trust, server: serverUrl, allowHttp, userAgent, maxSockets: 16 }));
    const server = (this.#server = new Server(http, identity, key.privateKey));
    const cache = (this.#cache = new PolicyCache(stateFolder));
    this.#wanted = new WantedList(stateFolder);
    const queue = (this.#queue = new EventQueue(stateFolder));
    queue.onAdd = () => this.#eventLane.wake();
    const reporter = (this.#reporter = new Reporter(queue, () => this.#checkIn.sender));
    const sent = new SentInventory(stateFolder);
    const common = { http, server, identity, key, trust, cache, reporter, sent, log };
    this.#checkIn = new CheckIn({ ...common, token, name, address, version });
    this.#clients = new ClientCounts(stateFolder);
    const store = (this.#store = new ContentStore(stateFolder));
    if (options.unc !== undefined)
      store.view = new ShareView(options.unc.folder, (hash) => store.objectPath(hash), log);
    this.#synchroniser = this.#makeSynchroniser(new Pacer());
    this.#reports = new ReportLane({
      server,
      log,
      facts: () => this.#facts(),
      onTold: (days) => this.#clients.told(days),
      heldPolicy: () => this.#heldPolicy,
    });
  }

  #makeSynchroniser(pacer: Pacer): Synchroniser {
    const { prestage, retryPlan, stateFolder } = this.#options;
    const deps = {
      server: this.#server,
      identity: this.#identity,
      store: this.#store,
      log: this.#log,
      pacer,
      prestage,
      retryPlan,
      addresses: () => this.#checkIn.addresses,
      minFreeBytes: () => (this.#synchroniser.policy?.minFreeDiskMb ?? 0) * MB,
      restsFor: () => blockedFor(this.#checkIn.settings, 'download', new Date()),
      lastUse: (guid: Guid, version: number) => this.#lastUse.get(`${guid} ${version}`),
      onNews: () => this.#reports.news(),
      onReady: ({ guid }: { guid: Guid }, held: number) => this.#tell(guid, held, 'Codebase Enabled'),
      onFailed: ({ guid }: { guid: Guid }, wanted: number, isFirst: boolean) => {
        if (isFirst) this.#tell(guid, wanted, 'Download Failed');
      },
    };
    return new Synchroniser(deps, stateFolder);
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#checkIn.look();
    await this.#loadHoldings();
    const share = {
      store: this.#store,
      tokens: () => this.#tokens?.tokens,
      isPublished: (secure: boolean) => this.#isPublished(secure),
      onSent: (computer: Guid, packageGuid: Guid, version: number, bytes: number) =>
        this.#noteClient(computer, packageGuid, version, bytes),
      onMissing: (hash: string, error: unknown) =>
        this.#log.error(`Content ${hash} cannot be read: ${sentence(error)}`),
    };
    const listening = await listen(this.#options, (secure) => packageShare(share, secure));
    const { server, version, port } = this.#options;
    this.#log.info(
      `Package server ${version}, computer ${this.#identity.guid}, server ${server.origin}, port ${port}.`,
    );
    try {
      await Promise.all([
        this.#checkInUntil(signal),
        this.#postUntil(signal),
        this.#reports.until(signal, () => this.#checkInLane.wake()),
        this.#synchroniser.syncUntil(signal),
        this.#synchroniser.careUntil(signal),
      ]);
    } finally {
      await listening.close();
      this.#clients.close();
      this.#http.close();
    }
    this.#log.info('Stopped.');
  }

  /** Holdings are believed by the server's signature: before the first registration there is no key to check it with. */
  async #loadHoldings(): Promise<void> {
    const keys = this.#identity.keysForKept;
    // Read again when one of them is believed no longer.
    const isAsLoaded = this.#loadedBy?.every((key) => keys.includes(key)) === true;
    if (keys.length === 0 || isAsLoaded) return;
    await this.#store.load(keys);
    this.#loadedBy = keys;
    this.#takePolicy();
  }

  async #checkInUntil(signal: AbortSignal): Promise<void> {
    const backOff = new BackOff(this.#options.retryPlan);
    while (!signal.aborted) {
      let wait: number;
      try {
        wait = spread(await this.#round(signal));
        backOff.succeeded();
      } catch (error) {
        if (signal.aborted) return;
        this.#noteRefusal(error);
        wait = Math.max(spread(backOff.failed()), error instanceof Refused ? (error.retryAfterMs ?? 0) : 0);
        this.#log.warn(`${sentence(error)}. Next try in ${durationText(wait)}.`);
      }
      await this.#checkInLane.wait(wait, signal);
    }
  }

  /** One round; answers the milliseconds until the next. */
  async #round(signal: AbortSignal): Promise<number> {
    await this.#checkIn.look();
    const state = await this.#checkIn.register(signal);
    if (state !== 'allowed') {
      this.#log.info(state === 'pending' ? 'The registration awaits approval.' : 'The registration is blocked.');
      return this.#options.registrationIntervalMs * (state === 'pending' ? 1 : BLOCKED_FACTOR);
    }
    await this.#loadHoldings();
    this.#checkIn.queueInventory();
    this.#eventLane.wake();
    await this.#checkIn.updatePolicies(signal);
    await this.#loadHoldings();
    try {
      await this.#wanted.follow(this.#server, this.#settings?.wantedDigest ?? '', signal);
    } finally {
      // With the list that is here, if need be.
      this.#takePolicy();
    }
    return this.#checkIn.settings.policyIntervalMs;
  }

  get #settings(): PackageServerPolicy | undefined {
    return policyIn(this.#cache.all.values(), this.#log);
  }

  #takePolicy(): void {
    const settings = this.#settings;
    // Without a list everything that is held would count as not wanted.
    const isComplete = settings !== undefined && this.#wanted.isKnown;
    const policy = isComplete ? { ...settings, packages: this.#wanted.packages } : undefined;
    if (settings === undefined)
      this.#log.info('This computer has not been given the package service: it holds nothing.');
    if (policy?.tokenKey !== this.#tokens?.key) {
      const key = policy?.tokenKey;
      this.#tokens = key === undefined ? undefined : { key, tokens: new DownloadTokens(Buffer.from(key, 'base64')) };
    }
    const byPolicy = policy === undefined ? FIRST_REPORT_MS : policy.reportSeconds * 1000;
    this.#reports.intervalMs = Math.min(byPolicy, this.#options.reportIntervalMs ?? byPolicy);
    this.#share(policy?.publishUnc === true);
    this.#synchroniser.setPolicy(policy);
  }

  #share(isShared: boolean): void {
    if (isShared === this.#isShared) return;
    this.#isShared = isShared;
    void this.#store.publishView(isShared).then(() => this.#reports.news());
  }

  get #heldPolicy(): string {
    return this.#cache.all.get(POLICY.packageServer)?.hash ?? '';
  }

  /** `undefined` before the first registration: there is nobody to speak for. */
  #facts() {
    if (this.#loadedBy === undefined || this.#identity.registered === undefined) return undefined;
    const { version, tlsPin, stateFolder } = this.#options;
    return {
      version,
      addresses: [...this.#checkIn.addresses],
      httpsUrl: this.#isPublished(true) ? this.#url(true) : '',
      httpUrl: this.#isPublished(false) ? this.#url(false) : '',
      uncPath: this.#uncPath,
      pin: tlsPin,
      stateFolder,
      storedBytes: this.#store.storedBytes,
      clientCount: this.#clients.lastDay,
      clientDays: this.#clients.untold(),
      packages: this.#synchroniser.holdings,
    };
  }

  get #uncPath(): string {
    return this.#store.view?.isComplete === true ? this.#options.unc!.path : '';
  }

  #noteClient(computer: Guid, packageGuid: Guid, version: number, bytes: number): void {
    // The Notification Server's looks come in this server's own name.
    if (computer === this.#identity.guid) return;
    this.#lastUse.set(`${packageGuid} ${version}`, Date.now());
    this.#clients.note(computer, packageGuid, bytes);
  }

  #isPublished(secure: boolean): boolean {
    const policy = this.#synchroniser.policy;
    if (policy === undefined) return false;
    return secure ? policy.publishHttps : policy.publishHttp && this.#options.httpPort !== 0;
  }

  #url(secure: boolean): string {
    const { host, port, httpPort } = this.#options;
    const name = (host === '' ? hostname() : host).toLowerCase();
    // As browsers write it: a standard port is left out.
    return new URL(
      `${secure ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${secure ? port : httpPort}`,
    ).origin;
  }

  #tell(packageGuid: Guid, version: number, status: string): void {
    const bases = [true, false].filter((secure) => this.#isPublished(secure)).map((secure) => this.#url(secure));
    const path = `${PACKAGE_SERVER_SHARE}${encodeURIComponent(braces(packageGuid))}/${version}`;
    const codebases = bases.map((base) => base + path);
    if (this.#uncPath !== '') codebases.push(`${this.#uncPath}\\${braces(packageGuid)}\\${version}`);
    try {
      this.#reporter.packageServerStatus(packageGuid, version, status, codebases.length === 0 ? [''] : codebases);
    } catch (error) {
      // A full disk. The server goes by the reports; the event is for those who read events.
      this.#log.warn(`The event "${status}" could not be kept: ${sentence(error)}.`);
    }
  }

  async #postUntil(signal: AbortSignal): Promise<void> {
    const backOff = new BackOff(this.#options.retryPlan);
    while (!signal.aborted) {
      if (this.#identity.registered === undefined || this.#queue.size === 0) {
        await this.#eventLane.wait(Number.POSITIVE_INFINITY, signal);
        continue;
      }
      try {
        await postEvents(this.#queue, this.#server, this.#log, signal);
        backOff.succeeded();
      } catch (error) {
        if (signal.aborted) return;
        const wait = spread(backOff.failed());
        this.#log.warn(`Events wait (${this.#queue.size}): ${sentence(error)}. Next try in ${durationText(wait)}.`);
        await pause(wait, signal);
      }
    }
  }

  /** The server no longer counts this computer, or this key, among the registered: the next round asks anew. */
  #noteRefusal(error: unknown): void {
    const isOut = error instanceof Refused && /^(notRegistered|notAuthenticated|pending|blocked)$/.test(error.code);
    if (isOut) this.#identity.forgetRegistration();
  }
}
