import { expect } from 'chai';
import { recordAudit } from '../../models/audit/audit.ts';
import { getAuditEntry } from '../../models/audit/auditList.ts';
import { inWords, type AuditChange } from '../../models/audit/changes.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { deletePackage } from '../../models/packages/deletePackage.ts';
import { packageHistory } from '../../models/packages/packageHistory.ts';
import { createProgram, deleteProgram, updateProgram } from '../../models/packages/programs.ts';
import { updatePackageServer } from '../../models/packageServers/changePackageServers.ts';
import { changeDistribution } from '../../models/packageServers/distribution.ts';
import { refetchPackage } from '../../models/packageServers/refetch.ts';
import { createSoftwarePolicy, updateSoftwarePolicy } from '../../models/policies/changePolicies.ts';
import { deletePolicies } from '../../models/policies/switchPolicies.ts';
import { changeAssignments } from '../../models/sites/assignByHand.ts';
import { createSite, deleteSite, updateSite } from '../../models/sites/changeSites.ts';
import { assignSubnets, createSubnets } from '../../models/sites/changeSubnets.ts';
import { createTarget } from '../../models/targets/changeTargets.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { World } from '../packageServers/world.ts';
import { JANE } from '../packages/support.ts';
import { addComputers } from '../policies/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-/;

