import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EventQueue } from '../../client/events/queue.ts';
import { newGuid } from '../../wire/guid.ts';
import { parseXml } from '../../wire/xml.ts';
import { optionsFor, removeTemporaryFolders, round, temporaryFolder } from './support/agents.ts';
import { FakeServer } from './support/fakeServer.ts';

describe('the queue of events', () => {
  let state: string;
  beforeEach(() => (state = temporaryFolder()));
  afterEach(removeTemporaryFolders);

  function drain(queue: EventQueue): string[] {
    const bodies: string[] = [];
    for (let event = queue.first(); event !== undefined; event = queue.first()) {
      bodies.push(event.body.toString('utf8'));
      queue.remove(event);
    }
    return bodies;
  }

  it('keeps the order, also over a restart', () => {
    const before = new EventQueue(state);
    for (let number = 0; number < 12; number++) before.add(newGuid(), `<n>${number}</n>`);
    const after = new EventQueue(state);
    after.add(newGuid(), '<n>12</n>');
    expect(drain(after)).to.deep.equal(Array.from({ length: 13 }, (_, number) => `<n>${number}</n>`));
    expect(readdirSync(join(state, 'events'))).to.deep.equal(['bad']);
  });

  it('loses no event and holds no half one when the agent is killed', async () => {
    for (let kill = 0; kill < 5; kill++) {
      const folder = join(state, String(kill));
      const script = join(import.meta.dirname, 'support/addEvents.ts');
      const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.length > 60 + 40 * kill) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const last = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1));
      const numbers = drain(new EventQueue(folder)).map((body) => Number(parseXml(body).children[0]!.text));
      expect(last).to.be.greaterThan(0);
      expect(numbers.length).to.be.at.least(last);
      expect(numbers).to.deep.equal(Array.from(numbers, (_, index) => index + 1));
    }
  });
});

describe('sending events', () => {
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

  const waiting = (): string[] => readdirSync(join(state, 'events')).filter((file) => file.endsWith('.xml'));

  it('sets an event aside that the server will never take, and goes on with the next', async () => {
    new EventQueue(state).add(newGuid(), '<bad/>');
    fake.eventStatus = (body) => ({ status: body === '<bad/>' ? 400 : 200 });
    expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
    expect(fake.events).to.have.length(1);
    expect(waiting()).to.deep.equal([]);
    expect(readdirSync(join(state, 'events/bad'))).to.have.length(1);
  });

  it('keeps its events in order while the server is busy', async () => {
    new EventQueue(state).add(newGuid(), '<first/>');
    fake.eventStatus = () => ({ status: 503, headers: { 'Retry-After': '1' } });
    expect((await round(optionsFor(fake.url, state))).code).to.equal(1);
    expect(fake.events).to.deep.equal([]);
    expect(waiting()).to.have.length(2);
    fake.eventStatus = () => ({ status: 200 });
    expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
    expect(fake.events[0]).to.equal('<first/>');
    expect(fake.events).to.have.length(3);
    expect(waiting()).to.deep.equal([]);
  });

  it('waits as long as a busy server asks, when it runs for long', async () => {
    let refusals = 0;
    fake.eventStatus = () => {
      if (refusals === 2) return { status: 200 };
      refusals += 1;
      return { status: 503, headers: { 'Retry-After': '0' } };
    };
    const stop = new AbortController();
    const retryPlan = { steps: [1], unitMs: 20 };
    const running = round(optionsFor(fake.url, state, { once: false, retryPlan }), stop.signal);
    // Stopped only when the answer has reached the agent too: an event cut off before it would rightly stay on disk.
    while (fake.events.length === 0 || waiting().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort();
    const { code, lines } = await running;
    expect(code).to.equal(0);
    expect(refusals).to.equal(2);
    expect(lines.filter((line) => line.includes('Events wait'))).to.have.length(2);
    expect(waiting()).to.deep.equal([]);
  });

  it('tries again as soon as the server can be reached, however long the wait would be', async () => {
    let cuts = 0;
    fake.eventStatus = () => {
      cuts += 1;
      return { status: cuts > 2 ? 200 : 0 };
    };
    fake.policies = [
      {
        guid: newGuid(),
        name: 'Settings',
        body: '<ClientPolicy agentClsid="Altiris.AeXNSClientConfigUpdate"><Communications><ClientPoliciesRequest Interval="1"/></Communications></ClientPolicy>',
      },
    ];
    const stop = new AbortController();
    const retryPlan = { steps: [1], unitMs: 3_600_000 };
    const running = round(optionsFor(fake.url, state, { once: false, retryPlan }), stop.signal);
    while (fake.events.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort();
    const { lines } = await running;
    expect(lines.join('\n')).to.match(/Events wait \(1\).*Next try in \d+ (min|h)\./);
    expect(fake.events).to.have.length(1);
  });
});
