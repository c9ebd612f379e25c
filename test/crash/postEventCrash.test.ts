/**
 * The promise behind a 200: the server is killed again and again while agents post, and in the end every event that was
 * answered 200 is applied or put aside, and none twice.
 */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { AppContext } from '../../app/context.ts';
import { systemClock } from '../../models/clock.ts';
import { migrate } from '../../models/cmdb/migrate.ts';
import { openSqlite, type SqliteCmdb } from '../../models/cmdb/sqlite.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { nseClass, writeNse, type NseClass } from '../../wire/nse.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import { addLegacyAgent, LEGACY_LOOPBACK } from '../support/agents.ts';
import { ServerProcess } from './serverProcess.ts';

const KILLS = Number(process.env.CRASH_KILLS ?? 3);
const AGENTS = 24;
const PARTIAL = '<inventoryClass partialUpdate="true" ';

interface Event {
  name: string;
  body: string;
  kind: 'status' | 'bad' | 'inventory';
}

/** Posts events one after the other, each until it is answered 200, as agents with a durable queue do. */
class PostingAgent {
  readonly acknowledged: Event[] = [];
  readonly refused: number[] = [];
  readonly guid: Guid;
  readonly #url: string;
  #count = 0;
  #time = 0;

  constructor(guid: Guid, url: string) {
    this.guid = guid;
    this.#url = `${url}/Altiris/NS/Agent/PostEvent.aspx`;
  }

