import { expect } from 'chai';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { POLICY, TARGET } from '../../wire/wellKnown.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import {
  createSoftwarePolicy,
  updateAgentSettings,
  updateSoftwarePolicy,
  updateTaskAgent,
} from '../../models/policies/changePolicies.ts';
import { listPolicies, type PolicyQuery } from '../../models/policies/policyList.ts';
import { getPolicy } from '../../models/policies/policyStore.ts';
import { deletePolicies, previewDeletion, setPoliciesEnabled } from '../../models/policies/switchPolicies.ts';
import { createTarget } from '../../models/targets/changeTargets.ts';
import { listMembers } from '../../models/targets/targetMembers.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { addComputers, addDelivery, addPackage, clock, JANE, recorded, type TestPackage } from './support.ts';

const plain = { isEnabled: true, targets: [TARGET.allComputers] };

/** The fields that an input was refused for. */
async function refusal(work: Promise<unknown>): Promise<Record<string, string>> {
  try {
    await work;
  } catch (error) {
    expect(error).to.be.instanceOf(InvalidInput);
    return Object.fromEntries((error as InvalidInput).errors.map(({ field, message }) => [field, message]));
  }
  throw new Error('it was accepted');
}

forEachEngine((_engine, open) => {
  describe('policies in the CMDB', () => {
    let cmdb: AnyCmdb;
    let viewer: TestPackage;
    beforeEach(async () => {
      cmdb = await open();
      viewer = await addPackage(cmdb, 'Example Viewer');
    });
    afterEach(() => cmdb.close());

    const create = (more: object = {}): Promise<Guid> =>
      createSoftwarePolicy(cmdb, clock, JANE, { ...plain, ...viewer, name: 'Viewer rollout', ...more });
    const list = (query: Partial<PolicyQuery> = {}) =>
      listPolicies(cmdb, { sort: 'Name', descending: false, offset: 0, limit: 50, ...query });

    it('are made with everything a form shows, an audit record and a note to all nodes', async () => {
      const [one, two] = await addComputers(cmdb, 3);
      const schedule = { triggers: [{ type: 'daily', begin: '2030-01-01 21:00:00' }] };
      const guid = await create({
        description: 'For all.',
        computers: [one, two, one],
        schedule,
        warnBeforeRunning: true,
      });
      const policy = (await getPolicy(cmdb, guid))!;
      expect(policy).to.deep.include({
        kind: 'softwareDelivery',
        name: 'Viewer rollout',
        description: 'For all.',
        isEnabled: true,
        version: 1,
        createdBy: 'jane',
        createdAt: '2030-01-07T12:00:00.000Z',
        ...viewer,
        packageName: 'Example Viewer',
        programName: 'Example Viewer setup',
        targets: [{ guid: TARGET.allComputers, name: 'All Computers', kind: 'all' }],
        computers: 3,
        deliveries: { succeeded: 0, failed: 0, inProgress: 0, total: 0 },
      });
      expect(policy.settings).to.deep.include({ warnBeforeRunning: true, runAsSoonAsPossible: true, multicast: true });
      const members = await listMembers(cmdb, policy.ownList!, { offset: 0, limit: 10 });
      expect(members.rows.map(({ Guid }) => Guid)).to.have.members([one, two]);
      const { audit, changes } = await recorded(cmdb);
      expect(audit).to.deep.equal(['jane create Viewer rollout']);
      expect(changes).to.deep.equal([`target ${policy.ownList}`, `policy ${guid}`]);
    });

    it('change, and the audit log keeps both sides', async () => {
      const [one, two] = await addComputers(cmdb, 2);
      const other = await addPackage(cmdb, 'Other');
      const ring = await createTarget(cmdb, clock, JANE, { name: 'Ring', computers: [one!] });
      const guid = await create({ computers: [one] });
      const change = { ...plain, ...other, name: 'Renamed', targets: [ring], computers: [two!], version: 1 };
      expect(await updateSoftwarePolicy(cmdb, clock, JANE, guid, change)).to.equal(true);
      const policy = (await getPolicy(cmdb, guid))!;
      expect(policy).to.deep.include({ name: 'Renamed', version: 2, ...other, computers: 2 });
      expect(policy.targets.map((target) => target.guid)).to.deep.equal([ring]);
      const entry = await cmdb.db
        .selectFrom('AuditEntry')
        .select('Detail')
        .where('Action', '=', 'update')
        .executeTakeFirst();
      const detail = JSON.parse(entry!.Detail!) as { before: object; after: object };
      expect(detail.before).to.include({ name: 'Viewer rollout', packageGuid: viewer.packageGuid });
      expect(detail.after).to.include({ name: 'Renamed', packageGuid: other.packageGuid });
    });

    it('keep the computers chosen for them when a change does not speak of them, and lose them when it says none', async () => {
      const [one] = await addComputers(cmdb, 1);
      const guid = await create({ targets: [], computers: [one] });
      await updateSoftwarePolicy(cmdb, clock, JANE, guid, { ...viewer, name: 'Renamed', isEnabled: true });
      const { ownList, computers } = (await getPolicy(cmdb, guid))!;
      expect(computers).to.equal(1);
      await updateSoftwarePolicy(cmdb, clock, JANE, guid, { ...viewer, ...plain, name: 'Renamed', computers: [] });
      expect((await getPolicy(cmdb, guid))!.ownList).to.equal(undefined);
      const left = await cmdb.db.selectFrom('Item').select('Guid').where('Guid', '=', ownList!).execute();
      expect(left).to.deep.equal([]);
    });

    it('are refused with a sentence for each field, and nothing is written', async () => {
      await create();
      const before = await recorded(cmdb);
      expect(
        await refusal(create({ name: ' ', packageGuid: '', programGuid: 'x', isEnabled: 'yes', targets: ['y'] })),
      ).to.deep.equal({
        name: 'Enter a name.',
        packageGuid: 'Choose a package.',
        programGuid: 'Choose a program.',
        isEnabled: 'Say whether the policy is switched on.',
        'targets.0': 'This is not a GUID.',
      });
      expect(
        await refusal(create({ name: 'VIEWER ROLLOUT', packageGuid: newGuid(), targets: [newGuid()] })),
      ).to.deep.equal({
        name: 'Another policy has this name.',
        packageGuid: 'There is no such package.',
        targets: '1 of the targets are gone: choose again.',
      });
      const other = await addPackage(cmdb, 'Other');
      expect(await refusal(create({ name: 'A', programGuid: other.programGuid }))).to.have.keys('programGuid');
      expect(await refusal(create({ name: 'A', targets: [] }))).to.have.keys('targets');
      expect(await refusal(create({ name: 'A', computers: [newGuid()] }))).to.have.keys('computers');
      expect(await refusal(create({ name: 'Line\nfeed' }))).to.have.keys('name');
      const backwards = { triggers: [{ type: 'once', begin: '2030-01-02 00:00:00', end: '2030-01-01 00:00:00' }] };
      expect(await refusal(create({ name: 'A', schedule: backwards }))).to.have.keys('schedule.triggers.0.end');
      expect(await recorded(cmdb)).to.deep.equal(before);
      expect((await list({ kind: 'softwareDelivery' })).total).to.equal(1);
    });

    it('do not overwrite what somebody else has saved in the meantime', async () => {
      const guid = await create();
      await setPoliciesEnabled(cmdb, clock, { name: 'joe', address: '' }, [guid], false);
      const stale = { ...plain, ...viewer, name: 'Mine', version: 1 };
      const { version } = await refusal(updateSoftwarePolicy(cmdb, clock, JANE, guid, stale));
      expect(version).to.equal('joe has changed the policy in the meantime: look at it again before you save.');
      expect((await getPolicy(cmdb, guid))!.name).to.equal('Viewer rollout');
    });

    it('are switched off and on, the unchanged ones untouched', async () => {
      const [one, two] = [await create(), await create({ name: 'Second', isEnabled: false })];
      expect(await setPoliciesEnabled(cmdb, clock, JANE, [one, two, newGuid()], false)).to.equal(1);
      expect(await setPoliciesEnabled(cmdb, clock, JANE, [one, two], true)).to.equal(2);
      expect((await list({ isEnabled: true, kind: 'softwareDelivery' })).total).to.equal(2);
      expect((await recorded(cmdb)).audit.slice(2)).to.deep.equal([
        'jane disable Viewer rollout',
        'jane enable Viewer rollout',
        'jane enable Second',
      ]);
    });

    it('without a target cannot be switched on', async () => {
      const guid = await create({ targets: [], isEnabled: false });
      expect(await refusal(setPoliciesEnabled(cmdb, clock, JANE, [guid], true))).to.have.keys('');
      expect((await getPolicy(cmdb, guid))!.isEnabled).to.equal(false);
    });

    it('say before they are deleted whom it touches, and take their list and delivery states along', async () => {
      const [one, two, three] = await addComputers(cmdb, 3);
      const ring = await createTarget(cmdb, clock, JANE, { name: 'Ring', computers: [one!, two!] });
      const first = await create({ targets: [ring], computers: [three] });
      const second = await create({ name: 'Second', targets: [ring] });
      await addDelivery(cmdb, first, one!, 'succeeded');
      await addDelivery(cmdb, second, one!, 'failed');
      const { ownList } = (await getPolicy(cmdb, first))!;
      expect(await previewDeletion(cmdb, [first, second, newGuid()])).to.deep.equal({
        policies: [
          { guid: second, name: 'Second', computers: 2, deliveries: 1 },
          { guid: first, name: 'Viewer rollout', computers: 3, deliveries: 1 },
        ],
        computers: 3,
        deliveries: 2,
      });
      expect(await deletePolicies(cmdb, clock, JANE, [first])).to.equal(1);
      expect(await getPolicy(cmdb, first)).to.equal(undefined);
      const items = await cmdb.db.selectFrom('Item').select('Guid').where('Guid', 'in', [first, ownList!]).execute();
      expect(items).to.deep.equal([]);
      const deliveries = await cmdb.db.selectFrom('Delivery').select('PolicyGuid').execute();
      expect(deliveries).to.deep.equal([{ PolicyGuid: second }]);
      expect((await recorded(cmdb)).audit.at(-1)).to.equal('jane delete Viewer rollout');
      expect((await getPolicy(cmdb, second))!.targets.map((target) => target.guid)).to.deep.equal([ring]);
    });

    it('of the agents themselves cannot be deleted', async () => {
      expect(await refusal(deletePolicies(cmdb, clock, JANE, [POLICY.agentSettings]))).to.have.keys('');
      expect(await getPolicy(cmdb, POLICY.agentSettings)).to.include({ kind: 'agentSettings', isEnabled: true });
    });

    it('hold the settings of agents, checked', async () => {
      const input = { isEnabled: true, policyIntervalSeconds: 900, multicast: { enabled: true } };
      expect(await updateAgentSettings(cmdb, clock, JANE, POLICY.agentSettings, input)).to.equal(true);
      const policy = (await getPolicy(cmdb, POLICY.agentSettings))!;
      expect(policy.settings).to.include({ policyIntervalSeconds: 900, inventoryIntervalSeconds: null });
      expect(policy).to.include({
        name: "All Desktop computers (excluding 'Site Servers')",
        version: 2,
        modifiedBy: 'jane',
      });
      const bad = {
        isEnabled: true,
        policyIntervalSeconds: 0,
        tickle: { tcpPort: 80, multicastAddress: '10.0.0.1' },
        blockouts: [{ type: 'total' as const, start: '25:00', durationMinutes: 60, days: [] }],
      };
      expect(await refusal(updateAgentSettings(cmdb, clock, JANE, POLICY.agentSettings, bad))).to.have.keys(
        'policyIntervalSeconds',
        'tickle.tcpPort',
        'tickle.multicastAddress',
        'blockouts.0.start',
        'blockouts.0.days',
      );
      expect((await getPolicy(cmdb, POLICY.agentSettings))!.version).to.equal(2);
    });

    it('are changed only as what they are', async () => {
      const guid = await create();
      expect(await updateTaskAgent(cmdb, clock, JANE, POLICY.agentSettings, { isEnabled: true })).to.equal(false);
      expect(await updateAgentSettings(cmdb, clock, JANE, guid, { isEnabled: true })).to.equal(false);
      expect(await updateSoftwarePolicy(cmdb, clock, JANE, newGuid(), { ...plain, ...viewer, name: 'A' })).to.equal(
        false,
      );
      expect(
        await updateTaskAgent(cmdb, clock, JANE, POLICY.taskAgent, { isEnabled: false, timeoutSeconds: 60 }),
      ).to.equal(true);
    });

    it('are listed by page, sorted by every column, found by text and counted by delivery state', async () => {
      const computers = await addComputers(cmdb, 4);
      const other = await addPackage(cmdb, 'Zip [100%] tool');
      const first = await create();
      const second = await create({ ...other, name: 'B', isEnabled: false });
      for (const computer of computers) await addDelivery(cmdb, first, computer, 'succeeded');
      await addDelivery(cmdb, second, computers[0]!, 'download_failed');
      await addDelivery(cmdb, second, computers[1]!, 'failed');
      await addDelivery(cmdb, second, computers[2]!, 'running');
      const names = async (query: Partial<PolicyQuery>) => (await list(query)).rows.map(({ Name }) => Name);

      const { rows, total } = await list({ search: 'viewer' });
      expect(total).to.equal(1);
      expect(rows[0]).to.deep.include({
        Guid: first,
        Kind: 'softwareDelivery',
        IsEnabled: 1,
        PackageName: 'Example Viewer',
        ProgramName: 'Example Viewer setup',
        targets: ['All Computers'],
        deliveries: { succeeded: 4, failed: 0, inProgress: 0, total: 4 },
      });
      expect((await list({ search: second })).rows[0]!.deliveries).to.deep.equal({
        succeeded: 0,
        failed: 2,
        inProgress: 1,
        total: 3,
      });
      expect(await names({ search: '[100%]' })).to.deep.equal(['B']);
      expect(await names({ search: '%' })).to.deep.equal(['B']);
      expect(await names({ packageGuid: other.packageGuid })).to.deep.equal(['B']);
      const delivered = { kind: 'softwareDelivery', descending: true } as const;
      expect(await names({ ...delivered, sort: 'succeeded' })).to.deep.equal(['Viewer rollout', 'B']);
      expect(await names({ ...delivered, sort: 'failed' })).to.deep.equal(['B', 'Viewer rollout']);
      expect(await names({ ...delivered, sort: 'total' })).to.deep.equal(['Viewer rollout', 'B']);
      expect(await names({ ...delivered, sort: 'PackageName' })).to.deep.equal(['B', 'Viewer rollout']);
      const whole = await names({});
      expect(whole).to.have.length(4);
      const pages = [...(await names({ limit: 3 })), ...(await names({ offset: 3, limit: 3 }))];
      expect(pages).to.deep.equal(whole);
    });
  });
});
