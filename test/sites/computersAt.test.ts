import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { computersAt } from '../../models/sites/computersAt.ts';
import { addComputers } from '../policies/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

describe('the computers of an address', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());

    it('are those that have just this one, by name, and no more than wanted', async () => {
      const guids = await addComputers(cmdb, 4);
      for (const [index, IpAddress] of ['10.1.1.1', '10.1.1.10', '10.1.1.1', '10.1.1.1'].entries())
        await cmdb.db.updateTable('Computer').set({ IpAddress }).where('ResourceGuid', '=', guids[index]!).execute();
      const found = await computersAt(cmdb, '10.1.1.1', 2);
      expect(found.map(({ Guid }) => Guid)).to.deep.equal([guids[0], guids[2]]);
      expect(found[0]).to.deep.include({ Name: 'WKS-0', Domain: 'EXAMPLE', SiteName: null, LastContactAt: null });
      expect(await computersAt(cmdb, '10.1.1', 10)).to.deep.equal([]);
    });
  });
});
