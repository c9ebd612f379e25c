/** A package server's holdings as they are kept, against a server that can misbehave: no process, no listener. */
import { join } from 'node:path';
import { agentLog } from '../../client/base/log.ts';
import { HttpClient } from '../../client/http/client.ts';
import { Identity } from '../../client/identity/identity.ts';
import { loadKey } from '../../client/identity/keys.ts';
import { askRegistration } from '../../client/identity/register.ts';
import { Server } from '../../client/identity/server.ts';
import { ContentStore } from '../../siteserver/packages/contentStore.ts';
import { Pacer } from '../../siteserver/packages/pacer.ts';
import type { FollowedPolicy } from '../../siteserver/policyIn.ts';
import { Synchroniser, type SynchroniserDeps } from '../../siteserver/packages/synchroniser.ts';
import type { HeldPackage, WantedPackage } from '../../wire/packageServer.ts';
import { FakeServer, type FakePackage } from '../agent/support/fakeServer.ts';

export class Holdings {
  readonly fake: FakeServer;
  readonly folder: string;
  readonly store: ContentStore;
  /** What was logged. */
  readonly lines: string[] = [];
  synchroniser!: Synchroniser;
  readonly #http: HttpClient;
  readonly #stop = new AbortController();
  #working: Promise<unknown> = Promise.resolve();
  #news = (): void => undefined;

  private constructor(fake: FakeServer, folder: string) {
    this.fake = fake;
    this.folder = folder;
    this.store = new ContentStore(folder);
    this.#http = new HttpClient({ trust: { kind: 'system' }, server: fake.url, allowHttp: false, userAgent: 'test' });
  }

  static async start(folder: string, more: Partial<SynchroniserDeps> = {}): Promise<Holdings> {
    const holdings = new Holdings(await FakeServer.start(), folder);
    await holdings.#begin(more);
    return holdings;
  }

  async #begin(more: Partial<SynchroniserDeps>): Promise<void> {
    const { fake, folder, store } = this;
    const identity = new Identity(folder);
    const key = loadKey(folder);
    const asked = { guid: identity.guid, name: 'PS1', policyKey: key.blob, keys: [] };
    await askRegistration(this.#http, asked, undefined, this.#stop.signal);
    identity.confirm(identity.guid, fake.nsKey, 'x', { kind: 'system' });
    await store.load([fake.nsKey]);
    this.synchroniser = new Synchroniser(
      {
        server: new Server(this.#http, identity, key.privateKey),
        identity,
        store,
        log: agentLog((line) => void this.lines.push(line), true),
        pacer: new Pacer(),
        prestage: join(folder, 'prestage'),
        retryPlan: { steps: [1], unitMs: 50 },
        addresses: () => ['127.0.0.1'],
        minFreeBytes: () => 0,
        restsFor: () => 0,
        lastUse: () => undefined,
        onNews: () => this.#news(),
        onReady: () => undefined,
        onFailed: () => undefined,
        ...more,
      },
      folder,
    );
    const { signal } = this.#stop;
    this.#working = Promise.all([this.synchroniser.syncUntil(signal), this.synchroniser.careUntil(signal)]);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#working;
    this.#http.close();
    await this.fake.stop();
  }

  policy(packages: readonly FakePackage[], more: Partial<FollowedPolicy> = {}): FollowedPolicy {
    return {
      tokenKey: Buffer.alloc(32).toString('base64'),
      isDraining: false,
      publishHttp: true,
      publishHttps: true,
      publishUnc: true,
      minFreeDiskMb: 0,
      unusedAfterHours: 24,
      keepOldHours: 24,
      throttleKb: 0,
      reportSeconds: 60,
      verifyCount: 0,
      resyncCount: 0,
      wantedDigest: '',
      refetch: new Map(),
      packages: packages.map((each) => this.#wanted(each)),
      ...more,
    };
  }

  #wanted({ guid, name, version, files }: FakePackage): WantedPackage {
    const hash = /\bhash="([0-9a-f]{64})"/.exec(this.fake.manifestOf({ guid, name, version, files }))![1]!;
    return { guid, name, version, hash, size: 0 };
  }

  /** Sets the policy and waits for the state that is awaited. */
  until(holds: () => boolean, set?: FollowedPolicy): Promise<void> {
    return new Promise((resolve) => {
      this.#news = () => {
        if (holds()) resolve();
      };
      if (set !== undefined) this.synchroniser.setPolicy(set);
      this.#news();
    });
  }

  stateOf({ guid }: FakePackage): HeldPackage | undefined {
    return this.synchroniser.holdings.find((held) => held.guid === guid);
  }
}
