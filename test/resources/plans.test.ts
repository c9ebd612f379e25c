/** The pages of a resource ask by an index, whatever they ask: SQLite's plans, where none may scan a table that grows. */
import { expect } from 'chai';
import { sql, type KyselyPlugin, type RootOperationNode } from 'kysely';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../models/cmdb/migrate.ts';
import { openSqlite, type SqliteCmdb } from '../../models/cmdb/sqlite.ts';
import type { Session } from '../../models/cmdb/types.ts';
import { compareInventory } from '../../models/inventory/compare/compareInventory.ts';
import { EVENT_KINDS, listComputerEvents } from '../../models/inventory/computerEvents.ts';
import { listHistory } from '../../models/inventory/historyView.ts';
import { listInventoryClasses, listMissingClasses, readInventoryRows } from '../../models/inventory/inventoryView.ts';
import { readMachineFacts } from '../../models/inventory/machineFacts.ts';
import { searchInventory } from '../../models/inventory/searchInventory.ts';
import { readAssociations } from '../../models/resources/readAssociations.ts';
import { readOpenConflicts } from '../../models/resources/readConflicts.ts';
import { readAliases, readHardware, readKeys, readSharers } from '../../models/resources/readKeys.ts';
import { readNamed } from '../../models/resources/readNamed.ts';
import { readResource } from '../../models/resources/readResource.ts';
import { readResources } from '../../models/resources/readResources.ts';
import { DATA_CLASS, RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { inventory, fixedClock, process, queued, WKS_042 } from '../events/support.ts';

/** Definitions, of which there are dozens, by name and by the alias that the queries give them. */
const SMALL = ['DataClass', 'DataClassColumn', 'ResourceType', 'ResourceAssociationType', 'd', 't', 's'];
/** What a subquery has read by an index already. */
const READ = ['keys', 'pair', 'e', ...EVENT_KINDS];

describe('the plans of what Resource Manager asks', () => {
  let folder: string;
  let cmdb: SqliteCmdb;
  const nodes: RootOperationNode[] = [];
  let watched: Session;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ns-plans-'));
    cmdb = openSqlite(join(folder, 'cmdb.sqlite'));
    await migrate(cmdb);
    await process(cmdb, fixedClock('2031-01-01T00:00:00Z'), [queued(inventory('WKS-042'))]);
    const watcher: KyselyPlugin = {
      transformQuery: ({ node }) => {
        nodes.push(node);
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    watched = { engine: 'sqlite', db: cmdb.db.withPlugin(watcher), insertMany: cmdb.insertMany.bind(cmdb) };
  });
  after(async () => {
    await cmdb.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Scans of tables that grow, in the plans of what `ask` asks. */
  const scansOf = async (ask: (session: Session) => Promise<unknown>): Promise<string[]> => {
    nodes.length = 0;
    await ask(watched);
    expect(nodes).not.to.have.length(0);
    const scans: string[] = [];
    for (const node of nodes) {
      const query = cmdb.db.getExecutor().compileQuery(node, { queryId: 'plan' });
      const text = sql.raw(query.sql.replaceAll('?', 'null'));
      for (const { detail } of (await sql<{ detail: string }>`explain query plan ${text}`.execute(cmdb.db)).rows) {
        const [, table] = /^SCAN (?!CONSTANT ROW)(\S+)/.exec(detail) ?? [];
        if (table !== undefined && ![...SMALL, ...READ].includes(table)) scans.push(`${detail}: ${query.sql}`);
      }
    }
    return scans;
  };

  const page = { offset: 0, limit: 50 };
  const now = { resource: WKS_042, at: undefined };
  const ASKED: Record<string, (session: Session) => Promise<unknown>> = {
    'the classes of a resource': (session) => listInventoryClasses(session, WKS_042),
    'the classes that it has not': (session) => listMissingClasses(session, WKS_042),
    'rows, sorted and searched': (session) =>
      readInventoryRows(session, WKS_042, DATA_CLASS.tcpip, 0, 50, { sort: 2, search: 'x' }),
    'a search in all classes': (session) => searchInventory(session, WKS_042, 'x', 10),
    'the machine': (session) => readMachineFacts(session, WKS_042),
    history: (session) => listHistory(session, WKS_042, page),
    'history of a class': (session) =>
      listHistory(session, WKS_042, { ...page, classGuid: DATA_CLASS.tcpip, since: '2030-01-01T00:00:00.000Z' }),
    events: (session) => listComputerEvents(session, WKS_042, 0, 50),
    associations: (session) => readAssociations(session, WKS_042, page),
    keys: async (session) => {
      await readKeys(session, WKS_042, RESOURCE_TYPE.computer);
      await readSharers(session, WKS_042, RESOURCE_TYPE.computer);
      await readHardware(session, WKS_042);
      await readAliases(session, WKS_042);
    },
    conflicts: (session) => readOpenConflicts(session, WKS_042),
    'a resource by GUID and by name': async (session) => {
      await readResource(session, WKS_042);
      await readNamed(session, 'WKS-042');
    },
    'users by name': (session) =>
      readResources(session, { ...page, typeGuid: RESOURCE_TYPE.user, sort: 'Name', descending: false }),
    comparison: (session) =>
      compareInventory(session, [now, { ...now, at: '2031-06-01T00:00:00.000Z' }], { mostRows: 100, now: 0 }),
  };

  it('would be noticed if they scanned', async () => {
    expect(
      await scansOf((session) => session.db.selectFrom('Resource').selectAll().where('IsManaged', '=', 1).execute()),
    ).to.have.length(1);
  });

  for (const [name, ask] of Object.entries(ASKED)) {
    it(`${name}: by index`, async () => {
      expect(await scansOf(ask)).to.deep.equal([]);
    });
  }
});
