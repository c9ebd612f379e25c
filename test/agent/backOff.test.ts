import { expect } from 'chai';
import { BackOff, contractRetryPlan } from '../../client/base/backOff.ts';
import { SourceRecords } from '../../client/packages/codebases.ts';

const MINUTE = 60_000;

describe('the back-off', () => {
  it('waits 3, 6, 12, 24, 48, 96 and 120 minutes, then every 2 hours', () => {
    const backOff = new BackOff(contractRetryPlan);
    const waits = Array.from({ length: 9 }, () => backOff.failed() / MINUTE);
    expect(waits).to.deep.equal([3, 6, 12, 24, 48, 96, 120, 120, 120]);
  });

  it('begins again at 3 minutes after a partial success', () => {
    const backOff = new BackOff(contractRetryPlan);
    for (let times = 0; times < 4; times++) backOff.failed();
    expect(backOff.failed(true) / MINUTE).to.equal(3);
    expect(backOff.failed() / MINUTE).to.equal(6);
  });

  it('begins again at 3 minutes after a success', () => {
    const backOff = new BackOff(contractRetryPlan);
    backOff.failed();
    backOff.failed();
    backOff.succeeded();
    expect(backOff.failed() / MINUTE).to.equal(3);
  });
});

describe('the choice of a source', () => {
  const a = { href: 'https://a.test/x/1' };
  const b = { href: 'https://b.test/x/1' };
  const c = { href: 'https://c.test/x/1' };
  let now = 0;
  let sources: SourceRecords;
  beforeEach(() => {
    now = 1_000_000_000;
    sources = new SourceRecords(() => now);
  });

  it("keeps the server's order among equals", () => {
    expect(sources.ranked([b, a, c])).to.deep.equal([b, a, c]);
  });

  it('prefers the source with fewer errors', () => {
    sources.failed(a.href);
    expect(sources.ranked([a, b])).to.deep.equal([b, a]);
    sources.failed(b.href);
    sources.failed(b.href);
    expect(sources.ranked([a, b])).to.deep.equal([a, b]);
  });

  it('counts an error against the speed: 95, 90, 75, 60, 35, 10 %', () => {
    for (const [errors, factor] of [
      [1, 0.95],
      [2, 0.9],
      [3, 0.75],
      [4, 0.6],
      [5, 0.35],
      [6, 0.1],
      [7, 0.1],
    ] as const) {
      const records = new SourceRecords(() => now);
      for (let times = 0; times < errors; times++) records.failed(a.href);
      records.transferred(a.href, 100_000_000, 1000);
      records.transferred(b.href, Math.round(100_000_000 * (factor + 0.02)), 1000);
      records.transferred(c.href, Math.round(100_000_000 * (factor - 0.02)), 1000);
      expect(records.ranked([a, b, c]), `${errors} errors`).to.deep.equal([b, a, c]);
    }
  });

  it('leaves a source alone after more than 7 errors, until they are forgotten after 150 minutes', () => {
    for (let times = 0; times < 8; times++) sources.failed(a.href);
    expect(sources.ranked([a])).to.deep.equal([]);
    now += 149 * MINUTE;
    expect(sources.ranked([a])).to.deep.equal([]);
    now += 2 * MINUTE;
    expect(sources.ranked([a])).to.deep.equal([a]);
  });

  it('knows a source again under another download token', () => {
    for (let times = 0; times < 8; times++) sources.failed(`https://a.test/x/${times}`);
    expect(sources.ranked([a])).to.deep.equal([]);
  });

  it('does not judge by small transfers', () => {
    sources.transferred(b.href, 1000, 1000);
    sources.transferred(a.href, 10_000_000, 1000);
    expect(sources.ranked([b, a])).to.deep.equal([b, a]);
  });
});
