import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { globalSearch } from '../../models/search/globalSearch.ts';
import { newGuid } from '../../wire/guid.ts';
import { POLICY, RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { addComputer } from '../metrics/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

describe('the search over everything', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    beforeEach(async () => (cmdb = await open()));
    afterEach(() => cmdb.close());

    const names = async (text: string, limit = 10) => {
      const { computers, packages, policies } = await globalSearch(cmdb, text, limit);
      return {
        computers: computers.map(({ name }) => name),
        packages: packages.length,
        policies: policies.map(({ guid }) => guid),
      };
    };

    it('finds a computer by name, domain name, address, MAC, user and GUID, wildcards taken literally', async () => {
      const texts = {
        Fqdn: 'desk.lab.example',
        IpAddress: '10.1.2.3',
        MacAddress: '00-11-22-AA-BB-CC',
        UserName: 'LAB\\grace',
      };
      const guid = await addComputer(cmdb, 'DESK_1', { texts });
      await addComputer(cmdb, 'OTHER');
      for (const text of ['desk', 'lab.example', '10.1.2', '22-aa', 'grace', guid, `{${guid.toUpperCase()}}`, 'SK_1']) {
        expect((await names(text)).computers, text).to.deep.equal(['DESK_1']);
      }
      for (const text of ['D%K', 'DES__1', '[D]ESK']) expect((await names(text)).computers, text).to.deep.equal([]);
    });

    it('finds policies by name and GUID', async () => {
      expect((await names('task agent')).policies).to.deep.equal([POLICY.taskAgent]);
      expect((await names(POLICY.agentSettings)).policies).to.deep.equal([POLICY.agentSettings]);
    });

    it('finds a user by name, key and GUID, and never a computer twice', async () => {
      const user = newGuid();
      const at = '2031-01-02T03:04:05.000Z';
      const times = { CreatedAt: at, ModifiedAt: at, DeletedAt: null };
      await cmdb.db
        .insertInto('Resource')
        .values({ Guid: user, Name: 'LAB\\grace', ResourceTypeGuid: RESOURCE_TYPE.user, IsManaged: 0, ...times })
        .execute();
      await cmdb.db
        .insertInto('ResourceKey')
        .values({ ResourceGuid: user, KeyName: 'name.domain', KeyValue: 'grace.lab' })
        .execute();
      const computer = await addComputer(cmdb, 'GRACE-PC');
      for (const text of ['GRACE', 'grace.lab', user]) {
        const { resources, more } = await globalSearch(cmdb, text, 10);
        expect(resources, text).to.deep.equal([{ guid: user, name: 'LAB\\grace', note: 'User' }]);
        expect(more.resources).to.equal(false);
      }
      expect((await globalSearch(cmdb, computer, 10)).resources).to.deep.equal([]);
    });

    it('answers the first few by name, and says that there are more', async () => {
      for (const name of ['C', 'A', 'B']) await addComputer(cmdb, `PC-${name}`);
      expect((await names('PC-', 2)).computers).to.deep.equal(['PC-A', 'PC-B']);
      expect((await globalSearch(cmdb, 'PC-', 2)).more).to.deep.equal({
        computers: true,
        resources: false,
        packages: false,
        policies: false,
      });
      expect((await globalSearch(cmdb, 'PC-', 3)).more.computers).to.equal(false);
    });
  });
});
