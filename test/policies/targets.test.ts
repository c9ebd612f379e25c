import { expect } from 'chai';
import { newGuid } from '../../wire/guid.ts';
import { TARGET } from '../../wire/wellKnown.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { createSoftwarePolicy } from '../../models/policies/changePolicies.ts';
import { createTarget, deleteTarget, updateTarget } from '../../models/targets/changeTargets.ts';
import { listTargets, targetChoices } from '../../models/targets/targetList.ts';
import { changeMembers, listMembers } from '../../models/targets/targetMembers.ts';
import { getTarget } from '../../models/targets/targetStore.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { addComputers, addPackage, clock, JANE, recorded } from './support.ts';

const firstPage = { sort: 'Name', descending: false, offset: 0, limit: 50 } as const;

async function refusal(work: Promise<unknown>): Promise<string[]> {
  const error = await work.then(() => undefined).catch((thrown: unknown) => thrown);
  expect(error).to.be.instanceOf(InvalidInput);
  return (error as InvalidInput).errors.map(({ field }) => field);
}

forEachEngine((_engine, open) => {
  describe('targets in the CMDB', () => {
    let cmdb: AnyCmdb;
    beforeEach(async () => {
      cmdb = await open();
    });
    afterEach(() => cmdb.close());

    it('are made, renamed and deleted, each with its records', async () => {
      const computers = await addComputers(cmdb, 2);
      const guid = await createTarget(cmdb, clock, JANE, { name: ' Ring 1 ', description: 'First', computers });
      expect(await getTarget(cmdb, guid)).to.deep.include({
        name: 'Ring 1',
        kind: 'list',
        isAdHoc: false,
        computers: 2,
        policies: [],
      });
      expect(await updateTarget(cmdb, clock, JANE, guid, { name: 'Ring one', description: '' })).to.equal(true);
      expect((await getTarget(cmdb, guid))!.name).to.equal('Ring one');
      expect(await deleteTarget(cmdb, clock, JANE, guid)).to.equal(true);
      expect(await getTarget(cmdb, guid)).to.equal(undefined);
      expect(await deleteTarget(cmdb, clock, JANE, guid)).to.equal(false);
      const { audit, changes } = await recorded(cmdb);
      expect(audit).to.deep.equal(['jane create Ring 1', 'jane update Ring one', 'jane delete Ring one']);
      expect(changes).to.deep.equal(Array(3).fill(`target ${guid}`));
    });

    it('gain and lose computers; who is there already does not count', async () => {
      const computers = await addComputers(cmdb, 2500);
      const guid = await createTarget(cmdb, clock, JANE, { name: 'Ring', computers: computers.slice(0, 10) });
      expect(await changeMembers(cmdb, clock, JANE, guid, { add: computers })).to.deep.equal({
        added: 2490,
        removed: 0,
      });
      const change = { add: computers.slice(0, 5), remove: computers.slice(100) };
      expect(await changeMembers(cmdb, clock, JANE, guid, change)).to.deep.equal({ added: 0, removed: 2400 });
      const before = await recorded(cmdb);
      expect(await changeMembers(cmdb, clock, JANE, guid, { remove: [newGuid()] })).to.deep.equal({
        added: 0,
        removed: 0,
      });
      expect(await recorded(cmdb)).to.deep.equal(before);
      expect((await getTarget(cmdb, guid))!.computers).to.equal(100);
      const page = await listMembers(cmdb, guid, { search: 'wks-9', offset: 0, limit: 5 });
      expect(page.total).to.equal(11);
      expect(page.rows.map(({ Name }) => Name)).to.deep.equal(['WKS-9', 'WKS-90', 'WKS-91', 'WKS-92', 'WKS-93']);
      expect(await changeMembers(cmdb, clock, JANE, newGuid(), { add: [] })).to.equal(undefined);
    });

    it('take no computer that is unknown, and none at all where everybody is in', async () => {
      const [one] = await addComputers(cmdb, 1);
      const guid = await createTarget(cmdb, clock, JANE, { name: 'Ring' });
      expect(await refusal(changeMembers(cmdb, clock, JANE, guid, { add: [one!, newGuid()] }))).to.deep.equal([
        'computers',
      ]);
      expect((await getTarget(cmdb, guid))!.computers).to.equal(0);
      expect(await refusal(changeMembers(cmdb, clock, JANE, TARGET.allComputers, { add: [one!] }))).to.deep.equal([
        'computers',
      ]);
    });

    it('are refused without a name or with one that is taken', async () => {
      expect(await refusal(createTarget(cmdb, clock, JANE, { name: '' }))).to.deep.equal(['name']);
      expect(await refusal(createTarget(cmdb, clock, JANE, { name: 'all computers' }))).to.deep.equal(['name']);
      expect((await recorded(cmdb)).audit).to.deep.equal([]);
    });

    it('stay while a policy uses them, and "All Computers" stays for good', async () => {
      const software = await addPackage(cmdb, 'Viewer');
      const guid = await createTarget(cmdb, clock, JANE, { name: 'Ring' });
      await createSoftwarePolicy(cmdb, clock, JANE, { ...software, name: 'Rollout', isEnabled: true, targets: [guid] });
      expect(await refusal(deleteTarget(cmdb, clock, JANE, guid))).to.deep.equal(['']);
      expect((await getTarget(cmdb, guid))!.policies.map(({ name }) => name)).to.deep.equal(['Rollout']);
      expect(await refusal(deleteTarget(cmdb, clock, JANE, TARGET.allComputers))).to.deep.equal(['']);
    });

    it('are listed with their counts; lists of one policy only are not among them', async () => {
      const computers = await addComputers(cmdb, 3);
      const software = await addPackage(cmdb, 'Viewer');
      const ring = await createTarget(cmdb, clock, JANE, { name: 'Ring', computers: computers.slice(0, 2) });
      const policy = { ...software, name: 'Rollout', isEnabled: true, targets: [ring], computers: computers.slice(2) };
      await createSoftwarePolicy(cmdb, clock, JANE, policy);
      const { rows, total } = await listTargets(cmdb, firstPage);
      expect(total).to.equal(2);
      expect(rows.map(({ Name, computers: count, policies }) => [Name, count, policies])).to.deep.equal([
        ['All Computers', 3, 2],
        ['Ring', 2, 1],
      ]);
      expect((await listTargets(cmdb, { ...firstPage, search: 'rin' })).rows.map(({ Guid }) => Guid)).to.deep.equal([
        ring,
      ]);
      expect((await targetChoices(cmdb)).map(({ name }) => name)).to.deep.equal(['All Computers', 'Ring']);
    });
  });
});
