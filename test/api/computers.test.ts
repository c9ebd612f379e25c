import { expect } from 'chai';
import { newGuid } from '../../wire/guid.ts';
import { startApi, type Api } from './support/api.ts';

interface Computer {
  guid: string;
  name: string;
  osName: string;
  lastContactAt: string | null;
}

describe('computers by the API', () => {
  let api: Api;
  let all: Computer[];
  before(async () => {
    api = await startApi({ seeded: true });
    all = (await api.get('/computers?limit=500')).body.items;
  });
  after(() => api.stop());

  it('are listed by page, in the order that is asked for', async () => {
    expect(all).to.have.lengthOf(40);
    const names = all.map(({ name }) => name);
    expect(names).to.deep.equal([...names].sort());
    const second = (await api.get('/computers?sort=name&order=desc&offset=10&limit=5')).body;
    expect(second).to.include({ total: 40, offset: 10, limit: 5 });
    expect(second.items.map(({ name }: Computer) => name)).to.deep.equal([...names].reverse().slice(10, 15));
  });

  it('are found by text, GUID in any spelling, operating system, site and silence', async () => {
    const [one] = all;
    const found = async (query: string) => (await api.get(`/computers?limit=500&${query}`)).body.items as Computer[];
    expect((await found(`search=${one!.name.toLowerCase()}`)).map(({ name }) => name)).to.deep.equal([one!.name]);
    expect(await found(`search=${encodeURIComponent(`{${one!.guid.toUpperCase()}}`)}`)).to.have.lengthOf(1);
    const same = all.filter(({ osName }) => osName === one!.osName);
    expect(await found(`osName=${encodeURIComponent(one!.osName)}`)).to.have.lengthOf(same.length);
    const site = (await api.get('/sites?sort=computers&order=desc&limit=1')).body.items[0];
    expect(await found(`site=${site.guid}`)).to.have.lengthOf(site.computers);
    const times = all.map(({ lastContactAt }) => lastContactAt!).sort();
    expect(await found(`silentSince=${times[20]!}`)).to.have.lengthOf(times.filter((time) => time < times[20]!).length);
  });

  it('are shown with their keys, and why they get which policies', async () => {
    const { body } = await api.get(`/computers/${all[0]!.guid}`);
    expect(body.keys).to.not.be.empty;
    const policies = (await api.get(`/computers/${all[0]!.guid}/policies`)).body;
    const settings = policies.items.find(({ kind }: { kind: string }) => kind === 'agentSettings');
    expect(settings).to.include({ isIncluded: true });
    expect(settings.reason).to.contain('All Computers');
  });

  it('have a timeline, newest first', async () => {
    const { items } = (await api.get(`/computers/${all[0]!.guid}/timeline`)).body;
    expect(items.at(-1).kind).to.equal('registered');
    const times = items.map(({ at }: { at: string }) => at);
    expect(times).to.deep.equal([...times].sort().reverse());
  });

  it('show their inventory class by class, values beside their columns', async () => {
    const classes = (await api.get(`/computers/${all[0]!.guid}/inventory`)).body.items;
    const identification = classes.find(({ name }: { name: string }) => name === 'AeX AC Identification');
    expect(identification.rowCount).to.equal(1);
    const { body } = await api.get(`/computers/${all[0]!.guid}/inventory/${identification.guid}`);
    expect(body).to.include({ total: 1, name: 'AeX AC Identification' });
    expect(body.items[0][body.columns.indexOf('Name')]).to.equal(all[0]!.name);
    const unknown = await api.get(`/computers/${all[0]!.guid}/inventory/${newGuid()}`);
    expect([unknown.status, unknown.body.detail]).to.deep.equal([404, 'There is no such data class.']);
  });

  it('tell what was delivered to them and what they reported of it', async () => {
    const every = (await api.get('/deliveries?limit=500')).body;
    expect(every.total).to.be.above(0);
    const { computerGuid, policyGuid, status } = every.items[0];
    const own = (await api.get(`/computers/${computerGuid}/deliveries?limit=500`)).body;
    expect(own.items.map((delivery: { policyGuid: string }) => delivery.policyGuid)).to.include(policyGuid);
    expect((await api.get(`/deliveries?computer=${computerGuid}`)).body.total).to.equal(own.total);
    const narrow = `/deliveries?policy=${policyGuid}&status=${status}&sort=computer&order=asc&limit=500`;
    const narrowed = (await api.get(narrow)).body.items as { policyGuid: string; status: string }[];
    expect(narrowed.every((row) => row.policyGuid === policyGuid && row.status === status)).to.equal(true);
    const events = (await api.get(`/computers/${computerGuid}/events`)).body;
    const times = events.items.map(({ at }: { at: string }) => at);
    expect(times).to.not.be.empty;
    expect(times).to.deep.equal([...times].sort().reverse());
  });

  it('that were merged into another answer for it under both GUIDs', async () => {
    const [one, other] = all;
    await api.context.cmdb.db
      .insertInto('ResourceAlias')
      .values({
        AliasGuid: '3f2504e0-4f89-41d3-9a0c-0305e82c3301' as never,
        ResourceGuid: one!.guid as never,
        CreatedAt: '2026-01-01T00:00:00.000Z',
      })
      .execute();
    expect((await api.get('/computers/3f2504e0-4f89-41d3-9a0c-0305e82c3301')).body.guid).to.equal(one!.guid);
    expect((await api.get(`/computers/${other!.guid}`)).body.guid).to.equal(other!.guid);
  });
});
