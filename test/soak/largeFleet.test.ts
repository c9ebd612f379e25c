/**
 * 35,000 computers, each in its turn, for SOAK_SECONDS (10 by default, 120 in .ci/run, an hour in test:long): no call
 * fails, each acknowledged event is applied exactly once, the queue is empty in the end, and memory does not grow.
 */
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { guid, type Guid } from '../../wire/guid.ts';
import { startNs, runNs, type NsProcess } from '../support/process.ts';
import { freePort } from '../support/server.ts';
import { SoakingFleet } from './soakingFleet.ts';

const SECONDS = Number(process.env.SOAK_SECONDS ?? 10);
const COMPUTERS = 35_000;
/** Thirty times what such a fleet asks of its server on a day like any other. */
const CALLS_A_SECOND = 400;
/** Caches that fill and garbage that waits. What leaks leaks with each of many thousand calls. */
const MOST_GROWTH_MB = 100;
const MOST_MB = 450;

describe(`a fleet of ${COMPUTERS} computers for ${SECONDS} seconds`, function () {
  this.timeout((SECONDS * 2 + 600) * 1000);
  let folder: string;
  let environment: Record<string, string>;
  let server: NsProcess;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ns-fleet-'));
    environment = {
      NS_DATA_DIR: folder,
      NS_HOST: '127.0.0.1',
      NS_HTTP_PORT: String(await freePort()),
      NS_HTTPS_PORT: '0',
      NS_REQUIRE_HTTPS: 'false',
      NS_LEGACY_AGENTS: '127.0.0.0/8',
      NS_LOG_LEVEL: 'error',
      NS_ADMIN_PASSWORD: 'correct horse battery staple',
    };
    const seeded = await runNs(['seed', '--computers', String(COMPUTERS), '--events', '0'], environment);
    expect(seeded.code, seeded.output).to.equal(0);
    server = startNs(['serve'], environment);
    await server.untilSays(/Agents:/);
  });
  after(async () => {
    server.child.kill('SIGKILL');
    await server.exit;
    rmSync(folder, { recursive: true, force: true });
  });

  it('is served without a failed call, and every acknowledged event is applied once', async () => {
    const cmdb = new DatabaseSync(join(folder, 'cmdb.sqlite'), { readOnly: true });
    const count = (sql: string): number => Number(Object.values(cmdb.prepare(sql).get()!)[0]);
    const marksBefore = count('SELECT COUNT(*) FROM AppliedEvent');
    const fleet = new SoakingFleet(computersOf(cmdb), `http://127.0.0.1:${environment.NS_HTTP_PORT}`);
    try {
      await fleet.run((SECONDS * 1000) / 2, CALLS_A_SECOND);
      const halfWay = residentMb(server);
      await fleet.run((SECONDS * 1000) / 2, CALLS_A_SECOND);
      expect(fleet.failed.slice(0, 10), `of ${fleet.calls} calls`).to.deep.equal([]);

      const acknowledged = fleet.executions.length + fleet.inventories;
      expect(acknowledged, 'there was load').to.be.greaterThan(SECONDS);
      while (count('SELECT COUNT(*) FROM AppliedEvent') - marksBefore < acknowledged) await pause(100);
      const end = residentMb(server);
      expect(count('SELECT COUNT(*) FROM AppliedEvent') - marksBefore).to.equal(acknowledged);
      const executions = cmdb.prepare(
        "SELECT AdvertisementName AS name FROM SwdExecution WHERE AdvertisementName LIKE 'soak %'",
      );
      expect(
        executions
          .all()
          .map((row) => row.name as string)
          .sort(),
      ).to.deep.equal(fleet.executions.sort());
      expect(buildsOf(cmdb, fleet.builds)).to.deep.equal(fleet.builds);
      if (end !== undefined && halfWay !== undefined) {
        expect(end, 'megabytes in the end').to.be.lessThan(MOST_MB);
        expect(end - halfWay, 'megabytes more than half-way').to.be.lessThan(MOST_GROWTH_MB);
      }
    } finally {
      fleet.close();
      cmdb.close();
    }

    server.child.kill('SIGTERM');
    expect(await server.exit).to.equal(0);
    expect(server.output()).to.not.include('"level":50');
    const queue = new DatabaseSync(join(folder, 'queue.sqlite'), { readOnly: true });
    expect(queue.prepare('SELECT COUNT(*) AS n FROM EventQueueEntry').get()!.n, 'waiting or put aside').to.equal(0);
    queue.close();
  });
});

/** In no order, as computers call. */
function computersOf(cmdb: DatabaseSync): Guid[] {
  const rows = cmdb
    .prepare("SELECT ResourceGuid FROM AgentRegistration WHERE State = 'allowed' ORDER BY ResourceGuid")
    .all();
  expect(rows.length).to.be.greaterThan(COMPUTERS * 0.9);
  return rows.map((row) => guid(String(row.ResourceGuid)));
}

function buildsOf(cmdb: DatabaseSync, builds: ReadonlyMap<Guid, string>): Map<Guid, string> {
  const query = cmdb.prepare(
    'SELECT [OS Build Number] AS build FROM Inv_AeX_AC_Identification WHERE _ResourceGuid = ?',
  );
  return new Map([...builds.keys()].map((computer) => [computer, String(query.get(computer)?.build)]));
}

/** Linux only: elsewhere nothing is asserted of memory. */
function residentMb({ child }: NsProcess): number | undefined {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024;
  } catch {
    return undefined;
  }
}
