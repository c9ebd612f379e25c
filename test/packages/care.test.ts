/** What an administrator does with packages that have problems, and with many at once. */
import { expect } from 'chai';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { clonePackage } from '../../models/packages/clonePackage.ts';
import { DAY, MINUTE } from '../../models/packages/durations.ts';
import { commonBeginning, fixPaths } from '../../models/packages/fixPaths.ts';
import { getPackage } from '../../models/packages/getPackage.ts';
import { lastDelivered } from '../../models/packages/lastDelivered.ts';
import { listPackages, type PackageQuery } from '../../models/packages/listPackages.ts';
import { packageHistory } from '../../models/packages/packageHistory.ts';
import { listProblems } from '../../models/packages/packageProblems.ts';
import { packageInputOf } from '../../models/packages/packageRow.ts';
import { packageXml } from '../../models/packages/packageXml.ts';
import { createProgram, updateProgram } from '../../models/packages/programs.ts';
import { refreshPackage, type RefreshDeps } from '../../models/packages/refreshPackage.ts';
import { bytesFreed, policiesOfPackages } from '../../models/packages/removalEffect.ts';
import { updatePackage } from '../../models/packages/updatePackage.ts';
import { changeDistribution, readDistributions } from '../../models/packageServers/distribution.ts';
import { createSoftwarePolicy } from '../../models/policies/changePolicies.ts';
import { createSite } from '../../models/sites/changeSites.ts';
import { utc } from '../../models/clock.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { TARGET } from '../../wire/wellKnown.ts';
import { parseXml } from '../../wire/xml.ts';
import { addComputers } from '../policies/support.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { addPackage, JANE, refreshDeps, START, TestClock, TestFolder, thrownBy } from './support.ts';

const ALL: PackageQuery = { sort: 'Name', descending: false, offset: 0, limit: 50 };
const JOHN = { name: 'john', address: '' };

