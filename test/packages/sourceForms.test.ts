/** Sources as people and programs enter them: the console's form and the API. */
import { expect } from 'chai';
import { getPackage } from '../../models/packages/getPackage.ts';
import { createApiToken } from '../../models/security/apiTokens.ts';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { signedIn, type ConsoleClient } from '../console/client.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { JANE, TestFolder } from './support.ts';
import { WebServer } from './webServer.ts';

describe('the source of a package', () => {
  let server: TestServer;
  let client: ConsoleClient;
  let authorization: string;
  let mount: TestFolder;
  let web: WebServer;

  before(async function () {
    this.timeout(120_000);
    if (process.platform === 'win32') this.skip();
    mount = new TestFolder();
    mount.write('viewer/setup.exe');
    web = await WebServer.start();
    web.set('/viewer/setup.exe', 'x');
    web.listIn('/viewer/');
    server = await startTestServer({
      environment: { NS_SHARE_MOUNTS: `//files/software=${mount.path}`, NS_URL_SOURCE_RANGES: '127.0.0.0/8' },
    });
    client = await signedIn(server.http);
    const { cmdb, clock } = server.context;
    const { token } = await createApiToken(cmdb, clock, JANE, { name: 'test', scopes: ['read', 'write'] });
    authorization = `Bearer ${token}`;
  });
  after(async () => {
    await server?.stop();
    await web?.stop();
    mount?.remove();
  });

  const found = async (guid: Guid) => (await getPackage(server.context.cmdb, guid))!;
  const published = async (guid: Guid) => {
    for (;;) {
      const row = await found(guid);
      if (row.State === 'valid' && row.CurrentVersion !== null) return row;
      expect(row.State, row.StateDetail).to.be.oneOf(['new', 'refreshing']);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const fields = { cleanupAfterMinutes: '1440', priority: 'Normal', isEnabled: '1' };
  const submit = (path: string, more: Record<string, string>) => client.post(path, { ...fields, ...more });
  const api = async (method: string, path: string, body: object) => {
    const response = await fetch(`${server.http}/api/v1${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    return { status: response.status, body: (await response.json()) as any };
  };

  it('is a share or an address in the form, watched when that is ticked', async () => {
    const { text } = await client.get('/packages/new');
    for (const value of ['none', 'folder', 'unc', 'url']) {
      expect(text).to.match(
        new RegExp(`name="sourceKind"[^>]*value="${value}"|value="${value}"[^>]*name="sourceKind"`),
      );
    }
    expect(text).to.contain('name="isWatched"');

    const share = { name: 'Of a share', sourceKind: 'unc', sourcePath: '\\\\files\\software\\viewer' };
    const made = await submit('/packages/new', { ...share, isWatched: '1' });
    expect(made.status).to.equal(303);
    const guid = parseGuid(made.location.split('/').at(-1))!;
    const row = await published(guid);
    expect(row).to.include({ SourceKind: 'unc', SourcePath: share.sourcePath, IsWatched: 1 });
    expect((await client.get(`/packages/${guid}`)).text).to.match(/name="isWatched"[^>]*checked/);

    const changed = await submit(`/packages/${guid}`, {
      ...share,
      sourceKind: 'url',
      sourcePath: `${web.url}/viewer/`,
    });
    expect(changed.status).to.equal(303);
    await published(guid);
    expect(await found(guid)).to.include({ SourceKind: 'url', SourcePath: `${web.url}/viewer/`, IsWatched: 0 });
  });

  for (const [what, kind, path, sentence] of [
    [
      'a share that nobody has mounted',
      'unc',
      '\\\\files\\other',
      'This server does not know where \\\\files\\other is mounted',
    ],
    ['a share that is none', 'unc', '/srv/x', 'Enter the share as \\\\server\\share\\folder.'],
    ['a folder of a share that is not there', 'unc', '//files/software/gone', 'was not found'],
    ['an address out of bounds', 'url', 'http://10.1.2.3/', 'Package sources may not lie on 10.1.2.3'],
    ['an address with a password', 'url', 'https://jane:secret@example.com/', 'must not hold a name or a password'],
  ] as const) {
    it(`is refused before it is saved: ${what}`, async () => {
      const before = await server.context.cmdb.db.selectFrom('Package').select('Guid').execute();
      const form = await submit('/packages/new', { name: what, sourceKind: kind, sourcePath: path });
      expect(form.status).to.equal(422);
      expect(form.text).to.contain('href="#field-sourcePath"').and.to.contain(sentence);
      const { status, body } = await api('POST', '/packages', { name: what, sourceKind: kind, sourcePath: path });
      expect(status).to.equal(400);
      expect(body.errors.map(({ field }: { field: string }) => field)).to.deep.equal(['sourcePath']);
      expect(body.errors[0].message).to.contain(sentence);
      expect(await server.context.cmdb.db.selectFrom('Package').select('Guid').execute()).to.deep.equal(before);
    });
  }

  it("is refused when it is this server's own: destination equal to source", async () => {
    const attempts = [
      ['url', server.http],
      ['url', `${server.http.replace('127.0.0.1', 'localhost')}/Altiris/`],
      ['folder', server.dataDir],
      ['folder', `${server.dataDir}/mirrors`],
    ] as const;
    for (const [sourceKind, sourcePath] of attempts) {
      const { status, body } = await api('POST', '/packages', { name: 'Own', sourceKind, sourcePath });
      expect(status, sourcePath).to.equal(400);
      expect(body.errors[0].field).to.equal('sourcePath');
    }
  });

  it('is watched by the API, for folders and shares only', async () => {
    const share = { name: 'By the API', sourceKind: 'unc', sourcePath: '//files/software/viewer', isWatched: true };
    const made = await api('POST', '/packages', share);
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
    expect(made.body).to.include({ sourceKind: 'unc', isWatched: true });
    const off = await api('PATCH', `/packages/${made.body.guid}`, { isWatched: false });
    expect(off.body).to.include({ sourceKind: 'unc', isWatched: false });
    const url = await api('PATCH', `/packages/${made.body.guid}`, {
      sourceKind: 'url',
      sourcePath: `${web.url}/viewer/`,
      isWatched: true,
    });
    expect(url.body).to.include({ sourceKind: 'url', isWatched: false });
  });
});
