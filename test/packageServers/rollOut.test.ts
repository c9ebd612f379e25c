import { expect } from 'chai';
import { currentStep, rollOut, type RollOutFacts } from '../../models/packageServers/rollOut.ts';
import { storageOf } from '../../models/packageServers/storage.ts';
import { readinessOf, type StateCounts } from '../../models/packageServers/stateCounts.ts';

const NOW = Date.parse('2030-01-07T12:00:00.000Z');
const ago = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();
const NONE: StateCounts = { unwanted: 0, ready: 0, downloading: 0, stale: 0, pending: 0, invalid: 0, silent: 0 };

const facts = (more: Partial<RollOutFacts> = {}): RollOutFacts => ({
  isEnabled: true,
  isSilent: false,
  givenAt: ago(2),
  lastPolicyAt: null,
  lastContactAt: null,
  policyHash: '',
  policyAt: null,
  wantedPolicyHash: 'AA',
  firstReportedAt: null,
  reportedAt: null,
  counts: NONE,
  heldChangedAt: null,
  policyIntervalSeconds: 3600,
  throttleKb: 0,
  ...more,
});

const running = (more: Partial<RollOutFacts> = {}) =>
  facts({ policyHash: 'AA', policyAt: ago(1), firstReportedAt: ago(1), reportedAt: ago(0), ...more });

describe('the roll-out of a package server', () => {
  it('waits for the computer to ask for its policies, and says where to look when it does not', () => {
    const steps = rollOut(facts(), NOW);
    expect(steps.map(({ state }) => state)).to.deep.equal(['done', 'current', 'later', 'later']);
    expect(steps[0]!.at).to.equal(ago(2));
    expect(steps[1]!.text).to.contain('every 60 minutes');
    expect(rollOut(facts({ policyIntervalSeconds: 60 }), NOW)[1]!.text).to.contain('every minute, or');
    expect(steps[1]!.hint).to.equal('');
    const late = { givenAt: ago(120) };
    expect(rollOut(facts(late), NOW)[1]!.hint).to.contain('not been in contact');
    expect(rollOut(facts({ ...late, lastContactAt: ago(1) }), NOW)[1]!.hint).to.contain('does not ask for policies');
  });

  it('does not take a request for policies from before the service was given for one with it', () => {
    expect(currentStep(rollOut(facts({ lastPolicyAt: ago(3) }), NOW))!.name).to.equal('policy');
    expect(currentStep(rollOut(facts({ lastPolicyAt: ago(1) }), NOW))!.name).to.equal('reporting');
  });

  it('knows a computer that fetches policies and runs no package server', () => {
    const step = (minutes: number) =>
      currentStep(rollOut(facts({ givenAt: ago(90), lastPolicyAt: ago(minutes) }), NOW))!;
    expect(step(1)).to.include({ name: 'reporting', hint: '' });
    expect(step(20).hint).to.contain('it runs “ns agent”').and.to.contain('run “ns package-server”');
  });

  it('is at its packages once the service reports, and counts them', () => {
    const step = currentStep(rollOut(running({ counts: { ...NONE, ready: 2, downloading: 1, pending: 4 } }), NOW))!;
    expect(step).to.include({ name: 'packages', state: 'current' });
    expect(step.text).to.equal('2 of 7 packages are ready. 1 downloading, 4 pending.');
    const single = rollOut(running({ counts: { ...NONE, ready: 1 } }), NOW)[3]!;
    expect(single.text).to.equal('1 of 1 package is ready.');
    const invalid = rollOut(running({ counts: { ...NONE, ready: 2, invalid: 1 } }), NOW)[3]!;
    expect(invalid.hint).to.contain('Invalid');
  });

  it('says what may hold packages up when nothing changes for a while', () => {
    const counts = { ...NONE, pending: 3 };
    expect(rollOut(running({ counts, heldChangedAt: ago(1) }), NOW)[3]!.hint).to.equal('');
    const slow = rollOut(running({ counts, heldChangedAt: ago(30), throttleKb: 64 }), NOW)[3]!;
    expect(slow.hint).to.contain('blockouts').and.to.contain('64 KB a second');
  });

  it('is over when all is ready, or when nothing is assigned', () => {
    const done = rollOut(running({ counts: { ...NONE, ready: 7, unwanted: 1 }, heldChangedAt: ago(4) }), NOW);
    expect(currentStep(done)).to.equal(undefined);
    expect(done[3]).to.include({ text: '7 of 7 packages are ready.', at: ago(4) });
    expect(currentStep(rollOut(running(), NOW))).to.equal(undefined);
  });

  it('says of a policy whether it is the one in force', () => {
    expect(rollOut(running(), NOW)[1]!.text).to.contain('in force');
    expect(rollOut(running({ policyHash: 'BB' }), NOW)[1]!.text).to.contain('older policy');
    expect(rollOut(running({ wantedPolicyHash: undefined }), NOW)[1]!.text).to.equal('It has its policy.');
  });

  it('falls back to reporting when the server is silent, and to the start when it is switched off', () => {
    const silent = currentStep(rollOut(running({ isSilent: true, counts: { ...NONE, ready: 1 } }), NOW))!;
    expect(silent).to.include({ name: 'reporting' });
    expect(silent.hint).to.contain('does “ns package-server” run there');
    expect(currentStep(rollOut(running({ isEnabled: false }), NOW))).to.include({ name: 'given' });
  });
});

describe('packages that a server is to hold', () => {
  it('are all but those that are not assigned any more; a silent server has none ready', () => {
    const counts = { ...NONE, ready: 3, stale: 1, unwanted: 5 };
    expect(readinessOf(counts, false)).to.deep.equal({ ready: 3, assigned: 4 });
    expect(readinessOf(counts, true)).to.deep.equal({ ready: 0, assigned: 4 });
  });
});

describe('the disk of a package server', () => {
  const GB = 1024 ** 3;
  const disk = { totalBytes: 100 * GB, freeBytes: 30 * GB, storedBytes: 20 * GB };

  it('is shared out without a rest', () => {
    const storage = storageOf(disk, 5 * GB, 10 * GB)!;
    const bytes = Object.fromEntries(storage.parts.map(({ part, bytes: size }) => [part, size / GB]));
    expect(bytes).to.deep.equal({ packages: 20, other: 50, toCome: 10, free: 15, reserved: 5 });
    expect(storage.lackingBytes).to.equal(0);
  });

  it('says what is lacking, and never draws more than there is', () => {
    const storage = storageOf(disk, 5 * GB, 40 * GB)!;
    expect(storage.lackingBytes).to.equal(15 * GB);
    expect(storage.parts.reduce((sum, { bytes }) => sum + bytes, 0)).to.equal(100 * GB);
    const odd = storageOf({ totalBytes: GB, freeBytes: 3 * GB, storedBytes: 9 * GB }, 9 * GB, 9 * GB)!;
    expect(odd.parts.every(({ bytes }) => bytes >= 0)).to.equal(true);
    expect(odd.parts.reduce((sum, { bytes }) => sum + bytes, 0)).to.equal(GB);
  });

  it('is unknown before the first report', () => {
    expect(storageOf({ totalBytes: null, freeBytes: null, storedBytes: null }, 0, 0)).to.equal(undefined);
  });
});
