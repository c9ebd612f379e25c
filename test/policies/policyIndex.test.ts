import { expect } from 'chai';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { POLICY, TARGET } from '../../wire/wellKnown.ts';
import type { ChangeKind } from '../../models/changes/changeLog.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import {
  createSoftwarePolicy,
  updateAgentSettings,
  updateSoftwarePolicy,
} from '../../models/policies/changePolicies.ts';
import type { PolicyIndex } from '../../models/policies/policyIndex.ts';
import { deletePolicies, setPoliciesEnabled } from '../../models/policies/switchPolicies.ts';
import { createTarget, updateTarget } from '../../models/targets/changeTargets.ts';
import { changeMembers } from '../../models/targets/targetMembers.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { addComputers, addPackage, answerOf, clock, JANE, loadIndex, type TestPackage } from './support.ts';

const HASH = /^[0-9A-F]{32}$/;
const OWN = [POLICY.agentSettings, POLICY.taskAgent];

forEachEngine((_engine, open) => {
  describe('the policy index', () => {
    let cmdb: AnyCmdb;
    let viewer: TestPackage;
    let one: Guid;
    let two: Guid;
    beforeEach(async () => {
      cmdb = await open();
      viewer = await addPackage(cmdb, 'Example Viewer');
      [one, two] = (await addComputers(cmdb, 2)) as [Guid, Guid];
    });
    afterEach(() => cmdb.close());

    const create = (name: string, more: object = {}): Promise<Guid> =>
      createSoftwarePolicy(cmdb, clock, JANE, {
        ...viewer,
        name,
        isEnabled: true,
        targets: [TARGET.allComputers],
        ...more,
      });
    const tell = (index: PolicyIndex, kind: ChangeKind, guid: Guid | null): Promise<void> =>
      index.applyChange(cmdb, { Id: 1, Kind: kind, ItemGuid: guid });
    const policiesOf = (index: PolicyIndex, computer: Guid): Guid[] => [...index.setFor(computer).policies.keys()];

    it('gives each computer the policies of its targets, agent settings first', async () => {
      const ring = await createTarget(cmdb, clock, JANE, { name: 'Ring', computers: [one] });
      const toAll = await create('To all');
      const toRing = await create('To the ring', { targets: [ring] });
      const toTwo = await create('To these', { targets: [], computers: [two] });
      const index = await loadIndex(cmdb);
      expect(policiesOf(index, one)).to.deep.equal([...OWN, ...[toAll, toRing].sort()]);
      expect(policiesOf(index, two)).to.deep.equal([...OWN, ...[toAll, toTwo].sort()]);
      expect(policiesOf(index, newGuid())).to.deep.equal([...OWN, toAll]);
    });

    it('shares one set among computers with the same policies', async () => {
      await create('To all');
      const index = await loadIndex(cmdb);
      expect(index.setFor(one)).to.equal(index.setFor(two));
      expect(index.setFor(one).hash).to.match(HASH);
    });

    it('makes the same hashes of the same rows, in whatever order they were written', async () => {
      const policies = [await create('A'), await create('B'), await create('C')];
      const before = (await loadIndex(cmdb)).setFor(one);
      const rows = await cmdb.db.selectFrom('Policy').selectAll().where('Guid', 'in', policies).execute();
      const targets = await cmdb.db
        .selectFrom('PolicyTarget')
        .selectAll()
        .where('PolicyGuid', 'in', policies)
        .execute();
      await cmdb.transaction(async ({ db }) => {
        await db.deleteFrom('PolicyTarget').where('PolicyGuid', 'in', policies).execute();
        await db.deleteFrom('Policy').where('Guid', 'in', policies).execute();
        for (const row of rows.reverse()) await db.insertInto('Policy').values(row).execute();
        for (const row of targets.reverse()) await db.insertInto('PolicyTarget').values(row).execute();
      });
      const after = (await loadIndex(cmdb)).setFor(one);
      expect(after.hash).to.equal(before.hash);
      expect([...after.policies]).to.deep.equal([...before.policies]);
    });

    it('changes the hash with anything that an agent would see', async () => {
      const guid = await create('A');
      const index = await loadIndex(cmdb);
      const seen = new Set([index.setFor(one).hash]);
      const { db } = cmdb;
      const changes: [ChangeKind, Guid, () => Promise<unknown>][] = [
        ['policy', guid, () => db.updateTable('Item').set({ Name: 'B' }).where('Guid', '=', guid).execute()],
        [
          'policy',
          guid,
          () => db.updateTable('Policy').set({ Settings: '{"notifyUser":true}' }).where('Guid', '=', guid).execute(),
        ],
        [
          'package',
          viewer.packageGuid,
          () => db.updateTable('Package').set({ CurrentVersion: 1_893_456_001 }).execute(),
        ],
        ['package', viewer.packageGuid, () => db.updateTable('Package').set({ Priority: 'High' }).execute()],
        ['package', viewer.packageGuid, () => db.updateTable('Program').set({ CommandLine: 'setup.exe' }).execute()],
        [
          'policy',
          POLICY.agentSettings,
          () =>
            updateAgentSettings(cmdb, clock, JANE, POLICY.agentSettings, {
              isEnabled: true,
              policyIntervalSeconds: 60,
            }),
        ],
      ];
      for (const [kind, item, change] of changes) {
        await change();
        await tell(index, kind, item);
        seen.add(index.setFor(one).hash);
        expect(index.setFor(one).hash).to.equal((await loadIndex(cmdb)).setFor(one).hash);
      }
      expect(seen).to.have.length(changes.length + 1);
    });

    it('keeps the hash when a package changes in what no agent sees', async () => {
      await create('A');
      const index = await loadIndex(cmdb);
      const before = index.setFor(one);
      await cmdb.db.updateTable('Package').set({ SourcePath: '/srv/y', StateDetail: 'looked at' }).execute();
      await tell(index, 'package', viewer.packageGuid);
      expect(index.setFor(one)).to.equal(before);
    });

    it('leaves out what is switched off, disabled or without a published snapshot, and says why', async () => {
      const unpublished = await addPackage(cmdb, 'New', { version: null });
      const commandLine = await addPackage(cmdb, 'Command', { version: null, sourceKind: 'none' });
      const disabled = await addPackage(cmdb, 'Old');
      await cmdb.db.updateTable('Package').set({ IsEnabled: 0 }).where('Guid', '=', disabled.packageGuid).execute();
      const off = await create('Off', { isEnabled: false });
      const early = await create('Early', { ...unpublished });
      const plain = await create('Plain', { ...commandLine });
      const old = await create('Old', { ...disabled });
      const ringed = await create('Ringed', { targets: [], computers: [two] });
      const index = await loadIndex(cmdb);
      expect(policiesOf(index, one)).to.deep.equal([...OWN, plain]);

      const reasons = Object.fromEntries(index.explain(one).map(({ guid, reason }) => [guid, reason]));
      expect(reasons).to.deep.equal({
        [POLICY.agentSettings]: 'The computer is in target "All Computers".',
        [POLICY.taskAgent]: 'The computer is in target "All Computers".',
        [off]: 'The policy is switched off.',
        [early]: 'Package New has no published snapshot yet.',
        [plain]: 'The computer is in target "All Computers".',
        [old]: 'Package Old is disabled.',
        [ringed]: 'The computer is not in target "Chosen computers".',
      });
      const included = index.explain(one).filter(({ isIncluded }) => isIncluded);
      expect(included.map(({ guid }) => guid)).to.deep.equal(policiesOf(index, one));
      expect(index.problemOf(early)).to.equal('Package New has no published snapshot yet.');
      expect(index.problemOf(plain)).to.equal(undefined);
      expect(index.bodyOf(early)).to.equal(undefined);
      expect(index.bodyOf(plain)!.xml).to.match(/^<Policy guid=/);
    });

    it('names everything that stands in the way at once', async () => {
      const unpublished = await addPackage(cmdb, 'New', { version: null });
      const ring = await createTarget(cmdb, clock, JANE, { name: 'Ring' });
      const guid = await create('A', { ...unpublished, targets: [ring] });
      const index = await loadIndex(cmdb);
      expect(index.explain(one).find((policy) => policy.guid === guid)!.reason).to.equal(
        'Package New has no published snapshot yet. The computer is not in target "Ring".',
      );
    });

    it('follows a policy that is made, changed, switched off and withdrawn', async () => {
      const index = await loadIndex(cmdb);
      const guid = await create('A');
      await tell(index, 'policy', guid);
      expect(policiesOf(index, one)).to.deep.equal([...OWN, guid]);

      const change = { ...viewer, name: 'A', isEnabled: true, targets: [], computers: [two] };
      await updateSoftwarePolicy(cmdb, clock, JANE, guid, change);
      await tell(index, 'policy', guid);
      expect(policiesOf(index, one)).to.deep.equal(OWN);
      expect(policiesOf(index, two)).to.deep.equal([...OWN, guid]);

      await setPoliciesEnabled(cmdb, clock, JANE, [guid], false);
      await tell(index, 'policy', guid);
      expect(policiesOf(index, two)).to.deep.equal(OWN);

      await deletePolicies(cmdb, clock, JANE, [guid]);
      await tell(index, 'policy', guid);
      expect(index.explain(two).map((policy) => policy.guid)).to.deep.equal(OWN);
    });

    it('follows members that come and go, and the name of a target', async () => {
      const ring = await createTarget(cmdb, clock, JANE, { name: 'Ring' });
      const guid = await create('A', { targets: [ring] });
      const index = await loadIndex(cmdb);
      expect(policiesOf(index, one)).to.deep.equal(OWN);
      await changeMembers(cmdb, clock, JANE, ring, { add: [one] });
      await tell(index, 'target', ring);
      expect(policiesOf(index, one)).to.deep.equal([...OWN, guid]);
      await cmdb.db.deleteFrom('TargetMember').where('ResourceGuid', '=', one).execute();
      await tell(index, 'computer', one);
      expect(policiesOf(index, one)).to.deep.equal(OWN);
      await updateTarget(cmdb, clock, JANE, ring, { name: 'First ring' });
      await tell(index, 'target', ring);
      expect(index.explain(one).at(-1)!.reason).to.equal('The computer is not in target "First ring".');
    });

    it('reads everything anew when a change names no item', async () => {
      const index = await loadIndex(cmdb);
      const guid = await create('A');
      await tell(index, 'policy', null);
      expect(policiesOf(index, one)).to.deep.equal([...OWN, guid]);
    });

    it('is not stopped by a row that nobody can read', async () => {
      const guid = await create('A');
      await cmdb.db.updateTable('Policy').set({ Settings: '{"multicast":"maybe"}' }).where('Guid', '=', guid).execute();
      const index = await loadIndex(cmdb);
      expect(policiesOf(index, one)).to.deep.equal(OWN);
      expect(index.problemOf(guid)).to.match(/^The policy's settings cannot be read: /);
    });

    it('survives a failed reading and follows the next change', async () => {
      const index = await loadIndex(cmdb);
      const guid = await create('A');
      const broken = { ...cmdb, db: undefined } as unknown as AnyCmdb;
      const failure = await index
        .applyChange(broken, { Id: 1, Kind: 'policy', ItemGuid: guid })
        .catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(Error);
      expect(answerOf(index, one).policies).to.have.length(2);
      await tell(index, 'policy', guid);
      expect(policiesOf(index, one)).to.deep.equal([...OWN, guid]);
    });
  });
});
