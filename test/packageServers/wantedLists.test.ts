import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChangedItems } from '../../models/changedItems.ts';
import type { CatalogueEntry } from '../../models/packages/catalogue.ts';
import { TO_ALL, type Distribution } from '../../models/packageServers/distribution.ts';
import { WantedLists } from '../../models/packageServers/wantedLists.ts';
import { wantedPackages } from '../../models/packageServers/wantedPackages.ts';
import type { Server } from '../../client/identity/server.ts';
import { WantedList } from '../../siteserver/wantedList.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import type { WantedPackage } from '../../wire/packageServer.ts';
import {
  BucketDigests,
  bucketOf,
  readWantedAnswer,
  readWantedRequest,
  wantedHash,
  writeWantedAnswer,
  writeWantedRequest,
} from '../../wire/wantedList.ts';

interface TestServer {
  guid: Guid;
  sites: Guid[];
}

/** What the lists rest on, to be changed by hand. */
class Ground {
  readonly entries = new Map<Guid, CatalogueEntry>();
  readonly distributions = new Map<Guid, Distribution>();
  readonly news = new ChangedItems();
  readonly distributionNews = new ChangedItems();
  readonly lists: WantedLists;

  constructor() {
    this.lists = this.fresh();
  }

  fresh(): WantedLists {
    const { news, distributionNews, entries } = this;
    const distributionOf = (guid: Guid): Distribution => this.distributions.get(guid) ?? TO_ALL;
    const catalogue = { news, get: (guid: Guid) => entries.get(guid), all: () => entries.values() };
    return new WantedLists({ distributionOf, distributionNews }, catalogue);
  }

  put(guid: Guid, version: number, more: Partial<CatalogueEntry> = {}): void {
    const hash = `${version}`.padStart(64, '0');
    const summary = { version, hash, signature: 's', keyName: 'signing:1', totalSize: version };
    const entry = {
      guid,
      name: `Tool <${version}> & "more"`,
      isEnabled: true,
      priority: 'Normal',
      version,
      totalSize: version,
    };
    this.entries.set(guid, { ...entry, snapshots: new Map([[version, summary]]), ...more } as CatalogueEntry);
    this.news.note(guid);
  }

  remove(guid: Guid): void {
    this.entries.delete(guid);
    this.news.note(guid);
  }

  assign(guid: Guid, distribution: Partial<Distribution> | undefined): void {
    if (distribution === undefined) this.distributions.delete(guid);
    else this.distributions.set(guid, { mode: 'sites', servers: new Set(), sites: new Set(), ...distribution });
    this.distributionNews.note(guid);
  }

  /** Looked at one by one. */
  naive(server: TestServer): WantedPackage[] {
    const distributionOf = (guid: Guid): Distribution => this.distributions.get(guid) ?? TO_ALL;
    return wantedPackages({ distributionOf } as Parameters<typeof wantedPackages>[0], this.entries.values(), server);
  }
}

