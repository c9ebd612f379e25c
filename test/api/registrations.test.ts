import { expect } from 'chai';
import type { Guid } from '../../wire/guid.ts';
import { startApi, type Api } from './support/api.ts';

describe('registrations by the API', () => {
  let api: Api;
  before(async () => (api = await startApi({ seeded: true })));
  after(() => api.stop());

  const rowOf = (guid: Guid) =>
    api.context.cmdb.db
      .selectFrom('AgentRegistration')
      .select(['State', 'DecidedBy', 'ResourceGuid'])
      .where('Guid', '=', guid)
      .executeTakeFirstOrThrow();
  const pending = async () => (await api.get('/registrations?state=pending&limit=500')).body.items;

  it('are listed by state, sorted and searched', async () => {
    const waiting = await pending();
    expect(waiting).to.not.be.empty;
    expect(waiting.every(({ state }: { state: string }) => state === 'pending')).to.equal(true);
    const { name } = waiting[0];
    const found = (await api.get(`/registrations?search=${name}&sort=name`)).body.items as { name: string }[];
    expect(found.map((row) => row.name)).to.include(name);
    const up = (await api.get('/registrations?sort=lastSeenAt&order=asc&limit=500')).body.items as {
      lastSeenAt: string;
    }[];
    const times = up.map((row) => row.lastSeenAt);
    expect(times).to.deep.equal([...times].sort());
  });

  it('show what the machine asked and who else asks for its place', async () => {
    const duplicate = (await api.get('/registrations?limit=500')).body.items.find(
      ({ duplicateOf }: { duplicateOf: string | null }) => duplicateOf !== null,
    );
    const { body } = await api.get(`/registrations/${duplicate.guid}`);
    expect(body.requestXml).to.match(/^</);
    expect(body.rivals).to.not.be.empty;
  });

  it('are allowed, so that the computer is known at once, and the audit log names the token', async () => {
    const { guid } = (await pending())[0];
    const audited = await api.lastAuditId();
    const { status, body } = await api.post(`/registrations/${guid}/allow`);
    expect(status).to.equal(200);
    expect(body).to.include({ guid, state: 'allowed', changed: true });
    expect(await rowOf(guid)).to.include({ State: 'allowed', DecidedBy: 'API token read+write' });
    expect(api.context.agents.get(body.resourceGuid)).to.include({ state: 'allowed' });
    expect(await api.auditSince(audited)).to.deep.equal(['API token read+write allow registration']);
    expect((await api.get(`/computers/${body.resourceGuid}`)).status).to.equal(200);
  });

  it('may be decided twice: the second time changes nothing and says so', async () => {
    const { guid } = (await api.get('/registrations?state=allowed&limit=1')).body.items[0];
    const audited = await api.lastAuditId();
    const { status, body } = await api.post(`/registrations/${guid}/allow`);
    expect([status, body.changed]).to.deep.equal([200, false]);
    expect(await api.auditSince(audited)).to.deep.equal([]);
  });

  it('are revoked and blocked, and the computer is out at once', async () => {
    const [first, second] = (await api.get('/registrations?state=allowed&limit=2')).body.items;
    expect((await api.post(`/registrations/${first.guid}/revoke`, {})).body.state).to.equal('revoked');
    expect(await rowOf(first.guid)).to.include({ State: 'revoked' });
    expect(api.context.agents.get(first.resourceGuid)).to.include({ state: 'revoked' });
    expect((await api.post(`/registrations/${second.guid}/block`)).body.state).to.equal('blocked');
    expect(api.context.agents.get(second.resourceGuid)).to.include({ state: 'blocked' });
  });

  it('cannot be revoked before they were allowed', async () => {
    const { guid } = (await api.get('/registrations?state=blocked&limit=1')).body.items[0];
    const before = await api.state();
    const { status, body } = await api.post(`/registrations/${guid}/revoke`);
    expect(status).to.equal(409);
    expect(body.detail).to.contain('Only an allowed registration can be revoked');
    expect(await api.state()).to.equal(before);
  });
});