describe('names in the audit log', function () {
  // A SQL Server takes its time to make a database.
  this.timeout(180_000);
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let world: World;
    before(async () => (cmdb = await open()));
    beforeEach(async () => (world = await World.make(cmdb)));
    afterEach(() => World.clear(cmdb));
    after(() => cmdb.close());

    const newest = async (): Promise<number> => {
      const { id } = await cmdb.db
        .selectFrom('AuditEntry')
        .select((row) => row.fn.max('Id').as('id'))
        .executeTakeFirstOrThrow();
      return Number(id);
    };
    const linesOf = (changes: readonly AuditChange[]): string[] =>
      changes.filter(({ changed }) => changed).map(({ field, before, after }) => `${field}: ${before} → ${after}`);
    /** What the newest entry says, as a person reads it. */
    const read = async (id?: number): Promise<string[]> =>
      linesOf(inWords((await getAuditEntry(cmdb, id ?? (await newest())))!));
    const history = async (): Promise<string[]> => {
      const { rows } = await packageHistory(cmdb, [world.package], { offset: 0, limit: 1 });
      return linesOf(rows[0]!.changes);
    };
    const distribute = (input: object) => changeDistribution(cmdb, world.clock, JANE, world.package, input);
    const server = async (name: string, input: Record<string, unknown> = {}): Promise<Guid> => {
      const guid = await world.addServer('10.1.0.10', input);
      await cmdb.db.updateTable('Resource').set({ Name: name }).where('Guid', '=', guid).execute();
      return guid;
    };
    const rename = (site: Guid, name: string) => updateSite(cmdb, world.clock, JANE, site, { name });
    /** As they were written before names were kept. */
    const forgetNames = async (): Promise<void> => {
      const { db } = cmdb;
      for (const { Id, Detail } of await db.selectFrom('AuditEntry').select(['Id', 'Detail']).execute()) {
        if (Detail === null) continue;
        const { before, after } = JSON.parse(Detail) as { before?: unknown; after?: unknown };
        const old = { Detail: JSON.stringify({ before, after }) };
        await db.updateTable('AuditEntry').set(old).where('Id', '=', Id).execute();
      }
    };

    it('stand where a package goes, one line for each server and site that came or went', async () => {
      const [one, two] = [await server('PS-1'), await server('PS-2')];
      await distribute({ mode: 'servers', servers: [one, two] });
      expect(await history()).to.have.members(['mode: all → servers', 'servers: null → PS-1', 'servers: null → PS-2']);
      await distribute({ mode: 'servers', servers: [two] });
      expect(await history()).to.deep.equal(['servers: PS-1 → null']);
      await distribute({ mode: 'sites', sites: [world.lyon, world.berlin] });
      expect(await history()).to.have.members([
        'mode: servers → sites',
        'servers: PS-2 → null',
        'sites: null → Lyon',
        'sites: null → Berlin',
      ]);
    });

    it('are those of the time of the change, whatever becomes of the site', async () => {
      await distribute({ mode: 'sites', sites: [world.lyon] });
      await rename(world.lyon, 'Lyon Sud');
      expect(await history()).to.include('sites: null → Lyon');
      expect(await deleteSite(cmdb, world.clock, JANE, world.lyon)).to.equal(true);
      expect(await history()).to.include('sites: null → Lyon');
    });

    it('are found for entries from before they were kept, also of what is gone', async () => {
      const ps = await server('PS-1');
      await distribute({ mode: 'servers', servers: [ps] });
      await distribute({ mode: 'sites', sites: [world.lyon] });
      await forgetNames();
      expect(await history()).to.have.members(['mode: servers → sites', 'servers: PS-1 → null', 'sites: null → Lyon']);
      await rename(world.lyon, 'Lyon Sud');
      expect(await history()).to.include('sites: null → Lyon Sud');
      await deleteSite(cmdb, world.clock, JANE, world.lyon);
      await forgetNames();
      expect(await history()).to.include('sites: null → Lyon Sud');
    });

    it('stand in every record of sites, subnets, package servers, programs and policies', async () => {
      const { clock, berlin, lyon } = world;
      const since = await newest();
      const ps = await server('PS-1', { sites: [berlin] });
      await updatePackageServer(cmdb, clock, JANE, ps, { sites: [lyon] });
      expect(await read()).to.include.members(['sites: Berlin → null', 'sites: null → Lyon']);
      const fallingBack = { fallback: 'site', fallbackSiteGuid: berlin };
      const metz = await createSite(cmdb, clock, JANE, { name: 'Metz', ...fallingBack });
      expect(await read()).to.include('fallbackSite: null → Berlin');
      const guids = await createSubnets(cmdb, clock, JANE, [{ subnet: '10.8.0.0/16', siteGuid: metz }]);
      expect(await read()).to.include('site: null → Metz');
      await assignSubnets(cmdb, clock, JANE, guids, lyon);
      expect(await read()).to.deep.equal(['site: Metz → Lyon']);
      expect(await refetchPackage(cmdb, clock, JANE, ps, world.package)).to.equal(true);
      expect(await read()).to.deep.equal(['package: null → Viewer']);

      const program = (await createProgram(cmdb, clock, JANE, world.package, { name: 'Setup', commandLine: 'a' }))!;
      const policy = await createSoftwarePolicy(cmdb, clock, JANE, {
        name: 'Roll out',
        isEnabled: true,
        packageGuid: world.package,
        programGuid: program,
        targets: [await createTarget(cmdb, clock, JANE, { name: 'Ring 1', description: '' })],
      });
      expect(await read()).to.include.members([
        'package: null → Viewer',
        'program: null → Setup',
        'targets: null → Ring 1',
      ]);
      await updateSoftwarePolicy(cmdb, clock, JANE, policy, {
        name: 'Roll out',
        isEnabled: true,
        packageGuid: world.package,
        programGuid: program,
        targets: [await createTarget(cmdb, clock, JANE, { name: 'Ring 2', description: '' })],
      });
      expect(await read()).to.deep.equal(['targets: Ring 1 → null', 'targets: null → Ring 2']);
      await deletePolicies(cmdb, clock, JANE, [policy]);
      await updateProgram(cmdb, clock, JANE, world.package, program, { name: 'Setup', commandLine: 'b' });
      expect(await read()).to.deep.equal(['commandLine: a → b']);
      await deleteProgram(cmdb, clock, JANE, world.package, program);
      await deletePackage(cmdb, clock, JANE, world.package);

      for (const isOld of [false, true]) {
        if (isOld) await forgetNames();
        for (let id = since + 1; id <= (await newest()); id++) {
          if ((await getAuditEntry(cmdb, id)) === undefined) continue;
          expect((await read(id)).join('\n'), `entry ${id}, ${isOld ? 'old' : 'new'}`).to.not.match(GUID);
        }
      }
    });

    it('tell whom somebody has assigned to a site or package server by hand', async () => {
      const { clock, lyon } = world;
      const [computer] = (await addComputers(cmdb, 1)) as [Guid];
      await cmdb.db.updateTable('Resource').set({ Name: 'WKS-LAB' }).where('Guid', '=', computer).execute();
      const target = await createTarget(cmdb, clock, JANE, { name: 'Lab', description: '' });
      const ps = await server('PS-1');
      for (const place of [
        { kind: 'site', guid: lyon },
        { kind: 'packageServer', guid: ps },
      ] as const) {
        const both = { computers: [computer], targets: [target] };
        await changeAssignments(cmdb, clock, JANE, place, { add: both });
        expect(await read()).to.include.members(['assigned: null → Lab', 'assigned: null → WKS-LAB']);
        await changeAssignments(cmdb, clock, JANE, place, { remove: both, add: {} });
        expect(await read()).to.have.members([
          'assigned: Lab → null',
          'assigned: WKS-LAB → null',
          'computers.added: null → 0',
          'computers.removed: null → 1',
          'targets.added: null → 0',
          'targets.removed: null → 1',
        ]);
      }
    });

    it('tell two of one name apart, leave the GUID of what nobody knows, and never take what stands there', async () => {
      const record = { action: 'merge', objectKind: 'computer', objectName: 'WKS-1' };
      const [winner, loser, change] = [newGuid(), newGuid(), newGuid()];
      const before = { winner: { guid: winner, name: 'WKS-1' }, loser: { guid: loser, name: 'WKS-1' } };
      await recordAudit(cmdb, world.clock, JANE, {
        ...record,
        objectGuid: winner,
        before,
        after: { guid: winner, change, note: `not ${loser}` },
      });
      expect(await read()).to.deep.equal([
        `winner: WKS-1 (${winner.slice(0, 8)}) → null`,
        `loser: WKS-1 (${loser.slice(0, 8)}) → null`,
        `change: null → ${change}`,
        `note: null → not ${loser}`,
      ]);
    });

    it('are told to programs beside the GUIDs', async () => {
      await distribute({ mode: 'sites', sites: [world.lyon] });
      const { changes, names } = (await getAuditEntry(cmdb, await newest()))!;
      expect(changes).to.deep.include({ field: 'sites', before: null, after: world.lyon, changed: true });
      expect([...names]).to.deep.equal([[world.lyon, 'Lyon']]);
    });
  });
});
