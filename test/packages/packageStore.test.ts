import { expect } from 'chai';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { newGuid, type Guid } from '../../wire/guid.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput, type FieldError } from '../../models/fieldErrors.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import { deletePackage } from '../../models/packages/deletePackage.ts';
import { getPackage, listSnapshots } from '../../models/packages/getPackage.ts';
import {
  countPackagesByState,
  listPackages,
  PACKAGE_SORTS,
  type PackageQuery,
} from '../../models/packages/listPackages.ts';
import { markUsed } from '../../models/packages/markUsed.ts';
import { packageInputOf } from '../../models/packages/packageRow.ts';
import { createProgram, deleteProgram, listPrograms, updateProgram } from '../../models/packages/programs.ts';
import { refreshPackage, type RefreshDeps } from '../../models/packages/refreshPackage.ts';
import { setPackagesEnabled, updatePackage } from '../../models/packages/updatePackage.ts';
import { createSoftwarePolicy } from '../../models/policies/changePolicies.ts';
import { TARGET } from '../../wire/wellKnown.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { addPackage, JANE, limitsOf, refreshDeps, START, TestClock, TestFolder, thrownBy } from './support.ts';

const SETUP = { name: 'Setup', commandLine: 'setup.exe /quiet' };

describe('the store of packages', () => {
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

    const faultsOf = async (promise: Promise<unknown>): Promise<readonly FieldError[]> => {
      const error = await thrownBy(promise);
      expect(error).to.be.instanceOf(InvalidInput);
      return (error as InvalidInput).errors;
    };
    const create = (input: Record<string, unknown>, roots: string[] = []) =>
      createPackage(
        cmdb,
        clock,
        JANE,
        { name: 'Example Viewer', sourcePath: source.path, ...input },
        limitsOf(data.path, { roots }),
      );
    const everything = async () => {
      const tables = ['Item', 'Package', 'Program', 'Snapshot', 'SnapshotFile', 'AuditEntry', 'ChangeLog'] as const;
      const rows = [];
      for (const table of tables) rows.push(await cmdb.db.selectFrom(table).selectAll().execute());
      return rows;
    };
    const policyFor = (packageGuid: Guid, programGuid: Guid, name: string) =>
      createSoftwarePolicy(cmdb, clock, JANE, {
        name,
        packageGuid,
        programGuid,
        isEnabled: true,
        targets: [TARGET.allComputers],
      });

    it('makes a package with its programs, as a form or the API sends them', async () => {
      const guid = await create({
        name: '  Example Viewer ',
        publisher: 'Example',
        cleanupAfterMinutes: '1440',
        isEnabled: 'on',
        programs: [SETUP, { ...SETUP, name: 'Remove', successCodes: '0, 3000', userInputRequired: 'true' }],
      });
      const found = (await getPackage(cmdb, guid))!;
      expect(packageInputOf(found)).to.deep.equal({
        name: 'Example Viewer',
        description: '',
        publisher: 'Example',
        language: '',
        versionText: '1.0',
        sourceKind: 'folder',
        sourcePath: source.path,
        isWatched: false,
        cleanupAfterMinutes: 1440,
        priority: 'Normal',
        isEnabled: true,
        owner: 'jane',
      });
      expect(found).to.include({ State: 'new', CurrentVersion: null, snapshot: undefined, CreatedBy: 'jane' });
      expect(found.NextRefreshAt).to.equal(new Date(START).toISOString());
      expect(
        found.programs.map(({ name, position, successCodes, userInputRequired }) => [
          name,
          position,
          successCodes,
          userInputRequired,
        ]),
      ).to.deep.equal([
        ['Setup', 0, '0,3010,1641', false],
        ['Remove', 1, '0,3000', true],
      ]);
    });

    it('says every fault at its field, and writes nothing', async () => {
      const before = await everything();
      const wrong = {
        name: ' ',
        description: 'a\u0000b',
        publisher: 'x'.repeat(256),
        sourceKind: 'ftp',
        cleanupAfterMinutes: '-1',
        priority: 'Urgent',
        isEnabled: 'perhaps',
        versionText: 7,
        programs: [{ name: 'x', commandLine: '' }],
      };
      expect(await faultsOf(create(wrong))).to.have.deep.members([
        { field: 'name', message: 'Enter a name.' },
        { field: 'description', message: 'Control characters are not allowed.' },
        { field: 'publisher', message: 'At most 255 characters.' },
        { field: 'versionText', message: 'Enter a text.' },
        { field: 'sourceKind', message: 'Choose among none, folder, unc, url.' },
        { field: 'cleanupAfterMinutes', message: 'Enter a whole number from 0 to 5256000.' },
        { field: 'priority', message: 'Choose among Low, Normal, High, VeryHigh.' },
        { field: 'isEnabled', message: 'Choose yes or no.' },
        { field: 'programs.0.commandLine', message: 'Enter a command line.' },
      ]);
      expect(await faultsOf(create({ name: undefined }))).to.deep.equal([{ field: 'name', message: 'Enter a name.' }]);
      expect(await faultsOf(create({ name: 'lone \ud800 half' }))).to.have.length(1);
      for (const turning of ['\u202a', '\u202e', '\u2066', '\u2069'])
        expect(await faultsOf(create({ name: `${turning}gpj.exe`, description: `a\n${turning}b` }))).to.have.length(2);
      expect(await faultsOf(create({ programs: [SETUP, { ...SETUP, name: 'SETUP' }] }))).to.deep.equal([
        { field: 'programs.1.name', message: 'The name is used twice.' },
      ]);
      expect(await everything()).to.deep.equal(before);
    });

    it('gives a name once, in whatever letter case', async () => {
      await create({});
      const fault = { field: 'name', message: 'There is already a package of this name.' };
      expect(await faultsOf(create({ name: 'EXAMPLE viewer' }))).to.deep.equal([fault]);
      const other = await create({ name: 'Other' });
      const fields = packageInputOf((await getPackage(cmdb, other))!);
      expect(
        await faultsOf(updatePackage(cmdb, clock, JANE, other, { ...fields, name: 'example viewer' }, deps.limits)),
      ).to.deep.equal([fault]);
      expect(await updatePackage(cmdb, clock, JANE, other, { ...fields, name: 'OTHER' }, deps.limits)).to.equal(true);
    });

    describe('and the source folder', () => {
      const fault = (message: string) => [{ field: 'sourcePath', message }];

      it('has to be given, whole, and there', async () => {
        const file = source.write('file');
        for (const [path, message] of [
          ['', 'Enter the folder that holds the files.'],
          ['relative/path', 'Enter the whole path of the folder.'],
          ['../up', 'Enter the whole path of the folder.'],
          [join(source.path, 'gone'), `${join(source.path, 'gone')} was not found.`],
          [file, `${file} is not a folder.`],
          [`${file}/below`, `${file}/below was not found.`],
        ] as const) {
          expect(await faultsOf(create({ sourcePath: path })), path).to.deep.equal(fault(message));
        }
        expect(await faultsOf(create({ sourcePath: `${source.path}\0/etc` }))).to.deep.equal(
          fault('Control characters are not allowed.'),
        );
      });

      it('must not be the store, lie in it or hold it, by no detour', async () => {
        const message = "The folder and the server's data folder must not lie in one another.";
        symlinkSync(data.path, join(source.path, 'detour'));
        mkdirSync(join(data.path, 'inner'));
        for (const path of [
          data.path,
          join(data.path, 'inner'),
          join(data.path, '..'),
          '/',
          join(source.path, 'detour'),
        ]) {
          expect(await faultsOf(create({ sourcePath: path })), path).to.deep.equal(fault(message));
        }
      });

      it('must lie in the allowed folders, links resolved', async () => {
        const allowed = source.folder('allowed');
        const inner = source.folder('allowed/inner');
        const beside = source.folder('allowed-too');
        symlinkSync(beside, join(allowed, 'way-out'));
        await create({ sourcePath: inner }, [allowed]);
        for (const path of [beside, join(allowed, 'way-out'), `${inner}/../../allowed-too`]) {
          const [first] = await faultsOf(create({ name: path, sourcePath: path }, [allowed]));
          expect(first).to.deep.equal(fault(`The folder must lie in ${allowed} (NS_PACKAGE_ROOTS).`)[0]);
        }
      });

      it('may be missing while other fields are changed, but not when it is chosen', async () => {
        const guid = await create({});
        const fields = packageInputOf((await getPackage(cmdb, guid))!);
        source.remove();
        expect(await updatePackage(cmdb, clock, JANE, guid, { ...fields, publisher: 'Example' }, deps.limits)).to.equal(
          true,
        );
        const other = { ...fields, sourcePath: `${source.path}-other` };
        expect(await faultsOf(updatePackage(cmdb, clock, JANE, guid, other, deps.limits))).to.have.length(1);
      });

      it('is forgotten by a package without files', async () => {
        const guid = await create({ sourceKind: 'none', sourcePath: '/somewhere' });
        expect((await getPackage(cmdb, guid))!.SourcePath).to.equal('');
      });
    });

    it('changes fields with a before and an after, and leaves the state alone', async () => {
      source.write('a');
      const guid = await create({});
      await refreshPackage(deps, guid);
      const before = (await getPackage(cmdb, guid))!;
      clock.pass(1000);
      const fields = { ...packageInputOf(before), name: 'Renamed', priority: 'High' };
      expect(await updatePackage(cmdb, clock, { name: 'joe', address: '' }, guid, fields, deps.limits)).to.equal(true);
      const after = (await getPackage(cmdb, guid))!;
      expect(packageInputOf(after)).to.deep.equal(fields);
      expect(after).to.include({
        State: 'valid',
        CurrentVersion: before.CurrentVersion,
        NextRefreshAt: before.NextRefreshAt,
        ModifiedBy: 'joe',
      });
      const { Detail } = await cmdb.db
        .selectFrom('AuditEntry')
        .select('Detail')
        .where('Action', '=', 'update')
        .executeTakeFirstOrThrow();
      expect(JSON.parse(Detail!)).to.deep.equal({ before: packageInputOf(before), after: fields });
      expect(await updatePackage(cmdb, clock, JANE, newGuid(), fields, deps.limits)).to.equal(false);
    });

    it('has another source looked at at once, and withdraws the files of a package that has none any more', async () => {
      source.write('a');
      const guid = await create({});
      await refreshPackage(deps, guid);
      const fields = packageInputOf((await getPackage(cmdb, guid))!);
      const other = new TestFolder();
      clock.pass(60_000);
      await updatePackage(cmdb, clock, JANE, guid, { ...fields, sourcePath: other.path }, deps.limits);
      expect(await getPackage(cmdb, guid)).to.include({
        State: 'valid',
        NextRefreshAt: new Date(clock.now()).toISOString(),
      });
      await updatePackage(cmdb, clock, JANE, guid, { ...fields, sourceKind: 'none' }, deps.limits);
      expect(await getPackage(cmdb, guid)).to.include({ State: 'new', CurrentVersion: null, SourcePath: '' });
      expect(await listSnapshots(cmdb, guid)).to.deep.equal([]);
      other.remove();
    });

    it('switches packages off and on, each once', async () => {
      source.write('a');
      const guid = await create({});
      await refreshPackage(deps, guid);
      expect(await setPackagesEnabled(cmdb, clock, JANE, [guid, newGuid()], false)).to.equal(1);
      expect(await setPackagesEnabled(cmdb, clock, JANE, [guid], false)).to.equal(0);
      expect(await getPackage(cmdb, guid)).to.include({ State: 'disabled', IsEnabled: 0, NextRefreshAt: null });
      expect((await refreshPackage(deps, guid)).result).to.equal('busy');
      expect(await setPackagesEnabled(cmdb, clock, JANE, [guid], true)).to.equal(1);
      expect(await getPackage(cmdb, guid)).to.include({
        State: 'valid',
        IsEnabled: 1,
        NextRefreshAt: new Date(START).toISOString(),
      });
    });

    it('deletes a package with all that belongs to it, and leaves its folder alone', async () => {
      const file = source.write('a');
      const guid = await create({ programs: [SETUP] });
      await refreshPackage(deps, guid);
      expect(await deletePackage(cmdb, clock, JANE, guid)).to.equal(true);
      const [items, packages, programs, snapshots, files] = await everything();
      expect(items!.filter((item) => (item as { Guid: Guid }).Guid === guid)).to.deep.equal([]);
      expect([packages, programs, snapshots, files]).to.deep.equal([[], [], [], []]);
      expect(await deletePackage(cmdb, clock, JANE, guid)).to.equal(false);
      expect(file).to.satisfy((path: string) => path.startsWith(source.path));
    });

    it('deletes neither a package nor a program that policies use, and names them', async () => {
      const guid = await create({ programs: [SETUP, { ...SETUP, name: 'Other' }] });
      const [setup, other] = await listPrograms(cmdb, guid);
      for (const name of ['Roll out B', 'Roll out A']) await policyFor(guid, setup!.guid, name);
      const before = await everything();
      const message = 'Used by the policies "Roll out A", "Roll out B": change or delete them first.';
      expect(await faultsOf(deletePackage(cmdb, clock, JANE, guid))).to.deep.equal([{ field: '', message }]);
      expect(await faultsOf(deleteProgram(cmdb, clock, JANE, guid, setup!.guid))).to.deep.equal([
        { field: '', message },
      ]);
      expect(await everything()).to.deep.equal(before);
      expect(await deleteProgram(cmdb, clock, JANE, guid, other!.guid)).to.equal(true);
      expect((await getPackage(cmdb, guid))!.usedBy.map((policy) => policy.Name)).to.deep.equal([
        'Roll out A',
        'Roll out B',
      ]);
    });

    it('keeps programs: adds, changes and removes them, recorded with the package', async () => {
      const guid = await create({});
      const first = (await createProgram(cmdb, clock, JANE, guid, SETUP))!;
      const second = (await createProgram(cmdb, clock, JANE, guid, { ...SETUP, name: 'Second' }))!;
      expect(await createProgram(cmdb, clock, JANE, newGuid(), SETUP)).to.equal(undefined);
      const twin = { field: 'name', message: 'The package already has a program of this name.' };
      expect(await faultsOf(createProgram(cmdb, clock, JANE, guid, { ...SETUP, name: 'SECOND' }))).to.deep.equal([
        twin,
      ]);
      expect(await faultsOf(updateProgram(cmdb, clock, JANE, guid, first, { ...SETUP, name: 'second' }))).to.deep.equal(
        [twin],
      );
      const changed = {
        ...SETUP,
        runAs: 'LoggedInUser',
        canRun: 'OnlyWhenAUserIsLoggedOn',
        startingWindow: 'Maximized',
        afterRunning: 'RestartComputer',
      };
      expect(await updateProgram(cmdb, clock, JANE, guid, first, changed)).to.equal(true);
      expect((await listPrograms(cmdb, guid))[0]).to.include(changed);
      expect(await updateProgram(cmdb, clock, JANE, newGuid(), first, changed)).to.equal(false);
      expect(await deleteProgram(cmdb, clock, JANE, newGuid(), second)).to.equal(false);
      expect(await deleteProgram(cmdb, clock, JANE, guid, second)).to.equal(true);
      expect((await listPrograms(cmdb, guid)).map((program) => program.guid)).to.deep.equal([first]);
      const kinds = await cmdb.db.selectFrom('ChangeLog').select(['Kind', 'ItemGuid']).execute();
      expect(kinds).to.deep.equal(Array(5).fill({ Kind: 'package', ItemGuid: guid }));
    });

    for (const [field, value, message] of [
      ['successCodes', '0,x', 'Enter whole numbers, separated by commas.'],
      ['successCodes', '99999999999', 'Enter whole numbers, separated by commas.'],
      ['failureCodes', '1,0', 'A code cannot mean success and failure.'],
      ['runAs', 'System', 'Choose among SystemAccount, LoggedInUser, SpecifiedUser.'],
      ['terminateAfterMinutes', '1.5', 'Enter a whole number from 0 to 43200.'],
      ['minimumConnectionSpeedKb', 3, 'Choose among 0, 1, 2, 5, 10, 50, 100, 256, 512, 1024.'],
    ] as const) {
      it(`refuses a program whose ${field} is ${value}`, async () => {
        const guid = await create({});
        expect(await faultsOf(createProgram(cmdb, clock, JANE, guid, { ...SETUP, [field]: value }))).to.deep.equal([
          { field, message },
        ]);
        expect(await listPrograms(cmdb, guid)).to.deep.equal([]);
      });
    }

    it('runs with the rights of a user only when one is logged on', async () => {
      const guid = await create({});
      const [fault] = await faultsOf(createProgram(cmdb, clock, JANE, guid, { ...SETUP, runAs: 'LoggedInUser' }));
      expect(fault!.field).to.equal('canRun');
    });

    describe('and the list', () => {
      const query = (changes: Partial<PackageQuery> = {}): PackageQuery => ({
        sort: 'Name',
        descending: false,
        offset: 0,
        limit: 50,
        ...changes,
      });
      const names = async (changes: Partial<PackageQuery>) =>
        (await listPackages(cmdb, query(changes))).rows.map((row) => row.Name);

      beforeEach(async () => {
        source.write('a', 'content');
        const first = await create({ name: 'Alpha 100%', publisher: 'Example', programs: [SETUP] });
        await refreshPackage(deps, first);
        await markUsed(cmdb, new Date(START).toISOString(), [first]);
        await create({ name: 'beta_1', description: 'needs Example', versionText: '9.9' });
        await create({ name: 'Gamma', sourceKind: 'none', isEnabled: false });
      });

      it('shows what the package is and what the snapshot holds', async () => {
        const { rows, total } = await listPackages(cmdb, query());
        expect(total).to.equal(3);
        expect(rows[0]).to.include({
          Name: 'Alpha 100%',
          Publisher: 'Example',
          State: 'valid',
          TotalSize: 7,
          FileCount: 1,
          Programs: 1,
          Policies: 0,
          IsEnabled: 1,
        });
        expect(rows[2]).to.include({
          Name: 'Gamma',
          State: 'disabled',
          TotalSize: null,
          CurrentVersion: null,
          Programs: 0,
          IsEnabled: 0,
        });
      });

      it('sorts by every column, either way', async () => {
        for (const sort of PACKAGE_SORTS) {
          const up = await names({ sort });
          const down = await names({ sort, descending: true });
          expect([...up].sort(), sort).to.deep.equal([...down].sort());
          expect(up, sort).to.have.length(3);
        }
        expect(await names({ sort: 'TotalSize', descending: true, limit: 1 })).to.deep.equal(['Alpha 100%']);
        expect(await names({ sort: 'VersionText', descending: true, limit: 1 })).to.deep.equal(['beta_1']);
      });

      it('pages, searches and filters', async () => {
        expect(await names({ offset: 1, limit: 1 })).to.deep.equal(['beta_1']);
        expect((await listPackages(cmdb, query({ offset: 1, limit: 1 }))).total).to.equal(3);
        expect(await names({ search: 'EXAMPLE' })).to.deep.equal(['Alpha 100%', 'beta_1']);
        expect(await names({ search: '100%' })).to.deep.equal(['Alpha 100%']);
        expect(await names({ search: 'a_1' })).to.deep.equal(['beta_1']);
        expect(await names({ search: "' OR 1=1 --" })).to.deep.equal([]);
        expect(await names({ state: 'disabled' })).to.deep.equal(['Gamma']);
        expect(await names({ sourceKind: 'none' })).to.deep.equal(['Gamma']);
        expect(await names({ unusedSince: new Date(START).toISOString() })).to.deep.equal(['beta_1', 'Gamma']);
        expect(await names({ problemsOnly: true })).to.deep.equal([]);
        const [row] = (await listPackages(cmdb, query({ search: 'Gamma' }))).rows;
        expect(await names({ search: `{${row!.Guid.toUpperCase()}}` })).to.deep.equal(['Gamma']);
      });

      it('finds those with problems and counts by state', async () => {
        source.remove();
        const { rows } = await listPackages(cmdb, query({ search: 'beta' }));
        await refreshPackage(deps, rows[0]!.Guid);
        expect(await names({ problemsOnly: true })).to.deep.equal(['beta_1']);
        expect(await countPackagesByState(cmdb)).to.deep.equal(
          new Map([
            ['valid', 1],
            ['source_missing', 1],
            ['disabled', 1],
          ]),
        );
      });
    });

    it('is given the first refresh when it is wanted', async () => {
      const later = START + 300_000;
      const guid = await createPackage(cmdb, clock, JANE, { name: 'x', sourcePath: source.path }, deps.limits, {
        firstRefreshAt: later,
      });
      expect((await getPackage(cmdb, guid))!.NextRefreshAt).to.equal(new Date(later).toISOString());
      expect(await addPackage(deps, source.path, { name: 'y' })).to.be.a('string');
    });
  });
});
