/** Bad events as a list: found, grouped and ended, in the embedded queue and in the table of the CMDB. */
import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventSubject, reasonGroup } from '../../models/events/badEvent.ts';
import { migrate } from '../../models/cmdb/migrate.ts';
import { openSqlite } from '../../models/cmdb/sqlite.ts';
import { CmdbQueueStore } from '../../models/events/cmdbQueueStore.ts';
import { decideMatchingBadEvents } from '../../models/events/decideBadEvents.ts';
import { QUEUE_CLASSES } from '../../models/events/queueClasses.ts';
import type { QueueStore } from '../../models/events/queueStore.ts';
import { SqliteQueueStore } from '../../models/events/sqliteQueueStore.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { forEachEngine } from '../support/cmdb.ts';

const [ANNA, BERT] = [newGuid(), newGuid()];
const time = { at: Date.parse('2031-01-01T00:00:00Z'), now: () => time.at };

const body = (to: string, name: string): string =>
  `<message><to>${to}</to><body><inventoryClass name="${name}"><row c0="1"/></inventoryClass></body></message>`;

function findsBadEvents(name: string, open: (dataDir: string) => Promise<QueueStore>): void {
  describe(name, function () {
    this.timeout(60_000);
    let dataDir: string;
    let store: QueueStore;
    before(async () => {
      dataDir = mkdtempSync(join(tmpdir(), 'ns-bad-'));
      mkdirSync(join(dataDir, 'spool'));
      store = await open(dataDir);
    });
    after(async () => {
      await store.close();
      rmSync(dataDir, { recursive: true });
    });

    const putAside = async (sender: Guid, text: string, reason: string): Promise<number> => {
      const bytes = new Uint8Array(Buffer.from(text));
      await store.insert([
        { queueClass: 'fast', priority: 0, sender, proven: true, receivedAt: time.at, size: bytes.length, body: bytes },
      ]);
      const [event] = await store.claim('one', { classes: QUEUE_CLASSES, count: 100, bytes: 1e9 });
      await store.settle('one', [{ id: event!.id, kind: 'bad', reason }]);
      return event!.id;
    };

    it('keeps what an event was for, finds it by that, by sender and by reason, and counts what is alike', async () => {
      const first = await putAside(ANNA, body('custom', 'Blue'), 'The CMDB has no inventory class "Blue" 17.');
      const second = await putAside(BERT, body('custom', 'Red'), 'The CMDB has no inventory class "Red" 4.');
      const third = await putAside(BERT, body('other', 'Red 100%'), 'There is no capture item other.');

      const { total, events } = await store.listBad(0, 10);
      expect(total).to.equal(3);
      expect(events.map(({ id }) => id)).to.deep.equal([third, second, first]);
      expect(events[2]).to.deep.include({
        sender: ANNA,
        sentTo: 'custom',
        classLabel: 'Blue',
        queueClass: 'fast',
        receivedAt: time.at,
        putAsideAt: time.at,
        reasonGroup: 'The CMDB has no inventory class ….',
      });
      expect(await store.readBad(first)).to.deep.equal(events[2]);

      const found = async (query: Parameters<QueueStore['listBad']>[2]): Promise<number[]> =>
        (await store.listBad(0, 10, query)).events.map(({ id }) => id);
      expect(await found({ sender: BERT })).to.deep.equal([third, second]);
      expect(await found({ reasonGroup: 'The CMDB has no inventory class ….' })).to.deep.equal([second, first]);
      expect(await found({ sentTo: 'custom', sender: BERT })).to.deep.equal([second]);
      expect(await found({ queueClass: 'large' })).to.deep.equal([]);
      expect(await found({ search: { text: 'blue', senders: [] } })).to.deep.equal([first]);
      expect(await found({ search: { text: '100%', senders: [] } })).to.deep.equal([third]);
      expect(await found({ search: { text: 'nothing', senders: [ANNA] } })).to.deep.equal([first]);
      expect(await found({ upTo: second, sort: 'id', descending: false })).to.deep.equal([first, second]);
      expect(await found({ sort: 'size', descending: true })).to.deep.equal([third, first, second]);

      const { reasons, senders, sentTo } = await store.badGroups({});
      expect(reasons.map(({ value, count }) => [value, count])).to.deep.equal([
        ['The CMDB has no inventory class ….', 2],
        ['There is no capture item other.', 1],
      ]);
      expect(senders.map(({ value, count }) => [value, count])).to.deep.equal([
        [BERT, 2],
        [ANNA, 1],
      ]);
      expect(sentTo.map(({ value }) => value)).to.deep.equal(['custom', 'other']);
      expect((await store.badGroups({ sender: ANNA })).reasons.map(({ count }) => count)).to.deep.equal([1]);

      expect(await store.badIds({ sentTo: 'custom' }, 0, 1)).to.deep.equal([first]);
      expect(await store.badIds({ sentTo: 'custom' }, first, 10)).to.deep.equal([second]);
    });

    it('forgets those that wait again or are gone, and counts what came and went', async () => {
      const [third, second, first] = (await store.listBad(0, 10)).events.map(({ id }) => id) as [
        number,
        number,
        number,
      ];
      expect(await store.discard([third])).to.equal(1);
      expect(await store.retry([second])).to.equal(1);
      const { total, events } = await store.listBad(0, 10);
      expect([total, events.map(({ id }) => id)]).to.deep.equal([1, [first]]);
      const fast = (await store.state()).classes.find((each) => each.name === 'fast')!;
      expect(fast).to.include({ depth: 1, settled: 3 });
      expect(fast.entered).to.be.at.least(3);
      // It may be put aside anew, with what is wrong now.
      const [again] = await store.claim('one', { classes: QUEUE_CLASSES, count: 1, bytes: 1e9 });
      await store.settle('one', [{ id: again!.id, kind: 'bad', reason: 'Still wrong.' }]);
      expect(await store.readBad(second)).to.include({ reason: 'Still wrong.', sentTo: 'custom' });
    });
  });
}

