import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { nseClass } from '../../wire/nse.ts';
import { addLegacyAgent, LEGACY_LOOPBACK } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { inventory, message, rowsOf } from './support.ts';

const KB = 1024;

describe('PostEvent', () => {
  let server: TestServer;
  let agent: Guid;
  before(async () => {
    const environment = {
      ...LEGACY_LOOPBACK,
      NS_EVENT_MAX_BYTES: String(3000 * KB),
      NS_QUEUE_MAX_EVENTS: '200',
      NS_QUEUE_CLASS_LIMITS: 'fast:200:100',
    };
    server = await startTestServer({ environment });
    agent = await addLegacyAgent(server.context);
  });
  after(() => server.stop());

  const post = (
    body: string | Uint8Array,
    headers: Record<string, string> = {},
    page = 'PostEvent.aspx',
    method = 'POST',
  ) =>
    fetch(`${server.http}/Altiris/NS/Agent/${page}`, {
      method,
      headers: { 'X-SMA-ID': agent, 'Content-Type': 'application/xml', ...headers },
      ...(method === 'HEAD' ? {} : { body }),
    });

  const mine = (name: string): string =>
    inventory(name, { resource: { guid: agent, name, keys: [] }, time: new Date() });
  const large = (rows: number): string =>
    message({
      resource: { guid: agent, name: 'WKS-042', keys: [] },
      time: new Date(),
      classes: [
        nseClass(
          'clientAgent',
          Array.from({ length: rows }, (_, index) => ({
            agentName: `Agent ${index}`,
            installPath: `C:\\Program Files\\Example ${index}`,
          })),
        ),
      ],
    });
  const drained = async () => {
    while ((await server.context.queue.state()).depth > 0) await wait(20);
  };
  const name = async () =>
    (
      await server.context.cmdb.db
        .selectFrom('Computer')
        .select('Name')
        .where('ResourceGuid', '=', agent)
        .executeTakeFirst()
    )?.Name;
  /** What must not change when an event is refused. */
  const stored = async () => {
    await drained();
    const { accepted, bad } = await server.context.queue.state();
    const rows = await Promise.all(
      ['AppliedEvent', 'Computer', 'ResourceUpdate', 'Timeline'].map((table) => rowsOf(server.context.cmdb, table)),
    );
    return {
      accepted,
      bad,
      files: readdirSync(join(server.dataDir, 'spool')),
      rows: createHash('sha256').update(JSON.stringify(rows)).digest('hex'),
    };
  };

  for (const page of ['PostEvent.aspx', 'postevent.asp', 'POSTEVENT.ASPX']) {
    it(`answers ${page} with 200 and nothing else, and the computer shows what was sent`, async () => {
      const response = await post(mine(page.slice(0, 12)), {}, page);
      expect(response.status).to.equal(200);
      expect(await response.text()).to.equal('');
      await drained();
      expect(await name()).to.equal(page.slice(0, 12));
    });
  }

  for (const [what, encoding, encode] of [
    ['gzip', 'gzip', gzipSync],
    ['GZIP', 'X-GZip', gzipSync],
    ['ZLIB', 'deflate', deflateSync],
    ['RAW', 'deflate', deflateRawSync],
  ] as const) {
    it(`expands ${encoding} (${what}), small and large`, async () => {
      const headers = { 'Content-Encoding': encoding };
      expect((await post(encode(mine(`BY-${what}`)), headers)).status).to.equal(200);
      expect((await post(encode(large(9000)), headers)).status).to.equal(200);
      await drained();
      expect(await name()).to.equal(`BY-${what}`);
      expect(await rowsOf(server.context.cmdb, 'Inv_AeX_AC_Client_Agent')).to.have.length(9000);
    });
  }

  it('takes a body that comes in chunks, in UTF-16', async () => {
    const body = Buffer.from(`\uFEFF${mine('CHUNKED')}`, 'utf16le');
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(
        `${server.http}/Altiris/NS/Agent/PostEvent.aspx`,
        { method: 'POST', headers: { 'X-SMA-ID': agent } },
        (response) => {
          response.resume();
          resolve(response.statusCode!);
        },
      );
      request.on('error', reject);
      for (let at = 0; at < body.length; at += 333) request.write(body.subarray(at, at + 333));
      request.end();
    });
    expect(status).to.equal(200);
    await drained();
    expect(await name()).to.equal('CHUNKED');
  });

  it('takes more than 512 KB by way of a file', async () => {
    const body = large(20_000);
    expect(body.length).to.be.greaterThan(600 * KB);
    expect((await post(body)).status).to.equal(200);
    expect((await post(gzipSync(large(20_001)), { 'Content-Encoding': 'gzip' })).status).to.equal(200);
    await drained();
    expect(await rowsOf(server.context.cmdb, 'Inv_AeX_AC_Client_Agent')).to.have.length(20_001);
    expect(readdirSync(join(server.dataDir, 'spool'))).to.deep.equal([]);
  });

  it('knows the oldest agents by the resource in the body', async () => {
    const response = await fetch(`${server.http}/Altiris/NS/Agent/PostEvent.asp`, {
      method: 'POST',
      body: mine('OLDEST'),
    });
    expect(response.status).to.equal(200);
    await drained();
    expect(await name()).to.equal('OLDEST');
  });

  it('answers HEAD without asking who it is', async () => {
    expect((await post('', {}, 'PostEvent.aspx', 'HEAD')).status).to.equal(200);
  });

  for (const [what, status, send] of [
    ['what is no XML', 400, () => post('hello')],
    ['nothing at all', 400, () => post('')],
    ['a doctype', 400, () => post(`<!DOCTYPE message [<!ENTITY a "aaaa">]>${mine('X')}`)],
    ['100,000 nested elements', 400, () => post('<a>'.repeat(100_000))],
    ['a large body that is no XML', 400, () => post(large(20_000).slice(0, -10))],
    ['a body that is not encoded as it says', 400, () => post(mine('X'), { 'Content-Encoding': 'gzip' })],
    ['what is not deflated as it says', 400, () => post(mine('X'), { 'Content-Encoding': 'deflate' })],
    [
      'half of what was deflated',
      400,
      () => post(deflateSync(mine('X')).subarray(0, 40), { 'Content-Encoding': 'deflate' }),
    ],
    ['an encoding that nobody knows', 415, () => post(mine('X'), { 'Content-Encoding': 'br' })],
    ['more than the limit', 413, () => post(`<a>${'x'.repeat(3001 * KB)}</a>`)],
    [
      'more than the limit after it was expanded',
      413,
      () => post(gzipSync(`<a>${'x'.repeat(40_000 * KB)}</a>`), { 'Content-Encoding': 'gzip' }),
    ],
    [
      'more than the limit after it was expanded from a raw deflate',
      413,
      () => post(deflateRawSync(`<a>${'x'.repeat(40_000 * KB)}</a>`), { 'Content-Encoding': 'deflate' }),
    ],
    ['a computer that is not registered', 403, () => post(mine('X'), { 'X-SMA-ID': newGuid() })],
    ['a header that is no GUID', 400, () => post(mine('X'), { 'X-SMA-ID': 'me' })],
    [
      'a large body of a stranger who names himself nowhere',
      400,
      () => post(`<a>${'x'.repeat(600 * KB)}</a>`, { 'X-SMA-ID': '' }),
    ],
    ['a bearer that is none', 401, () => post(mine('X'), { Authorization: 'Bearer x' })],
  ] as const) {
    it(`answers ${status} to ${what}, and nothing is stored`, async () => {
      const before = await stored();
      const response = await send();
      expect(response.status).to.equal(status);
      expect(await response.text()).to.match(/^<error code="\w+" requestId="[^"]+">[^<]+<\/error>$/);
      expect(await stored()).to.deep.equal(before);
    });
  }

  it('keeps an event about another computer as a bad one and writes none of its data', async () => {
    const victim = await addLegacyAgent(server.context, 'VICTIM');
    const event = inventory('HACKED', { resource: { guid: victim, name: 'HACKED', keys: [] }, time: new Date() });
    expect((await post(event)).status).to.equal(200);
    await drained();
    const [bad] = (await server.context.queue.listBad(0, 1)).events;
    expect(bad!.reason).to.contain('not the computer that sent it');
    const row = await server.context.cmdb.db
      .selectFrom('Computer')
      .select('Name')
      .where('ResourceGuid', '=', victim)
      .executeTakeFirst();
    expect(row!.Name).to.equal('VICTIM');
  });

  it('answers 503 and when to come back when the queue is full, to HEAD as well', async () => {
    // A writer that holds the CMDB keeps events from being processed.
    const cmdb = server.context.cmdb as unknown as { writer: { exec(sql: string): void } };
    await drained();
    cmdb.writer.exec('BEGIN IMMEDIATE');
    try {
      const answers = await Promise.all(
        Array.from({ length: 210 }, (_, index) => post(mine(`FULL-${index}`)).then((response) => response.status)),
      );
      expect(answers.filter((status) => status === 200)).to.have.length(200);
      expect(answers.filter((status) => status === 503)).to.have.length(10);
      const refused = await post(mine('X'));
      expect(Number(refused.headers.get('retry-after'))).to.be.within(300, 600);
      expect(await refused.text()).to.contain('Queue was full.');
      expect((await post('', {}, 'PostEvent.aspx', 'HEAD')).status).to.equal(503);
    } finally {
      cmdb.writer.exec('ROLLBACK');
    }
    await drained();
    expect((await post('', {}, 'PostEvent.aspx', 'HEAD')).status).to.equal(200);
  });
});
