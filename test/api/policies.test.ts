import { expect } from 'chai';
import { newGuid } from '../../wire/guid.ts';
import { POLICY, TARGET } from '../../wire/wellKnown.ts';
import { startApi, type Api } from './support/api.ts';

describe('policies by the API', () => {
  let api: Api;
  let software: { guid: string; programs: { guid: string }[] };
  before(async () => {
    api = await startApi({ seeded: true });
    const programs = [{ name: 'Run', commandLine: 'true' }];
    software = (await api.post('/packages', { name: 'Command', sourceKind: 'none', programs })).body;
  });
  after(() => api.stop());

  const input = (name: string, more: object = {}) => ({
    name,
    isEnabled: true,
    packageGuid: software.guid,
    programGuid: software.programs[0]!.guid,
    targets: [TARGET.allComputers],
    ...more,
  });

  it('are made for a target and for single computers, with a schedule', async () => {
    const audited = await api.lastAuditId();
    const [computer] = (await api.get('/computers?limit=1')).body.items;
    const schedule = { triggers: [{ type: 'weekly', begin: '2030-01-31 21:00:00', daysOfWeek: [6, 0] }] };
    const made = await api.post('/policies', input('Weekly', { targets: [], computers: [computer.guid], schedule }));
    expect(made.status).to.equal(201);
    expect(made.body).to.include({ kind: 'softwareDelivery', computers: 1, version: 1, programName: 'Run' });
    expect(made.body.settings.schedule.triggers[0]).to.deep.include({ weeksInterval: 1, daysOfWeek: [0, 6] });
    expect(await api.auditSince(audited)).to.deep.equal(['API token read+write create policy']);
    const members = (await api.get(`/targets/${made.body.ownList}/computers`)).body.items;
    expect(members.map(({ guid }: { guid: string }) => guid)).to.deep.equal([computer.guid]);
  });

  it('are changed field by field, and what is not given stays', async () => {
    const made = (await api.post('/policies', input('Fields', { notifyUser: true }))).body;
    const changed = await api.patch(`/policies/${made.guid}`, { runAsSoonAsPossible: false, version: made.version });
    expect(changed.body.settings).to.include({ runAsSoonAsPossible: false, notifyUser: true });
    expect(changed.body).to.include({ name: 'Fields', version: 2 });
    expect(changed.body.targets.map(({ guid }: { guid: string }) => guid)).to.deep.equal([TARGET.allComputers]);
  });

  it('are not overwritten by somebody who has seen an older version', async () => {
    const { guid } = (await api.post('/policies', input('Versions'))).body;
    await api.patch(`/policies/${guid}`, { description: 'first', version: 1 });
    const late = await api.patch(`/policies/${guid}`, { description: 'second', version: 1 });
    expect(late.status).to.equal(400);
    expect(late.body.errors[0].field).to.equal('version');
    expect((await api.get(`/policies/${guid}`)).body.description).to.equal('first');
  });

  it('are switched off and on, and reach the agents', async () => {
    const made = (await api.post('/policies', input('Switch'))).body;
    const isEnabled = async () =>
      (
        await api.context.cmdb.db
          .selectFrom('Policy')
          .select('IsEnabled')
          .where('Guid', '=', made.guid)
          .executeTakeFirstOrThrow()
      ).IsEnabled;
    expect((await api.post(`/policies/${made.guid}/disable`)).body.isEnabled).to.equal(false);
    expect(await isEnabled()).to.equal(0);
    expect((await api.post(`/policies/${made.guid}/disable`)).body.version).to.equal(2);
    expect((await api.post(`/policies/${made.guid}/enable`)).body.isEnabled).to.equal(true);
    expect(await isEnabled()).to.equal(1);
  });

  it('are deleted, but not those that agents cannot do without', async () => {
    const { guid } = (await api.post('/policies', input('Gone'))).body;
    expect((await api.remove(`/policies/${guid}`)).status).to.equal(204);
    expect((await api.get(`/policies/${guid}`)).status).to.equal(404);
    const before = await api.state();
    const { status, body } = await api.remove(`/policies/${POLICY.agentSettings}`);
    expect(status).to.equal(409);
    expect(body.detail).to.contain('cannot be deleted');
    expect((await api.patch(`/policies/${POLICY.agentSettings}`, { name: 'x' })).status).to.equal(409);
    expect(await api.state()).to.equal(before);
  });

  it('keep their package from being deleted', async () => {
    await api.post('/policies', input('Uses it'));
    const before = await api.state();
    const { status, body } = await api.remove(`/packages/${software.guid}`);
    expect(status).to.equal(409);
    expect(body.detail).to.contain('"Uses it"');
    expect((await api.remove(`/packages/${software.guid}/programs/${software.programs[0]!.guid}`)).status).to.equal(
      409,
    );
    expect(await api.state()).to.equal(before);
  });

  it('are listed by kind, package and whether they are on', async () => {
    const names = async (query: string) =>
      (await api.get(`/policies?limit=500&${query}`)).body.items.map(({ name }: { name: string }) => name);
    await api.post('/policies', input('Listed, off', { isEnabled: false }));
    expect(await names('kind=taskAgent')).to.have.lengthOf(1);
    expect(await names(`package=${software.guid}&isEnabled=false`)).to.deep.equal(['Listed, off']);
    expect(await names('search=listed')).to.deep.equal(['Listed, off']);
  });

  for (const [what, change, field] of [
    ['no name', { name: ' ' }, 'name'],
    ['a package that is not there', { packageGuid: newGuid() }, 'packageGuid'],
    ['a program of another package', { programGuid: newGuid() }, 'programGuid'],
    ['a target that is not there', { targets: [newGuid()] }, 'targets'],
    ['a computer that is not there', { computers: [newGuid()] }, 'computers'],
    ['no target while it is on', { targets: [] }, 'targets'],
    [
      'a day that is none',
      { schedule: { triggers: [{ type: 'weekly', begin: '2030-01-31 21:00:00', daysOfWeek: [7] }] } },
      'schedule.triggers.0.daysOfWeek.0',
    ],
    [
      'a time that is none',
      { schedule: { triggers: [{ type: 'once', begin: '2030-02-31 21:00:00' }] } },
      'schedule.triggers.0.begin',
    ],
    ['an unknown field deep inside', { schedule: { triggers: [], zone: 'UTC' } }, 'schedule.zone'],
  ] as const) {
    it(`are not made with ${what}`, async () => {
      const before = await api.state();
      const { status, body } = await api.post('/policies', input('Wrong', change));
      expect(status).to.equal(400);
      expect(body.errors.map((error: { field: string }) => error.field)).to.include(field);
      expect(await api.state()).to.equal(before);
    });
  }
});

