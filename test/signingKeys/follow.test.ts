/** Real servers, and agents' own code: who believes which key, and when. */
import { expect } from 'chai';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpClient } from '../../client/http/client.ts';
import { Refused } from '../../client/http/errors.ts';
import { Identity } from '../../client/identity/identity.ts';
import { loadKey } from '../../client/identity/keys.ts';
import { askRegistration } from '../../client/identity/register.ts';
import { Server } from '../../client/identity/server.ts';
import { askPackageInfo } from '../../client/packages/packageInfo.ts';
import { fetchManifest, trustedManifest, UnknownSignature } from '../../client/packages/snapshot.ts';
import { decideRegistrations } from '../../models/agents/decide.ts';
import { retireSigningKey, revokeSigningKey, rotateSigningKey } from '../../models/signingKeys/changeKeys.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { PAGE } from '../../wire/paths.ts';
import { writePolicyRequest } from '../../wire/policy.ts';
import { writeKeyBlob } from '../../wire/proof.ts';
import { parseXml } from '../../wire/xml.ts';
import { askInfo, startPackageServer, type PackageServer } from '../packages/server.ts';
import { JANE } from '../packages/support.ts';
import { startTestServer } from '../support/server.ts';

const signal = new AbortController().signal;

/** An agent with a folder of its own, without anything that runs. */
class TestAgent {
  readonly folder: string;
  readonly http: HttpClient;
  readonly #base: string;
  identity: Identity;
  server: Server;

  constructor(base: string, folder = mkdtempSync(join(tmpdir(), 'ns-agent-'))) {
    this.#base = base;
    this.folder = folder;
    this.http = new HttpClient({
      trust: { kind: 'system' },
      server: new URL(base),
      allowHttp: true,
      userAgent: 'test',
    });
    this.identity = new Identity(folder);
    this.server = new Server(this.http, this.identity, loadKey(folder).privateKey);
  }

  /** As after a restart: with what is on the disk, and no bearer. */
  restarted(base = this.#base): TestAgent {
    this.http.close();
    return new TestAgent(base, this.folder);
  }

  async checkIn(): Promise<number> {
    const body = writePolicyRequest(this.identity.guid);
    return (await this.server.call({ method: 'POST', address: PAGE.getClientPolicies, body }, signal)).status;
  }

