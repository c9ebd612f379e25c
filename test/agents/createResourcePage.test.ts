import { expect } from 'chai';
import { decideRegistrations } from '../../models/agents/decide.ts';
import { createEnrolmentToken } from '../../models/agents/enrolmentTokens.ts';
import { answerText } from '../../routes/agent/createResource.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { PAGE } from '../../wire/paths.ts';
import { child, parseXml } from '../../wire/xml.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { ADMIN, newKey, overTls, requestOf, sample, storedState, type TestMachine } from './support.ts';

const SAMPLE_GUID = '0f6c1d52-8a3b-4c1e-9d55-2f1d2b3c4d5e' as Guid;

describe('CreateResource.aspx', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ environment: { NS_REGISTRATIONS_PER_MINUTE: '0' } });
  });
  after(() => server.stop());

  const state = () => storedState(server.context.cmdb);

  async function post(body: string, headers: Record<string, string> = {}) {
    const response = await fetch(server.http + PAGE.createResource, {
      method: 'POST',
      headers: { 'Content-Type': 'application/xml', 'Cache-Control': 'max-age=0', ...headers },
      body,
    });
    return { status: response.status, text: await response.text(), type: response.headers.get('content-type') };
  }

  const token = async (maxUses = 1): Promise<string> => {
    const { cmdb, clock, certificate } = server.context;
    return (await createEnrolmentToken(cmdb, clock, ADMIN, { name: 'page', maxUses }, certificate.pin)).token;
  };
  const machine = (part: TestMachine = {}): TestMachine & { guid: Guid } => ({
    guid: newGuid(),
    policyKey: newKey().blob,
    ...part,
  });

  /** Sends a request that must be refused, and shows that nothing at all came of it. */
  async function refused(body: string, headers: Record<string, string> = {}) {
    const before = await state();
    const { status, text } = await post(body, headers);
    expect(await state()).to.deep.equal(before);
    return { status, code: parseXml(text).attributes.code };
  }

  it('answers sample 01 with sample 03 while it waits: no keys', async () => {
    const { status, text, type } = await post(sample('01-createresource-request.xml'), { 'X-SMA-ID': SAMPLE_GUID });
    expect([status, type]).to.deep.equal([200, 'text/xml; charset=utf-8']);
    const expected = parseXml(sample('03-createresource-response-pending.xml'));
    const { resourceGuid, ...attributes } = parseXml(text).attributes;
    expect(attributes).to.deep.equal(expected.attributes);
    expect(resourceGuid).to.equal(SAMPLE_GUID);
    expect(child(parseXml(text), 'regResponse')!.attributes).to.deep.equal({ state: 'pending' });
    expect(text).to.not.match(/error|nsKey|symmetricKey/i);
  });

  it('answers with sample 02 once it is allowed, then as existing', async () => {
    const [row] = (await state()).registrations.filter(({ ResourceGuid }) => ResourceGuid === SAMPLE_GUID);
    await decideRegistrations(server.context, ADMIN, 'allow', [row!.Guid]);
    const { text } = await post(sample('01-createresource-request.xml'));
    const expected = parseXml(sample('02-createresource-response.xml'));
    const root = parseXml(text);
    expect(root.name).to.equal('Resource');
    expect(root.attributes).to.deep.equal({
      ...expected.attributes,
      resourceGuid: SAMPLE_GUID,
      existing: 'True',
      nsKey: server.context.secrets.publicKeyBlob,
    });
    expect(Object.keys(root.attributes)).to.deep.equal([
      'guid',
      'typeGuid',
      'name',
      'resourceGuid',
      'existing',
      'nsKey',
    ]);
    expect(root.children).to.deep.equal([]);
  });

  it('lets a new computer in with a token and says that it is new', async () => {
    const asked = machine({ name: 'WKS-7' });
    const { text } = await post(requestOf(asked), { Authorization: `Enrol ${await token()}` });
    expect(parseXml(text).attributes).to.include({ guid: `{${asked.guid}}`, name: 'WKS-7', existing: 'False' });
    expect(server.context.agents.get(asked.guid)?.state).to.equal('allowed');
  });

  it('takes the older form, GET with xml, and the older name, whatever the letter case', async () => {
    const asked = requestOf(machine({ name: 'OLD & NEW' }));
    const query = `xml=${encodeURIComponent(asked)}`;
    for (const path of ['/altiris/ns/agent/createresource.ASPX', '/ALTIRIS/NS/AGENT/CreateResource.asp']) {
      const response = await fetch(`${server.http}${path}?${query}`);
      expect(parseXml(await response.text()).attributes.name).to.equal('OLD & NEW');
    }
    const form = await post(`xml=${encodeURIComponent(asked)}`, {
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    expect(parseXml(form.text).attributes.name).to.equal('OLD & NEW');
  });

  it('answers HEAD with nothing but yes', async () => {
    const response = await fetch(server.http + PAGE.createResource, { method: 'HEAD' });
    expect([response.status, await response.text()]).to.deep.equal([200, '']);
  });

  it('never uses the word that old clients fear, also for a computer that is called so', async () => {
    const { text } = await post(requestOf(machine({ name: 'TERROR-Error-ERROR' })));
    expect(text).to.not.match(/error/i);
    expect(parseXml(text).attributes.name).to.equal('TERROR-Error-ERROR');
  });

  it('calls a revoked computer blocked', () => {
    const registered = {
      registrationGuid: newGuid(),
      resourceGuid: newGuid(),
      name: 'A',
      existed: false,
      isNews: false,
      reason: '',
    };
    const text = answerText({ ...registered, state: 'revoked' }, 'key');
    expect(child(parseXml(text), 'regResponse')!.attributes.state).to.equal('blocked');
    expect(text).to.not.include('nsKey');
  });

  it('refuses a header that disagrees with the body, and changes nothing', async () => {
    const body = requestOf(machine());
    const headers = { Authorization: `Enrol ${await token()}` };
    expect(await refused(body, { ...headers, 'X-SMA-ID': newGuid() })).to.deep.equal({
      status: 403,
      code: 'identityMismatch',
    });
    expect(await refused(body, { ...headers, 'X-SMA-ID': 'nobody' })).to.deep.equal({ status: 400, code: 'badGuid' });
  });

  it('takes the GUID of the header when the body has none', async () => {
    const guid = newGuid();
    const { text } = await post(requestOf({ name: 'HEADER-ONLY', policyKey: newKey().blob }), { 'X-SMA-ID': guid });
    expect(parseXml(text).attributes.guid).to.equal(`{${guid}}`);
  });

  it('never gives another key the place of a computer, token or not', async () => {
    const known = machine();
    await post(requestOf(known), { Authorization: `Enrol ${await token()}` });
    const entry = server.context.agents.get(known.guid);
    const thief = { ...known, policyKey: newKey().blob };
    const { status, text } = await post(requestOf(thief), {
      Authorization: `Enrol ${await token()}`,
      'X-SMA-ID': known.guid,
    });
    expect(status).to.equal(200);
    expect(child(parseXml(text), 'regResponse')!.attributes.state).to.equal('pending');
    expect(text).to.not.include('nsKey');
    expect(server.context.agents.get(known.guid)).to.deep.equal(entry);
    expect(parseXml((await post(requestOf(known))).text).attributes.existing).to.equal('True');
  });

  it('lets a token in as often as it says, and a wrong pin is the agent’s to notice', async () => {
    const [id, secret] = (await token(1)).split('.');
    const headers = { Authorization: `enrol ${id}.${secret}.${'0'.repeat(64)}` };
    const [first, second] = [machine(), machine()];
    expect(parseXml((await post(requestOf(first), headers)).text).attributes.existing).to.equal('False');
    const late = parseXml((await post(requestOf(second), headers)).text);
    expect(child(late, 'regResponse')!.attributes.state).to.equal('pending');
    expect(server.context.agents.get(first.guid)?.state).to.equal('allowed');
    expect(server.context.agents.get(second.guid)?.state).to.equal('pending');
  });

  it('refuses what is no registration with a short answer, and nothing comes of it', async () => {
    const bad = { status: 400, code: 'badXml' };
    expect(await refused('')).to.deep.equal(bad);
    expect(await refused('<resource name="\u0001"/>')).to.deep.equal(bad);
    expect(await refused('<!DOCTYPE resource SYSTEM "file:///etc/passwd"><resource/>')).to.deep.equal(bad);
    expect(await refused(`<resource>${'<a>'.repeat(60_000)}`)).to.deep.equal(bad);
    expect(await refused('<request/>')).to.deep.equal({ status: 400, code: 'badRequest' });
    expect(await refused('<resource guid="{42}"/>')).to.deep.equal({ status: 400, code: 'badGuid' });
    expect(await refused(`<resource a="${'x'.repeat(300_000)}"/>`)).to.deep.equal({ status: 413, code: 'tooLarge' });
    const noQuery = await fetch(server.http + PAGE.createResource);
    expect(noQuery.status).to.equal(400);
  });
});