describe('agent settings by the API', () => {
  let api: Api;
  before(async () => (api = await startApi()));
  after(() => api.stop());

  it('are put back as they were read, with what somebody changed', async () => {
    const settings = (await api.get('/agent-settings')).body;
    const blockouts = [{ type: 'total', start: '08:00', durationMinutes: 60, days: [5, 1] }];
    const put = await api.call('PUT', '/agent-settings', {
      body: { ...settings, policyIntervalSeconds: 900, blockouts },
    });
    expect(put.status).to.equal(200);
    expect(put.body).to.deep.equal({
      ...settings,
      version: settings.version + 1,
      policyIntervalSeconds: 900,
      blockouts: [{ ...blockouts[0], days: [1, 5] }],
    });
    expect((await api.get('/agent-settings')).body).to.deep.equal(put.body);
  });

  it('take their defaults where something is left out', async () => {
    const { body } = await api.call('PUT', '/agent-settings', { body: { isEnabled: true } });
    expect(body).to.deep.include({ policyIntervalSeconds: null, blockouts: [] });
  });

  it('are not changed by a value out of range or by an old version', async () => {
    const before = await api.state();
    for (const [field, value] of [
      ['policyIntervalSeconds', 0],
      ['version', 1],
      ['isEnabled', 'perhaps'],
    ] as const) {
      const { status, body } = await api.call('PUT', '/agent-settings', { body: { isEnabled: true, [field]: value } });
      expect(status).to.equal(400);
      expect(body.errors[0].field).to.equal(field);
    }
    const deep = await api.call('PUT', '/agent-settings', { body: { isEnabled: true, tickle: { tcpPort: 1 } } });
    expect(deep.body.errors[0].field).to.equal('tickle.tcpPort');
    expect(await api.state()).to.equal(before);
  });
});
