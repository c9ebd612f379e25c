import { expect } from 'chai';
import { decideRegistrations } from '../../models/agents/decide.ts';
import {
  countByState,
  getRegistration,
  listRegistrations,
  REGISTRATION_SORTS,
  type RegistrationQuery,
  type RegistrationSort,
} from '../../models/agents/registrationList.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { ADMIN, newKey, newWorld, sha256, type World } from './support.ts';

describe('the list of registrations', () => {
  forEachEngine((_engine, open) => {
    let world: World;
    const key = newKey();
    let first: Guid;
    let computer: Guid;

    before(async () => {
      world = await newWorld(await open());
      for (const name of ['WKS-1', 'wks_2', 'SRV-1', 'SRV%2', 'MAC-1']) {
        const policyKey = name === 'WKS-1' ? key.blob : newKey().blob;
        const answer = await world.ask({ guid: newGuid(), name, policyKey, keys: { fqdn: `${name}.example.test` } });
        if (name === 'WKS-1') {
          first = answer.registrationGuid;
          computer = answer.resourceGuid;
        }
        world.clock.time += 1000;
      }
      await decideRegistrations(world.deps, ADMIN, 'allow', [first]);
      await world.ask({ guid: computer, name: 'WKS-1', policyKey: newKey().blob });
    });
    after(() => world.cmdb.close());

    const names = async (query: Partial<RegistrationQuery>): Promise<string[]> =>
      (await listRegistrations(world.cmdb, { offset: 0, limit: 50, ...query })).rows.map(({ name }) => name);

    it('shows the newest request first, in pages, with the total', async () => {
      expect(await names({})).to.deep.equal(['WKS-1', 'MAC-1', 'SRV%2', 'SRV-1', 'wks_2', 'WKS-1']);
      const page = await listRegistrations(world.cmdb, { offset: 2, limit: 2 });
      expect(page.total).to.equal(6);
      expect(page.rows.map(({ name }) => name)).to.deep.equal(['SRV%2', 'SRV-1']);
    });

    it('sorts by every column that it offers, both ways', async () => {
      for (const sort of Object.keys(REGISTRATION_SORTS) as RegistrationSort[]) {
        expect(await names({ sort }), sort).to.have.length(6);
      }
      const byName = await names({ sort: 'name' });
      expect(byName[0]).to.equal('MAC-1');
      expect((await names({ sort: 'name', descending: true })).at(-1)).to.equal('MAC-1');
    });

    it('filters by state and finds by text, wildcards taken literally', async () => {
      expect(await names({ state: 'allowed' })).to.deep.equal(['WKS-1']);
      expect(await names({ search: 'srv' })).to.have.members(['SRV-1', 'SRV%2']);
      expect(await names({ search: '%' })).to.deep.equal(['SRV%2']);
      expect(await names({ search: '_2' })).to.deep.equal(['wks_2']);
      expect(await names({ search: 'EXAMPLE.TEST', state: 'pending' })).to.have.length(4);
      expect(await names({ search: sha256(key.blob).slice(0, 12) })).to.deep.equal(['WKS-1']);
      expect(await names({ search: "x' OR '1'='1" })).to.deep.equal([]);
    });

    it('counts by state', async () => {
      expect(await countByState(world.cmdb)).to.deep.equal({ pending: 5, allowed: 1, blocked: 0, revoked: 0 });
    });

    it('shows one with its rivals', async () => {
      const detail = await getRegistration(world.cmdb, first);
      expect(detail).to.include({
        name: 'WKS-1',
        state: 'allowed',
        policyKey: key.blob,
        decidedBy: 'jane',
        duplicateOf: null,
      });
      expect(detail!.requestXml).to.include('value="WKS-1.example.test"');
      expect(detail!.rivals.map(({ state, duplicateOf }) => [state, duplicateOf])).to.deep.equal([
        ['pending', computer],
      ]);
      expect(await getRegistration(world.cmdb, newGuid())).to.equal(undefined);
    });
  });
});
