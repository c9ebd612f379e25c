import { expect } from 'chai';
import { request as httpRequest, type ClientRequest } from 'node:http';
import { braces, newGuid, type Guid } from '../../wire/guid.ts';
import { PAGE } from '../../wire/paths.ts';
import { readPolicyResponse, writePolicyRequest, type PolicyResponse } from '../../wire/policy.ts';
import { POLICY, TARGET } from '../../wire/wellKnown.ts';
import { createSoftwarePolicy } from '../../models/policies/changePolicies.ts';
import { deletePolicies } from '../../models/policies/switchPolicies.ts';
import { addLegacyAgent, LEGACY_LOOPBACK, rowCounts } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { addPackage, JANE } from './support.ts';

describe('GetClientPolicies.aspx', () => {
  let server: TestServer;
  let agent: Guid;
  before(async () => {
    server = await startTestServer({ environment: { ...LEGACY_LOOPBACK, NS_MAX_CONCURRENT_CONFIG_REQUESTS: '2' } });
    agent = await addLegacyAgent(server.context);
  });
  after(() => server.stop());

  const get = (query: Record<string, string>, page: string = PAGE.getClientPolicies): Promise<Response> =>
    fetch(`${server.http}${page}?${new URLSearchParams(query).toString()}`);
  const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(server.http + PAGE.getClientPolicies, {
      method: 'POST',
      headers: { 'content-type': 'application/xml', 'x-sma-id': agent, ...headers },
      body,
    });
  const read = async (response: Response): Promise<PolicyResponse> => {
    const text = await response.text();
    expect(response.status, text).to.equal(200);
    expect(response.headers.get('content-type')).to.equal('text/xml; charset=utf-8');
    return readPolicyResponse(text);
  };

  it('answers the GET form in any letter case, and its older twin', async () => {
    const pages = ['/Altiris/NS/Agent/GetClientPolicies.aspx', '/ALTIRIS/ns/AGENT/getclientpolicies.ASP'];
    for (const page of pages) {
      for (const name of ['WrkstaGuid', 'wrkstaguid', 'WRKSTAGUID']) {
        const query = { [name]: braces(agent).toUpperCase(), ConfigVersion: '2', WrkstaName: 'WKS-042' };
        const answer = await read(await get(query, page));
        expect([...answer.resources]).to.deep.equal([[agent, [POLICY.agentSettings, POLICY.taskAgent]]]);
        expect(answer.policies).to.have.length(2);
      }
    }
  });

  it('answers the xml form of the GET and the POST alike', async () => {
    const body = writePolicyRequest(agent);
    const posted = await (await post(body)).text();
    expect(await (await get({ Xml: body })).text()).to.equal(posted);
    expect(await (await get({ WrkstaGuid: agent })).text()).to.equal(posted);
  });

  it('leaves out the bodies that the agent has, by the hash of the whole or by each', async () => {
    const full = await read(await post(writePolicyRequest(agent)));
    const counts = async () => (await read(await post(writePolicyRequest(agent, full.hashes)))).policies.length;
    expect(await counts()).to.equal(0);
    const unchanged = await read(await get({ WrkstaGuid: agent, Hash: full.hash.toLowerCase() }));
    expect(unchanged).to.deep.equal({ ...full, policies: [] });
    const withXml = await read(await get({ xml: writePolicyRequest(agent), Hash: full.hash }));
    expect(withXml.policies).to.deep.equal([]);
    expect((await read(await get({ WrkstaGuid: agent, Hash: 'no hash' }))).policies).to.have.length(2);
  });

  it('takes held policies under any name', async () => {
    const [[guid, hash]] = (await read(await post(writePolicyRequest(agent)))).hashes as unknown as [[Guid, string]];
    const held = `<cachedPolicies><p><item guid="${guid}" hash="${hash}"/></p></cachedPolicies>`;
    const body = writePolicyRequest(agent).replace('</request>', `${held}</request>`);
    expect((await read(await post(body))).policies.map((policy) => policy.guid)).to.deep.equal([POLICY.taskAgent]);
  });

  it('takes the resource that says host as the caller, and answers users without policies', async () => {
    const user = newGuid();
    const resource = (guid: Guid, host: string) => `<resource guid="${braces(guid)}" host="${host}"/>`;
    const request = (...resources: string[]) => `<request><resources>${resources.join('')}</resources></request>`;
    const answer = await read(await post(request(resource(user, 'false'), resource(agent, 'true'))));
    expect([...answer.resources.keys()]).to.deep.equal([agent, user]);
    expect(answer.resources.get(user)).to.deep.equal([]);
    const first = await read(await post(request(resource(agent, 'false'), resource(user, 'false'))));
    expect([...first.resources.keys()]).to.deep.equal([agent, user]);
  });

  it('answers in clear where a compressed or an encrypted answer is asked for', async () => {
    expect((await read(await get({ WrkstaGuid: agent, Compress: 'Yes' }))).policies).to.have.length(2);
    const secured = writePolicyRequest(agent).replace('<request ', '<request securedPolicy="1" compress="1" ');
    expect((await read(await post(secured))).policies).to.have.length(2);
  });

  it('refuses what it cannot read, with a body that says so', async () => {
    const refused: [number, string, Promise<Response>][] = [
      [400, 'badRequest', get({})],
      [400, 'badGuid', get({ WrkstaGuid: 'x' })],
      [400, 'badXml', get({ xml: '<request' })],
      [400, 'badRequest', get({ xml: '<request/>' })],
      [400, 'badXml', post('')],
      [400, 'badGuid', post('<request><resources><resource guid="x" host="true"/></resources></request>')],
      [400, 'badXml', post('<!DOCTYPE a><request/>')],
      [413, 'tooLarge', post(`<request>${' '.repeat(1024 * 1024)}</request>`)],
      [403, 'notRegistered', get({ WrkstaGuid: newGuid() })],
      [403, 'identityMismatch', post(writePolicyRequest(newGuid()))],
      [403, 'identityMismatch', get({ xml: writePolicyRequest(agent), WrkstaGuid: newGuid() })],
    ];
    for (const [status, code, asked] of refused) {
      const response = await asked;
      const text = await response.text();
      expect(response.status, text).to.equal(status);
      expect(text).to.include(`<error code="${code}"`);
    }
    const other = await fetch(server.http + PAGE.getClientPolicies, { method: 'PUT' });
    expect(other.status).to.equal(405);
  });

  it('follows a policy that is made and withdrawn, and the timeline has a row for each change only', async () => {
    const { context } = server;
    const { cmdb, clock, policies } = context;
    const timeline = async (): Promise<number> => (await rowCounts(context, ['Timeline'])).Timeline!;
    const flush = (): Promise<void> => policies.history.flush(cmdb, clock);
    await read(await get({ WrkstaGuid: agent }));
    await flush();
    const before = await timeline();

    const software = await addPackage(cmdb, 'Example Viewer');
    const input = { ...software, name: 'Rollout', isEnabled: true, targets: [TARGET.allComputers] };
    const guid = await createSoftwarePolicy(cmdb, clock, JANE, input);
    await policies.applyChange(cmdb, { Id: 0, Kind: 'policy', ItemGuid: guid });
    const { hash, policies: bodies } = await read(await get({ WrkstaGuid: agent }));
    expect(bodies.at(-1)!.guid).to.equal(guid);
    for (let count = 0; count < 3; count++) await read(await get({ WrkstaGuid: agent, Hash: hash }));
    await flush();
    expect(await timeline()).to.equal(before + 1);

    await deletePolicies(cmdb, clock, JANE, [guid]);
    await policies.applyChange(cmdb, { Id: 0, Kind: 'policy', ItemGuid: guid });
    const withdrawn = await read(await get({ WrkstaGuid: agent, Hash: hash }));
    expect([...withdrawn.hashes.keys()]).to.deep.equal([POLICY.agentSettings, POLICY.taskAgent]);
    await flush();
    expect(await timeline()).to.equal(before + 2);
  });

  it('notes the contact', async () => {
    await read(await get({ WrkstaGuid: agent }));
    const { cmdb, contacts } = server.context;
    const columns = ['LastPolicyAt', 'LastAddress'] as const;
    let contact: { LastPolicyAt: string | null; LastAddress: string } | undefined;
    // The server's own housekeeping may be writing it just now.
    while (contact === undefined) {
      await contacts.flush();
      const rows = cmdb.db.selectFrom('ComputerContact').select(columns).where('ResourceGuid', '=', agent);
      contact = await rows.executeTakeFirst();
    }
    expect(contact.LastPolicyAt).to.match(/^20/);
    expect(contact.LastAddress).to.equal('127.0.0.1');
  });

  it('tells the one too many to come back later, and serves again when there is room', async () => {
    const slow = [await hold(server, agent), await hold(server, agent)];
    let refused = await post(writePolicyRequest(agent));
    // Until the server has read the heads of both.
    while (refused.status === 200) refused = await post(writePolicyRequest(agent));
    expect(refused.status).to.equal(503);
    expect(Number(refused.headers.get('retry-after'))).to.be.greaterThan(0);
    expect(await refused.text()).to.include('<error code="serverBusy"');
    // A GET never waits for its body: it is served all the same.
    expect((await get({ WrkstaGuid: agent })).status).to.equal(200);
    expect(await Promise.all(slow.map((finish) => finish()))).to.deep.equal([200, 200]);
    expect((await post(writePolicyRequest(agent))).status).to.equal(200);
  });
});

/** Starts a POST, and answers a function that sends the rest and tells the status. */
async function hold(server: TestServer, agent: Guid): Promise<() => Promise<number>> {
  const body = writePolicyRequest(agent);
  const url = server.http + PAGE.getClientPolicies;
  const headers = { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body), 'x-sma-id': agent };
  let request!: ClientRequest;
  const status = new Promise<number>((resolve, reject) => {
    request = httpRequest(url, { method: 'POST', headers, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode!));
    });
    request.on('error', reject);
  });
  await new Promise<void>((resolve) => request.write(body.slice(0, 10), () => resolve()));
  return () => {
    request.end(body.slice(10));
    return status;
  };
}