describe('bad events', () => {
  findsBadEvents('of the embedded queue', (dataDir) => SqliteQueueStore.open(dataDir, time.now));
  forEachEngine((engine, open) => {
    findsBadEvents(
      `of the table on ${engine}`,
      async (dataDir) => new CmdbQueueStore(await open(), join(dataDir, 'spool'), time.now),
    );
  });

  it('that an older version put aside are in the list after the next start', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'ns-bad-'));
    const store = await SqliteQueueStore.open(dataDir, time.now);
    const bytes = new Uint8Array(Buffer.from(body('custom', 'Blue')));
    await store.insert([
      { queueClass: 'fast', priority: 0, sender: ANNA, proven: true, receivedAt: 5, size: bytes.length, body: bytes },
    ]);
    store.file.database.exec("UPDATE EventQueueEntry SET ProcessingState = 2, Reason = 'Old.'; DROP TABLE BadEvent");
    await store.close();
    const again = await SqliteQueueStore.open(dataDir, time.now);
    expect((await again.listBad(0, 5)).events[0]).to.include({ reason: 'Old.', sentTo: 'custom', classLabel: 'Blue' });
    await again.close();
    rmSync(dataDir, { recursive: true });
  });

  it('may be a hundred thousand: any page of them, and a decision about a third in steps', async function () {
    this.timeout(120_000);
    const dataDir = mkdtempSync(join(tmpdir(), 'ns-bad-'));
    const store = await SqliteQueueStore.open(dataDir, time.now);
    store.file.database.exec(`
      BEGIN;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
      INSERT INTO EventQueueEntry (QueueName, ProcessingState, Priority, SenderGuid, IsProven, ReceivedAt, Size, Attempts, NextAttemptAt, Reason, Body)
      SELECT 'fast', 2, 0, '${ANNA}', 1, i, 1000 + i, 0, 0, 'Reason ' || char(65 + i % 3) || '.', x'3c' FROM n;
      DROP TABLE BadEvent;
      COMMIT;`);
    await store.close();
    const again = await SqliteQueueStore.open(dataDir, time.now);
    const last = await again.listBad(99_950, 50);
    expect([last.total, last.events.length, last.events.at(-1)!.id]).to.deep.equal([100_000, 50, 1]);
    expect((await again.listBad(0, 1, { sort: 'size', descending: true })).events[0]!.id).to.equal(100_000);
    const groups = await again.badGroups({});
    expect(groups.reasons.map(({ value, count }) => [value, count])).to.deep.equal([
      ['Reason B.', 33_334],
      ['Reason A.', 33_333],
      ['Reason C.', 33_333],
    ]);
    const cmdb = openSqlite(join(dataDir, 'cmdb.sqlite'));
    await migrate(cmdb);
    const filter = { reasonGroup: 'Reason A.', upTo: 30_000 };
    const actor = { name: 'jane', address: '' };
    const changed = await decideMatchingBadEvents({ cmdb, clock: time, queue: again }, actor, 'discard', filter);
    expect(changed).to.equal(10_000);
    expect((await again.listBad(0, 1, { reasonGroup: 'Reason A.' })).total).to.equal(23_333);
    expect((await again.listBad(0, 1)).total).to.equal(90_000);
    const entries = await cmdb.db.selectFrom('AuditEntry').select(['ObjectName', 'Detail']).execute();
    expect(entries.map((row) => row.ObjectName)).to.deep.equal(['10000 bad events']);
    const { after } = JSON.parse(entries[0]!.Detail!) as { after: { ids: string; changed: number; filter: object } };
    expect(after).to.deep.include({ changed: 10_000, filter });
    expect(after.ids).to.have.length(4001);
    await again.close();
    await cmdb.close();
    rmSync(dataDir, { recursive: true });
  });

  it('have reasons in common when they differ in names, numbers and places only', () => {
    expect(reasonGroup('The event cannot be read: unclosed tag: a (line 7, column 12).')).to.equal(
      reasonGroup('The event cannot be read: unclosed tag: a (line 1, column 3).'),
    );
    expect(reasonGroup(`No class "A", ${newGuid()}, "B" 7.`)).to.equal('No class ….');
    expect(reasonGroup('')).to.equal('No reason');
    expect(reasonGroup('x'.repeat(999))).to.have.length(200);
  });

  it('are looked at for what they are about, whatever they are', () => {
    const about = (text: string | Uint8Array) => eventSubject(typeof text === 'string' ? Buffer.from(text) : text);
    expect(about(Buffer.from(`\ufeff${body('x', 'y')}`, 'utf16le'))).to.deep.equal({ sentTo: 'x', classLabel: 'y' });
    expect(about("<m><to> {1} </to><dataClass guid='{2}'/>")).to.deep.equal({ sentTo: '{1}', classLabel: '{2}' });
    for (const nothing of ['', '<', '<to>', new Uint8Array([0, 255, 254, 1])])
      expect(about(nothing)).to.deep.equal({ sentTo: '', classLabel: '' });
  });
});
