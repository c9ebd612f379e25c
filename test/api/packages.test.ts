import { expect } from 'chai';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApi, type Api } from './support/api.ts';

describe('packages by the API', () => {
  let api: Api;
  let source: string;
  before(async () => {
    api = await startApi();
    source = mkdtempSync(join(tmpdir(), 'ns-source-'));
    mkdirSync(join(source, 'data'));
    writeFileSync(join(source, 'setup.sh'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    writeFileSync(join(source, 'data', 'readme.txt'), 'read me');
  });
  after(async () => {
    await api.stop();
    rmSync(source, { recursive: true, force: true });
  });

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async function untilState(guid: string, state: string, newerThan = 0): Promise<any> {
    for (;;) {
      const { body } = await api.get(`/packages/${guid}`);
      if (body.state === state && (body.currentVersion ?? 0) > newerThan) return body;
      await sleep(50);
    }
  }

  const make = (name: string, more: object = {}) =>
    api.post('/packages', { name, sourceKind: 'folder', sourcePath: source, ...more });

  it('are made of a folder with their programs, and the snapshot is built without being asked for', async () => {
    const audited = await api.lastAuditId();
    const programs = [
      { name: 'Install', commandLine: './setup.sh', successCodes: '0, 3010' },
      { name: 'Remove', commandLine: './setup.sh --remove', terminateAfterMinutes: 5 },
    ];
    const made = await make('Tool', { programs });
    expect(made.status).to.equal(201);
    expect(made.headers.get('location')).to.equal(`/api/v1/packages/${made.body.guid}`);
    expect(made.body.programs.map(({ name }: { name: string }) => name)).to.deep.equal(['Install', 'Remove']);
    expect(made.body.programs[0].successCodes).to.equal('0,3010');
    expect(await api.auditSince(audited)).to.include('API token read+write create package');

    const built = await untilState(made.body.guid, 'valid');
    expect(built.snapshot).to.include({ version: built.currentVersion, fileCount: 2, retiredAt: null });
    const files = (await api.get(`/packages/${made.body.guid}/files`)).body;
    expect(files.total).to.equal(2);
    expect(files.items.find(({ path }: { path: string }) => path === 'data/readme.txt')).to.include({ size: 7 });
    expect(
      (await api.get(`/packages/${made.body.guid}/files?sort=size&order=desc&limit=1`)).body.items[0].path,
    ).to.equal('setup.sh');
  });

  it('are refreshed when asked, and tell by their state when it is done', async () => {
    const { guid } = (await make('Changing')).body;
    const { currentVersion } = await untilState(guid, 'valid');
    writeFileSync(join(source, 'data', 'more.txt'), 'more');
    const asked = await api.post(`/packages/${guid}/refresh`);
    expect(asked.status).to.equal(202);
    expect(asked.headers.get('location')).to.equal(`/api/v1/packages/${guid}`);
    const { snapshot } = await untilState(guid, 'valid', currentVersion);
    expect(snapshot.fileCount).to.equal(3);
    rmSync(join(source, 'data', 'more.txt'));

    const { items } = (await api.get(`/packages/${guid}/versions`)).body;
    expect(
      items.map(({ version, isCurrent }: { version: number; isCurrent: boolean }) => [version, isCurrent]),
    ).to.deep.equal([
      [snapshot.version, true],
      [currentVersion, false],
    ]);
    expect(items[0].keptBecause).to.deep.equal([]);
    expect(items[1].keptBecause.map(({ kind }: { kind: string }) => kind)).to.deep.equal(['retention']);
    const differences = (await api.get(`/packages/${guid}/differences`)).body;
    expect(differences).to.deep.include({ total: 1, from: currentVersion, to: snapshot.version, moveBytes: 4 });
    expect(differences.items[0]).to.deep.include({ path: 'data/more.txt', kind: 'added', before: null });
    const back = `/packages/${guid}/differences?from=${snapshot.version}&to=${currentVersion}&kind=removed`;
    expect((await api.get(back)).body.items[0]).to.deep.include({
      path: 'data/more.txt',
      kind: 'removed',
      after: null,
    });
    expect((await api.get(`/packages/${guid}/differences?from=7`)).status).to.equal(404);
  });

  it('are not refreshed while they are switched off, and no refresh is cancelled that is not under way', async () => {
    const { guid } = (await make('Off', { isEnabled: false })).body;
    const before = await api.state();
    expect((await api.post(`/packages/${guid}/refresh`)).status).to.equal(409);
    expect((await api.post(`/packages/${guid}/cancel-refresh`)).status).to.equal(409);
    expect(await api.state()).to.equal(before);
  });

  it('are changed field by field, and their programs too', async () => {
    const made = (await make('Fields', { publisher: 'Nobody', programs: [{ name: 'Run', commandLine: 'run' }] })).body;
    const changed = await api.patch(`/packages/${made.guid}`, { versionText: '2.0' });
    expect(changed.body).to.include({ name: 'Fields', publisher: 'Nobody', versionText: '2.0', sourcePath: source });

    const path = `/packages/${made.guid}/programs`;
    const added = await api.post(path, { name: 'Repair', commandLine: 'repair' });
    expect(added.status).to.equal(201);
    expect(added.body).to.include({ position: 1, terminateAfterMinutes: 60 });
    const edited = await api.patch(`${path}/${added.body.guid}`, {
      runAs: 'LoggedInUser',
      canRun: 'OnlyWhenAUserIsLoggedOn',
    });
    expect(edited.body).to.include({ name: 'Repair', commandLine: 'repair', runAs: 'LoggedInUser' });
    expect((await api.remove(`${path}/${made.programs[0].guid}`)).status).to.equal(204);
    const { programs } = (await api.get(`/packages/${made.guid}`)).body;
    expect(programs.map(({ name }: { name: string }) => name)).to.deep.equal(['Repair']);
  });

  it('are found by text, state and kind', async () => {
    await api.post('/packages', { name: 'Only a command', sourceKind: 'none' });
    const names = async (query: string) =>
      (await api.get(`/packages?${query}`)).body.items.map(({ name }: { name: string }) => name);
    expect(await names('search=only%20A')).to.deep.equal(['Only a command']);
    expect(await names('sourceKind=none')).to.deep.equal(['Only a command']);
    expect(await names('state=disabled')).to.deep.equal(['Off']);
    expect(await names('problemsOnly=true')).to.deep.equal([]);
  });

  it('are deleted, and the folder stays', async () => {
    const { guid } = (await make('Gone')).body;
    await untilState(guid, 'valid');
    expect((await api.remove(`/packages/${guid}`)).status).to.equal(204);
    expect((await api.get(`/packages/${guid}`)).status).to.equal(404);
    const { db } = api.context.cmdb;
    expect(await db.selectFrom('SnapshotFile').select('Path').where('PackageGuid', '=', guid).execute()).to.be.empty;
    expect((await make('Not gone')).status).to.equal(201);
  });

  for (const [what, body, field] of [
    ['a name that is taken', { name: 'tool' }, 'name'],
    ['no name', { name: '' }, 'name'],
    ['a folder that is not there', { name: 'x', sourcePath: '/nowhere/at/all' }, 'sourcePath'],
    ['a relative path', { name: 'x', sourcePath: '../etc' }, 'sourcePath'],
    ['an unknown kind of source', { name: 'x', sourceKind: 'ftp' }, 'sourceKind'],
    ['a program without a command line', { name: 'x', programs: [{ name: 'p' }] }, 'programs.0.commandLine'],
    [
      'an unknown field in a program',
      { name: 'x', programs: [{ name: 'p', commandLine: 'c', shell: 1 }] },
      'programs.0.shell',
    ],
    ['programs that are no list', { name: 'x', programs: 'p' }, 'programs'],
  ] as const) {
    it(`are not made with ${what}`, async () => {
      const { Total: before } = await count();
      const answer = await api.post('/packages', { sourceKind: 'folder', sourcePath: source, ...body });
      expect(answer.status).to.equal(400);
      expect(answer.body.errors.map((error: { field: string }) => error.field)).to.deep.equal([field]);
      expect((await count()).Total).to.equal(before);
    });
  }

  it('are not made of the data folder of the server', async () => {
    const answer = await make('Secrets', { sourcePath: api.dataDir });
    expect(answer.status).to.equal(400);
    expect(answer.body.errors[0].field).to.equal('sourcePath');
  });

  const count = () =>
    api.context.cmdb.db
      .selectFrom('Package')
      .select((row) => row.fn.countAll<number>().as('Total'))
      .executeTakeFirstOrThrow();
});
