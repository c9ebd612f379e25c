import { expect } from 'chai';
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { decideRegistrations } from '../../models/agents/decide.ts';
import { isSignedBy, provableKey } from '../../models/agents/keys.ts';
import { mergeComputers } from '../../models/resources/merge.ts';
import { AgentTokens } from '../../models/agents/tokens.ts';
import { callerOf } from '../../routes/agent/caller.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { PAGE } from '../../wire/paths.ts';
import { proofText, writeKeyBlob } from '../../wire/proof.ts';
import { parseXml, xml } from '../../wire/xml.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import {
  ADMIN,
  newKey,
  OPAQUE_KEY,
  overTls,
  refusalOf,
  requestOf,
  sha256,
  storedState,
  type TestKey,
} from './support.ts';

describe('Authenticate.aspx', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({
      environment: { NS_REGISTRATIONS_PER_MINUTE: '0', NS_REQUIRE_HTTPS: 'true' },
      https: true,
    });
  });
  after(() => server.stop());

  const send = (path: string, body?: string, headers?: Record<string, string>) =>
    overTls(server.https + path, server.context.certificate.pem, body, headers);

  async function registered(policyKey: string, decision?: 'allow' | 'block', guid = newGuid()): Promise<Guid> {
    await send(PAGE.createResource, requestOf({ guid, policyKey }));
    const rows = (await storedState(server.context.cmdb)).registrations;
    const row = rows.find(({ ResourceGuid, KeyHash }) => ResourceGuid === guid && KeyHash === sha256(policyKey))!;
    if (decision !== undefined) await decideRegistrations(server.context, ADMIN, decision, [row.Guid]);
    return guid;
  }

  async function challenge(): Promise<string> {
    const { status, text } = await send(PAGE.authenticate);
    expect(status).to.equal(200);
    return parseXml(text).attributes.value!;
  }

  interface Proof {
    guid: Guid;
    key: KeyObject;
    challenge?: string;
    /** What the signature is over, where it is not what it should be. */
    signed?: { guid?: Guid; challenge?: string; serverKey?: string };
    smaId?: string;
  }

  async function prove(proof: Proof) {
    const value = proof.challenge ?? (await challenge());
    const { guid, serverKey } = { guid: proof.guid, serverKey: server.context.secrets.publicKeyBlob, ...proof.signed };
    const text = proofText(guid, proof.signed?.challenge ?? value, serverKey);
    const algorithm = proof.key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    const signature = sign(algorithm, text, proof.key).toString('base64');
    const body = xml`<proof guid="{${proof.guid}}" challenge="${value}" signature="${signature}"/>`.text;
    const answer = await send(PAGE.authenticate, body, proof.smaId === undefined ? {} : { 'X-SMA-ID': proof.smaId });
    const { attributes } = parseXml(answer.text);
    return { status: answer.status, code: attributes.code, token: attributes.token, expires: attributes.expires };
  }

  const caller = (token: string | undefined, guid?: Guid) =>
    callerOf(server.context, { headers: { authorization: `Bearer ${token}` }, address: '127.0.0.1' }, [guid]);

  it('gives an agent that signs its challenge a bearer for an hour', async () => {
    const { privateKey, blob } = newKey();
    const guid = await registered(blob, 'allow');
    const { status, token, expires } = await prove({ guid, key: privateKey, smaId: guid });
    expect([status, expires]).to.deep.equal([200, '3600']);
    expect(caller(token, guid)).to.deep.equal({ guid, proof: 'key' });
  });

  it('gives one to the agent of a merged computer, by its old GUID, for the computer in its place', async () => {
    const [old, present] = [newKey(), newKey()];
    const winner = await registered(old.blob, 'allow');
    const loser = await registered(present.blob, 'allow');
    server.context.contacts.note(loser, 'policy', '127.0.0.1');
    await server.context.contacts.flush();
    const before = await prove({ guid: loser, key: present.privateKey });
    await mergeComputers(server.context, ADMIN, { winner, loser });
    const { status, token } = await prove({ guid: loser, key: present.privateKey, smaId: loser });
    expect(status).to.equal(200);
    for (const bearer of [before.token, token])
      expect(caller(bearer, loser)).to.deep.equal({ guid: winner, proof: 'key' });
    expect(await prove({ guid: winner, key: old.privateKey })).to.include({ status: 403, code: 'blocked' });
    const again = await send(PAGE.createResource, requestOf({ guid: loser, policyKey: present.blob }));
    expect(parseXml(again.text).attributes).to.include({ guid: `{${winner}}`, existing: 'True' });
  });

  it('takes EC P-256 and RSA keys as well', async () => {
    const pairs = [
      generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ];
    for (const { privateKey, publicKey } of pairs) {
      const guid = await registered(writeKeyBlob(publicKey), 'allow');
      const { token } = await prove({ guid, key: privateKey });
      expect(caller(token)).to.deep.equal({ guid, proof: 'key' });
    }
  });

  it('refuses a signature of another key, and by another computer’s GUID', async () => {
    const [mine, theirs] = [newKey(), newKey()];
    const guid = await registered(mine.blob, 'allow');
    const other = await registered(theirs.blob, 'allow');
    expect(await prove({ guid, key: theirs.privateKey })).to.include({ status: 401, code: 'notAuthenticated' });
    expect(await prove({ guid: other, key: mine.privateKey })).to.include({ status: 401 });
    expect(await prove({ guid, key: mine.privateKey, smaId: other })).to.include({
      status: 403,
      code: 'identityMismatch',
    });
    const stranger = await prove({ guid: newGuid(), key: mine.privateKey });
    expect(stranger).to.include({ status: 403, code: 'notRegistered', token: undefined });
  });

  it('refuses a proof that was made for another server, computer or challenge', async () => {
    const { privateKey: key, blob } = newKey();
    const guid = await registered(blob, 'allow');
    for (const signed of [{ serverKey: newKey().blob }, { guid: newGuid() }, { challenge: await challenge() }]) {
      expect(await prove({ guid, key, signed })).to.include({ status: 401, token: undefined });
    }
  });

  it('refuses a challenge that is stale, or that it did not make', async () => {
    const { privateKey: key, blob } = newKey();
    const guid = await registered(blob, 'allow');
    const earlier = new AgentTokens(server.context.secrets.tokenKey, { now: () => Date.now() - 121_000 });
    expect(await prove({ guid, key, challenge: earlier.newChallenge() })).to.include({ status: 401 });
    const foreign = new AgentTokens(Buffer.alloc(32, 1), server.context.clock);
    expect(await prove({ guid, key, challenge: foreign.newChallenge() })).to.include({ status: 401 });
    expect(await prove({ guid, key, challenge: '' })).to.include({ status: 401 });
  });

  it('tells a key that waits or is blocked so, and gives it no bearer', async () => {
    const [first, second, third] = [newKey(), newKey(), newKey()];
    const waiting = await registered(first.blob);
    expect(await prove({ guid: waiting, key: first.privateKey })).to.include({
      status: 403,
      code: 'pending',
      token: undefined,
    });
    const blocked = await registered(second.blob, 'block');
    expect(await prove({ guid: blocked, key: second.privateKey })).to.include({ status: 403, code: 'blocked' });
    const guid = await registered(third.blob, 'allow');
    const duplicate = newKey();
    await registered(duplicate.blob, undefined, guid);
    expect(await prove({ guid, key: duplicate.privateKey })).to.include({
      status: 403,
      code: 'pending',
      token: undefined,
    });
    expect(await prove({ guid, key: third.privateKey })).to.include({ status: 200 });
  });

  it('ends a bearer when the key is revoked, and when another key takes its place', async () => {
    const [first, second]: TestKey[] = [newKey(), newKey()];
    const guid = await registered(first!.blob, 'allow');
    const { token } = await prove({ guid, key: first!.privateKey });
    expect(caller(token).guid).to.equal(guid);
    await registered(second!.blob, 'allow', guid);
    expect(await refusalOf(() => caller(token))).to.equal('notAuthenticated');
    expect(await prove({ guid, key: first!.privateKey })).to.include({ status: 403, code: 'blocked' });
    const { token: newer } = await prove({ guid, key: second!.privateKey });
    expect(caller(newer).guid).to.equal(guid);
    const rows = (await storedState(server.context.cmdb)).registrations.filter(
      ({ ResourceGuid }) => ResourceGuid === guid,
    );
    const allowed = rows.find(({ State }) => State === 'allowed')!;
    await decideRegistrations(server.context, ADMIN, 'revoke', [allowed.Guid]);
    expect(await refusalOf(() => caller(newer))).to.equal('blocked');
  });

  it('does not let an agent without a provable key in', async () => {
    const guid = await registered(OPAQUE_KEY, 'allow');
    expect(await prove({ guid, key: newKey().privateKey })).to.include({ status: 401 });
  });

  it('refuses what is no proof', async () => {
    for (const [body, code] of [
      ['', 'badXml'],
      ['<proof', 'badXml'],
      ['<bearer/>', 'badRequest'],
      ['<proof challenge="x" signature="y"/>', 'badGuid'],
      [`<proof guid="${newGuid()}"/>`, 'notAuthenticated'],
      [`<proof a="${'x'.repeat(20_000)}"/>`, 'tooLarge'],
    ] as const) {
      const { text } = await send(PAGE.authenticate, body);
      expect(parseXml(text).attributes.code, body.slice(0, 40)).to.equal(code);
    }
  });

  it('works over TLS only', async () => {
    for (const method of ['GET', 'POST']) {
      const response = await fetch(server.http + PAGE.authenticate, { method });
      expect(response.status).to.equal(403);
      expect(parseXml(await response.text()).attributes.code).to.equal('httpsRequired');
    }
  });
});

describe('keys that can prove themselves', () => {
  it('are Ed25519, P-256 and RSA from 2048 bits', () => {
    const blob = (pair: { publicKey: KeyObject }): string => writeKeyBlob(pair.publicKey);
    expect(provableKey(newKey().blob)).to.not.equal(undefined);
    expect(provableKey(blob(generateKeyPairSync('ec', { namedCurve: 'prime256v1' })))).to.not.equal(undefined);
    for (const weak of [
      blob(generateKeyPairSync('rsa', { modulusLength: 1024 })),
      blob(generateKeyPairSync('ec', { namedCurve: 'secp224r1' })),
      blob(generateKeyPairSync('x25519')),
      OPAQUE_KEY,
      'not base64 !',
      '',
    ]) {
      expect(provableKey(weak)).to.equal(undefined);
    }
  });

  it('prove nothing by an empty or broken signature', () => {
    const { blob } = newKey();
    const text = Buffer.from('text');
    for (const signature of ['', 'AAAA', 'not base64 !']) expect(isSignedBy(blob, text, signature)).to.equal(false);
    expect(isSignedBy('', text, '')).to.equal(false);
  });
});
