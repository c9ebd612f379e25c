import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { createPackage } from '../../models/packages/createPackage.ts';
import { getPackage } from '../../models/packages/getPackage.ts';
import { listPrograms } from '../../models/packages/programs.ts';
import { progressText } from '../../models/packages/refreshPackage.ts';
import { sourceLimits } from '../../models/packages/sources/sources.ts';
import { createSoftwarePolicy } from '../../models/policies/changePolicies.ts';
import { situationOf } from '../../routes/console/packages/packageSituation.ts';
import { newGuid, parseGuid, type Guid } from '../../wire/guid.ts';
import { TARGET } from '../../wire/wellKnown.ts';
import { actor, auditActions, makeUser, PASSWORD } from '../security/support.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';

const HOSTILE = `<script>alert("x")</script>' & Co`;

describe('the package pages', () => {
  let server: TestServer;
  let client: ConsoleClient;
  let viewer: ConsoleClient;
  let folder: string;

  before(async () => {
    server = await startTestServer();
    client = await signedIn(server.http);
    await makeUser(server.context.cmdb, server.context.clock, 'victor', 'Viewers');
    viewer = await signedIn(server.http, 'victor', PASSWORD);
    folder = mkdtempSync(join(tmpdir(), 'ns-source-'));
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'setup.exe'), 'setup');
    writeFileSync(join(folder, 'bin', 'tool.dll'), 'tool!');
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const make = (name: string, programs: object[] = []): Promise<Guid> => {
    const { cmdb, clock, settings } = server.context;
    const input = { name, sourceKind: 'none', programs };
    return createPackage(cmdb, clock, actor, input, sourceLimits(settings));
  };
  const find = async (guid: Guid) => (await getPackage(server.context.cmdb, guid))!;

  /** A package of the folder, by the form; answers when its first snapshot is published. */
  async function makeByForm(name: string): Promise<Guid> {
    const answer = await client.post('/packages/new', {
      name,
      publisher: 'Example',
      versionText: '2.0',
      sourceKind: 'folder',
      sourcePath: folder,
      cleanupAfterMinutes: '1440',
      priority: 'High',
      isEnabled: '1',
      programName: 'Install',
      programCommandLine: 'setup.exe /S',
    });
    expect(answer.status).to.equal(303);
    const guid = parseGuid(answer.location.split('/').at(-1))!;
    while ((await find(guid)).CurrentVersion === null) await wait(50);
    return guid;
  }

  it('tell what a package is while there is none', async () => {
    const { text } = await client.get('/packages');
    expect(text).to.contain('No packages yet').and.to.contain('href="/Altiris/Console/packages/new"');
  });

  it('make a package with its first program, and publish its files', async () => {
    const guid = await makeByForm('Seven Zip');
    const software = await find(guid);
    expect(software).to.include({
      Publisher: 'Example',
      VersionText: '2.0',
      CleanupAfterMinutes: 1440,
      Priority: 'High',
    });
    expect(software.programs.map(({ name, commandLine }) => [name, commandLine])).to.deep.equal([
      ['Install', 'setup.exe /S'],
    ]);
    const page = await client.get(`/packages/${guid}`);
    expect(page.text).to.contain(guid).and.to.contain(software.snapshot!.Hash.slice(0, 20)).and.to.contain('Ready');
    const files = await client.get(`/packages/${guid}/files`);
    expect(files.text).to.contain('bin/tool.dll').and.to.contain('setup.exe');
    const rows = JSON.parse((await client.get(`/packages/${guid}/files?format=json`)).text) as object[];
    expect(rows).to.have.length(2);
  });

  it('list packages with their filters, and export what is filtered', async () => {
    const off = await make('Switched off');
    await client.post(`/packages/${off}/disable`);
    const names = async (query: string): Promise<string[]> => {
      const { text } = await client.get(`/packages?format=json&columns=name${query}`);
      return (JSON.parse(text) as { name: string }[]).map(({ name }) => name);
    };
    expect(await names('')).to.deep.equal(['Seven Zip', 'Switched off']);
    expect(await names('&state=disabled')).to.deep.equal(['Switched off']);
    expect(await names('&source=folder')).to.deep.equal(['Seven Zip']);
    expect(await names('&state=problem')).to.deep.equal([]);
    expect(await names('&q=zip&sort=size&dir=desc')).to.deep.equal(['Seven Zip']);
  });

  it('show a faulty form again, with the faults at their fields and all that was typed', async () => {
    const typed = {
      name: '',
      description: HOSTILE,
      sourceKind: 'folder',
      sourcePath: 'relative',
      programName: 'Only a name',
    };
    const { status, text } = await client.post('/packages/new', typed);
    expect(status).to.equal(422);
    expect(text).to.contain('href="#field-name"').and.to.contain('href="#field-programCommandLine"');
    expect(text).to.contain('&lt;script&gt;').and.to.contain('value="Only a name"').and.not.to.contain('<script>alert');
    const missing = await client.post('/packages/new', {
      name: 'Gone',
      sourceKind: 'folder',
      sourcePath: '/no/such/folder',
    });
    expect(missing.text).to.contain('href="#field-sourcePath"').and.to.contain('/no/such/folder was not found');
    expect((await client.get('/packages?q=Gone')).text).to.contain('Nothing matches');
  });

  it('change a package, and say so', async () => {
    const guid = await make('Before');
    const answer = await client.post(`/packages/${guid}`, {
      name: 'After',
      sourceKind: 'none',
      versionText: '3',
      isEnabled: '1',
    });
    expect(answer.status).to.equal(303);
    expect((await client.get(answer.location)).text).to.contain('Package After was changed');
    expect(await find(guid)).to.include({ Name: 'After', VersionText: '3', IsEnabled: 1 });
  });

  it('keep the programs of a package: new, change, delete', async () => {
    const guid = await make('With programs');
    const fields = {
      name: 'Install',
      commandLine: 'run.cmd',
      successCodes: '0, 3010',
      failureCodes: '',
      terminateAfterMinutes: '30',
      afterRunning: 'RestartComputer',
      runAs: 'LoggedInUser',
      canRun: 'OnlyWhenAUserIsLoggedOn',
      startingWindow: 'Maximized',
      estimatedDiskSpaceKb: '2048',
      estimatedRunTimeMinutes: '5',
      minimumConnectionSpeedKb: '50',
      userInputRequired: '1',
    };
    const programs = () => listPrograms(server.context.cmdb, guid);
    const refused = await client.post(`/packages/${guid}/programs/new`, {
      ...fields,
      commandLine: '',
      successCodes: 'zero',
    });
    expect(refused.status).to.equal(422);
    expect(refused.text).to.contain('href="#field-commandLine"').and.to.contain('href="#field-successCodes"');
    expect(await programs()).to.deep.equal([]);

    expect((await client.post(`/packages/${guid}/programs/new`, fields)).status).to.equal(303);
    const [made] = await programs();
    expect(made).to.include({
      successCodes: '0,3010',
      terminateAfterMinutes: 30,
      afterRunning: 'RestartComputer',
      runAs: 'LoggedInUser',
      startingWindow: 'Maximized',
      estimatedDiskSpaceKb: 2048,
      minimumConnectionSpeedKb: 50,
      userInputRequired: true,
    });
    const page = await client.get(`/packages/${guid}/programs/${made!.guid}`);
    expect(page.text).to.contain('<option value="Maximized" selected>').and.to.contain('value="2048"');
    await client.post(`/packages/${guid}/programs/${made!.guid}`, { ...fields, name: 'Repair', userInputRequired: '' });
    expect((await programs())[0]).to.include({ name: 'Repair', userInputRequired: false, terminateAfterMinutes: 30 });
    await client.post(`/packages/${guid}/programs/${made!.guid}`, {
      ...fields,
      name: 'Repair',
      terminateAfterMinutes: '',
    });
    expect((await programs())[0]).to.include({ terminateAfterMinutes: 0 });
    expect((await client.get(`/packages/${guid}/programs`)).text).to.contain('360 minutes');
    const silent = { ...fields, runAs: 'SystemAccount', canRun: 'OnlyWhenNoUserIsLoggedOn' };
    const asked = await client.post(`/packages/${guid}/programs/${made!.guid}`, silent);
    expect(asked.text).to.contain('Nobody can answer a program that runs only when no user is logged on.');
    expect((await client.get(`/packages/${guid}/programs`)).text)
      .to.contain('Repair')
      .and.to.contain('run.cmd');
    expect((await client.post(`/packages/${guid}/programs/${made!.guid}/delete`)).status).to.equal(303);
    expect(await programs()).to.deep.equal([]);
  });

  it('update distribution points: a changed file becomes a new snapshot, and the older one can still be looked at', async () => {
    const guid = await makeByForm('Refreshed');
    const first = (await find(guid)).CurrentVersion!;
    writeFileSync(join(folder, 'added.txt'), 'more');
    const answer = await client.post(`/packages/${guid}/refresh`);
    expect(answer.status).to.equal(303);
    expect((await client.get(answer.location)).text).to.contain('data-refresh="2"');
    while ((await find(guid)).CurrentVersion === first) await wait(50);
    const { text } = await client.get(`/packages/${guid}/files`);
    expect(text).to.contain('added.txt').and.to.contain('Compare two versions');
    expect((await client.get(`/packages/${guid}/files?version=${first}`)).text).not.to.contain('added.txt');
    expect(await auditActions(server.context.cmdb)).to.include('refresh package Refreshed');
  });

  it('tell what is wrong with a source, what agents get meanwhile, and what to do', async () => {
    const guid = await makeByForm('Loses its source');
    await server.context.cmdb.db
      .updateTable('Package')
      .set({ State: 'source_missing', StateDetail: '/srv/gone was not found.', FailureCount: 3, NextRefreshAt: null })
      .where('Guid', '=', guid)
      .execute();
    for (const tab of ['', '/status']) {
      const { text } = await client.get(`/packages/${guid}${tab}`);
      expect(text).to.contain('/srv/gone was not found.').and.to.contain('Agents still get package version');
      expect(text).to.contain('Bring the folder back').and.to.contain('Failed 3 times');
    }
    expect((await client.get('/packages?state=problem')).text).to.contain('Loses its source');
  });

  it('show how far a refresh is, from what its builder writes', async () => {
    const software = await find(await make('In work'));
    const bytes = { bytes: 3 * 1024 ** 2, totalBytes: 2 * 1024 ** 3 };
    const progress = { phase: 'hashing', files: 0, totalFiles: 500, ...bytes } as const;
    const state = { ...software, State: 'refreshing', StateDetail: progressText(progress) };
    expect(situationOf(state, Date.now())?.progress).to.deep.equal({ done: 0, total: 100, unit: 'percent' });
    const later = { ...state, StateDetail: progressText({ ...progress, bytes: 1024 ** 3 }) };
    expect(situationOf(later, Date.now())?.progress).to.include({ done: 50 });
    const scanning = { ...state, StateDetail: progressText({ ...progress, phase: 'scanning' }) };
    expect(situationOf(scanning, Date.now())).to.deep.equal({ tone: 'busy', text: scanning.StateDetail, advice: '' });
  });

  it('enable, disable and refresh those that are ticked', async () => {
    const [one, other] = [await make('Tick one'), await make('Tick other')];
    const question = await client.post('/packages/disable', { id: [one, other] });
    expect(question.text)
      .to.contain('Disable 2 packages?')
      .and.to.contain('No policy that is switched on delivers it.');
    expect([(await find(one)).IsEnabled, (await find(other)).IsEnabled]).to.deep.equal([1, 1]);
    await client.post('/packages/disable', { ids: [one, other].join(), confirmed: '1' });
    expect([(await find(one)).IsEnabled, (await find(other)).IsEnabled]).to.deep.equal([0, 0]);
    await client.post('/packages/enable', { all: '1', matching: 'q=Tick' });
    expect([(await find(one)).IsEnabled, (await find(other)).IsEnabled]).to.deep.equal([1, 1]);
    expect((await client.post('/packages/refresh', {})).status).to.equal(422);
  });

  describe('that policies use', () => {
    let guid: Guid;
    let program: Guid;
    before(async () => {
      guid = await make('Needed', [{ name: 'Run', commandLine: 'run' }]);
      program = (await find(guid)).programs[0]!.guid;
      await createSoftwarePolicy(server.context.cmdb, server.context.clock, actor, {
        name: `Everybody ${HOSTILE}`,
        isEnabled: true,
        packageGuid: guid,
        programGuid: program,
        targets: [TARGET.allComputers],
      });
    });

    it('are not deleted, nor their programs: the policies are named', async () => {
      for (const path of [`/packages/${guid}/delete`, `/packages/${guid}/programs/${program}/delete`]) {
        const { status, text } = await client.post(path);
        expect(status, path).to.equal(409);
        expect(text, path).to.contain('Everybody &lt;script&gt;').and.to.contain('Nothing was changed');
      }
      expect((await find(guid)).programs).to.have.length(1);
      const page = await client.get(`/packages/${guid}`);
      expect(page.text)
        .to.contain('Used by 1 policy')
        .and.not.to.contain(`href="/Altiris/Console/packages/${guid}/delete"`);
    });

    it('name them in the tab Used by', async () => {
      expect((await client.get(`/packages/${guid}/policies`)).text).to.contain('Everybody &lt;script&gt;');
    });
  });

  it('delete a package after asking, with what goes and what stays', async () => {
    const guid = await makeByForm('To be deleted');
    const question = await client.get(`/packages/${guid}/delete`);
    expect(question.text)
      .to.contain('Delete the package To be deleted?')
      .and.to.contain('Source folders are not touched')
      .and.to.match(/\d+ bytes of the server/);
    expect((await client.post(`/packages/${guid}/delete`)).status).to.equal(303);
    expect(await getPackage(server.context.cmdb, guid)).to.equal(undefined);
  });

  it('answer 404 for what is not there', async () => {
    const guid = await make('Known');
    for (const path of [
      `/packages/${newGuid()}`,
      '/packages/nonsense',
      `/packages/${newGuid()}/files`,
      `/packages/${guid}/programs/${newGuid()}`,
    ]) {
      const { status, text } = await client.get(path);
      expect(status, path).to.equal(404);
      expect(text, path).to.contain('There is no such');
    }
  });

  it('let viewers look but not change, and forged forms change nothing', async () => {
    const guid = await make('Guarded', [{ name: 'Run', commandLine: 'run' }]);
    const program = (await find(guid)).programs[0]!.guid;
    const before = await find(guid);
    const page = await viewer.get(`/packages/${guid}`);
    expect(page.status).to.equal(200);
    expect(page.text).to.contain('Your role may look but not change').and.to.contain('aria-disabled="true"');
    expect((await viewer.get('/packages/new')).status).to.equal(403);
    const posts: [string, Record<string, string>][] = [
      ['/packages/new', { name: 'Forged', sourceKind: 'none' }],
      [`/packages/${guid}`, { name: 'Forged', sourceKind: 'none' }],
      [`/packages/${guid}/disable`, {}],
      [`/packages/${guid}/refresh`, {}],
      [`/packages/${guid}/cancelRefresh`, {}],
      [`/packages/${guid}/delete`, {}],
      ['/packages/disable', { id: guid }],
      [`/packages/${guid}/programs/new`, { name: 'Forged', commandLine: 'x' }],
      [`/packages/${guid}/programs/${program}`, { name: 'Forged', commandLine: 'x' }],
      [`/packages/${guid}/programs/${program}/delete`, {}],
    ];
    for (const [path, fields] of posts) {
      expect((await viewer.post(path, fields)).status, path).to.equal(403);
      expect((await client.post(path, { ...fields, _csrf: 'forged' })).status, path).to.equal(403);
    }
    expect(await find(guid)).to.deep.equal(before);
    expect((await client.get('/packages?q=Forged')).text).to.contain('Nothing matches');
  });

  it('escape names wherever they stand', async () => {
    const guid = await make(HOSTILE, [{ name: HOSTILE, commandLine: HOSTILE }]);
    const program = (await find(guid)).programs[0]!.guid;
    for (const path of [
      '/packages',
      `/packages/${guid}`,
      `/packages/${guid}/programs`,
      `/packages/${guid}/programs/${program}`,
      `/packages/${guid}/files`,
      `/packages/${guid}/status`,
      `/packages/${guid}/delete`,
      '/policies/new',
    ]) {
      const { status, text } = await client.get(path);
      expect(status, path).to.equal(200);
      expect(text, path).to.contain('&lt;script&gt;').and.not.to.contain('<script>alert');
    }
  });
});
