/** What every place for the queue's rows must do: the embedded file, and the table of the CMDB. */
import { expect } from 'chai';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CmdbQueueStore } from '../../models/events/cmdbQueueStore.ts';
import { MAX_ATTEMPTS } from '../../models/events/outcome.ts';
import { QUEUE_CLASSES } from '../../models/events/queueClasses.ts';
import { QueueUnavailable, type Claim, type NewEntry, type QueueStore } from '../../models/events/queueStore.ts';
import { SqliteQueueStore } from '../../models/events/sqliteQueueStore.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { forEachEngine } from '../support/cmdb.ts';

const [ANNA, BERT] = [newGuid(), newGuid()];
const all: Claim = { classes: QUEUE_CLASSES, count: 100, bytes: 1e9 };
const time = { at: Date.parse('2031-01-01T00:00:00Z'), now: () => time.at };

function entry(text: string, sender: Guid = ANNA, changes: Partial<NewEntry> = {}): NewEntry {
  const body = new Uint8Array(Buffer.from(text));
  return {
    queueClass: 'fast',
    priority: 0,
    sender,
    proven: true,
    receivedAt: time.at,
    size: body.length,
    body,
    ...changes,
  };
}

const texts = (events: { body: unknown }[]): string[] =>
  events.map((event) => Buffer.from(event.body as Uint8Array).toString());