  async run(until: { done: boolean }): Promise<void> {
    while (!until.done) {
      const event = this.#next();
      while (!(await this.#post(event))) await wait(20);
      this.acknowledged.push(event);
    }
  }

  /** Status messages and inventory, now and then one that is put aside, and one too large for memory. */
  #next(): Event {
    const count = ++this.#count;
    const name = `${this.guid} ${count}`;
    if (count % 4 === 1) return this.#inventory(name, count);
    const filler = count % 40 === 6 ? 'x'.repeat(600_000) : '';
    const bad = count % 10 === 0;
    const to = bad ? newGuid() : CAPTURE_ITEM.swdExecution;
    const classes = [nseClass('swdExecution', [{ advertisementName: name, status: filler, returnCode: '0' }])];
    return { name, body: this.#message(to, classes), kind: bad ? 'bad' : 'status' };
  }

  /** Full and partial in turns, of a class with one row and of one with many. */
  #inventory(name: string, count: number): Event {
    const classes = [
      nseClass('identification', [{ name: `PC ${count}`, osName: name }]),
      nseClass('clientAgent', [
        { agentName: 'Core', productVersion: String(count) },
        { agentName: 'Inventory', productVersion: '1' },
      ]),
    ];
    const body = this.#message(CAPTURE_ITEM.basicInventory, classes);
    const isPartial = count % 8 === 5;
    return { name, body: isPartial ? body.replaceAll('<inventoryClass ', PARTIAL) : body, kind: 'inventory' };
  }

  #message(to: Guid, classes: NseClass[]): string {
    // No two of the same millisecond: the later one counts.
    this.#time = Math.max(Date.now(), this.#time + 1);
    return writeNse({
      to,
      priority: 1,
      msgId: newGuid(),
      time: new Date(this.#time),
      biasMinutes: 0,
      resource: { guid: this.guid, name: 'PC', keys: [] },
      classes,
    });
  }

  async #post({ body }: Event): Promise<boolean> {
    try {
      const response = await fetch(this.#url, { method: 'POST', body, headers: { 'X-SMA-ID': this.guid } });
      await response.arrayBuffer();
      if (response.status !== 200 && response.status !== 503) this.refused.push(response.status);
      return response.status === 200;
    } catch {
      return false; // The server is down, or died over it: nobody said that it is safe.
    }
  }
}

describe('a server that is killed while agents post', () => {
  let dataDir: string;
  let cmdb: SqliteCmdb;
  let server: ServerProcess;
  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'ns-crash-'));
    cmdb = openSqlite(join(dataDir, 'cmdb.sqlite'));
    await migrate(cmdb);
    server = await ServerProcess.on(dataDir, LEGACY_LOOPBACK);
  });
  after(async () => {
    await server.end('SIGKILL');
    await cmdb.close();
    rmSync(dataDir, { recursive: true });
  });

  const count = (database: SqliteCmdb['writer'], sql: string): number =>
    Number(Object.values(database.prepare(sql).get()!)[0]);

  /** Waits until the processing threads have nothing left to do, seen from outside. */
  async function quiet(): Promise<void> {
    for (let before = -1, same = 0; same < 10;) {
      const marks = count(cmdb.writer, 'SELECT COUNT(*) FROM AppliedEvent');
      same = marks === before ? same + 1 : 0;
      before = marks;
      await wait(200);
    }
  }

  /** The last inventory stands, with a row of history for each one before it but the first. */
  function expectLatestInventory({ guid, acknowledged }: PostingAgent): void {
    const sent = acknowledged.filter(({ kind }) => kind === 'inventory').map(({ name }) => name);
    const stored = cmdb.writer
      .prepare('SELECT [OS Name] AS name FROM Inv_AeX_AC_Identification WHERE _ResourceGuid = ?')
      .all(guid);
    expect(stored.map((row) => row.name)).to.deep.equal(sent.slice(-1));
    const versions = cmdb.writer
      .prepare('SELECT [Product Version] AS version FROM Inv_AeX_AC_Client_Agent WHERE _ResourceGuid = ? ORDER BY _id')
      .all(guid);
    expect(versions.map((row) => row.version)).to.deep.equal([sent.at(-1)!.split(' ')[1], '1']);
    const changes = cmdb.writer
      .prepare('SELECT InventoryClassGuid AS class FROM InventoryHistory WHERE ResourceGuid = ?')
      .all(guid);
    expect(changes.length, 'a row for each class and change').to.equal((sent.length - 1) * 2);
  }

  it(`loses no event that it has answered 200, and applies none twice (${KILLS} kills)`, async function () {
    this.timeout(120_000 + KILLS * 15_000);
    const context = { cmdb, clock: systemClock, agents: { refresh: async () => undefined } } as unknown as AppContext;
    const agents: PostingAgent[] = [];
    for (let index = 0; index < AGENTS; index++)
      agents.push(new PostingAgent(await addLegacyAgent(context, `PC-${index}`), server.url));

    await server.start();
    const until = { done: false };
    const posting = agents.map((agent) => agent.run(until));
    for (let kill = 0; kill < KILLS; kill++) {
      await wait(100 + Math.random() * 700);
      await server.end('SIGKILL');
      await server.start();
    }
    await wait(300);
    until.done = true;
    await Promise.all(posting);
    await quiet();
    await server.end('SIGTERM');

    const acknowledged = agents.flatMap((agent) => agent.acknowledged);
    expect(
      agents.flatMap((agent) => agent.refused),
      'refusals other than "try again"',
    ).to.deep.equal([]);
    expect(acknowledged.length, 'there was load').to.be.greaterThan(KILLS * AGENTS);

    const queue = new DatabaseSync(join(dataDir, 'queue.sqlite'));
    expect(count(queue, 'SELECT COUNT(*) FROM EventQueueEntry WHERE ProcessingState = 0'), 'still waiting').to.equal(0);
    const bad = queue
      .prepare('SELECT CAST(Body AS TEXT) AS body FROM EventQueueEntry WHERE ProcessingState = 2 AND Body IS NOT NULL')
      .all();
    queue.close();
    const putAside = new Set(bad.map((row) => /c1="([^"]+)"/.exec(String(row.body))![1]));
    const rows = cmdb.writer.prepare('SELECT AdvertisementName AS name FROM SwdExecution').all();
    const applied = new Set(rows.map((row) => String(row.name)));
    expect(rows.length, 'none twice').to.equal(applied.size);
    const inventories = acknowledged.filter(({ kind }) => kind === 'inventory').length;
    expect(count(cmdb.writer, 'SELECT COUNT(*) FROM AppliedEvent'), 'a mark for each').to.equal(
      applied.size + inventories,
    );
    const lost = acknowledged.filter(
      ({ kind, name }) => kind !== 'inventory' && !applied.has(name) && !putAside.has(name),
    );
    expect(
      lost.map((event) => event.name),
      'acknowledged and gone',
    ).to.deep.equal([]);
    expect(acknowledged.length, 'agents resent until each was acknowledged').to.equal(
      applied.size + putAside.size + inventories,
    );
    expect(inventories).to.be.greaterThan(AGENTS);
    for (const agent of agents) expectLatestInventory(agent);
  });
});