describe('the list of packages that a package server is to hold', () => {
  let folder: string;
  let ground: Ground;
  /** Bytes of the latest request and answer. */
  let sent = 0;
  let answered = 0;
  let asked = 0;
  const signal = new AbortController().signal;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ns-wanted-'));
    ground = new Ground();
    asked = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const server = (...sites: Guid[]): TestServer => ({ guid: newGuid(), sites });

  /** The Notification Server as a package server sees it; `lists`: of which node. */
  const over = (of: TestServer, lists = () => ground.lists): Server =>
    ({
      callOk: ({ body }: { body: string }) => {
        const text = writeWantedAnswer(lists().changesFor(of, readWantedRequest(body)));
        asked++;
        sent = body.length;
        answered = Buffer.byteLength(text);
        return Promise.resolve({ text });
      },
    }) as unknown as Server;

  const follow = (list: WantedList, of: TestServer, lists = ground.lists): Promise<void> =>
    list.follow(
      over(of, () => lists),
      lists.digestOf(of),
      signal,
    );

  it('comes whole the first time, then only what is different, and not at all when nothing is', async () => {
    const berlin = server(newGuid());
    for (let count = 0; count < 5000; count++) ground.put(newGuid(), 1000);
    const list = new WantedList(folder);
    expect(list.isKnown).to.equal(false);
    await follow(list, berlin);
    expect(list.isKnown).to.equal(true);
    expect(list.packages).to.deep.equal(ground.naive(berlin));
    expect(answered).to.be.greaterThan(500_000);
    await follow(list, berlin);
    expect(asked).to.equal(1);

    ground.put(list.packages[77]!.guid, 1001);
    await follow(list, berlin);
    expect(asked).to.equal(2);
    expect(list.packages).to.deep.equal(ground.naive(berlin));
    expect(sent).to.be.lessThan(5000);
    expect(answered).to.be.lessThan(20_000);
  });

  it('is the same after a restart, and is gone on with at another node', async () => {
    const berlin = server();
    for (let count = 0; count < 300; count++) ground.put(newGuid(), 5);
    await follow(new WantedList(folder), berlin);
    const list = new WantedList(folder);
    expect(list.packages).to.deep.equal(ground.naive(berlin));
    ground.remove(list.packages[0]!.guid);
    ground.put(newGuid(), 9);
    const other = ground.fresh();
    expect(other.digestOf(berlin)).to.equal(ground.lists.digestOf(berlin));
    await follow(list, berlin, other);
    expect(list.packages).to.deep.equal(ground.naive(berlin));
    await follow(list, berlin);
    expect(asked).to.equal(2);
  });

  it('stays as it is when the answer is none', async () => {
    const berlin = server();
    ground.put(newGuid(), 5);
    const list = new WantedList(folder);
    await follow(list, berlin);
    const before = list.packages;
    ground.put(newGuid(), 6);
    const lying = { callOk: () => Promise.resolve({ text: '<other/>' }) } as unknown as Server;
    const error = await list.follow(lying, 'another', signal).catch((caught: unknown) => caught);
    expect((error as Error).message).to.include('cannot be read');
    expect(list.packages).to.deep.equal(before);
    expect(new WantedList(folder).packages).to.deep.equal(before);
  });

  it('is what a look at every package would give, whatever changes: a property', async () => {
    const [lyon, paris] = [newGuid(), newGuid()];
    const servers = [server(lyon), server(paris), server(lyon, paris), server()];
    const held = servers.map(() => new BucketDigests());
    const packages = Array.from({ length: 60 }, () => newGuid());
    let random = 12345;
    const below = (limit: number): number => (random = (random * 1103515245 + 12345) & 0x7fffffff) % limit;
    for (let step = 0; step < 3000; step++) {
      const guid = packages[below(packages.length)]!;
      const what = below(8);
      if (what < 3) ground.put(guid, 1 + below(4));
      else if (what === 3) ground.remove(guid);
      else if (what === 4) ground.put(guid, 1 + below(4), { isEnabled: false });
      else if (what === 5) ground.assign(guid, undefined);
      else if (what === 6) ground.assign(guid, { mode: 'servers', servers: new Set([servers[below(4)]!.guid]) });
      else ground.assign(guid, { sites: new Set([below(2) === 0 ? lyon : paris]) });
      if (below(100) === 0) ground.news.note(null);
      if (below(60) === 0) servers[3]!.sites = below(2) === 0 ? [lyon] : [];
      // Some ask seldom.
      const index = below(servers.length);
      if (below(index === 2 ? 50 : 3) !== 0) continue;
      const one = servers[index]!;
      const { digest, buckets } = ground.lists.changesFor(one, held[index]!);
      const expected = new BucketDigests();
      for (const wanted of ground.naive(one)) expected.toggle(bucketOf(wanted.guid), wantedHash(wanted));
      expect(digest, `step ${step}`).to.equal(expected.digest());
      for (const [bucket, wanted] of buckets) {
        expect(wanted.map(({ guid: found }) => found).sort()).to.deep.equal(
          ground
            .naive(one)
            .map(({ guid: found }) => found)
            .filter((found) => bucketOf(found) === bucket),
        );
      }
      held[index] = expected;
    }
  });

  it('is looked at anew for a server that was away while much has changed', () => {
    const berlin = server();
    const guid = newGuid();
    ground.put(guid, 1);
    const before = ground.lists.digestOf(berlin);
    const other = server();
    for (let version = 2; version < 20_000; version++) {
      ground.put(guid, version);
      if (version % 100 === 0) ground.lists.digestOf(other);
    }
    expect(ground.lists.digestOf(berlin)).to.equal(ground.fresh().digestOf(berlin)).and.not.to.equal(before);
  });

  it('takes no request that is none', () => {
    for (const text of ['<other/>', '<packageServerPackages/>', '<packageServerPackages buckets="00"/>']) {
      expect(() => readWantedRequest(text)).to.throw();
    }
    expect(readWantedRequest(writeWantedRequest(new BucketDigests())).digest()).to.equal(new BucketDigests().digest());
    expect(() =>
      readWantedAnswer('<packageServerPackages><bucket number="1"><Package/></bucket></packageServerPackages>'),
    ).to.throw();
  });
});
