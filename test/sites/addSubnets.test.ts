import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import type { InvalidInput } from '../../models/fieldErrors.ts';
import { createSite } from '../../models/sites/changeSites.ts';
import { createSubnets } from '../../models/sites/changeSubnets.ts';
import { countComputersIn } from '../../models/sites/computersInSubnets.ts';
import { SiteIndex } from '../../models/sites/siteIndex.ts';
import type { Guid } from '../../wire/guid.ts';
import { addComputers, clock, JANE } from '../policies/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

const ADDRESSES = ['10.1.0.9', '10.1.2.9', '10.11.0.9', '10.130.0.9', '2001:db8::9', ''];

describe('subnets', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let site: Guid;

    before(async () => {
      cmdb = await open();
      site = await createSite(cmdb, clock, JANE, { name: 'Berlin' });
      for (const [index, guid] of (await addComputers(cmdb, ADDRESSES.length)).entries()) {
        const values = { IpAddress: ADDRESSES[index]! };
        await cmdb.db.updateTable('Computer').set(values).where('ResourceGuid', '=', guid).execute();
      }
    });
    after(() => cmdb.close());

    const count = async (table: 'Subnet' | 'AuditEntry' | 'ChangeLog'): Promise<number> => {
      const query = cmdb.db.selectFrom(table).select((row) => row.fn.countAll<number>().as('count'));
      return Number((await query.executeTakeFirstOrThrow()).count);
    };

    it('are added together, and computers take their sites', async () => {
      const texts = ['10.1.0.0/16', '10.1.2.0/24', '10.128.0.0/9', '2001:db8::/32'];
      const inputs = texts.map((subnet) => ({ subnet, siteGuid: site }));
      expect(await createSubnets(cmdb, clock, JANE, inputs)).to.have.length(4);
      const rows = await cmdb.db.selectFrom('Computer').select(['IpAddress', 'SiteGuid']).execute();
      expect(rows.filter(({ SiteGuid }) => SiteGuid === site).map(({ IpAddress }) => IpAddress)).to.have.members([
        '10.1.0.9',
        '10.1.2.9',
        '10.130.0.9',
        '2001:db8::9',
      ]);
    });

    it('are added all or none, with the place of each fault', async () => {
      const before = [await count('Subnet'), await count('AuditEntry'), await count('ChangeLog')];
      const inputs = [
        { subnet: '10.9.0.0/16' },
        { subnet: 'nonsense' },
        { subnet: '10.1.0.0/16' },
        { subnet: '10.9.0.0/16' },
      ];
      const error = await createSubnets(cmdb, clock, JANE, inputs).catch((thrown: unknown) => thrown);
      expect((error as InvalidInput).errors.map(({ field }) => field)).to.deep.equal([
        '1.subnet',
        '2.subnet',
        '3.subnet',
      ]);
      expect([await count('Subnet'), await count('AuditEntry'), await count('ChangeLog')]).to.deep.equal(before);
    });

    it('know how many computers take their site from them', async () => {
      const index = await SiteIndex.load(cmdb);
      const counted = (...subnets: string[]) => countComputersIn(cmdb, index, new Set(subnets));
      expect(await counted('10.1.0.0/16')).to.equal(1);
      expect(await counted('10.1.0.0/16', '10.1.2.0/24')).to.equal(2);
      expect(await counted('10.128.0.0/9')).to.equal(1);
      expect(await counted('2001:db8::/32')).to.equal(1);
      expect(await counted('10.7.0.0/16')).to.equal(0);
    });
  });
});