describe('registration rules by the API', () => {
  let api: Api;
  before(async () => (api = await startApi()));
  after(() => api.stop());

  const rules = async () => (await api.get('/registration-rules')).body.items as { guid: string; name: string }[];

  it('are made, changed, moved and deleted', async () => {
    const audited = await api.lastAuditId();
    const made = await api.post('/registration-rules', {
      name: 'Office',
      action: 'allow',
      addressMasks: ['10.1.0.0/16'],
    });
    expect(made.status).to.equal(201);
    expect(made.headers.get('location')).to.equal(`/api/v1/registration-rules/${made.body.guid}`);
    expect(made.body).to.deep.include({ position: 1, nameMasks: [], addressMasks: ['10.1.0.0/16'], isEnabled: true });
    await api.post('/registration-rules', { name: 'Kiosks', action: 'block', nameMasks: ['KIOSK-*'] });

    const changed = await api.patch(`/registration-rules/${made.body.guid}`, { isEnabled: false });
    expect(changed.body).to.deep.include({ name: 'Office', addressMasks: ['10.1.0.0/16'], isEnabled: false });
    expect((await api.post(`/registration-rules/${made.body.guid}/move`, { position: 2 })).body.position).to.equal(2);
    expect((await rules()).map(({ name }) => name)).to.deep.equal(['Kiosks', 'Office']);

    expect((await api.remove(`/registration-rules/${made.body.guid}`)).status).to.equal(204);
    expect((await rules()).map(({ name }) => name)).to.deep.equal(['Kiosks']);
    const who = 'API token read+write';
    expect(await api.auditSince(audited)).to.deep.equal(
      ['create', 'create', 'update', 'move', 'delete'].map((action) => `${who} ${action} registration rule`),
    );
  });

  it('are refused with the names of all wrong fields', async () => {
    const before = await api.state();
    const wrong = { name: '', action: 'welcome', addressMasks: ['10.1.0.0/99'] };
    const { status, body } = await api.post('/registration-rules', wrong);
    expect(status).to.equal(400);
    expect(body.errors.map(({ field }: { field: string }) => field)).to.deep.equal(['name', 'action', 'addressMasks']);
    expect((await api.post('/registration-rules', { name: 'x', action: 'allow', nameMasks: 'WS-*' })).status).to.equal(
      400,
    );
    expect(await api.state()).to.equal(before);
  });
});

describe('enrolment tokens by the API', () => {
  let api: Api;
  before(async () => (api = await startApi()));
  after(() => api.stop());

  it('are answered once, with the pin of the server, and kept as a hash', async () => {
    const expiresAt = '2099-01-31T00:00:00+01:00';
    const made = await api.post('/enrolment-tokens', { name: 'Rollout', maxUses: 5, expiresAt });
    expect(made.status).to.equal(201);
    const [, secret, pin] = made.body.token.split('.');
    expect(pin).to.equal(api.context.certificate.pin);
    const listed = (await api.get('/enrolment-tokens')).body.items[0];
    expect(listed).to.include({ guid: made.body.guid, name: 'Rollout', maxUses: 5, usedCount: 0, state: 'active' });
    expect(listed.expiresAt).to.equal('2099-01-30T23:00:00.000Z');
    expect((await api.state()) + JSON.stringify(listed)).to.not.contain(secret);
  });

  it('are revoked once', async () => {
    const { guid } = (await api.post('/enrolment-tokens', { name: 'Short' })).body;
    const audited = await api.lastAuditId();
    expect((await api.post(`/enrolment-tokens/${guid}/revoke`)).status).to.equal(204);
    expect((await api.post(`/enrolment-tokens/${guid}/revoke`)).status).to.equal(404);
    expect((await api.get('/enrolment-tokens')).body.items[0]).to.include({ guid, state: 'revoked' });
    expect(await api.auditSince(audited)).to.deep.equal(['API token read+write revoke enrolment token']);
  });

  for (const [field, value] of [
    ['name', ' '],
    ['maxUses', 0],
    ['maxUses', 1.5],
    ['expiresAt', '2001-01-01T00:00:00Z'],
    ['expiresAt', 'tomorrow'],
  ] as const) {
    it(`are refused with ${field} ${JSON.stringify(value)}`, async () => {
      const before = await api.state();
      const { status, body } = await api.post('/enrolment-tokens', { name: 'x', [field]: value });
      expect(status).to.equal(400);
      expect(body.errors.map((error: { field: string }) => error.field)).to.deep.equal([field]);
      expect(await api.state()).to.equal(before);
    });
  }
});