  end(): void {
    this.http.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

describe('agents and the signing keys of their server', function () {
  this.timeout(60_000);
  let running: PackageServer;
  let agent: TestAgent;
  const agents: TestAgent[] = [];
  before(async () => (running = await startPackageServer({ NS_REGISTRATIONS_PER_MINUTE: '0' })));
  after(() => running.stop());
  beforeEach(async () => (agent = await enrolled()));
  afterEach(() => {
    for (const one of agents.splice(0)) one.end();
  });

  const keys = () => running.server.context.secrets.signingKeys;
  const deps = () => ({ cmdb: running.server.context.cmdb, clock: running.server.context.clock, keys: keys() });

  async function enrolled(): Promise<TestAgent> {
    const { context, http } = running.server;
    const one = new TestAgent(http);
    agents.push(one);
    const request = {
      guid: one.identity.guid,
      name: `WKS-${newGuid()}`,
      policyKey: loadKey(one.folder).blob,
      keys: [],
    };
    await askRegistration(one.http, request, undefined, signal);
    const row = await rowOf(one);
    await decideRegistrations(context, JANE, 'allow', [row.Guid]);
    const answer = await askRegistration(one.http, request, undefined, signal);
    if (answer.state !== 'allowed') throw new Error(answer.state);
    one.identity.confirm(answer.guid, answer.nsKey, 'hash', { kind: 'system' });
    return one;
  }

  const rowOf = (one: TestAgent) =>
    running.server.context.cmdb.db
      .selectFrom('AgentRegistration')
      .selectAll()
      .where('ResourceGuid', '=', one.identity.guid)
      .executeTakeFirstOrThrow();

  async function manifestOf(one: TestAgent, guid: Guid, version: number): Promise<string> {
    const asked = { computer: one.identity.guid, package: guid, addresses: [], totalTimeMinutes: 0 };
    const info = await askPackageInfo(one.server, asked, signal);
    const address = info.codebases[0]!.snapshot;
    return (await fetchManifest(one, address, { guid, version }, signal)).text;
  }

  /** Until the service has signed all that this server serves. */
  async function untilSigned(): Promise<void> {
    const { packages } = running.server.context;
    while (packages.countSignedByOthers(keys().current.name) > 0) await new Promise((done) => setTimeout(done, 50));
  }

  it('follow with their next proof, which tells the server, and keep it over a restart', async () => {
    expect(await agent.checkIn()).to.equal(200);
    const first = agent.identity.nsKey;
    expect((await rowOf(agent)).SigningKeyName).to.equal(keys().current.name);
    await rotateSigningKey(deps(), JANE, {});
    // The bearer that it has is as good as before.
    expect(await agent.checkIn()).to.equal(200);
    expect(agent.identity.nsKey).to.equal(first);
    agent = agent.restarted();
    agents.push(agent);
    expect(await agent.checkIn()).to.equal(200);
    expect(agent.identity.nsKey).to.equal(keys().current.blob);
    expect((await rowOf(agent)).SigningKeyName).to.equal(keys().current.name);
    expect(new Identity(agent.folder).trustedKeys).to.deep.equal(agent.identity.trustedKeys);
  });

  it('follow when a manifest has a signature that they do not know, and take the old one while its overlap lasts', async () => {
    running.source.write(`a ${newGuid()}`);
    const { guid, version } = await running.publish(`P ${newGuid()}`);
    const old = await manifestOf(agent, guid, version);
    const before = agent.identity.nsKey!;
    const oldName = keys().current.name;
    await rotateSigningKey(deps(), JANE, {});
    await untilSigned();
    const fresh = await manifestOf(agent, guid, version);
    expect(agent.identity.nsKey).to.equal(keys().current.blob).and.not.to.equal(before);
    const signatureless = (text: string): string => text.replace(/signature="[^"]*"/, '');
    expect(fresh).to.not.equal(old);
    expect(signatureless(fresh)).to.equal(signatureless(old));
    // What it may still be handed by somebody who has an old copy.
    expect(trustedManifest(old, guid, version, agent.identity.keysForFetched)).to.include({ version });
    await retireSigningKey(deps(), JANE, oldName);
    await agent.server.followKeys(signal);
    expect(() => trustedManifest(old, guid, version, agent.identity.keysForFetched)).to.throw(UnknownSignature);
    expect(trustedManifest(old, guid, version, agent.identity.keysForKept)).to.include({ version });
  });

  it('are told the key of each snapshot in the package information, which is that of its signature', async () => {
    running.source.write(`b ${newGuid()}`);
    const { guid } = await running.publish(`P ${newGuid()}`);
    await rotateSigningKey(deps(), JANE, {});
    await untilSigned();
    const info = await askInfo(running, [guid]);
    const { snapshots, version } = running.server.context.packages.get(guid)!;
    expect(snapshots.get(version!)!.keyName).to.equal(keys().current.name);
    expect(info.attributes.sourceKey).to.equal(keys().current.blob);
  });

  it('follow after years, over every key that there was in between', async () => {
    await agent.checkIn();
    const first = keys().current.name;
    for (let times = 0; times < 3; times++) {
      const name = keys().current.name;
      await rotateSigningKey(deps(), JANE, { overlapDays: 1 });
      await retireSigningKey(deps(), JANE, name);
    }
    agent = agent.restarted();
    agents.push(agent);
    expect(await agent.checkIn()).to.equal(200);
    expect(agent.identity.nsKey).to.equal(keys().current.blob);
    expect((await rowOf(agent)).SigningKeyName)
      .to.equal(keys().current.name)
      .and.not.to.equal(first);
  });

  it('hear of a revocation at their next request, and believe nothing that the key has signed', async () => {
    running.source.write(`c ${newGuid()}`);
    const { guid, version } = await running.publish(`P ${newGuid()}`);
    const old = await manifestOf(agent, guid, version);
    await revokeSigningKey(deps(), JANE, keys().current.name);
    expect(await agent.checkIn()).to.equal(200);
    expect(agent.identity.nsKey).to.equal(keys().current.blob);
    expect(() => trustedManifest(old, guid, version, agent.identity.keysForKept)).to.throw(UnknownSignature);
    await untilSigned();
    expect(await manifestOf(agent, guid, version)).to.not.equal(old);
  });

  it('cannot prove themselves by a revoked key, nor by one that never was', async () => {
    const stolen = keys().current.blob;
    await revokeSigningKey(deps(), JANE, keys().current.name);
    const stranger = writeKeyBlob(generateKeyPairSync('ed25519').publicKey);
    for (const named of [stolen, stranger]) {
      // One that would not follow: it says that it has seen every statement.
      agent.identity.takeKeys({ number: 1_000_000, key: named, former: [] });
      const error: unknown = await agent.checkIn().catch((caught: unknown) => caught);
      expect(error).to.be.instanceOf(Refused).and.to.include({ status: 401 });
      expect((await rowOf(agent)).SigningKeyName).to.equal(null);
    }
  });

  it('are sent nothing about keys in what original agents read', async () => {
    await rotateSigningKey(deps(), JANE, {});
    const { http } = running.server;
    const text = await (await fetch(`${http}${PAGE.authenticate}`)).text();
    expect(parseXml(text).children).to.deep.equal([]);
    const asked = { guid: newGuid(), name: 'OLD', policyKey: 'opaque', keys: [] };
    const { text: answer } = await agent.http.ask({
      method: 'POST',
      url: new URL(PAGE.createResource, http),
      headers: {},
      body: `<resource guid="{${asked.guid}}" typeGuid="{493435f7-3b17-4c4c-b07f-c23e7ab7781f}" name="OLD" policyKey="opaque"><regRequest guid="{${asked.guid}}" state="new"/></resource>`,
      signal,
    });
    expect(answer).to.include('<Resource').and.not.to.include('signingKey');
  });

  it('follow at any node: one that has not heard of the change yet looks for it', async () => {
    const { dataDir } = running.server;
    const other = await startTestServer({
      environment: {
        NS_CMDB: `sqlite:${join(dataDir, 'cmdb.sqlite')}`,
        NS_MASTER_KEY: readFileSync(join(dataDir, 'master.key'), 'utf8').trim(),
      },
    });
    try {
      await rotateSigningKey(deps(), JANE, {});
      agent = agent.restarted();
      agents.push(agent);
      expect(await agent.checkIn()).to.equal(200);
      const there = agent.restarted(other.http);
      agents.push(there);
      expect(await there.checkIn()).to.equal(200);
      expect(other.context.secrets.publicKeyBlob).to.equal(keys().current.blob);
      running.source.write(`d ${newGuid()}`);
      const { guid, version } = await running.publish(`P ${newGuid()}`);
      while (other.context.packages.get(guid)?.version !== version) await new Promise((done) => setTimeout(done, 50));
      expect(await manifestOf(there, guid, version)).to.include('signature');
    } finally {
      await other.stop();
    }
  });
});