function keepsEvents(name: string, open: (dataDir: string) => Promise<QueueStore>): void {
  describe(name, () => {
    let dataDir: string;
    let store: QueueStore;
    beforeEach(async () => {
      dataDir = mkdtempSync(join(tmpdir(), 'ns-queue-'));
      mkdirSync(join(dataDir, 'spool'));
      store = await open(dataDir);
    });
    afterEach(async () => {
      await store.close();
      rmSync(dataDir, { recursive: true });
    });

    const claim = async (changes: Partial<Claim> = {}, owner = 'one') => store.claim(owner, { ...all, ...changes });
    const done = async (events: { id: number }[], owner = 'one') =>
      store.settle(
        owner,
        events.map(({ id }) => ({ id, kind: 'done' as const })),
      );

    it('gives events in order of arrival, with what was stored, and forgets those that are done', async () => {
      await store.insert([entry('a'), entry('b', BERT), entry('c')]);
      const events = await claim();
      expect(texts(events)).to.deep.equal(['a', 'b', 'c']);
      expect(events[1]).to.include({ sender: BERT, receivedAt: time.at });
      expect(new Set(events.map((event) => event.id)).size).to.equal(3);
      await done(events);
      expect((await store.totals()).depth).to.equal(0);
      expect(await claim()).to.deep.equal([]);
    });

    it('gives no event of a sender whose events another one is working on', async () => {
      await store.insert([entry('a1')]);
      const first = await claim();
      await store.insert([entry('a2'), entry('b1', BERT)]);
      expect(texts(await claim({}, 'two'))).to.deep.equal(['b1']);
      await done(first);
      expect(texts(await claim({}, 'two'))).to.deep.equal(['a2']);
    });

    it('keeps to the classes, the count and the bytes that are asked for', async () => {
      await store.insert([
        entry('big', ANNA, { queueClass: 'slow', size: 2_000_000 }),
        entry('x'),
        entry('y'),
        entry('z'),
      ]);
      expect(texts(await claim({ classes: ['fast'], count: 2 }))).to.deep.equal(['x', 'y']);
      await store.release('one', false);
      expect(texts(await claim({ classes: ['fast'], bytes: 2 }))).to.deep.equal(['x', 'y']);
      await store.release('one', false);
      expect(texts(await claim({ classes: ['large', 'slow'], bytes: 1 })), 'one is always given').to.deep.equal([
        'big',
      ]);
    });

    it('takes a file that was taken before a crash only once, whether its event still waits or is bad', async () => {
      const body = { file: '11111111-1111-4111-8111-111111111111.xml' };
      writeFileSync(join(dataDir, 'spool', body.file), '<once/>');
      await store.insert([entry('', ANNA, { body, size: 7 })]);
      writeFileSync(join(dataDir, 'spool', body.file), '<once/>');
      await store.insert([entry('', ANNA, { body, size: 7, again: true })]);
      expect((await store.totals()).depth).to.equal(1);
      const [event] = await claim();
      await store.settle('one', [{ id: event!.id, kind: 'bad', reason: 'Bad.' }]);
      writeFileSync(join(dataDir, 'spool', body.file), '<once/>');
      await store.insert([entry('', ANNA, { body, size: 7, again: true })]);
      expect((await store.totals()).depth).to.equal(0);
    });

    it('knows how much of a class and of a busy computer waits', async () => {
      await store.insert([entry('a1'), entry('a2'), entry('big', ANNA, { queueClass: 'slow', size: 2_000_000 })]);
      await store.insert([entry('b', BERT)]);
      const loads = () => [
        store.load.ofClass('fast').depth,
        store.load.ofClass('slow'),
        store.load.ofSender(ANNA).depth,
      ];
      expect(loads()).to.deep.equal([3, { depth: 1, bytes: 2_000_000 }, 3]);
      // Counted anew, the same.
      await store.totals();
      expect(loads()).to.deep.equal([3, { depth: 1, bytes: 2_000_000 }, 3]);
      await done(await claim({ classes: ['fast'] }));
      await done(await claim({ classes: ['slow'] }));
      await store.totals();
      expect(loads()).to.deep.equal([0, { depth: 0, bytes: 0 }, 0]);
    });

    it('gives events back when their owner leaves', async () => {
      await store.insert([entry('a')]);
      await claim();
      await store.release('one', false);
      expect(texts(await claim({}, 'two'))).to.deep.equal(['a']);
      await done(await claim({}, 'two'), 'two');
    });

    it('tries an event that failed again later and alone, and holds back its sender until then', async () => {
      await store.insert([entry('a1'), entry('a2'), entry('b1', BERT)]);
      const [first] = await claim({ count: 1 });
      await store.settle('one', [{ id: first!.id, kind: 'later', reason: 'It failed.' }]);
      expect(texts(await claim())).to.deep.equal(['b1']);
      await done(await claim());
      await store.release('one', false);
      time.at += 2000;
      expect(texts(await claim())).to.deep.equal(['a1']);
      await store.release('one', false);
    });

    it('puts an event aside after some failures, and says how often it was tried', async () => {
      await store.insert([entry('poison')]);
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        time.at += 3600_000;
        const [event] = await claim();
        await store.settle('one', [{ id: event!.id, kind: 'later', reason: 'It failed.' }]);
      }
      const { total, events } = await store.listBad(0, 10);
      expect(total).to.equal(1);
      expect(events[0]).to.include({
        sender: ANNA,
        reason: `It failed. It was tried ${MAX_ATTEMPTS} times.`,
        attempts: MAX_ATTEMPTS,
      });
    });

    it('puts an event aside that whoever processes it dies over', async () => {
      await store.insert([entry('deadly')]);
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        time.at += 3600_000;
        expect(await claim(), `attempt ${attempt}`).to.have.length(1);
        await store.release('one', true);
      }
      expect((await store.listBad(0, 10)).events[0]!.reason).to.contain('ended unexpectedly');
    });

    it('shows bad events, their text, and puts them back or away', async () => {
      await store.insert([entry('<a/>'), entry('<b/>', BERT), entry('<c/>', newGuid())]);
      const events = await claim();
      await store.settle(
        'one',
        events.map(({ id }) => ({ id, kind: 'bad' as const, reason: `Reason ${id}.` })),
      );
      const { total, events: bad } = await store.listBad(0, 2);
      expect(total).to.equal(3);
      expect(bad.map((event) => event.id)).to.deep.equal([events[2]!.id, events[1]!.id]);
      expect(bad[0]).to.include({ reason: `Reason ${events[2]!.id}.`, size: 4, receivedAt: time.at });
      expect(await store.readBad(events[2]!.id)).to.deep.equal(bad[0]);
      expect(await store.readBad(999_999)).to.equal(undefined);
      const shown = await store.payload(events[0]!.id, 2);
      expect(Buffer.from(shown!.bytes).toString()).to.equal('<a');
      expect(shown!.cut).to.equal(true);
      expect((await store.totals()).depth, 'bad events do not wait').to.equal(0);
      expect((await store.totals()).bytes, 'but fill the disk').to.equal(12);

      expect(await store.retry([events[0]!.id, 999_999])).to.equal(1);
      expect(await store.readBad(events[0]!.id), 'it waits again').to.equal(undefined);
      expect(await store.discard([events[1]!.id, events[0]!.id]), 'only bad ones').to.equal(1);
      expect((await store.state()).bad).to.equal(1);
      expect(texts(await claim())).to.deep.equal(['<a/>']);
      expect(await store.payload(events[1]!.id, 10)).to.equal(undefined);
    });

    it('tells depth, bytes and age of each class', async () => {
      await store.insert([entry('aa'), entry('bbb')]);
      time.at += 5000;
      await store.insert([entry('slow', BERT, { queueClass: 'slow' })]);
      const { classes } = await store.state();
      expect(classes.map((each) => each.name)).to.deep.equal([...QUEUE_CLASSES]);
      expect(classes.find((each) => each.name === 'fast')).to.deep.equal({
        name: 'fast',
        depth: 2,
        bytes: 5,
        oldestAt: time.at - 5000,
        entered: 2,
        settled: 0,
      });
      expect(classes.find((each) => each.name === 'large')).to.include({ depth: 0, oldestAt: undefined });
    });

    it('takes a body from a file and removes the file when it is no longer needed', async () => {
      const file = `${newGuid()}.xml`;
      writeFileSync(join(dataDir, 'spool', file), '<spooled/>');
      await store.insert([entry('', ANNA, { body: { file }, size: 10 })]);
      const [event] = await claim();
      if (event!.body instanceof Uint8Array) expect(texts([event!])).to.deep.equal(['<spooled/>']);
      else expect(event!.body.file).to.equal(file);
      expect(Buffer.from((await store.payload(event!.id, 4))!.bytes).toString()).to.equal('<spo');
      await done([event!]);
      expect(readdirSync(join(dataDir, 'spool'))).to.deep.equal([]);
    });

    it('takes no word on an event from anybody but its owner', async () => {
      await store.insert([entry('a')]);
      const events = await claim();
      await done(events, 'stranger');
      await store.settle('stranger', [{ id: events[0]!.id, kind: 'bad', reason: 'Because.' }]);
      expect((await store.totals()).depth).to.equal(1);
      await done(events);
      expect((await store.totals()).depth).to.equal(0);
    });
  });
}

