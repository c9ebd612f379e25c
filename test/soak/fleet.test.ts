/**
 * A fleet that enrols and works for a while, as `ns simulate` makes one: 10 seconds, and SOAK_SECONDS of an hour or more.
 * No call fails, what was acknowledged is applied, nothing is put aside, and memory does not grow with the number of
 * requests. A larger fleet that needs not enrol: largeFleet.test.ts.
 */
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite, type SqliteCmdb } from '../../models/cmdb/sqlite.ts';
import { startNs, runNs, type NsProcess } from '../support/process.ts';
import { freePort } from '../support/server.ts';

const SOAK_SECONDS = Number(process.env.SOAK_SECONDS ?? 10);
const SECONDS = SOAK_SECONDS < 3600 ? 10 : SOAK_SECONDS;
const AGENTS = SECONDS > 60 ? 5000 : 200;
const CONNECTIONS = 32;
const MB = 1024 * 1024;

interface Call {
  call: string;
  count: number;
  errors: number;
}

describe(`a fleet of ${AGENTS} agents for ${SECONDS} seconds`, function () {
  this.timeout((SECONDS + 300) * 1000);
  let folder: string;
  let environment: Record<string, string>;
  let server: NsProcess;
  let cmdb: SqliteCmdb | undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ns-soak-'));
    environment = {
      NS_DATA_DIR: folder,
      NS_HOST: '127.0.0.1',
      NS_HTTP_PORT: String(await freePort()),
      NS_HTTPS_PORT: '0',
      NS_REQUIRE_HTTPS: 'false',
      NS_LOG_LEVEL: 'error',
      NS_ADMIN_PASSWORD: 'correct horse battery staple',
    };
    server = startNs(['serve'], environment);
    await server.untilSays(/Agents:/);
  });
  after(async () => {
    await cmdb?.close();
    server.child.kill('SIGKILL');
    await server.exit;
    rmSync(folder, { recursive: true, force: true });
  });

  it('is served without a failed call, and every acknowledged event is applied', async () => {
    const made = await runNs(['token', 'create', '--name', 'soak'], environment);
    const token = /[0-9a-f]{32}\.[\w-]{43}\.[0-9a-f]{64}/.exec(made.output)![0];
    const url = `http://127.0.0.1:${environment.NS_HTTP_PORT}`;
    const before = residentBytes(server);
    const run = await runNs([
      'simulate',
      '--server',
      url,
      '--token',
      token,
      '--agents',
      String(AGENTS),
      '--duration',
      String(SECONDS),
      '--connections',
      String(CONNECTIONS),
      '--json',
    ]);
    expect(run.code, run.output).to.equal(0);
    const { figures: calls } = JSON.parse(run.output.slice(run.output.indexOf('{'))) as { figures: Call[] };
    expect(calls.filter((call) => call.errors > 0)).to.deep.equal([]);
    const acknowledged = calls.filter(({ call }) => call.includes('event')).reduce((sum, { count }) => sum + count, 0);
    expect(acknowledged).to.be.greaterThan(AGENTS);

    cmdb = openSqlite(join(folder, 'cmdb.sqlite'));
    const applied = await settled(cmdb);
    // The last requests are cut off when the time is over: taken by the server, not counted by the fleet.
    expect(applied).to.be.within(acknowledged, acknowledged + CONNECTIONS * 2);
    const computers = await cmdb.db
      .selectFrom('Computer')
      .select((row) => row.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    expect(Number(computers.n)).to.equal(AGENTS);
    if (before !== undefined) expect(residentBytes(server)! - before).to.be.lessThan(300 * MB);
    expect(server.output()).to.not.include('"level":50');
  });
});

/** Number of applied events once it no longer rises. */
async function settled(cmdb: SqliteCmdb): Promise<number> {
  let last = -1;
  for (let quiet = 0; quiet < 8;) {
    const row = await cmdb.db
      .selectFrom('AppliedEvent')
      .select((is) => is.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    quiet = Number(row.n) === last ? quiet + 1 : 0;
    last = Number(row.n);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return last;
}

/** Linux only: elsewhere nothing is asserted of memory. */
function residentBytes({ child }: NsProcess): number | undefined {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) * 1024;
  } catch {
    return undefined;
  }
}
