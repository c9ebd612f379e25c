import { expect } from 'chai';
import { createHash, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { selfSign } from '../../app/selfSigned.ts';
import { HttpClient } from '../../client/http/client.ts';
import { NotTrusted, Unreachable } from '../../client/http/errors.ts';
import { authoritiesOf, pinOf, type Trust } from '../../client/http/trust.ts';
import { chooseTrust } from '../../client/identity/chooseTrust.ts';
import { writeKeyBlob } from '../../wire/proof.ts';
import { optionsFor, removeTemporaryFolders, round, temporaryFolder } from './support/agents.ts';
import { FakeServer } from './support/fakeServer.ts';

describe('trust in a server', () => {
  let server: Server;
  let url: URL;
  let pem: string;
  let pin: string;
  let requests = 0;
  const stop = new AbortController().signal;

  before(async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    pem = await selfSign(key, ['127.0.0.1'], Date.now());
    const spki = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
    pin = createHash('sha256').update(spki).digest('hex');
    server = createServer({ key, cert: pem }, (_request, response) => {
      requests += 1;
      response.end('hello');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    removeTemporaryFolders();
  });
  beforeEach(() => (requests = 0));

  async function ask(trust: Trust, { at = url, from = url, allowHttp = false } = {}): Promise<string> {
    const http = new HttpClient({ trust, server: from, allowHttp, userAgent: 'test' });
    try {
      return (await http.ask({ method: 'GET', url: at, signal: stop })).text;
    } finally {
      http.close();
    }
  }

  async function refusal(asked: Promise<unknown>): Promise<Error> {
    return asked.then(
      () => expect.fail('it was trusted'),
      (error: Error) => error,
    );
  }

  it('comes from the pinned key, whatever its certificate says', async () => {
    expect(await ask(pinOf(pin))).to.equal('hello');
    expect(await ask(pinOf(pin.toUpperCase().replace(/(..)(?=.)/g, '$1:')))).to.equal('hello');
  });

  it('does not go to another key than the pinned one, and nothing is sent to it', async () => {
    const error = await refusal(ask(pinOf('0'.repeat(64))));
    expect(error).to.be.instanceOf(NotTrusted);
    expect(error.message).to.include(pin).and.to.include('not the pinned one');
    expect(requests).to.equal(0);
  });

  it('comes from a named authority', async () => {
    const file = join(temporaryFolder(), 'ca.pem');
    writeFileSync(file, pem);
    expect(await ask(authoritiesOf(file))).to.equal('hello');
  });

  it('does not go to a self-signed certificate without a word from the administrator', async () => {
    const error = await refusal(ask({ kind: 'system' }));
    expect(error).to.be.instanceOf(NotTrusted);
    expect(error.message).to.include('--pin');
    expect(requests).to.equal(0);
  });

  it('does not go to a named authority under a name that its certificate does not have', async () => {
    const elsewhere = new URL(`https://localhost:${url.port}/`);
    const error = await refusal(ask({ kind: 'ca', pem }, { at: elsewhere, from: elsewhere }));
    expect(error).to.be.instanceOf(NotTrusted);
    expect(requests).to.equal(0);
  });

  it('lets the pinned server answer under another name, but no stranger', async () => {
    const otherName = new URL(`https://localhost:${url.port}/`);
    expect(await ask(pinOf(pin), { at: otherName })).to.equal('hello');
    expect(
      await refusal(ask(pinOf('0'.repeat(64)), { at: otherName, from: new URL('https://ns.test/') })),
    ).to.be.instanceOf(NotTrusted);
  });

  it('lets another host in whose key the pinned server has named, and no other key there', async () => {
    const askWith = async (named: string | undefined): Promise<string> => {
      const trust = pinOf('1'.repeat(64));
      const http = new HttpClient({ trust, server: new URL('https://ns.test/'), allowHttp: false, userAgent: 'test' });
      try {
        if (named !== undefined) http.trustKey(url, named);
        return (await http.ask({ method: 'GET', url, signal: stop })).text;
      } finally {
        http.close();
      }
    };
    expect(await refusal(askWith(undefined))).to.be.instanceOf(NotTrusted);
    expect(await refusal(askWith('2'.repeat(64)))).to.be.instanceOf(NotTrusted);
    expect(requests).to.equal(0);
    expect(await askWith(pin)).to.equal('hello');
  });

  it('does not go to another key for the server itself, whoever names it', async () => {
    const http = new HttpClient({ trust: pinOf('1'.repeat(64)), server: url, allowHttp: false, userAgent: 'test' });
    http.trustKey(url, pin);
    expect(await refusal(http.ask({ method: 'GET', url, signal: stop }))).to.be.instanceOf(NotTrusted);
    http.close();
    expect(requests).to.equal(0);
  });

  it('is not given to plain HTTP, but on loopback or when it is permitted', async () => {
    const far = new URL('http://192.0.2.1/');
    const error = await refusal(ask({ kind: 'system' }, { at: far, from: far }));
    expect(error).to.be.instanceOf(NotTrusted);
    expect(error.message).to.include('--allow-http');
    const fake = await FakeServer.start();
    await ask({ kind: 'system' }, { at: fake.url, from: fake.url });
    const allowed = new URL('http://ns.invalid/');
    const unreached = await refusal(ask({ kind: 'system' }, { at: allowed, from: allowed, allowHttp: true }));
    expect(unreached).to.be.instanceOf(Unreachable).and.to.not.be.instanceOf(NotTrusted);
    await fake.stop();
  });

  it('is what the administrator says now, then what was kept', () => {
    const token = `${'a'.repeat(32)}.${'b'.repeat(43)}.${pin}`;
    const kept = pinOf('1'.repeat(64));
    expect(chooseTrust({ pin: '2'.repeat(64), token }, kept)).to.deep.equal(pinOf('2'.repeat(64)));
    expect(chooseTrust({ token }, kept)).to.deep.equal(pinOf(pin));
    expect(chooseTrust({}, kept)).to.deep.equal(kept);
    expect(chooseTrust({}, undefined)).to.deep.equal({ kind: 'system' });
    expect(() => chooseTrust({ token: 'a.b' }, kept)).to.throw(NotTrusted, /not complete/);
    expect(() => chooseTrust({ pin: 'abc' }, kept)).to.throw(NotTrusted, /64 digits/);
    expect(() => chooseTrust({ caFile: '/no/such/file' }, kept)).to.throw(NotTrusted, /cannot be read/);
  });
});

describe("the server's own key", () => {
  let fake: FakeServer;
  let state: string;
  beforeEach(async () => {
    fake = await FakeServer.start();
    state = temporaryFolder();
  });
  afterEach(async () => {
    await fake.stop();
    removeTemporaryFolders();
  });
  const stored = () =>
    JSON.parse(readFileSync(join(state, 'identity.json'), 'utf8')) as { nsKey?: string; guid: string };

  it('is pinned at the first allowed registration, and another one is refused', async () => {
    await round(optionsFor(fake.url, state));
    const before = stored();
    expect(before.nsKey).to.equal(fake.nsKey);
    const impostor = await FakeServer.start();
    impostor.policies = [];
    const { code, lines } = await round(optionsFor(impostor.url, state, { name: 'WKS-043' }));
    expect(code).to.equal(1);
    expect(lines.join('\n')).to.include('another key').and.to.include('empty state folder');
    expect(stored()).to.deep.equal(before);
    expect(impostor.events).to.deep.equal([]);
    // It was asked whether the pinned key has signed for the other one, and had nothing to show.
    expect(impostor.requests).to.deep.equal([
      'POST /Altiris/NS/Agent/CreateResource.aspx',
      'GET /Altiris/NS/Agent/Authenticate.aspx',
    ]);
    await impostor.stop();
  });

  it('binds the proof: at a server with another key the agent cannot be impersonated', async () => {
    await round(optionsFor(fake.url, state));
    fake.key = generateKeyPairSync('ed25519').privateKey;
    fake.endBearers();
    fake.events = [];
    const { code, lines } = await round(optionsFor(fake.url, state));
    expect(code).to.equal(1);
    expect(fake.events).to.deep.equal([]);
    expect(lines.join('\n')).to.include('401');
  });

  it('must be one that can sign manifests', async () => {
    fake.key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    expect(writeKeyBlob(createPublicKey(fake.key))).to.equal(fake.nsKey);
    const { code, lines } = await round(optionsFor(fake.url, state));
    expect(code).to.equal(1);
    expect(lines.join('\n')).to.include('not an Ed25519 public key');
    expect(stored().nsKey).to.equal(undefined);
  });
});
