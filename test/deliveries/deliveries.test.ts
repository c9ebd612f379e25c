import { expect } from 'chai';
import { utc } from '../../models/clock.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { commonFailures, countByDay, countByStatus } from '../../models/deliveries/countDeliveries.ts';
import { packageNames, policyNames } from '../../models/deliveries/deliveryNames.ts';
import { DELIVERY_SORTS, listDeliveries, type DeliveryQuery } from '../../models/deliveries/listDeliveries.ts';
import { createSoftwarePolicy } from '../../models/policies/changePolicies.ts';
import type { Guid } from '../../wire/guid.ts';
import { TARGET } from '../../wire/wellKnown.ts';
import { addComputers, addPackage, clock, JANE, NOON, type TestPackage } from '../policies/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

const DAY = 86_400_000;
const STATUSES = ['succeeded', 'succeeded', 'failed', 'download_failed', 'running'];

describe('deliveries', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let computers: Guid[];
    let packages: TestPackage[];
    let policies: Guid[];

    before(async () => {
      cmdb = await open();
      computers = await addComputers(cmdb, 20);
      packages = [await addPackage(cmdb, 'Alpha'), await addPackage(cmdb, 'Beta')];
      policies = [];
      for (const [index, software] of packages.entries()) {
        const input = { name: `Policy ${index}`, isEnabled: true, targets: [TARGET.allComputers], ...software };
        policies.push(await createSoftwarePolicy(cmdb, clock, JANE, input));
      }
      await cmdb.insertMany('Delivery', policies.flatMap(rowsOf));
    });
    after(() => cmdb.close());

    /** Every computer once: five statuses in turn, a day older every fifth computer. */
    const rowsOf = (policy: Guid, which: number): object[] =>
      computers.map((computer, index) => ({
        PolicyGuid: policy,
        ResourceGuid: computer,
        PackageGuid: packages[which]!.packageGuid,
        PackageVersion: 1000 + which,
        Status: STATUSES[index % 5],
        ReturnCode: index % 5 === 2 ? 1603 : index % 5 < 2 ? 0 : null,
        Detail: index % 5 === 2 ? 'A fatal error.' : '',
        UpdatedAt: utc(NOON - Math.floor(index / 5) * DAY + index * 1000),
      }));

    const list = (query: Partial<DeliveryQuery>) =>
      listDeliveries(cmdb, { sort: 'UpdatedAt', descending: true, offset: 0, limit: 1000, ...query });

    it('come with the names of computer, policy and package, newest first', async () => {
      const { rows, total } = await list({ limit: 3 });
      expect(total).to.equal(40);
      expect(rows.map((row) => row.Computer)).to.deep.equal(['WKS-4', 'WKS-4', 'WKS-3']);
      const { rows: failed } = await list({ policyGuid: policies[1]!, statuses: ['failed'], limit: 1 });
      expect(failed[0]).to.deep.include({
        Computer: 'WKS-2',
        Policy: 'Policy 1',
        Package: 'Beta',
        PackageVersion: 1001,
        Status: 'failed',
        ReturnCode: 1603,
        Detail: 'A fatal error.',
        UpdatedAt: utc(NOON + 2000),
      });
    });

    it('are paged in every order and direction, each once', async () => {
      for (const sort of DELIVERY_SORTS) {
        for (const descending of [false, true]) {
          const pages = [];
          for (let offset = 0; offset < 40; offset += 7) pages.push(await list({ sort, descending, offset, limit: 7 }));
          const paged = pages.flatMap(({ rows }) => rows.map((row) => `${row.PolicyGuid} ${row.ComputerGuid}`));
          const { rows } = await list({ sort, descending });
          expect(paged, sort).to.deep.equal(rows.map((row) => `${row.PolicyGuid} ${row.ComputerGuid}`));
          expect(new Set(paged).size, sort).to.equal(40);
        }
      }
    });

    it('are narrowed by policy, package, computer, status and name', async () => {
      const total = async (query: Partial<DeliveryQuery>): Promise<number> => {
        const found = await list(query);
        expect(found.rows).to.have.length(found.total);
        return found.total;
      };
      expect(await total({ policyGuid: policies[0]! })).to.equal(20);
      expect(await total({ packageGuid: packages[1]!.packageGuid, statuses: ['succeeded'] })).to.equal(8);
      expect(await total({ computerGuid: computers[3]! })).to.equal(2);
      expect(await total({ search: 'wks-1' })).to.equal(22);
      expect(await total({ search: 'wks-1', sort: 'Computer' })).to.equal(22);
      expect(await total({ search: `{${computers[5]!.toUpperCase()}}` })).to.equal(2);
      expect(await total({ search: '%' })).to.equal(0);
      expect(await total({ statuses: ['failed', 'download_failed'], sort: 'Status' })).to.equal(16);
    });

    it('are counted by status and by day', async () => {
      expect(Object.fromEntries(await countByStatus(cmdb, { policyGuid: policies[0]! }))).to.deep.equal({
        succeeded: 8,
        failed: 4,
        download_failed: 4,
        running: 4,
      });
      const days = await countByDay(cmdb, clock, { policyGuid: policies[0]! }, 3);
      expect(days).to.deep.equal([
        { day: '2030-01-05', succeeded: 2, failed: 2 },
        { day: '2030-01-06', succeeded: 2, failed: 2 },
        { day: '2030-01-07', succeeded: 2, failed: 2 },
      ]);
    });

    it('tell why they failed, the commonest reason first', async () => {
      const failures = await commonFailures(cmdb, { packageGuid: packages[0]!.packageGuid }, 1);
      expect(failures).to.have.length(1);
      const all = await commonFailures(cmdb, {}, 10);
      expect(all).to.deep.include({ status: 'failed', returnCode: 1603, detail: 'A fatal error.', count: 8 });
      expect(all).to.deep.include({ status: 'download_failed', returnCode: null, detail: '', count: 8 });
    });

    it('have names for filters: the first ones, and the one that is asked for', async () => {
      const names = async (most: number, asked?: Guid) =>
        (await policyNames(cmdb, most, asked)).map(({ Name }) => Name);
      expect(await names(1)).to.deep.equal(['Policy 0']);
      expect(await names(1, policies[0]!)).to.deep.equal(['Policy 0']);
      expect(await names(1, policies[1]!)).to.deep.equal(['Policy 0', 'Policy 1']);
      const software = await packageNames(cmdb, 1, packages[1]!.packageGuid);
      expect(software.map(({ Name }) => Name)).to.deep.equal(['Alpha', 'Beta']);
    });
  });
});
