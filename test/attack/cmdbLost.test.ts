/**
 * The CMDB goes while somebody imports subnets: on SQLite it takes no writes, on SQL Server the connection is cut in the
 * middle of the statements. The page says so in words, the log why, once; nothing is half written; and it passes.
 */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../models/clock.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { createApiToken } from '../../models/security/apiTokens.ts';
import { signedIn, type Answer, type ConsoleClient } from '../console/client.ts';
import { questionOf } from '../console/confirmed.ts';
import { Line } from '../e2e/packageServers/line.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { startNs, type NsProcess } from '../support/process.ts';
import { freePort, TEST_PASSWORD } from '../support/server.ts';

/** A way to the CMDB that can be blocked. */
interface Way {
  /** The address for the server. */
  address: string;
  /** Blocks it once so many bytes more have come from there; resolves then. */
  block(afterBytes: number): Promise<void>;
  free(): Promise<void>;
  close(): void;
}

function wayToSqlite({ location }: AnyCmdb): Way {
  const holder = new DatabaseSync(location.slice('sqlite:'.length));
  return {
    address: location,
    block: async () => holder.exec('BEGIN EXCLUSIVE'),
    free: async () => holder.exec('ROLLBACK'),
    close: () => holder.close(),
  };
}

async function wayToMssql({ location }: AnyCmdb): Promise<Way> {
  const url = new URL(process.env.TEST_MSSQL_URL!);
  const port = Number(url.port || 1433);
  const far = url.hostname;
  url.hostname = '127.9.9.9';
  url.pathname = new URL(location).pathname;
  let line = await Line.open('127.9.9.9', far, port);
  return {
    address: url.toString(),
    block: async (afterBytes) => {
      await line.holdAfter(afterBytes);
      line.close();
    },
    free: async () => void (line = await Line.open('127.9.9.9', far, port)),
    close: () => line.close(),
  };
}

const CSV = Array.from({ length: 300 }, (_, index) => `10.7.${index >> 4}.${(index & 15) << 4}/28,Lyon`).join('\n');

describe('a CMDB that goes during an import', function () {
  this.timeout(120_000);
  forEachEngine((engine, open) => {
    let cmdb: AnyCmdb;
    let way: Way;
    let folder: string;
    let server: NsProcess;
    let url: string;
    let client: ConsoleClient;
    let token: string;
    before(async () => {
      cmdb = await open();
      way = engine === 'sqlite' ? wayToSqlite(cmdb) : await wayToMssql(cmdb);
      folder = mkdtempSync(join(tmpdir(), 'ns-cmdb-lost-'));
      const port = String(await freePort());
      url = `http://127.0.0.1:${port}`;
      server = startNs(['serve'], {
        NS_DATA_DIR: folder,
        NS_CMDB: way.address,
        NS_HOST: '127.0.0.1',
        NS_HTTP_PORT: port,
        NS_HTTPS_PORT: '0',
        NS_ADMIN_PASSWORD: TEST_PASSWORD,
      });
      await server.untilSays(/Console: /);
      client = await signedIn(url);
      const input = { name: 'test', scopes: ['read', 'write'] };
      ({ token } = await createApiToken(cmdb, systemClock, { name: 'test', address: '' }, input));
    });
    after(async () => {
      server.child.kill('SIGKILL');
      await server.exit;
      way.close();
      await cmdb.close();
      rmSync(folder, { recursive: true });
    });

    const preview = () => client.post('/sites/subnets/import', { csv: CSV, createSites: '1' });
    const written = async (): Promise<unknown> => [
      await cmdb.db.selectFrom('Subnet').select('Guid').execute(),
      await cmdb.db.selectFrom('Site').select('Guid').where('IsInternet', '=', 0).execute(),
      await cmdb.db.selectFrom('AuditEntry').select('Action').where('ObjectKind', 'in', ['site', 'subnet']).execute(),
    ];
    const linesOf = (requestId: string) =>
      server
        .output()
        .split('\n')
        .filter((line) => line.includes(`"${requestId}"`));

    async function expectInWords({ status, headers, text }: Answer): Promise<void> {
      expect(status).to.equal(503);
      expect(headers.get('retry-after')).to.equal('30');
      expect(text).to.contain('The database cannot be reached').and.to.contain('Nothing was changed.');
      expect(text).to.not.match(/SQLITE|locked|ECONN|ESOCKET|\.ts:\d/);
      const requestId = headers.get('x-request-id')!;
      await server.untilSays(new RegExp(requestId));
      const lines = linesOf(requestId);
      expect(lines, 'one line').to.have.length(1);
      const { level, msg, err } = JSON.parse(lines[0]!) as { level: number; msg: string; err: { stack: string } };
      expect([level, msg]).to.deep.equal([50, 'a console page failed']);
      expect(err.stack, 'its cause').to.match(/caused by: .*(locked|onnection|socket|ECONN)/i);
    }

    it('in the preview: it is shown, or the page says what is wrong', async () => {
      const blocked = way.block(600);
      const answer = preview();
      await blocked;
      // Who only reads does not need the lock of SQLite.
      if (engine === 'sqlite') expect((await answer).text).to.contain('300 subnets would be made');
      else await expectInWords(await answer);
      await way.free();
      expect(await written()).to.deep.equal([[], [], []]);
    });

    it('in the import: nothing of it is written', async () => {
      await untilAnswered();
      const { action, fields } = questionOf(await preview());
      const blocked = way.block(2500);
      const answer = client.post(action, fields);
      await blocked;
      await expectInWords(await answer);
      expect(await written()).to.deep.equal([[], [], []]);
      await way.free();
      await untilAnswered();
      expect((await client.post(action, fields)).status).to.equal(303);
      const [subnets, sites] = (await written()) as [unknown[], unknown[]];
      expect([subnets.length, sites.length]).to.deep.equal([300, 1]);
    });

    it('and a program that only reads is answered where that is possible', async () => {
      await way.block(0);
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${url}/api/v1/subnets?limit=1`, { headers });
      const body = (await response.json()) as { total?: number; detail?: string };
      await way.free();
      if (engine === 'sqlite') expect([response.status, body.total]).to.deep.equal([200, 300]);
      else expect([response.status, body.detail]).to.deep.equal([503, 'The CMDB is not available.']);
    });

    /** The pool finds out by itself that its connections are gone. */
    async function untilAnswered(): Promise<void> {
      for (const end = Date.now() + 60_000; (await client.get('/sites/subnets')).status !== 200;) {
        if (Date.now() > end) throw new Error(`in vain\n${server.output()}`);
        await wait(100);
      }
    }
  });
});
