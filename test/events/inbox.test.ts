/** The inbox folder: every file is taken up once, whatever happens meanwhile. */
import { expect } from 'chai';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { RegistrationState } from '../../models/agents/directory.ts';
import { EventInbox } from '../../models/events/inbox/eventInbox.ts';
import { InboxFolders } from '../../models/events/inbox/inboxFolders.ts';
import type { LimitChanges } from '../../models/events/queueLimits.ts';
import { ensureComputers } from '../../models/events/senders.ts';
import { spoolFolder } from '../../models/events/spool.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { nseClass } from '../../wire/nse.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import { Pipeline } from './pipeline.ts';
import { fixedClock, inventory, message, rowsOf, sample, WKS_042 } from './support.ts';

const MB = 1024 * 1024;

describe('the inbox folder', () => {
  const clock = fixedClock('2031-02-03T04:05:06.000Z');
  const states = new Map<Guid, RegistrationState>();
  let pipeline: Pipeline;
  let folder: string;
  let inbox: EventInbox;

  const open = (node = 'one', maxBytes = 2 * MB): EventInbox =>
    new EventInbox({
      folders: new InboxFolders(folder, node),
      queue: pipeline.queue,
      cmdb: pipeline.cmdb,
      agents: { get: (guid) => entryOf(guid, states.get(guid)) },
      clock,
      spoolFolder: spoolFolder(pipeline.dataDir),
      maxBytes,
    });

  const start = async (limits?: LimitChanges): Promise<void> => {
    pipeline = await Pipeline.open(limits);
    folder = join(pipeline.dataDir, 'EventQueue', 'EvtInbox');
    mkdirSync(folder, { recursive: true });
    await pipeline.cmdb.transaction((session) => ensureComputers(session, clock, new Map([[WKS_042, 'WKS-042']])));
    inbox = open();
  };
  beforeEach(async () => {
    clock.at = Date.parse('2031-02-03T04:05:06.000Z');
    states.clear();
    await start();
  });
  afterEach(() => pipeline.close());

  const drop = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content);
  const beside = (name: string): string[] => readdirSync(join(dirname(folder), name)).sort();
  const depth = async (): Promise<number> => (await pipeline.queue.state()).depth;
  /** Two looks: a file must be the same in both. */
  const lookTwice = async (at = inbox) => {
    await at.look();
    return at.look();
  };
  const process = async (): Promise<void> => {
    await pipeline.startProcessing();
    await pipeline.drained();
    await pipeline.stopProcessing();
  };

  it('takes up a file at the second look, and it is applied like any other event', async () => {
    drop('one.nse', inventory('FROM-FILE'));
    expect(await inbox.look()).to.deep.equal({ taken: 0, bad: [] });
    expect(await inbox.look()).to.deep.equal({ taken: 1, bad: [] });
    expect(readdirSync(folder)).to.deep.equal([]);
    expect(beside('Work')).to.deep.equal([]);
    await process();
    expect((await rowsOf(pipeline.cmdb, 'Inv_AeX_AC_Identification')).map((row) => row.Name)).to.deep.equal([
      'FROM-FILE',
    ]);
    expect(readdirSync(spoolFolder(pipeline.dataDir))).to.deep.equal([]);
  });

  it('leaves a file alone that is being written, until it is whole', async () => {
    const text = inventory('WHOLE');
    drop('slow.xml', text.slice(0, 200));
    expect((await lookTwice()).taken).to.equal(0);
    expect((await inbox.look()).bad).to.deep.equal([]);
    expect(readdirSync(folder)).to.deep.equal(['slow.xml']);
    drop('slow.xml', text);
    expect((await lookTwice()).taken).to.equal(1);
  });

  it('does not take a file that has grown since the look before, even if it could be read', async () => {
    drop('grows.xml', inventory('A'));
    await inbox.look();
    drop('grows.xml', `${inventory('A')}<!-- more -->`);
    expect((await inbox.look()).taken).to.equal(0);
    expect((await inbox.look()).taken).to.equal(1);
    expect(await depth()).to.equal(1);
  });

  it('puts a file aside that is not whole after a minute, with the reason beside it', async () => {
    drop('broken.xml', '<message><to>x</to>');
    await lookTwice();
    clock.at += 60_000;
    const { bad } = await inbox.look();
    expect(bad.map(({ name }) => name)).to.deep.equal(['broken.xml']);
    expect(beside('Bad')).to.deep.equal(['broken.xml', 'broken.xml.reason.txt']);
    expect(readFileSync(join(dirname(folder), 'Bad', 'broken.xml.reason.txt'), 'utf8')).to.match(
      /^The file cannot be read: unclosed tag: message \(line 1, column \d+\)\.\n$/,
    );
    expect(readFileSync(join(dirname(folder), 'Bad', 'broken.xml'), 'utf8')).to.equal('<message><to>x</to>');
    expect(await depth()).to.equal(0);
  });

  it('keeps both of two bad files of one name', async () => {
    for (const text of ['first', 'second']) {
      drop('same.xml', text);
      await lookTwice();
      clock.at += 60_000;
      await inbox.look();
    }
    const kept = beside('Bad').filter((name) => !name.endsWith('.reason.txt'));
    expect(kept.map((name) => readFileSync(join(dirname(folder), 'Bad', name), 'utf8')).sort()).to.deep.equal([
      'first',
      'second',
    ]);
    expect(beside('Bad')).to.have.length(4);
  });

  for (const [what, content, reason] of [
    [
      'of a computer that the CMDB does not know',
      inventory('X', { resource: { guid: newGuid(), name: 'X', keys: [] } }),
      /^The CMDB knows no computer /,
    ],
    ['that names no computer', sample('19-nsi-rowset.xml'), /^The event names its computer by neither/],
    ['that is no XML', 'MZ\u0000', /does not begin with </],
    ['with a doctype', '<!DOCTYPE message><message/>', /document type declaration/],
    ['that is empty', '', /^The file cannot be read/],
    ['that is too large', `<message>${' '.repeat(2 * MB)}</message>`, /^The file is larger than 2097152 bytes\./],
  ] as const) {
    it(`puts a file aside ${what}, and nothing is accepted`, async () => {
      drop('bad.nse', content);
      await lookTwice();
      clock.at += 60_000;
      await inbox.look();
      expect(readFileSync(join(dirname(folder), 'Bad', 'bad.nse.reason.txt'), 'utf8')).to.match(reason);
      expect(readdirSync(folder)).to.deep.equal([]);
      expect(await depth()).to.equal(0);
    });
  }

  it('is not held up by a name that is too long for what is put around it', async () => {
    const long = `${'ü'.repeat(120)}.nse`;
    drop(long, '<broken');
    drop('other.nse', inventory('OTHER'));
    await lookTwice();
    clock.at += 60_000;
    const { bad } = await inbox.look();
    expect(bad).to.have.length(1);
    expect(beside('Bad')).to.have.length(2);
    expect(beside('Bad')[0]).to.match(/^ü+\.nse$/);
    expect(readdirSync(folder)).to.deep.equal([]);
    expect(await depth()).to.equal(1);
  });

  it('goes on with other files when one can be neither taken nor put aside, and says so', async () => {
    drop('bad.xml', '<broken');
    drop('good.xml', inventory('GOOD'));
    // A folder in the way of the reason.
    mkdirSync(join(dirname(folder), 'Bad', 'bad.xml.reason.txt'), { recursive: true });
    await inbox.look();
    clock.at += 60_000;
    expect(
      await inbox.look().then(
        () => 'nothing',
        (error: NodeJS.ErrnoException) => error.code,
      ),
    ).to.equal('EISDIR');
    expect(await depth()).to.equal(1);
    expect(beside('Work').map((name) => name.slice(46))).to.deep.equal(['bad.xml']);
  });

  it('trusts a file no more than the computer that it names: a blocked one is refused', async () => {
    states.set(WKS_042, 'blocked');
    drop('blocked.xml', inventory('X'));
    expect((await lookTwice()).bad[0]!.reason).to.equal(`The registration of ${WKS_042} is blocked.`);
    expect(await depth()).to.equal(0);
  });

  it('follows no link, and leaves hidden and temporary files alone', async () => {
    const secret = join(pipeline.dataDir, 'secret.xml');
    writeFileSync(secret, inventory('SECRET'));
    symlinkSync(secret, join(folder, 'link.xml'));
    mkdirSync(join(folder, 'folder.xml'));
    drop('.hidden.xml', inventory('X'));
    drop('half.xml.part', inventory('X'));
    await lookTwice();
    clock.at += 3600_000;
    expect(await inbox.look()).to.deep.equal({ taken: 0, bad: [] });
    expect(readdirSync(folder)).to.have.length(4);
  });

  it('waits with what the queue has no room for, and takes it later', async () => {
    await pipeline.close();
    await start({ maxEvents: 1, maxBytes: 1e9 });
    await pipeline.accept(inventory('FIRST'));
    drop('waits.xml', inventory('SECOND'));
    await lookTwice();
    expect((await inbox.look()).taken).to.equal(0);
    expect(readdirSync(folder)).to.deep.equal(['waits.xml']);
    await process();
    expect((await inbox.look()).taken).to.equal(1);
  });

  it('keeps what one computer has no room for until it has', async () => {
    await pipeline.close();
    await start({ maxEvents: 100, maxBytes: 1e9, sender: { maxEvents: 1, maxBytes: 1e9 } });
    await pipeline.accept(inventory('FIRST'));
    drop('waits.xml', inventory('SECOND'));
    expect((await lookTwice()).taken).to.equal(0);
    expect(beside('Work')).to.have.length(1);
    expect(readdirSync(spoolFolder(pipeline.dataDir))).to.deep.equal([]);
    await process();
    expect((await open().look()).taken, 'by a new process as well').to.equal(1);
    expect(await depth()).to.equal(1);
  });

  /** Without an id of its own: each time it is accepted it would be another event. */
  const anonymous = (): string => execution().replace(/<msgId>.*?<\/msgId>/, '');
  const executions = () => rowsOf(pipeline.cmdb, 'SwdExecution');

  it('takes up what was claimed before a crash', async () => {
    drop('claimed.xml', anonymous());
    const [file] = await new InboxFolders(folder, 'one').dropped();
    await inbox.look();
    await new InboxFolders(folder, 'one').claim(file!);
    expect((await open().look()).taken).to.equal(1);
    await process();
    expect(await executions()).to.have.length(1);
  });

  for (const when of ['waits', 'is applied', 'is bad'] as const) {
    it(`does not take a file twice when the crash comes before it is removed and its event ${when}`, async () => {
      drop('twice.xml', when === 'is bad' ? anonymous().replace(CAPTURE_ITEM.swdExecution, newGuid()) : anonymous());
      await inbox.look();
      const [file] = await new InboxFolders(folder, 'one').dropped();
      const claimed = await new InboxFolders(folder, 'one').claim(file!);
      const copy = join(pipeline.dataDir, 'copy.xml');
      copyFileSync(claimed!.path, copy);
      await open().look();
      if (when !== 'waits') await process();
      // As if it had died before the file was removed.
      renameSync(copy, claimed!.path);
      await open().look();
      expect(beside('Work')).to.deep.equal([]);
      await process();
      expect(await executions()).to.have.length(when === 'is bad' ? 0 : 1);
      expect((await pipeline.queue.state()).bad).to.equal(when === 'is bad' ? 1 : 0);
    });
  }

  it('gives each file to one of two nodes', async () => {
    for (let index = 0; index < 30; index++) drop(`${index}.xml`, anonymous());
    const [one, other] = [open('one'), open('other')];
    await Promise.all([one.look(), other.look()]);
    const [first, second] = await Promise.all([one.look(), other.look()]);
    expect(first.taken + second.taken).to.equal(30);
    expect(await depth()).to.equal(30);
    expect(beside('Bad')).to.deep.equal([]);
  });

  it('leaves alone what another node has in work, until that node must be gone', async () => {
    drop('theirs.xml', anonymous());
    const theirs = new InboxFolders(folder, 'other');
    await theirs.make();
    await theirs.claim((await theirs.dropped())[0]!);
    clock.at = Date.now();
    expect((await lookTwice()).taken).to.equal(0);
    expect(beside('Work')).to.have.length(1);
    clock.at += 16 * 60_000;
    expect((await inbox.look()).taken).to.equal(1);
    expect(beside('Work')).to.deep.equal([]);
    expect(await depth()).to.equal(1);
  });

  for (const [what, encode] of [
    ['UTF-16 with a declaration', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-8 with a byte order mark', (text: string) => Buffer.from(`\uFEFF${text}`)],
    ['an eight-bit encoding', (text: string) => Buffer.from(text.replace('utf-16', 'windows-1252'), 'latin1')],
  ] as const) {
    it(`takes ${what}, and comments before the root`, async () => {
      const text = anonymous()
        .replace(/^<\?xml[^>]*\?>/, '<?xml version="1.0" encoding="utf-16"?><!-- <message> --><?pi <message> ?>')
        .replace('<message>', '<message note="a > b">')
        .replace('A program', 'Grüße');
      drop('encoded.xml', encode(text));
      expect((await lookTwice()).bad).to.deep.equal([]);
      await process();
      expect((await executions()).map((row) => row.ProgramName)).to.deep.equal(['Grüße']);
    });
  }

  it('takes a rowset that says in no envelope whose it is when its rows name the computer', async () => {
    const rowset = sample('19-nsi-rowset.xml').replace(
      '<InventoryClasses>',
      `<InventoryClasses><resources><resource guid="${WKS_042}" ref="1"/></resources>`,
    );
    drop('rowset.nsi', rowset);
    expect(await lookTwice()).to.deep.equal({ taken: 1, bad: [] });
    await process();
    const [bad] = (await pipeline.queue.listBad(0, 1)).events;
    expect(bad).to.include({ sender: WKS_042 });
    expect(bad!.reason).to.contain('"Example Shortcuts"');
  });

  it('takes files in the order of their times', async () => {
    for (const [name, seconds] of [
      ['a.xml', 300],
      ['b.xml', 100],
      ['c.xml', 200],
    ] as const) {
      drop(name, inventory(name));
      utimesSync(join(folder, name), seconds, seconds);
    }
    expect((await new InboxFolders(folder, 'one').dropped()).map(({ name }) => name)).to.deep.equal([
      'b.xml',
      'c.xml',
      'a.xml',
    ]);
  });
});

function entryOf(guid: Guid, state: RegistrationState | undefined) {
  return state === undefined ? undefined : { guid, state, keyHash: '', canProve: false, boundAddress: undefined };
}

function execution(): string {
  return message({
    to: CAPTURE_ITEM.swdExecution,
    classes: [nseClass('swdExecution', [{ programName: 'A program', status: 'Command executed', returnCode: '0' }])],
  });
}
