/** The days of a package server: who fetched what, over restarts, midnight and a server that does not answer. */
import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClientCounts } from '../../siteserver/serve/clientCounts.ts';
import { newGuid } from '../../wire/guid.ts';
import { ALL_PACKAGES } from '../../wire/packageServer.ts';

const HOUR = 3_600_000;

describe('client counts of a package server', () => {
  let folder: string;
  let now: number;
  let counts: ClientCounts;
  const [viewer, editor] = [newGuid(), newGuid()];
  const [one, two] = [newGuid(), newGuid()];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ns-counts-'));
    now = Date.parse('2026-11-20T20:00:00Z');
    counts = new ClientCounts(folder, () => now);
  });
  afterEach(() => {
    counts.close();
    rmSync(folder, { recursive: true });
  });

  const restart = (): void => {
    counts.close();
    counts = new ClientCounts(folder, () => now);
  };
  const untold = () =>
    counts
      .untold()
      .map(({ packageGuid, day, clients, requests, bytes }) => [packageGuid, day, clients, requests, bytes]);

  it('count a computer once a day and package, and once for all packages, also after a restart', () => {
    counts.note(one, viewer, 10);
    counts.note(one, viewer, 10);
    counts.note(two, viewer, 5);
    restart();
    counts.note(one, viewer, 1);
    counts.note(one, editor, 100);
    expect(untold()).to.have.deep.members([
      [viewer, '2026-11-20', 2, 4, 26],
      [editor, '2026-11-20', 1, 1, 100],
      [ALL_PACKAGES, '2026-11-20', 2, 5, 126],
    ]);
    expect(counts.lastDay).to.equal(2);
    now += 25 * HOUR;
    expect(counts.lastDay).to.equal(0);
  });

  it('are told when they have changed, those of a day that goes on once an hour, and at last when it is over', () => {
    counts.note(one, viewer, 10);
    counts.told(counts.untold());
    expect(untold()).to.deep.equal([]);
    counts.note(two, viewer, 10);
    expect(untold(), 'within the hour').to.deep.equal([]);
    now += HOUR;
    const days = counts.untold();
    expect(days.map(({ clients }) => clients)).to.deep.equal([2, 2]);
    // More comes while the report is on its way: it is told with a later one.
    counts.note(one, viewer, 1);
    counts.told(days);
    now = Date.parse('2026-11-21T00:00:01Z');
    expect(untold()).to.have.deep.members([
      [viewer, '2026-11-20', 2, 3, 21],
      [ALL_PACKAGES, '2026-11-20', 2, 3, 21],
    ]);
  });

  it('are kept for a server that cannot be reached for weeks, not for ever', () => {
    counts.note(one, viewer, 10);
    restart();
    now += 30 * 24 * HOUR;
    counts.note(two, viewer, 10);
    expect(untold()).to.have.lengthOf(4);
    now += 10 * 24 * HOUR;
    counts.note(two, editor, 10);
    expect(untold().filter(([, day]) => day === '2026-11-20')).to.deep.equal([]);
  });

  it('begin anew when their file is damaged', () => {
    counts.close();
    writeFileSync(join(folder, 'clients.sqlite'), 'this is no database');
    counts = new ClientCounts(folder, () => now);
    counts.note(one, viewer, 10);
    expect(counts.lastDay).to.equal(1);
  });
});