describe('the care of packages', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let clock: TestClock;
    let data: TestFolder;
    let source: TestFolder;
    let deps: RefreshDeps;
    beforeEach(async () => {
      cmdb = await open();
      clock = new TestClock();
      data = new TestFolder();
      source = new TestFolder();
      deps = refreshDeps(cmdb, clock, data.path);
    });
    afterEach(async () => {
      await cmdb.close();
      data.remove();
      source.remove();
    });

    const add = (name: string, folder = name, fields: Record<string, unknown> = {}): Promise<Guid> => {
      mkdirSync(join(source.path, folder), { recursive: true });
      return addPackage(deps, join(source.path, folder), { name, ...fields });
    };
    const find = async (guid: Guid) => (await getPackage(cmdb, guid))!;
    const audits = async (): Promise<number> => {
      const { total } = await cmdb.db
        .selectFrom('AuditEntry')
        .select((row) => row.fn.countAll().as('total'))
        .executeTakeFirstOrThrow();
      return Number(total);
    };

    it('a package belongs to its maker until somebody says otherwise, and is found by its owner', async () => {
      const guid = await add('Viewer');
      const given = await add('Editor', 'Editor', { owner: 'desktop-team@example.com' });
      expect([(await find(guid)).Owner, (await find(given)).Owner]).to.deep.equal(['jane', 'desktop-team@example.com']);
      const fields = { ...packageInputOf(await find(guid)), owner: 'Berlin office' };
      await updatePackage(cmdb, clock, JANE, guid, fields, deps.limits);
      expect((await find(guid)).Owner).to.equal('Berlin office');
      const { rows } = await listPackages(cmdb, { ...ALL, search: 'desktop-team' });
      expect(rows.map(({ Name }) => Name)).to.deep.equal(['Editor']);
    });

    it('a problem tells since when it is, through all tries, and begins anew after a good one', async () => {
      const guid = await add('Viewer');
      const folder = join(source.path, 'Viewer');
      renameSync(folder, `${folder}.away`);
      await refreshPackage(deps, guid);
      clock.pass(30 * MINUTE);
      await refreshPackage(deps, guid);
      const [problem] = (await listProblems(cmdb, { ...ALL, sort: 'ProblemSince' })).rows;
      expect(problem).to.include({
        Name: 'Viewer',
        State: 'source_missing',
        StateDetail: `${folder} was not found.`,
        FailureCount: 2,
        ProblemSince: utc(START),
        NextRefreshAt: utc(START + 50 * MINUTE),
        Owner: 'jane',
        LastDeliveredAt: null,
      });
      renameSync(`${folder}.away`, folder);
      await refreshPackage(deps, guid);
      expect(await listProblems(cmdb, ALL)).to.deep.equal({ rows: [], total: 0 });
      expect((await listPackages(cmdb, ALL)).rows[0]).to.include({ ProblemSince: null, FailureCount: 0 });
      renameSync(folder, `${folder}.away`);
      clock.pass(DAY);
      await refreshPackage(deps, guid);
      expect((await listProblems(cmdb, ALL)).rows[0]).to.include({ ProblemSince: utc(clock.now()), FailureCount: 1 });
    });

    it('its last use by policies is the latest of its deliveries, whatever their status', async () => {
      const [used, other] = [await add('Used'), await add('Other')];
      const computers = await addComputers(cmdb, 2);
      const row = (place: number, Status: string, UpdatedAt: string) => ({
        PolicyGuid: newGuid(),
        ResourceGuid: computers[place]!,
        PackageGuid: used,
        PackageVersion: 1,
        Status,
        ReturnCode: null,
        Detail: '',
        UpdatedAt,
      });
      await cmdb.insertMany('Delivery', [
        row(0, 'succeeded', utc(START - 3 * DAY)),
        row(1, 'failed', utc(START - 2 * DAY)),
        row(0, 'received', utc(START - 9 * DAY)),
      ]);
      expect(await lastDelivered(cmdb, [used, other])).to.deep.equal(new Map([[used, utc(START - 2 * DAY)]]));
      expect(await lastDelivered(cmdb, [])).to.deep.equal(new Map());
    });

    it('paths that have moved together are fixed together, and nothing else of the packages changes', async () => {
      const guids = [await add('One', 'old/one'), await add('Two', 'old/two', { owner: 'Berlin', priority: 'High' })];
      const before = await find(guids[1]!);
      renameSync(join(source.path, 'old'), join(source.path, 'new'));
      await refreshPackage(deps, guids[0]!);
      expect((await find(guids[0]!)).State).to.equal('source_missing');
      const paths = await Promise.all(guids.map(async (guid) => (await find(guid)).SourcePath));
      const from = commonBeginning(paths);
      expect(from).to.equal(`${source.path}/old/`);
      clock.pass(MINUTE);
      // A folder is the same with and without its last separator.
      const to = join(source.path, 'new');
      expect(await fixPaths(cmdb, clock, JOHN, guids, { from, to }, deps.limits)).to.equal(2);
      const after = await find(guids[1]!);
      expect(packageInputOf(after)).to.deep.equal({ ...packageInputOf(before), sourcePath: `${to}/two` });
      expect(await find(guids[0]!)).to.include({
        SourcePath: `${to}/one`,
        FailureCount: 0,
        NextRefreshAt: utc(clock.now()),
        ModifiedBy: 'john',
      });
      expect((await refreshPackage(deps, guids[0]!)).result).to.equal('published');
    });

    it('no path is fixed while one of the new locations cannot be read: the packages are named', async () => {
      const guids = [await add('One', 'old/one'), await add('Two', 'old/two')];
      mkdirSync(join(source.path, 'new', 'one'), { recursive: true });
      const before = await audits();
      const change = { from: join(source.path, 'old'), to: join(source.path, 'new') };
      const error = await thrownBy(fixPaths(cmdb, clock, JANE, guids, change, deps.limits));
      expect(error).to.be.instanceOf(InvalidInput);
      expect((error as InvalidInput).errors).to.deep.equal([
        { field: 'to', message: `Two: ${join(source.path, 'new', 'two')} was not found.` },
      ]);
      expect((await find(guids[0]!)).SourcePath).to.equal(join(source.path, 'old', 'one'));
      expect(await audits()).to.equal(before);
    });

    it('a path is not fixed to where no source may lie', async () => {
      const guid = await add('One');
      const change = (to: string) => ({ from: join(source.path, 'One'), to });
      for (const to of ['', '  ', data.path, 'relative/folder', '/etc\u0000']) {
        const error = await thrownBy(fixPaths(cmdb, clock, JANE, [guid], change(to), deps.limits));
        expect(error, JSON.stringify(to)).to.be.instanceOf(InvalidInput);
      }
      const limits = { ...deps.limits, roots: [source.path] };
      expect(await thrownBy(fixPaths(cmdb, clock, JANE, [guid], change('/tmp'), limits))).to.be.instanceOf(
        InvalidInput,
      );
      expect((await find(guid)).SourcePath).to.equal(join(source.path, 'One'));
    });

    it('a clone has fields, programs and package servers of its model, and a name and owner of its own', async () => {
      const model = await add('Viewer', 'Viewer', {
        publisher: 'Example Inc',
        cleanupAfterMinutes: 1440,
        programs: [
          { name: 'Setup', commandLine: 'setup.exe /quiet', terminateAfterMinutes: 7 },
          { name: 'Remove', commandLine: 'setup.exe /remove' },
        ],
      });
      const site = await createSite(cmdb, clock, JANE, { name: 'Lyon' });
      await changeDistribution(cmdb, clock, JANE, model, { mode: 'sites', sites: [site] });
      const guid = (await clonePackage(cmdb, clock, JOHN, model))!;
      const [copy, before] = [await find(guid), await find(model)];
      expect(packageInputOf(copy)).to.deep.equal({ ...packageInputOf(before), name: 'Viewer (copy)', owner: 'john' });
      expect(copy).to.include({ State: 'new', CurrentVersion: null, NextRefreshAt: utc(START), CreatedBy: 'john' });
      const fieldsOf = ({ programs }: typeof copy) =>
        programs.map(({ guid: _guid, packageGuid: _of, ...rest }) => rest);
      expect(fieldsOf(copy)).to.deep.equal(fieldsOf(before));
      expect(copy.programs[0]!.guid).not.to.equal(before.programs[0]!.guid);
      expect((await readDistributions(cmdb, guid)).get(guid)).to.deep.equal({
        mode: 'sites',
        servers: new Set(),
        sites: new Set([site]),
      });
      expect((await find((await clonePackage(cmdb, clock, JOHN, model))!)).Name).to.equal('Viewer (copy 2)');
      expect(await clonePackage(cmdb, clock, JOHN, newGuid())).to.equal(undefined);
    });

    it('what goes with packages is known before: their policies, and bytes that no other package has', async () => {
      source.write('one/shared.bin', Buffer.alloc(5000, 'x'));
      source.write('one/own.bin', Buffer.alloc(3000, 'y'));
      source.write('two/shared.bin', Buffer.alloc(5000, 'x'));
      source.write('two/twice.bin', Buffer.alloc(200, 'z'));
      source.write('two/again.bin', Buffer.alloc(200, 'z'));
      const one = await add('One', 'one', { programs: [{ name: 'Setup', commandLine: 'x' }] });
      const two = await add('Two', 'two');
      await refreshPackage(deps, one);
      await refreshPackage(deps, two);
      expect(await bytesFreed(cmdb, [one])).to.equal(3000);
      expect(await bytesFreed(cmdb, [two])).to.equal(200);
      expect(await bytesFreed(cmdb, [one, two])).to.equal(8200);
      expect(await bytesFreed(cmdb, [])).to.equal(0);
      const [program] = (await find(one)).programs;
      const policy = await createSoftwarePolicy(cmdb, clock, JANE, {
        name: 'Roll out',
        isEnabled: true,
        packageGuid: one,
        programGuid: program!.guid,
        targets: [TARGET.allComputers],
      });
      expect(await policiesOfPackages(cmdb, [one, two])).to.deep.equal([
        { guid: policy, name: 'Roll out', isEnabled: true, packageGuid: one },
      ]);
    });

    it('its history tells what was done to it and its programs, with what changed', async () => {
      const guid = await add('Viewer');
      const program = (await createProgram(cmdb, clock, JANE, guid, { name: 'Setup', commandLine: 'a.exe' }))!;
      await updateProgram(cmdb, clock, JOHN, guid, program, { name: 'Setup', commandLine: 'b.exe' });
      await add('Other');
      const { rows, total } = await packageHistory(cmdb, [guid, program], { offset: 0, limit: 10 });
      expect(total).to.equal(3);
      expect(rows.map(({ actor, action, objectKind }) => `${actor} ${action} ${objectKind}`)).to.deep.equal([
        'john update program',
        'jane create program',
        'jane create package',
      ]);
      const [{ changes } = { changes: [] }] = rows;
      expect(changes.find(({ field }) => field === 'commandLine')).to.include({ before: 'a.exe', after: 'b.exe' });
      expect(changes.map(({ field }) => field)).not.to.include('name');
      expect((await packageHistory(cmdb, [guid, program], { offset: 2, limit: 10 })).rows).to.have.length(1);
    });

    it('as XML it says everything that can be set, and is well-formed whatever it is called', async () => {
      const name = `<Viewer> & "Co" ]]>`;
      const guid = await add('Viewer', 'Viewer', { name, programs: [{ name: 'S', commandLine: `a "b" <c>` }] });
      await refreshPackage(deps, guid);
      const read = parseXml(await packageXml(cmdb, await find(guid)));
      expect(read.attributes).to.include({ guid: `{${guid}}`, name, owner: 'jane', enabled: 'true' });
      const part = (tag: string) => read.children.find((element) => element.name === tag)!;
      expect(part('Source').attributes).to.deep.equal({ kind: 'folder', path: join(source.path, 'Viewer') });
      expect(part('Distribution').attributes).to.deep.equal({ mode: 'all' });
      expect(part('Programs').children[0]!.attributes).to.include({
        commandLine: `a "b" <c>`,
        startingWindow: 'Hidden',
      });
      expect(part('Snapshot').attributes).to.include({ files: '0' });
    });
  });

  it('the common beginning of paths ends where a folder’s name ends', () => {
    for (const [paths, common] of [
      [['/srv/a/one'], '/srv/a/one'],
      [['/srv/a/one', '/srv/a/other'], '/srv/a/'],
      [['/srv/app', '/srv/application'], '/srv/'],
      [['/srv/app', '/srv/app/sub'], '/srv/app'],
      [['\\\\ns\\share\\one', '\\\\ns\\share\\two'], '\\\\ns\\share\\'],
      [['/srv/x', 'https://example.com/x'], ''],
      [[], ''],
    ] as const) {
      expect(commonBeginning(paths), paths.join()).to.equal(common);
    }
  });
});
