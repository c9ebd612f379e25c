/** Who sends how much: counted by the threads, kept by the hour, whole sums whatever is left out. */
import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import type { Outcome, QueuedEvent } from '../../models/events/outcome.ts';
import { ProducerTally, type KnownEvent } from '../../models/events/producers.ts';
import { spanStart, topProducers } from '../../models/events/topProducers.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import { forEachEngine } from '../support/cmdb.ts';

const HOUR = 3600_000;
const START = Date.parse('2031-06-01T12:10:00Z');
const time = { at: START, now: () => time.at };
const sizeOf = ({ body }: QueuedEvent): number => (body as Uint8Array).length;

let lastId = 0;

interface Sent {
  sender: Guid;
  bytes?: number;
  kind?: Outcome['kind'];
  classes?: { classGuid?: Guid; className?: string; rows?: number }[];
  policy?: Guid;
  unread?: boolean;
}

/** Counts events as the processing loop does. */
function count(tally: ProducerTally, sent: readonly Sent[]): void {
  const events: QueuedEvent[] = [];
  const known: KnownEvent[] = [];
  const outcomes: Outcome[] = [];
  for (const { sender, bytes = 100, kind = 'done', classes = [], policy, unread } of sent) {
    const id = ++lastId;
    events.push({ id, sender, receivedAt: time.at, queueId: 'test', body: new Uint8Array(bytes) });
    outcomes.push(kind === 'done' ? { id, kind } : { id, kind, reason: 'x' });
    const blocks = classes.map(({ classGuid, className = '', rows = 0 }) => ({
      classGuid,
      className,
      resource: undefined,
      rows: Array.from({ length: rows }, () => []),
    }));
    if (unread !== true)
      known.push({
        id,
        item: { guid: CAPTURE_ITEM.basicInventory },
        event: { blocks } as unknown as KnownEvent['event'],
        parts: [{ data: policy === undefined ? {} : [{ advertisement: policy }, { advertisement: policy }] }],
      });
  }
  tally.count(events, known, outcomes);
}

describe('producers of events', function () {
  this.timeout(60_000);
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());
    beforeEach(async () => {
      time.at = START;
      await cmdb.db.deleteFrom('EventTally').execute();
    });

    const leaders = async (
      kind: Parameters<typeof topProducers>[1],
      by: Parameters<typeof topProducers>[3] = 'events',
    ) => {
      const { leaders: list, others, total } = await topProducers(cmdb, kind, spanStart('day', time.at), by, 3);
      return { list, others, total };
    };

    it('are counted by computer, capture item, data class and policy, and added up over threads', async () => {
      const [anna, bert, blue, red, policy] = Array.from({ length: 5 }, () => newGuid()) as [
        Guid,
        Guid,
        Guid,
        Guid,
        Guid,
      ];
      const [one, two] = [new ProducerTally(time, sizeOf), new ProducerTally(time, sizeOf)];
      count(one, [
        {
          sender: anna,
          bytes: 400,
          classes: [
            { classGuid: blue, rows: 2 },
            { classGuid: red, rows: 0 },
          ],
        },
        { sender: bert, bytes: 50, kind: 'bad', unread: true },
        { sender: bert, bytes: 50, kind: 'later' },
      ]);
      count(two, [{ sender: anna, bytes: 100, policy, classes: [{ className: 'Green' }] }]);
      await one.flush(cmdb);
      await two.flush(cmdb);
      await one.flush(cmdb);
      expect((await leaders('computer')).list).to.deep.equal([
        { subject: anna, events: 2, bytes: 500, bad: 0 },
        { subject: bert, events: 1, bytes: 50, bad: 1 },
      ]);
      expect((await leaders('computer', 'bad')).list).to.deep.equal([{ subject: bert, events: 1, bytes: 50, bad: 1 }]);
      expect((await leaders('dataClass', 'bytes')).list).to.have.deep.members([
        { subject: blue, events: 1, bytes: 300, bad: 0 },
        { subject: 'Green', events: 1, bytes: 100, bad: 0 },
        { subject: red, events: 1, bytes: 100, bad: 0 },
      ]);
      expect((await leaders('policy')).list).to.deep.equal([{ subject: policy, events: 1, bytes: 100, bad: 0 }]);
      expect((await leaders('captureItem')).total).to.deep.equal({ events: 2, bytes: 500, bad: 0 });
      count(one, [{ sender: anna, bytes: 7 }]);
      await one.flush(cmdb);
      expect((await leaders('computer')).list[0]).to.include({ events: 3, bytes: 507 });
    });

    it('that are many have few rows, and one for all others that makes the sum right', async () => {
      const tally = new ProducerTally(time, sizeOf);
      const fleet = Array.from({ length: 400 }, () => newGuid());
      count(
        tally,
        fleet.map((sender, index) => ({ sender, bytes: 100 + index })),
      );
      await tally.flush(cmdb);
      const rows = async () =>
        Number(
          (
            await cmdb.db
              .selectFrom('EventTally')
              .select((is) => is.fn.countAll().as('n'))
              .where('Kind', '=', 'computer')
              .executeTakeFirstOrThrow()
          ).n,
        );
      expect(await rows()).to.be.at.most(101);
      const total = { events: 400, bytes: 400 * 100 + (399 * 400) / 2, bad: 0 };
      expect((await leaders('computer', 'bytes')).total).to.deep.equal(total);
      expect((await leaders('computer', 'bytes')).list.map(({ bytes }) => bytes)).to.deep.equal([499, 498, 497]);
      // One of the others becomes the noisiest: its whole hour moves out of their row.
      count(
        tally,
        Array.from({ length: 60 }, () => ({ sender: fleet[200]!, bytes: 0 })),
      );
      await tally.flush(cmdb);
      const { list, others, total: after } = await leaders('computer');
      expect(list[0]).to.deep.equal({ subject: fleet[200], events: 61, bytes: 300, bad: 0 });
      expect(after).to.deep.equal({ ...total, events: 460 });
      expect(others.events).to.equal(460 - list.reduce((sum, each) => sum + each.events, 0));
    });

    it('begin anew with each hour, and are looked at by the span that is asked for', async () => {
      const tally = new ProducerTally(time, sizeOf);
      const anna = newGuid();
      count(tally, [{ sender: anna }]);
      time.at += 3 * HOUR;
      count(tally, [{ sender: anna }]);
      await tally.flush(cmdb);
      await tally.flush(cmdb);
      const since = async (span: 'hour' | 'day') =>
        (await topProducers(cmdb, 'computer', spanStart(span, time.at), 'events', 10)).total.events;
      expect(await since('day')).to.equal(2);
      expect(await since('hour')).to.equal(1);
    });
  });
});
