import { expect } from 'chai';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

  it('with problems are listed with since when, owner and servers, and their paths are fixed together', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ns-moved-'));
    const at = (name: string): string => join(folder, name);
    try {
      const guids: string[] = [];
      for (const name of ['one', 'two']) {
        mkdirSync(join(at('old'), name), { recursive: true });
        writeFileSync(join(at('old'), name, 'setup.sh'), name);
        const made = await make(`Moved ${name}`, { sourcePath: join(at('old'), name), owner: 'Berlin office' });
        guids.push(made.body.guid);
        await untilState(made.body.guid, 'valid');
      }
      renameSync(at('old'), at('new'));
      for (const guid of guids) {
        await api.post(`/packages/${guid}/refresh`);
        await untilState(guid, 'source_missing');
      }
      const { items, total } = (await api.get('/packages/problems?search=Moved')).body;
      expect(total).to.equal(2);
      expect(items[0]).to.deep.include({
        state: 'source_missing',
        owner: 'Berlin office',
        failureCount: 1,
        lastDeliveredAt: null,
        servers: { ready: 0, assigned: 0, holding: 0 },
      });
      expect(Date.parse(items[0].problemSince)).to.be.above(0);
      const before = await api.state();
      const wrong = await api.post('/packages/fix-path', { packages: guids, from: at('old'), to: at('nowhere') });
      expect(wrong.status).to.equal(400);
      expect(wrong.body.errors).to.have.length(2);
      expect(wrong.body.errors[0].field).to.equal('to');
      expect(await api.state()).to.equal(before);
      const fixed = await api.post('/packages/fix-path', { packages: guids, from: at('old'), to: at('new') });
      expect(fixed.body).to.deep.equal({ changed: 2 });
      expect((await untilState(guids[0]!, 'valid')).sourcePath).to.equal(join(at('new'), 'one'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('are cloned, given an owner, and tell what would go with them', async () => {
    const model = (await make('Model', { programs: [{ name: 'Run', commandLine: 'run' }] })).body;
    await untilState(model.guid, 'valid');
    const clone = await api.post(`/packages/${model.guid}/clone`);
    expect(clone.status).to.equal(201);
    expect(clone.headers.get('location')).to.equal(`/api/v1/packages/${clone.body.guid}`);
    expect(clone.body).to.include({ name: 'Model (copy)', sourcePath: source, problemSince: null });
    expect(clone.body.programs).to.have.length(1);
    const owned = await api.patch(`/packages/${clone.body.guid}`, { owner: 'desktop@example.com' });
    expect(owned.body).to.include({ owner: 'desktop@example.com', name: 'Model (copy)' });
    const effect = await api.get(`/packages/${model.guid}/removal-effect`);
    expect(effect.body).to.deep.include({ policies: [], packageServers: [] });
    expect(effect.body.bytesFreed).to.be.a('number');
    expect((await api.get(`/packages/${model.guid}/servers`)).body).to.deep.include({ items: [], total: 0 });
    expect((await api.post(`/packages/${model.guid}/resend`)).body).to.deep.equal({ packageServers: [] });
    const distribution = await api.call('PUT', `/packages/${model.guid}/distribution`, { body: { mode: 'automatic' } });
    expect(distribution.body).to.deep.equal({ mode: 'automatic', servers: [], sites: [], losses: [] });
    const byMode = (await api.get('/packages?mode=automatic')).body;
    expect(byMode.items.map(({ name }: { name: string }) => name)).to.deep.equal(['Model']);
  });
});