describe('CreateResource.aspx under its limits', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({
      environment: { NS_REGISTRATIONS_PER_MINUTE: '2', NS_REQUIRE_HTTPS: 'true' },
      https: true,
    });
  });
  after(() => server.stop());

  it('takes neither registration nor token over plain HTTP when HTTPS is required', async () => {
    const { cmdb, clock, certificate } = server.context;
    const { token } = await createEnrolmentToken(cmdb, clock, ADMIN, { name: 'page', maxUses: 1 }, certificate.pin);
    const before = await storedState(cmdb);
    const headers = { Authorization: `Enrol ${token}` };
    const body = requestOf({ guid: newGuid(), policyKey: newKey().blob });
    const response = await fetch(server.http + PAGE.createResource, { method: 'POST', headers, body });
    expect(response.status).to.equal(403);
    expect(parseXml(await response.text()).attributes.code).to.equal('httpsRequired');
    expect(await storedState(cmdb)).to.deep.equal(before);
  });

  it('slows down an address that brings unknown computers', async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 3; count++) {
      const body = requestOf({ guid: newGuid() });
      const { status, headers } = await overTls(
        server.https + PAGE.createResource,
        server.context.certificate.pem,
        body,
      );
      statuses.push(status);
      if (status === 429) expect(Number(headers['retry-after'])).to.be.greaterThan(0);
    }
    expect(statuses).to.deep.equal([200, 200, 429]);
    expect((await storedState(server.context.cmdb)).registrations).to.have.length(2);
  });
});
