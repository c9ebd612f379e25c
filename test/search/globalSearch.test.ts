import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { globalSearch } from '../../models/search/globalSearch.ts';
import { POLICY } from '../../wire/wellKnown.ts';
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

    it('answers the first few by name, and says that there are more', async () => {
      for (const name of ['C', 'A', 'B']) await addComputer(cmdb, `PC-${name}`);
      expect((await names('PC-', 2)).computers).to.deep.equal(['PC-A', 'PC-B']);
      expect((await globalSearch(cmdb, 'PC-', 2)).more).to.deep.equal({
        computers: true,
        packages: false,
        policies: false,
      });
      expect((await globalSearch(cmdb, 'PC-', 3)).more.computers).to.equal(false);
    });
  });
});
