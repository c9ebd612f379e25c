import { expect } from 'chai';
import { sql } from 'kysely';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { newGuid } from '../../wire/guid.ts';
import { nseClass } from '../../wire/nse.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { fixedClock, inventory, message, process, queued, rowsOf } from './support.ts';

const run = (name: string, msgId = newGuid()): string =>
  message({
    to: CAPTURE_ITEM.swdExecution,
    msgId,
    classes: [nseClass('swdExecution', [{ advertisementName: name, status: 'Command executed', returnCode: '0' }])],
  });

describe('applying an event', () => {
  forEachEngine((_engine, open) => {
    const clock = fixedClock('2031-02-03T04:05:06.000Z');
    let cmdb: AnyCmdb;
    beforeEach(async () => {
      cmdb = await open();
    });
    afterEach(() => cmdb.close());

    const names = async () => (await rowsOf(cmdb, 'SwdExecution')).map((row) => row.AdvertisementName);

    it('happens once, however often the event is sent, in one slice or in several', async () => {
      const body = run('once');
      expect((await process(cmdb, clock, [queued(body), queued(body)])).map((outcome) => outcome.kind)).to.deep.equal([
        'done',
        'done',
      ]);
      expect((await process(cmdb, clock, [queued(body)])).map((outcome) => outcome.kind)).to.deep.equal(['done']);
      expect(await names()).to.deep.equal(['once']);
      expect(await rowsOf(cmdb, 'AppliedEvent')).to.have.length(1);
    });

    it('keeps the first of two events that share an id, and flags the other', async () => {
      const id = newGuid();
      const outcomes = await process(cmdb, clock, [queued(run('first', id)), queued(run('second', id))]);
      expect(outcomes.map((outcome) => outcome.kind)).to.deep.equal(['done', 'bad']);
      expect((outcomes[1] as { reason: string }).reason).to.contain('Duplicate msgId with other content');
      expect((await process(cmdb, clock, [queued(run('third', id))]))[0]).to.include({ kind: 'bad' });
      expect(await names()).to.deep.equal(['first']);
    });

    it('lets two computers use the same id', async () => {
      const [id, other] = [newGuid(), newGuid()];
      const theirs = message({
        to: CAPTURE_ITEM.swdExecution,
        msgId: id,
        resource: { guid: other, name: 'OTHER', keys: [] },
        classes: [nseClass('swdExecution', [{ advertisementName: 'theirs' }])],
      });
      await process(cmdb, clock, [queued(run('ours', id)), queued(theirs, { sender: other })]);
      expect((await names()).sort()).to.deep.equal(['ours', 'theirs']);
    });

    it('knows an event without an id by its row, which is read again after a crash', async () => {
      const body = run('nameless').replace(/<msgId>.*<\/msgId>/, '');
      await process(cmdb, clock, [queued(body, { id: 4711 })]);
      await process(cmdb, clock, [queued(body, { id: 4711 })]);
      expect(await names()).to.deep.equal(['nameless']);
      await process(cmdb, clock, [queued(body, { id: 4712 })]);
      expect(await names(), 'another row is another event').to.have.length(2);
    });

    it('marks nothing of an event that is put aside, so that it can be tried again', async () => {
      const body = inventory('LATER');
      expect((await process(cmdb, clock, [queued(body, { sender: newGuid() })]))[0]).to.include({ kind: 'bad' });
      expect(await rowsOf(cmdb, 'AppliedEvent')).to.deep.equal([]);
      expect((await process(cmdb, clock, [queued(body)]))[0]).to.include({ kind: 'done' });
    });

    it('spoils no other event of the slice when it fails', async () => {
      await sql`drop table Inv_AeX_AC_Location`.execute(cmdb.db);
      const failing = message({ classes: [nseClass('location', [{ site: 'Here' }])] });
      const outcomes = await process(cmdb, clock, [queued(run('before')), queued(failing), queued(run('after'))]);
      expect(outcomes.map((outcome) => outcome.kind)).to.deep.equal(['done', 'later', 'done']);
      expect(await names()).to.deep.equal(['before', 'after']);
      expect(await rowsOf(cmdb, 'AppliedEvent')).to.have.length(2);
      expect(await rowsOf(cmdb, 'ResourceUpdate'), 'nothing of the one that failed').to.deep.equal([]);
    });

    it('has no sender: then it is put aside', async () => {
      expect((await process(cmdb, clock, [queued(run('nobody'), { sender: null })]))[0]).to.include({ kind: 'bad' });
    });
  });
});
