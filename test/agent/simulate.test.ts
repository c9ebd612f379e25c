import { expect } from 'chai';
import { createPublicKey } from 'node:crypto';
import { simulate, type SimulationOptions } from '../../agent/simulator/simulate.ts';
import { Fleet } from '../../agent/simulator/fleet.ts';
import { Statistics, tableOf } from '../../agent/simulator/statistics.ts';
import { resourceKeys } from '../../client/inventory/host.ts';
import { newGuid } from '../../wire/guid.ts';
import { readEvents } from './support/agents.ts';
import { deliveryPolicy, FakeServer } from './support/fakeServer.ts';

describe('the fleet simulator', () => {
  let fake: FakeServer;
  const never = new AbortController().signal;
  beforeEach(async () => {
    fake = await FakeServer.start();
    const software = { guid: newGuid(), name: 'Example Viewer', version: 3, files: { 'a.txt': 'a' } };
    fake.packages = [software];
    fake.policies = [deliveryPolicy({ package: software, commandLine: 'x' })];
  });
  afterEach(() => fake.stop());

  const optionsFor = (more: Partial<SimulationOptions> = {}): SimulationOptions => ({
    server: fake.url,
    agents: 20,
    allowHttp: false,
    scenario: 'all',
    rate: 0,
    connections: 8,
    seed: 'test',
    version: '0',
    ...more,
  });
  const run = (more: Partial<SimulationOptions> = {}, signal = never) => simulate(optionsFor(more), () => {}, signal);
  const counts = (figures: { call: string; count: number }[]) =>
    Object.fromEntries(figures.map(({ call, count }) => [call, count]));

  it('takes every computer through its day once, and the server sees all of it', async () => {
    const { figures, problems, registrations } = await run();
    expect(problems).to.deep.equal([]);
    expect(registrations).to.deep.equal({ allowed: 20, pending: 0, blocked: 0, failed: 0 });
    expect(counts(figures)).to.deep.equal({
      register: 20,
      challenge: 20,
      proof: 20,
      'inventory event': 20,
      'policies, all': 20,
      'package info': 20,
      snapshot: 20,
      'status event': 80,
      'execution event': 20,
      'policies, unchanged': 20,
    });
    expect(fake.policyBodiesSent).to.equal(20);
    const events = readEvents(fake.events);
    expect(new Set(events.map((event) => event.msgId)).size).to.equal(120);
    expect(events.filter((event) => event.className === 'AeX SWD Execution')).to.have.length(20);
    expect(
      new Set(events.filter((event) => event.className === 'AeX AC Identification').map((event) => event.rows[0]![0]))
        .size,
    ).to.equal(20);
  });

  it('makes the same computers of the same seed, and others of another', () => {
    const [one, again, other] = [new Fleet('a'), new Fleet('a'), new Fleet('b')];
    expect(one.guidOf(7)).to.equal(again.guidOf(7)).and.to.not.equal(other.guidOf(7));
    expect(one.factsOf(7)).to.deep.equal(again.factsOf(7));
    const blob = (fleet: Fleet): string =>
      createPublicKey(fleet.keyOf(7)).export({ type: 'spki', format: 'der' }).toString('hex');
    expect(blob(one)).to.equal(blob(again)).and.to.not.equal(blob(other));
    const ids = new Set(Array.from({ length: 3000 }, (_, number) => one.guidOf(number)));
    const keys = new Set(
      Array.from({ length: 3000 }, (_, number) =>
        resourceKeys(one.factsOf(number))
          .map(({ value }) => value)
          .join(),
      ),
    );
    const macs = Array.from({ length: 3000 }, (_, number) => one.factsOf(number).addresses[0]!.mac);
    expect(ids.size).to.equal(3000);
    expect(keys.size).to.equal(3000);
    expect(new Set(macs).size).to.equal(3000);
    expect(macs[2999]).to.match(/^([0-9A-F]{2}:){5}[0-9A-F]{2}$/);
  });

  it('is not fooled by registrations that stay pending', async () => {
    fake.registration = 'pending';
    const { figures, registrations } = await run();
    expect(registrations).to.deep.equal({ allowed: 0, pending: 20, blocked: 0, failed: 0 });
    expect(counts(figures)).to.deep.equal({ register: 20 });
  });

  it('counts refusals as errors and goes on', async () => {
    fake.eventStatus = () => ({ status: 503 });
    const { figures, problems } = await run({ scenario: 'events' });
    expect(counts(figures)).to.deep.include({ 'inventory event': 20, 'policies, all': 20 });
    expect(figures.find(({ call }) => call === 'inventory event')!.errors).to.equal(20);
    expect(problems).to.deep.equal([{ call: 'inventory event', problem: '503', count: 20 }]);
  });

  it('goes on with check-ins until its time is over', async () => {
    const { figures, problems } = await run({ scenario: 'checkin', durationMs: 1500 });
    expect(problems).to.deep.equal([]);
    expect(counts(figures)['policies, unchanged']).to.be.greaterThan(20);
    expect(fake.events).to.deep.equal([]);
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const running = run({ durationMs: 600_000, rate: 50 }, stop.signal);
    while (fake.requests.length < 10) await new Promise((resolve) => setTimeout(resolve, 10));
    stop.abort();
    const { problems } = await running;
    expect(problems).to.deep.equal([]);
  });

  it('keeps to its rate', async () => {
    const startedAt = performance.now();
    await run({ agents: 10, scenario: 'checkin', rate: 100 });
    const seconds = (performance.now() - startedAt) / 1000;
    expect(fake.requests.length / seconds).to.be.lessThan(110);
  });
});

describe('the figures of a simulation', () => {
  it('tell percentiles within two per cent', () => {
    const statistics = new Statistics();
    for (let milliseconds = 1; milliseconds <= 1000; milliseconds++) {
      statistics.note('call', 0, milliseconds, milliseconds > 990 ? '503' : undefined);
    }
    const [figures] = statistics.figures;
    expect(figures).to.deep.include({ call: 'call', count: 1000, errors: 10, perSecond: 1000 });
    expect(figures!.p50Ms).to.be.within(490, 510);
    expect(figures!.p99Ms).to.be.within(970, 1010);
  });

  it('make a table', () => {
    const statistics = new Statistics();
    statistics.note('policies, all', 0, 10);
    expect(tableOf(statistics.figures)).to.deep.equal([
      'call           count  requests/s  p50 ms  p99 ms  errors',
      'policies, all      1       100.0    9.99    9.99       0',
    ]);
  });
});
