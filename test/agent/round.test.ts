import { expect } from 'chai';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newGuid } from '../../wire/guid.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import { braces } from '../../wire/guid.ts';
import { optionsFor, readEvents, removeTemporaryFolders, round, temporaryFolder } from './support/agents.ts';
import { deliveryPolicy, FakeServer, type FakePackage } from './support/fakeServer.ts';

const isPosix = process.platform !== 'win32';

describe('one round of the agent', () => {
  let fake: FakeServer;
  let state: string;

  beforeEach(async () => {
    fake = await FakeServer.start();
    state = temporaryFolder();
  });
  afterEach(async () => {
    await fake.stop();
    removeTemporaryFolders();
  });

  const viewer = (version = 100): FakePackage => ({
    guid: VIEWER,
    name: 'Example Viewer',
    version,
    files: {
      'setup.sh': '#!/bin/sh\necho installed >> ../../../ran.txt\necho hello\n',
      'data/readme.txt': 'read me',
      empty: '',
    },
    executable: ['setup.sh'],
    folders: ['data/later'],
  });
  const VIEWER = newGuid();

  function deliver(software: FakePackage, commandLine: string, more = {}): void {
    fake.packages = [software];
    fake.policies = [deliveryPolicy({ package: software, commandLine, ...more })];
  }

  it('ends with 3 while the registration is pending, and sends nothing but the request', async () => {
    fake.registration = 'pending';
    const { code } = await round(optionsFor(fake.url, state));
    expect(code).to.equal(3);
    expect(fake.requests).to.deep.equal(['POST /Altiris/NS/Agent/CreateResource.aspx']);
    expect(readdirSync(join(state, 'events'))).to.deep.equal(['bad']);
  });

  it('ends with 1 when the registration is blocked', async () => {
    fake.registration = 'blocked';
    expect((await round(optionsFor(fake.url, state))).code).to.equal(1);
    expect(fake.events).to.deep.equal([]);
  });

  it('registers, sends inventory with its keys, fetches, runs and reports', async function () {
    if (!isPosix) this.skip();
    deliver(viewer(), 'setup.sh');
    const { code, lines } = await round(optionsFor(fake.url, state));
    expect(code, lines.join('\n')).to.equal(0);

    const folder = join(state, 'packages', VIEWER, '100');
    expect(readFileSync(join(folder, 'data/readme.txt'), 'utf8')).to.equal('read me');
    expect(statSync(join(folder, 'setup.sh')).mode & 0o111).to.not.equal(0);
    expect(statSync(join(folder, 'data/readme.txt')).mode & 0o111).to.equal(0);
    expect(statSync(join(folder, 'data/later')).isDirectory()).to.equal(true);
    expect(statSync(join(folder, 'empty')).size).to.equal(0);
    expect(readFileSync(join(state, 'ran.txt'), 'utf8')).to.equal('installed\n');

    const events = readEvents(fake.events);
    const inventory = events.filter((event) => event.to === braces(CAPTURE_ITEM.basicInventory));
    expect(inventory.map((event) => event.className)).to.include.members([
      'AeX AC Identification',
      'AeX AC Client Agent',
    ]);
    expect(inventory[0]!.rows[0]![0]).to.equal('WKS-042');
    expect(fake.events[0]).to.include('<key name="uniqueid"');
    const steps = events.filter((event) => event.className === 'AeX SWD Package').map((event) => event.rows[0]!);
    expect(steps.map((row) => row[3])).to.deep.equal(['Policy received', 'Downloading', 'Downloaded', 'Running']);
    expect(steps[2]![5]).to.equal(String(viewer().files['setup.sh']!.length + 'read me'.length));
    const [execution] = events.filter((event) => event.className === 'AeX SWD Execution');
    expect(execution!.rows[0]!.slice(1, 5)).to.deep.equal(['rollout', VIEWER, 'Example Viewer', 'Command executed']);
    expect(execution!.rows[0]!.slice(7)).to.deep.equal(['0', 'install']);
    const log = readdirSync(join(state, 'logs'));
    expect(readFileSync(join(state, 'logs', log[0]!), 'utf8')).to.equal('hello\n');
    expect(readdirSync(join(state, 'events')), 'nothing waits').to.deep.equal(['bad']);
  });

  it('keeps key and identity for its own user only', async function () {
    if (!isPosix) this.skip();
    await round(optionsFor(fake.url, state));
    for (const file of ['agent.key', 'identity.json']) expect(statSync(join(state, file)).mode & 0o777).to.equal(0o600);
  });

  it('does nothing twice in a second round, and fetches no policy body it holds', async function () {
    if (!isPosix) this.skip();
    deliver(viewer(), './setup.sh');
    await round(optionsFor(fake.url, state));
    fake.events = [];
    fake.requests = [];
    const { code } = await round(optionsFor(fake.url, state));
    expect(code).to.equal(0);
    expect(readFileSync(join(state, 'ran.txt'), 'utf8')).to.equal('installed\n');
    const ofDelivery = readEvents(fake.events).filter((event) => event.className.startsWith('AeX SWD'));
    expect(ofDelivery).to.deep.equal([]);
    expect(fake.policyBodiesSent).to.equal(1);
    expect(fake.countOf('POST /Altiris/NS/Agent/CreateResource')).to.equal(0);
    expect(fake.countOf('POST /Altiris/NS/Agent/GetPackageInfo')).to.equal(0);
    expect(fake.countOf('GET file')).to.equal(0);
  });

  it('fetches only what is new in a new version, runs it, and discards the old one', async function () {
    if (!isPosix) this.skip();
    deliver(viewer(), './setup.sh');
    await round(optionsFor(fake.url, state));
    fake.requests = [];
    const [policy] = fake.policies;
    const next: FakePackage = { ...viewer(101), files: { ...viewer().files, 'data/readme.txt': 'read me again' } };
    fake.packages = [next];
    fake.policies = [deliveryPolicy({ package: next, commandLine: './setup.sh', guid: policy!.guid })];
    expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
    expect(fake.requests.filter((line) => line.startsWith('GET file'))).to.deep.equal(['GET file data/readme.txt']);
    expect(readFileSync(join(state, 'packages', VIEWER, '101', 'data/readme.txt'), 'utf8')).to.equal('read me again');
    expect(readFileSync(join(state, 'ran.txt'), 'utf8')).to.equal('installed\ninstalled\n');
    await round(optionsFor(fake.url, state));
    expect(existsSync(join(state, 'packages', VIEWER, '100'))).to.equal(false);
  });

  it('fetches a file again that was changed before the program runs', async function () {
    if (!isPosix) this.skip();
    // A start long ago, so that the program runs only once the version is changed to be due again.
    const future = '<Schedule><Trigger Type="0"><BeginDate>2999-01-01 00:00:00</BeginDate></Trigger></Schedule>';
    const past = '<Schedule><Trigger Type="0"><BeginDate>2020-01-01 00:00:00</BeginDate></Trigger></Schedule>';
    const guid = newGuid();
    const asScheduled = { guid, advertisement: { RunASAP: 'false' } };
    deliver(viewer(), './setup.sh', { ...asScheduled, schedule: future });
    await round(optionsFor(fake.url, state));
    expect(existsSync(join(state, 'ran.txt'))).to.equal(false);
    const place = join(state, 'packages', VIEWER, '100', 'setup.sh');
    writeFileSync(place, '#!/bin/sh\necho evil >> ../../../ran.txt\n');
    chmodSync(place, 0o755);
    fake.requests = [];
    deliver(viewer(), './setup.sh', { ...asScheduled, schedule: past });
    expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
    expect(fake.requests.filter((line) => line.startsWith('GET file'))).to.deep.equal(['GET file setup.sh']);
    expect(readFileSync(join(state, 'ran.txt'), 'utf8')).to.equal('installed\n');
  });

  it('reports the return code of a program that fails, and does not try again', async function () {
    if (!isPosix) this.skip();
    deliver(viewer(), 'echo trouble >&2; exit 7');
    expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
    await round(optionsFor(fake.url, state));
    const executions = readEvents(fake.events).filter((event) => event.className === 'AeX SWD Execution');
    expect(executions.map((event) => event.rows[0]![7])).to.deep.equal(['7']);
    expect(readFileSync(join(state, 'logs', readdirSync(join(state, 'logs'))[0]!), 'utf8')).to.equal('trouble\n');
  });

  it('does not run for another user what it may only run as itself', async function () {
    if (!isPosix) this.skip();
    deliver(viewer(), './setup.sh', { program: { RunAs: 'LoggedInUser' } });
    await round(optionsFor(fake.url, state));
    const [execution] = readEvents(fake.events).filter((event) => event.className === 'AeX SWD Execution');
    expect(execution!.rows[0]![4]).to.match(/^Not started: running as LoggedInUser/);
    expect(existsSync(join(state, 'ran.txt'))).to.equal(false);
  });

  it('runs a command of a package without files', async function () {
    if (!isPosix) this.skip();
    deliver({ ...viewer(0), files: {} }, `echo ran > ${join(state, 'ran.txt')}`);
    expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
    expect(readFileSync(join(state, 'ran.txt'), 'utf8')).to.equal('ran\n');
    expect(fake.countOf('POST /Altiris/NS/Agent/GetPackageInfo')).to.equal(0);
  });

  it('drops a withdrawn policy and keeps its package until its time is over', async function () {
    if (!isPosix) this.skip();
    deliver(viewer(), './setup.sh', { software: { CleanupAfter: '10080' } });
    await round(optionsFor(fake.url, state));
    fake.policies = [];
    const { lines } = await round(optionsFor(fake.url, state));
    expect(lines.join('\n')).to.include('was withdrawn');
    expect(readdirSync(join(state, 'policies'))).to.deep.equal([]);
    expect(existsSync(join(state, 'packages', VIEWER, '100'))).to.equal(true);
    const usage = join(state, 'packages', VIEWER, 'usage.json');
    const { cleanupAfterMinutes } = JSON.parse(readFileSync(usage, 'utf8')) as { cleanupAfterMinutes: number };
    writeFileSync(usage, JSON.stringify({ cleanupAfterMinutes, expiredAt: Date.now() - 10_081 * 60_000 }));
    await round(optionsFor(fake.url, state));
    expect(existsSync(join(state, 'packages', VIEWER))).to.equal(false);
  });

  it('proves its key anew when the server ends its bearers', async () => {
    let isFirst = true;
    fake.eventStatus = () => {
      if (!isFirst) return { status: 200 };
      isFirst = false;
      fake.endBearers();
      return { status: 401 };
    };
    expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
    expect(fake.countOf('POST /Altiris/NS/Agent/Authenticate')).to.equal(2);
    expect(fake.events).to.have.length(1);
  });

  it('goes on under the GUID that the server merged it into', async () => {
    fake.mergeInto = newGuid();
    expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
    expect(fake.events[0]).to.include(braces(fake.mergeInto));
    expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
    expect(fake.countOf('POST /Altiris/NS/Agent/CreateResource')).to.equal(1);
  });

  it('registers again under another name', async () => {
    await round(optionsFor(fake.url, state));
    await round(optionsFor(fake.url, state, { name: 'WKS-043' }));
    expect(fake.countOf('POST /Altiris/NS/Agent/CreateResource')).to.equal(2);
  });

  it('refuses a second agent on the same state folder', async () => {
    const first = new AbortController();
    const running = round(optionsFor(fake.url, state, { once: false }), first.signal);
    await round(optionsFor(fake.url, state)).then(
      () => expect.fail('the second agent ran'),
      (error: Error) => expect(error.message).to.include('Another agent is using the state folder'),
    );
    first.abort();
    expect((await running).code).to.equal(0);
  });
});
