/** What a hostile or broken agent sends: a short clear answer, one log line, nothing changed, the server goes on. */
import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { braces, newGuid, type Guid } from '../../wire/guid.ts';
import { PAGE } from '../../wire/paths.ts';
import { addLegacyAgent, LEGACY_LOOPBACK, rowCounts } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const TABLES = [
  'Resource',
  'ResourceKey',
  'Computer',
  'AgentRegistration',
  'Delivery',
  'SwdExecution',
  'Timeline',
  'AuditEntry',
];

const MB = 1024 * 1024;

describe('bad input to the agent pages', () => {
  let test: TestServer;
  let agent: Guid;
  let before: Record<string, number>;

  before_(async () => {
    test = await startTestServer({ environment: LEGACY_LOOPBACK });
    agent = await addLegacyAgent(test.context);
    before = await rowCounts(test.context, TABLES);
  });
  after(() => test.stop());

  afterEach(async () => {
    expect(await rowCounts(test.context, TABLES), 'something was written').to.deep.equal(before);
    expect((await test.context.queue.state()).depth, 'something was queued').to.equal(0);
    expect((await fetch(`${test.http}/healthz`)).status, 'the server is gone').to.equal(200);
  });

  const post = (page: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    fetch(test.http + page, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/xml', 'x-sma-id': agent, ...headers },
    });

  const expectRefusal = async (response: Response, ...statuses: number[]): Promise<void> => {
    const text = await response.text();
    expect(response.status, text).to.be.oneOf(statuses);
    expect(text).to.match(/^<error code="\w+" requestId="[\w-]+">[^<]+<\/error>$/);
    expect(text).to.not.match(/node_modules|\.ts:|at \w+ \(|SQLITE|Error:/);
  };

  const POST_PAGES = [PAGE.createResource, PAGE.getClientPolicies, PAGE.getPackageInfo, PAGE.postEvent];

  for (const page of POST_PAGES) {
    const name = page.split('/').at(-1)!;

    for (const [what, body] of [
      ['nothing', ''],
      ['plain text', 'hello'],
      ['an unclosed element', '<request><resources></request>'],
      ['a doctype with entities', '<!DOCTYPE r [<!ENTITY a "b">]><request>&a;</request>'],
      ['an external entity', '<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>'],
      ['100,000 nested elements', '<a>'.repeat(100_000) + '</a>'.repeat(100_000)],
      ['binary rubbish', new Uint8Array([0x1f, 0x8b, 0x00, 0xff, 0xfe, 0x00])],
    ] as const) {
      it(`${name} answers 400 to ${what}, or 413 when that alone is too large for the page`, async () => {
        await expectRefusal(await post(page, body), 400, ...(body.length > 64 * 1024 ? [413] : []));
      });
    }

    it(`${name} refuses a header that names another computer than the body`, async () => {
      const other = newGuid();
      const body =
        page === PAGE.createResource
          ? `<resource guid="${braces(other)}" name="X"><regRequest guid="${braces(other)}" state="new"/></resource>`
          : page === PAGE.getPackageInfo
            ? `<request resource="${braces(other)}" version="1" type="codebases"><packages><package guid="${braces(newGuid())}"/></packages></request>`
            : page === PAGE.postEvent
              ? undefined
              : `<request configVersion="2"><resources><resource required="true" host="true" guid="${braces(other)}"/></resources></request>`;
      if (body !== undefined) await expectRefusal(await post(page, body), 403);
    });
  }

  it('does not know a GUID that was never registered', async () => {
    const stranger = newGuid();
    const response = await fetch(`${test.http}${PAGE.getClientPolicies}?WrkstaGuid=${stranger}`);
    await expectRefusal(response, 403);
  });

  for (const text of [
    '',
    'not-a-guid',
    '{0f6c1d52-8a3b-4c1e-9d55-2f1d2b3c4d5e',
    "' OR 1=1 --",
    '%00',
    '../../etc/passwd',
  ]) {
    it(`answers 400 to the GUID "${text}"`, async () => {
      await expectRefusal(
        await fetch(`${test.http}${PAGE.getClientPolicies}?WrkstaGuid=${encodeURIComponent(text)}`),
        400,
      );
    });
  }

  it('stops reading a body of a gigabyte at its limit', async () => {
    const response = await sendEndless(`${test.http}${PAGE.createResource}`, agent, 1024 * MB);
    expect(response).to.be.oneOf([413, 'closed']);
  });

  it('stops expanding a bomb at its limit', async () => {
    const bomb = gzipSync(Buffer.alloc(80 * MB, 0x20));
    await expectRefusal(await post(PAGE.postEvent, bomb, { 'content-encoding': 'gzip' }), 413);
  });

  it('refuses an encoding that it does not know, and one that is not what it says', async () => {
    await expectRefusal(await post(PAGE.postEvent, '<message/>', { 'content-encoding': 'br' }), 415);
    await expectRefusal(await post(PAGE.postEvent, '<message/>', { 'content-encoding': 'gzip' }), 400);
  });

  it('answers a clear 404 below the agents’ tree, never a sign-in page', async () => {
    for (const page of [
      'Nothing.aspx',
      '',
      '../../Console',
      'PostEvent.aspx/x',
      '%2e%2e/%2e%2e/etc/passwd',
      'postevent.aspx%00',
    ]) {
      const status = await rawStatus(test, `/Altiris/NS/Agent/${page}`);
      expect(status, page).to.equal(404);
    }
  });

  it('knows its pages in any letter case and answers HEAD on each', async () => {
    for (const page of Object.values(PAGE)) {
      const response = await fetch(test.http + page.toUpperCase(), { method: 'HEAD' });
      expect(response.status, page).to.equal(200);
      expect(await response.text()).to.equal('');
    }
  });

  it('answers 405 to a method that a page does not take', async () => {
    await expectRefusal(await fetch(test.http + PAGE.postEvent, { method: 'DELETE' }), 405);
    await expectRefusal(await fetch(test.http + PAGE.postEvent), 405);
  });

  it('lives through requests that are not HTTP', async () => {
    for (const bytes of [
      '\0\0\0\0',
      'GET / HTTP/9.9\r\n\r\n',
      'POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n',
      `GET /${'x'.repeat(200_000)} HTTP/1.1\r\n\r\n`,
    ]) {
      await sendRaw(test, bytes);
    }
  });

  it('leaves nothing in the spool', () => {
    const left = readdirSync(test.dataDir, { recursive: true }).filter((name) => /spool[\\/]./.test(String(name)));
    expect(left).to.deep.equal([]);
  });
});

/** Mocha's `before` under a name that does not hide the variable. */
function before_(setUp: () => Promise<void>): void {
  before(setUp);
}

function sendEndless(url: string, smaId: string, bytes: number): Promise<number | 'closed'> {
  return new Promise((resolve) => {
    const request = httpRequest(url, {
      method: 'POST',
      headers: { 'content-type': 'application/xml', 'x-sma-id': smaId, 'transfer-encoding': 'chunked' },
    });
    const chunk = Buffer.alloc(MB, 0x20);
    let sent = 0;
    const write = (): void => {
      while (sent < bytes) {
        sent += chunk.length;
        if (!request.write(chunk)) return void request.once('drain', write);
      }
      request.end();
    };
    request.on('response', (response) => {
      response.resume();
      request.destroy();
      resolve(response.statusCode!);
    });
    request.on('error', () => resolve('closed'));
    write();
  });
}

/** Sends a path exactly as written: fetch would tidy it up. */
function rawStatus(test: TestServer, path: string): Promise<number> {
  const { hostname, port } = new URL(test.http);
  return new Promise((resolve, reject) => {
    httpRequest({ hostname, port, path, method: 'GET' }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on('error', reject)
      .end();
  });
}

function sendRaw(test: TestServer, bytes: string): Promise<void> {
  const { hostname, port } = new URL(test.http);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', () => socket.end());
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    setTimeout(() => socket.destroy(), 500).unref();
  });
}
