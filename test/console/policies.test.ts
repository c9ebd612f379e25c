import { expect } from 'chai';
import { createPackage } from '../../models/packages/createPackage.ts';
import { getPackage } from '../../models/packages/getPackage.ts';
import { sourceLimits } from '../../models/packages/sources/sources.ts';
import { createSoftwarePolicy } from '../../models/policies/changePolicies.ts';
import type { SoftwarePolicyInput } from '../../models/policies/policyInput.ts';
import { getPolicy, type Policy } from '../../models/policies/policyStore.ts';
import { createTarget } from '../../models/targets/changeTargets.ts';
import { readMembers } from '../../models/targets/targetMembers.ts';
import { newGuid, parseGuid, type Guid } from '../../wire/guid.ts';
import { POLICY, TARGET } from '../../wire/wellKnown.ts';
import { actor, makeUser, PASSWORD } from '../security/support.ts';
import { addLegacyAgent } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';

const HOSTILE = `<script>alert("x")</script>' & Co`;

describe('the policy pages', () => {
  let server: TestServer;
  let client: ConsoleClient;
  let viewer: ConsoleClient;
  let software: Guid;
  let program: Guid;
  let computers: Guid[];

  before(async () => {
    server = await startTestServer();
    const { cmdb, clock, settings } = server.context;
    client = await signedIn(server.http);
    await makeUser(cmdb, clock, 'victor', 'Viewers');
    viewer = await signedIn(server.http, 'victor', PASSWORD);
    const programs = [{ name: 'Install', commandLine: 'run' }];
    software = await createPackage(
      cmdb,
      clock,
      actor,
      { name: 'Tool', sourceKind: 'none', programs },
      sourceLimits(settings),
    );
    program = (await getPackage(cmdb, software))!.programs[0]!.guid;
    computers = [];
    for (const name of ['PC-1', 'PC-2', 'PC-3', 'TWIN']) computers.push(await addLegacyAgent(server.context, name));
    const twin = await addLegacyAgent(server.context, 'TWIN');
    await cmdb.db.updateTable('Computer').set({ Domain: 'OTHER' }).where('ResourceGuid', '=', twin).execute();
    computers.push(twin);
  });
  after(() => server.stop());

  const typed = (name: string, more: Record<string, string | string[]> = {}): Record<string, string | string[]> => ({
    name,
    programGuid: program,
    isEnabled: '1',
    when: 'asap',
    multicast: '1',
    verboseStatusEvents: '1',
    ...more,
  });

  async function makeByForm(
    name: string,
    more: Record<string, string | string[]>,
  ): Promise<Policy<'softwareDelivery'>> {
    const answer = await client.post('/policies/new', typed(name, more));
    expect(answer.status, answer.text.slice(0, 200)).to.equal(303);
    return find(parseGuid(answer.location.split('/').at(-1))!);
  }
  const find = async (guid: Guid) => (await getPolicy(server.context.cmdb, guid)) as Policy<'softwareDelivery'>;
  const membersOf = async (policy: Policy) => [...(await readMembers(server.context.cmdb, policy.ownList!))].sort();
  const exists = async (name: string): Promise<boolean> =>
    (await client.get(`/policies?q=${name}`)).text.includes(`>${name}<`);

  const make = (name: string, more: Partial<SoftwarePolicyInput> = {}): Promise<Guid> =>
    createSoftwarePolicy(server.context.cmdb, server.context.clock, actor, {
      name,
      isEnabled: true,
      packageGuid: software,
      programGuid: program,
      targets: [TARGET.allComputers],
      ...more,
    });

  it('make a policy for all computers, and show at once who gets it and what agents are sent', async () => {
    const policy = await makeByForm('For all', { targets: TARGET.allComputers, notifyUser: '1' });
    expect(policy).to.include({ isEnabled: true, packageGuid: software, programGuid: program, computers: 5 });
    expect(policy.settings).to.include({
      runAsSoonAsPossible: true,
      notifyUser: true,
      warnBeforeRunning: false,
      multicast: true,
    });
    expect(policy.settings.schedule.triggers).to.deep.equal([]);
    const page = await client.get(`/policies/${policy.guid}`);
    expect(page.text).to.contain('Policy For all was created').and.not.to.contain('Nobody gets this policy');
    const xml = await client.get(`/policies/${policy.guid}/xml`);
    expect(xml.text).to.contain('&lt;SoftPkg').and.to.contain('NotifyUser=&#34;true&#34;');
    const raw = await client.get(`/policies/${policy.guid}/policy.xml`);
    expect(raw.headers.get('content-type')).to.contain('text/plain');
    expect(raw.text).to.equal(server.context.policies.bodyOf(policy.guid)!.xml);
  });

  it('take computers as names, domain names and GUIDs, in any letter case', async () => {
    const lines = ['pc-1', `{${computers[1]!.toUpperCase()}}`, 'other\\twin', '', 'PC-1'];
    const policy = await makeByForm('For some', { computers: lines.join('\r\n') });
    expect(await membersOf(policy)).to.deep.equal([computers[0], computers[1], computers[4]].sort());
    const page = await client.get(`/policies/${policy.guid}`);
    expect(/<textarea id="field-computers"[^>]*>\s*([^<]*)</.exec(page.text)![1]!.trim().split('\n')).to.deep.equal([
      'OTHER\\TWIN',
      'PC-1',
      'PC-2',
    ]);
  });

  it('name every computer that is not known, or not the only one, and keep what was typed', async () => {
    const { status, text } = await client.post('/policies/new', typed('Refused', { computers: 'PC-1\nNOBODY\nTWIN' }));
    expect(status).to.equal(422);
    expect(text).to.contain('“NOBODY” is no known computer').and.to.contain('“TWIN” is the name of 2 computers');
    expect((await client.post('/policies/new', { name: '', computers: 'NOBODY' })).text)
      .to.contain('href="#field-name"')
      .and.to.contain('href="#field-programGuid"')
      .and.to.contain('href="#field-computers"');
    expect(text).to.contain('PC-1\nNOBODY\nTWIN').and.to.contain(`<option value="${program}" selected>`);
    expect(await exists('Refused')).to.equal(false);
  });

  it('fill in the computers and the package that the address names', async () => {
    const { text } = await client.get(
      `/policies/new?package=${software}&computers=${computers[0]},${computers[2]},nonsense`,
    );
    expect(text).to.contain('PC-1\nPC-3').and.to.contain(`<option value="${program}" selected>`);
  });

  it('say what is missing at its field', async () => {
    const { status, text } = await client.post('/policies/new', { name: '', isEnabled: '1', when: 'weekly' });
    expect(status).to.equal(422);
    for (const field of ['name', 'programGuid', 'begin', 'daysOfWeek'])
      expect(text).to.contain(`href="#field-${field}"`);
    expect(text.match(/href="#field-programGuid"/g)).to.have.length(1);
    const nobody = await client.post('/policies/new', typed('Nobody'));
    expect(nobody.text).to.contain('href="#field-targets"');
  });

  for (const [name, fields, trigger] of [
    ['Once', { when: 'once', begin: '2030-01-31T21:30' }, { type: 'once', begin: '2030-01-31 21:30:00' }],
    [
      'Daily',
      { when: 'daily', begin: '2030-01-01T02:00', every: '2' },
      { type: 'daily', begin: '2030-01-01 02:00:00', daysInterval: 2 },
    ],
    [
      'Weekly',
      { when: 'weekly', begin: '2030-01-01T02:00', every: '1', daysOfWeek: ['0', '6'] },
      { type: 'weekly', begin: '2030-01-01 02:00:00', weeksInterval: 1, daysOfWeek: [0, 6] },
    ],
  ] as const) {
    it(`keep a schedule: ${name.toLowerCase()}, and show it again as it was typed`, async () => {
      const more = { targets: TARGET.allComputers, alsoAtOnce: '1', onlyAtScheduledTime: '1', ...fields };
      const policy = await makeByForm(name, more as Record<string, string | string[]>);
      expect(policy.settings.schedule.triggers).to.have.length(1);
      expect(policy.settings.schedule.triggers[0]).to.deep.include(trigger);
      expect(policy.settings).to.include({ runAsSoonAsPossible: true, onlyAtScheduledTime: true });
      const { text } = await client.get(`/policies/${policy.guid}`);
      expect(text).to.contain(`value="${fields.begin}"`);
      expect(text).to.match(new RegExp(`name="when" value="${fields.when}" checked`));
    });
  }

  it('keep a schedule that was made elsewhere and that the form cannot show', async () => {
    const schedule = { triggers: [{ type: 'monthly' as const, begin: '2030-01-01 03:00:00', days: [1], months: [6] }] };
    const guid = await make('Foreign', { schedule });
    const { text } = await client.get(`/policies/${guid}`);
    expect(text)
      .to.contain('On day 1 of June at 03:00')
      .and.to.match(/name="when" value="kept" checked/);
    const before = await find(guid);
    await client.post(
      `/policies/${guid}`,
      typed('Foreign', { targets: TARGET.allComputers, when: 'kept', version: '1' }),
    );
    const after = await find(guid);
    expect(after.version).to.equal(2);
    expect(after.settings.schedule).to.deep.equal(before.settings.schedule);
  });

  it('preview who gets a policy and when, and write nothing', async () => {
    const fields = typed('Only looked at', {
      computers: 'PC-1\nPC-2',
      when: 'daily',
      begin: '2030-01-01T02:00',
      preview: '1',
    });
    const { status, text } = await client.post('/policies/new', fields);
    expect(status).to.equal(200);
    expect(text)
      .to.contain('nothing was saved')
      .and.to.contain('2 computers of 5')
      .and.to.contain('Every day at 02:00');
    expect(await exists('Only looked at')).to.equal(false);
  });

  it('preview who gains and who loses by a change', async () => {
    const policy = await makeByForm('Moves', { computers: 'PC-1\nPC-2' });
    const fields = typed('Moves', { computers: 'PC-2\nPC-3\nEXAMPLE\\TWIN', preview: '1', version: '1' });
    const { text } = await client.post(`/policies/${policy.guid}`, fields);
    expect(text).to.contain('2 computers are new.').and.to.contain('1 computer gets it no longer.');
    expect(await membersOf(policy)).to.deep.equal([computers[0], computers[1]].sort());
  });

  it('change a policy, with its targets and its own computers', async () => {
    const { cmdb, clock } = server.context;
    const target = await createTarget(cmdb, clock, actor, { name: 'Ring', computers: [computers[2]!] });
    const policy = await makeByForm('Changes', { computers: 'PC-1' });
    const fields = typed('Changed', { targets: [target], computers: 'PC-2', version: '1', isEnabled: '' });
    expect((await client.post(`/policies/${policy.guid}`, fields)).status).to.equal(303);
    const after = await find(policy.guid);
    expect(after).to.include({ name: 'Changed', isEnabled: false, version: 2, computers: 2 });
    expect(after.targets.map(({ guid }) => guid)).to.deep.equal([target]);
    expect(await membersOf(after)).to.deep.equal([computers[1]]);
    expect((await client.get(`/policies?q=Changed&format=json&columns=computers,state`)).text).to.contain(
      '"computers":2',
    );
  });

  it('overwrite nothing that somebody else has changed in the meantime', async () => {
    const guid = await make('Shared');
    await client.post(`/policies/${guid}/off`);
    const answer = await client.post(
      `/policies/${guid}`,
      typed('Mine', { targets: TARGET.allComputers, version: '1' }),
    );
    expect(answer.status).to.equal(422);
    expect(answer.text).to.contain('has changed the policy in the meantime');
    expect(await find(guid)).to.include({ name: 'Shared', isEnabled: false });
  });

  it('switch a policy on and off by one click, and many from the list', async () => {
    const [one, other] = [await make('Switch one'), await make('Switch other', { isEnabled: false })];
    expect((await client.post(`/policies/${one}/off`)).location).to.contain(one);
    expect((await client.get(`/policies/${one}`)).text).to.contain(
      'Nobody gets this policy. The policy is switched off.',
    );
    await client.post('/policies/on', { id: [one, other] });
    expect([(await find(one)).isEnabled, (await find(other)).isEnabled]).to.deep.equal([true, true]);
    await client.post('/policies/off', { all: '1', matching: 'q=Switch' });
    expect([(await find(one)).isEnabled, (await find(other)).isEnabled]).to.deep.equal([false, false]);
  });

  it('tell in the list why nobody gets a policy', async () => {
    const { cmdb, clock, settings } = server.context;
    const programs = [{ name: 'Run', commandLine: 'run' }];
    const input = { name: 'Off', sourceKind: 'none', isEnabled: '0', programs };
    const guid = await createPackage(cmdb, clock, actor, input, sourceLimits(settings));
    const policy = await makeByForm('Withheld', {
      programGuid: (await getPackage(cmdb, guid))!.programs[0]!.guid,
      targets: TARGET.allComputers,
    });
    const { text } = await client.get('/policies?q=Withheld&columns=name,state,problem');
    expect(text).to.contain('On, reaches nobody').and.to.contain('Package Off is disabled.');
    expect((await client.get(`/policies/${policy.guid}/xml`)).text).to.contain('It is sent to nobody');
    expect((await client.get(`/policies/${policy.guid}/policy.xml`)).status).to.equal(404);
  });

  it('delete policies after a question that says how many computers lose them', async () => {
    const guids = [await make('Delete one'), await make('Delete other')];
    const question = await client.post('/policies/delete', { id: guids });
    expect(question.text).to.contain('Delete 2 policies?').and.to.contain('5 computers will have it withdrawn');
    expect(await exists('Delete one')).to.equal(true);
    await client.post('/policies/delete', { id: guids, confirmed: '1' });
    expect(await Promise.all(guids.map(find))).to.deep.equal([undefined, undefined]);
    expect((await client.get(`/policies/${guids[0]}/delete`)).status).to.equal(404);
  });

  describe('for settings', () => {
    it('change the agent settings, blockouts included, and take a blockout out again', async () => {
      const guid = POLICY.agentSettings;
      const settings = async () => ((await getPolicy(server.context.cmdb, guid)) as Policy<'agentSettings'>).settings;
      const page = await client.get(`/policies/${guid}`);
      expect(page.text).to.contain('NS_POLICY_INTERVAL').and.to.contain('New blockout');
      const fields = (version: number): Record<string, string | string[]> => ({
        ...formFields(page.text),
        version: String(version),
        policyIntervalSeconds: '1800',
        randomBlockoutMax: '15',
        'multicast.enabled': '1',
        'multicast.minPackageSize': '2048',
        'blockouts.0.type': 'total',
        'blockouts.0.start': '22:00',
        'blockouts.0.durationMinutes': '480',
        'blockouts.0.days': ['1', '2'],
      });
      expect((await client.post(`/policies/${guid}`, fields(1))).status).to.equal(303);
      expect(await settings()).to.deep.include({
        policyIntervalSeconds: 1800,
        inventoryIntervalSeconds: null,
        randomBlockoutMax: 15,
        blockouts: [{ type: 'total', start: '22:00', durationMinutes: 480, days: [1, 2] }],
      });
      expect((await settings()).multicast).to.include({ enabled: true, minPackageSize: 2048, numClientsToBegin: 100 });
      await client.post(`/policies/${guid}`, { ...fields(2), 'blockouts.0.type': '' });
      expect((await settings()).blockouts).to.deep.equal([]);
    });

    it('show faults at the row of the blockout and at the field', async () => {
      const guid = POLICY.agentSettings;
      const before = await getPolicy(server.context.cmdb, guid);
      const { text, status } = await client.post(`/policies/${guid}`, {
        ...formFields((await client.get(`/policies/${guid}`)).text),
        'multicast.sessionTimeout': 'long',
        'blockouts.0.type': 'download',
        'blockouts.0.start': '25:00',
        'blockouts.0.durationMinutes': '',
      });
      expect(status).to.equal(422);
      for (const field of [
        'multicast.sessionTimeout',
        'blockouts.0.start',
        'blockouts.0.durationMinutes',
        'blockouts.0.days',
      ])
        expect(text).to.contain(`href="#field-${field}"`);
      expect(await getPolicy(server.context.cmdb, guid)).to.deep.equal(before);
    });

    it('change the task agent settings, which are not deleted', async () => {
      const guid = POLICY.taskAgent;
      const fields = {
        isEnabled: '1',
        version: '1',
        serverSelection: 'FastestConnection',
        timeoutSeconds: '45',
        reportingIntervalSeconds: '20',
      };
      expect((await client.post(`/policies/${guid}`, fields)).status).to.equal(303);
      const policy = (await getPolicy(server.context.cmdb, guid)) as Policy<'taskAgent'>;
      expect(policy.settings).to.deep.equal({
        serverSelection: 'FastestConnection',
        timeoutSeconds: 45,
        reportingIntervalSeconds: 20,
      });
      expect((await client.post('/policies/delete', { id: guid, confirmed: '1' })).status).to.equal(409);
      expect((await client.get(`/policies/${guid}`)).text).to.contain('cannot do without a settings policy');
    });
  });

  it('answer 404 for what is not there', async () => {
    for (const path of [
      `/policies/${newGuid()}`,
      '/policies/nonsense',
      `/policies/${newGuid()}/xml`,
      `/policies/${newGuid()}/deliveries`,
    ]) {
      expect((await client.get(path)).status, path).to.equal(404);
    }
  });

  it('let viewers look but not change, and forged forms change nothing', async () => {
    const guid = await make('Guarded');
    const before = await find(guid);
    const page = await viewer.get(`/policies/${guid}`);
    expect(page.text).to.contain('Your role may look but not change');
    expect((await viewer.get('/policies/new')).status).to.equal(403);
    const posts: [string, Record<string, string | string[]>][] = [
      ['/policies/new', typed('Forged', { targets: TARGET.allComputers })],
      [`/policies/${guid}`, typed('Forged', { targets: TARGET.allComputers, version: '1' })],
      [`/policies/${guid}/off`, {}],
      ['/policies/off', { id: guid }],
      ['/policies/delete', { id: guid, confirmed: '1' }],
      [`/policies/${POLICY.agentSettings}`, { policyIntervalSeconds: '1' }],
    ];
    for (const [path, fields] of posts) {
      expect((await viewer.post(path, fields)).status, path).to.equal(403);
      expect((await client.post(path, { ...fields, _csrf: 'forged' })).status, path).to.equal(403);
    }
    expect(await find(guid)).to.deep.equal(before);
    expect(await exists('Forged')).to.equal(false);
  });

  it('escape names wherever they stand', async () => {
    const guid = await make(HOSTILE, { description: HOSTILE });
    for (const path of [
      '/policies',
      `/policies/${guid}`,
      `/policies/${guid}/deliveries`,
      `/policies/${guid}/xml`,
      `/policies/${guid}/delete`,
    ]) {
      const { status, text } = await client.get(path);
      expect(status, path).to.equal(200);
      expect(text, path).to.contain('&lt;script&gt;').and.not.to.contain('<script>alert');
    }
  });
});

/** What a browser would send of a page's form when nobody touches it: texts, numbers and choices, no check boxes. */
function formFields(html: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [tag] of html.matchAll(/<input [^>]*>/g)) {
    if (/type="(checkbox|radio|search)"/.test(tag)) continue;
    const [name, value] = [/name="([^"]+)"/.exec(tag)?.[1], /value="([^"]*)"/.exec(tag)?.[1]];
    if (name !== undefined && name !== '_csrf') fields[name] = value ?? '';
  }
  return fields;
}