describe('the event queue keeps events', () => {
  keepsEvents('in a file of its own', (dataDir) => SqliteQueueStore.open(dataDir, time.now));

  forEachEngine((_engine, open) => {
    keepsEvents(
      'in a table of the CMDB',
      async (dataDir) =>
        new CmdbQueueStore(await open(), join(dataDir, 'spool'), time.now, { maxEvents: 4, maxBytes: 1e9 }),
    );

    it('lets two nodes share a table, and ends the lease of one that is gone', async () => {
      const cmdb = await open();
      const [one, two] = [new CmdbQueueStore(cmdb, '', time.now), new CmdbQueueStore(cmdb, '', time.now)];
      await one.insert(Array.from({ length: 40 }, (_, index) => entry(`${index}`, newGuid())));
      const claims = await Promise.all(
        [one, two, one, two].map((store, index) => store.claim(`node ${index}`, { ...all, count: 10 })),
      );
      expect(new Set(claims.flat().map((event) => event.id)).size).to.equal(40);
      time.at += 16 * 60_000;
      expect(await two.claim('another', all), 'leases have ended; what was tried comes alone').to.have.length(1);
      await cmdb.close();
    });
  });

  describe('in a file of its own, when things go wrong', () => {
    let dataDir: string;
    beforeEach(() => {
      dataDir = mkdtempSync(join(tmpdir(), 'ns-queue-'));
    });
    afterEach(() => rmSync(dataDir, { recursive: true }));

    it('says so when the disk is full, keeps nothing half-written, and goes on when there is room again', async () => {
      const store = await SqliteQueueStore.open(dataDir, time.now);
      const { database } = store.file;
      await store.insert([entry('before')]);
      const pages = Number(database.prepare('PRAGMA page_count').get()!.page_count);
      database.exec(`PRAGMA max_page_count = ${pages + 4}`);
      const batch = Array.from({ length: 20 }, (_, index) => entry(`${index} ${'x'.repeat(3000)}`));
      const failed: unknown = await store.insert(batch).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failed).to.be.instanceOf(QueueUnavailable);
      expect(await store.totals()).to.deep.equal({ depth: 1, bytes: 6, large: 0 });
      database.exec('PRAGMA max_page_count = 1000000');
      await store.insert(batch);
      expect(await store.totals()).to.deep.include({ depth: 21 });
      expect(texts(await store.claim('one', all))[0]).to.equal('before');
      await store.close();
    });

    it('is opened by one process at a time', async function () {
      this.timeout(20_000);
      const store = await SqliteQueueStore.open(dataDir, time.now);
      const second: unknown = await SqliteQueueStore.open(dataDir, time.now).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(second).to.be.instanceOf(QueueUnavailable);
      await store.close();
      await (await SqliteQueueStore.open(dataDir, time.now)).close();
    });

    it('is there with everything when it is opened again, and files that no row knows are gone', async () => {
      mkdirSync(join(dataDir, 'spool'));
      const file = `${newGuid()}.xml`;
      const first = await SqliteQueueStore.open(dataDir, time.now);
      for (const name of [file, `${newGuid()}.xml`, 'notes.txt']) writeFileSync(join(dataDir, 'spool', name), '<a/>');
      await first.insert([entry('a'), entry('', BERT, { body: { file }, size: 4 })]);
      const before = await first.claim('one', all);
      await first.close();
      const again = await SqliteQueueStore.open(dataDir, time.now);
      expect(await again.totals()).to.deep.equal({ depth: 2, bytes: 5, large: 0 });
      const after = await again.claim('one', all);
      expect(after.map(({ id, queueId }) => [id, queueId])).to.deep.equal(
        before.map(({ id, queueId }) => [id, queueId]),
      );
      expect(readdirSync(join(dataDir, 'spool')).sort()).to.deep.equal([file, 'notes.txt'].sort());
      await again.close();
    });
  });
});
