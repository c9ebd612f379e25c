import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { ProtocolError } from '../../models/protocolErrors.ts';
import { spoolBody, spoolFolder } from '../../models/events/spool.ts';
import { newGuid } from '../../wire/guid.ts';
import { nseClass } from '../../wire/nse.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import { Pipeline } from './pipeline.ts';
import { inventory, message, rowsOf, sample, WKS_042 } from './support.ts';

const run = (name: string): string =>
  message({
    to: CAPTURE_ITEM.swdExecution,
    classes: [nseClass('swdExecution', [{ advertisementName: name, returnCode: '0' }])],
  });

async function codeOf(accepting: Promise<void>): Promise<string> {
  const error: unknown = await accepting.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return 'accepted';
  expect(error).to.be.instanceOf(ProtocolError);
  return (error as ProtocolError).code;
}

describe('the event pipeline', () => {
  let pipeline: Pipeline;
  beforeEach(async () => {
    pipeline = await Pipeline.open();
  });
  afterEach(() => pipeline.close());

  it('takes events at once and applies all of them', async () => {
    const events = Array.from({ length: 500 }, (_, index) => run(`run ${index}`));
    await Promise.all(events.map((event) => pipeline.accept(event)));
    expect((await pipeline.queue.state()).depth).to.equal(500);
    await pipeline.startProcessing();
    await pipeline.drained();
    expect(await rowsOf(pipeline.cmdb, 'SwdExecution')).to.have.length(500);
    expect(new Set((await rowsOf(pipeline.cmdb, 'SwdExecution')).map((row) => row.AdvertisementName)).size).to.equal(
      500,
    );
    expect(pipeline.reports.reduce((sum, report) => sum + report.applied, 0)).to.equal(500);
    expect(await pipeline.queue.state()).to.deep.include({ depth: 0, bytes: 0, bad: 0, accepted: 500 });
  });

  it('refuses what is no XML, and stores nothing of it', async () => {
    const answers = await Promise.all([
      codeOf(pipeline.accept('')),
      codeOf(pipeline.accept('hello')),
      codeOf(pipeline.accept(new Uint8Array([0x1f, 0x8b, 8, 0, 1]))),
      codeOf(pipeline.accept('<message><to>')),
      codeOf(pipeline.accept(`<!DOCTYPE message [<!ENTITY a "b">]>${inventory('X')}`)),
      codeOf(pipeline.accept('<a>'.repeat(100_000))),
      codeOf(pipeline.accept(run('good'))),
    ]);
    expect(answers).to.deep.equal(['badXml', 'badXml', 'badXml', 'badXml', 'badXml', 'badXml', 'accepted']);
    expect(await pipeline.queue.state()).to.deep.include({ depth: 1, accepted: 1, rejectedNotXml: 6 });
  });

  it('keeps unknown and invalid events with a reason, and control characters are no reason', async () => {
    await pipeline.accept('<note>not an event</note>');
    await pipeline.accept(sample('18-nse-package-server-status.xml'));
    await pipeline.accept(sample('16-nse-custom-inventory.xml'));
    await pipeline.accept(inventory('CONTROL').replace('Example OS', 'Example\u0003 OS'));
    await pipeline.startProcessing();
    await pipeline.drained();
    const { total, events } = await pipeline.queue.listBad(0, 10);
    expect(total).to.equal(3);
    expect(events.map((event) => event.reason)).to.deep.equal([
      'The CMDB has no inventory class deadbeef-0000-4000-8000-00000000cafe.',
      'The event is about b7000000-1234-4abc-8def-000000000007, which is not the computer that sent it.',
      'The document is no event: its root element is note, neither message nor InventoryClasses.',
    ]);
    expect((await pipeline.queue.payload(events[2]!.id, 1000))!.text).to.equal('<note>not an event</note>');
    expect((await rowsOf(pipeline.cmdb, 'Inv_AeX_AC_Identification'))[0]).to.include({ 'OS Name': 'Example OS' });
    expect((await rowsOf(pipeline.cmdb, 'Timeline'))[0]).to.include({ Kind: 'flagged' });
  });

  it('applies a bad event after its cause was mended and it was put back', async () => {
    await pipeline.accept(sample('16-nse-custom-inventory.xml'));
    await pipeline.startProcessing();
    await pipeline.drained();
    const [bad] = (await pipeline.queue.listBad(0, 10)).events;
    const custom = 'deadbeef-0000-4000-8000-00000000cafe' as never;
    const { db, writer } = pipeline.cmdb;
    writer.exec(
      'CREATE TABLE Inv_Tools (_id INTEGER PRIMARY KEY, _ResourceGuid TEXT NOT NULL, [Tool] TEXT, [Version] TEXT) STRICT',
    );
    await db
      .insertInto('DataClass')
      .values({
        Guid: custom,
        Name: 'Tools',
        DataTableName: 'Inv_Tools',
        Kind: 'inventory',
        IsMultiRow: 1,
        Description: '',
      })
      .execute();
    for (const [position, name] of ['Tool', 'Version'].entries()) {
      await db
        .insertInto('DataClassColumn')
        .values({ DataClassGuid: custom, Position: position, Name: name, DataType: 'text', MaxLength: 100 })
        .execute();
    }
    // The classes are read anew every few seconds: until then the event is put aside again.
    for (let attempt = 0; attempt < 40 && (await rowsOf(pipeline.cmdb, 'Inv_Tools')).length === 0; attempt++) {
      await pipeline.queue.retry([bad!.id]);
      await pipeline.drained();
      await wait(250);
    }
    expect((await rowsOf(pipeline.cmdb, 'Inv_Tools')).map((row) => row.Tool)).to.deep.equal([
      'Example tool',
      'Other tool',
    ]);
    expect((await pipeline.queue.state()).bad).to.equal(0);
  });

  it('takes a large body from a file, and leaves no file behind', async () => {
    const folder = spoolFolder(pipeline.dataDir);
    const rows = Array.from({ length: 20_000 }, (_, index) => ({
      agentName: `Agent ${index}`,
      installPath: `C:\\Program Files\\Example ${index}`,
    }));
    const body = Buffer.from(message({ classes: [nseClass('clientAgent', rows)] }));
    expect(body.length).to.be.greaterThan(1_048_576);
    const spooled = await spoolBody(folder, Readable.from([body.subarray(0, 700_001), body.subarray(700_001)]), 1e9);
    await pipeline.queue.accept({ body: spooled, sender: WKS_042, proven: true, priority: 0, receivedAt: Date.now() });
    expect((await pipeline.queue.state()).classes.find((each) => each.name === 'slow')!.depth).to.equal(1);
    const broken = await spoolBody(folder, Readable.from([body.subarray(0, 1_000_000)]), 1e9);
    expect(
      await codeOf(pipeline.queue.accept({ body: broken, sender: WKS_042, proven: true, priority: 0, receivedAt: 0 })),
    ).to.equal('badXml');
    await pipeline.startProcessing();
    await pipeline.drained();
    expect(await rowsOf(pipeline.cmdb, 'Inv_AeX_AC_Client_Agent')).to.have.length(20_000);
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('waits while the CMDB does not take events, and loses none', async function () {
    this.timeout(60_000);
    pipeline.cmdb.writer.exec('BEGIN IMMEDIATE');
    await pipeline.startProcessing();
    await pipeline.accept(run('patient'));
    while (!pipeline.reports.some((report) => report.cmdbAnswers === false)) await wait(50);
    expect((await pipeline.queue.state()).depth).to.equal(1);
    pipeline.cmdb.writer.exec('ROLLBACK');
    await pipeline.drained();
    expect((await rowsOf(pipeline.cmdb, 'SwdExecution')).map((row) => row.AdvertisementName)).to.deep.equal([
      'patient',
    ]);
    expect(pipeline.reports.some((report) => report.cmdbAnswers === true)).to.equal(true);
  });

  it('sorts by the priority that the envelope asks for', async () => {
    await pipeline.accept(run('normal'));
    await pipeline.accept(run('urgent').replace('<priority>0<', '<priority>5<'));
    const { classes } = await pipeline.queue.state();
    expect(classes.map((each) => `${each.name} ${each.depth}`)).to.include.members(['priority 1', 'fast 1']);
  });

  it('has everything on disk when it is told to stop with events on their way', async () => {
    const accepting = Array.from({ length: 1000 }, (_, index) => pipeline.accept(run(`${index}`)));
    const stopping = pipeline.queue.stop();
    const accepted = (await Promise.all(accepting.map(codeOf))).filter((code) => code === 'accepted').length;
    await stopping;
    expect(accepted).to.equal(1000);
    expect(await codeOf(pipeline.accept(run('late')))).to.equal('unavailable');
  });
});

/** A class that may take the whole queue. */
const ALL = { maxEvents: 1e6, maxBytes: 1e9 };

describe('the limits of the event queue', () => {
  it('are kept by number and by bytes, and end when events are processed', async () => {
    const pipeline = await Pipeline.open({ maxEvents: 3, maxBytes: 1e9, classes: { fast: ALL } });
    try {
      for (let index = 0; index < 3; index++) await pipeline.accept(run(`${index}`));
      expect(pipeline.queue.hasRoom()).to.equal(false);
      expect(await codeOf(pipeline.accept(run('too many')))).to.equal('queueFull');
      expect((await pipeline.queue.state()).rejectedFull).to.equal(1);
      await pipeline.startProcessing();
      await pipeline.drained();
      expect(pipeline.queue.hasRoom()).to.equal(true);
      expect(await codeOf(pipeline.accept(run('now')))).to.equal('accepted');
    } finally {
      await pipeline.close();
    }
  });

  it('count what is bad by its bytes, for the disk holds it', async () => {
    const pipeline = await Pipeline.open({ maxEvents: 1000, maxBytes: 3000, classes: { fast: ALL } });
    try {
      await pipeline.accept(`<note>${'x'.repeat(3000)}</note>`, newGuid());
      await pipeline.startProcessing();
      await pipeline.drained();
      expect(await codeOf(pipeline.accept(run('no room')))).to.equal('queueFull');
      const [bad] = (await pipeline.queue.listBad(0, 1)).events;
      expect(await pipeline.queue.discard([bad!.id])).to.equal(1);
      expect(await codeOf(pipeline.accept(run('room')))).to.equal('accepted');
    } finally {
      await pipeline.close();
    }
  });
});
