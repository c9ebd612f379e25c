/** People read names where the audit log has GUIDs, also of what was renamed or is gone. */
import { expect } from 'chai';
import { createPackage } from '../../models/packages/createPackage.ts';
import { addPackageServer } from '../../models/packageServers/changePackageServers.ts';
import { changeDistribution } from '../../models/packageServers/distribution.ts';
import { createSite, deleteSite, updateSite } from '../../models/sites/changeSites.ts';
import type { Guid } from '../../wire/guid.ts';
import { actor } from '../security/support.ts';
import { addLegacyAgent } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';

const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

describe('the history of a package and the audit log', () => {
  let server: TestServer;
  let client: ConsoleClient;
  let software: Guid;
  let site: Guid;
  let packageServer: Guid;
  before(async () => {
    server = await startTestServer();
    client = await signedIn(server.http);
    const { cmdb, clock, packages } = server.context;
    site = await createSite(cmdb, clock, actor, { name: 'Lyon' });
    packageServer = await addLegacyAgent(server.context, 'PS-LYON');
    await addPackageServer(cmdb, clock, actor, packageServer, { sites: [site] });
    const limits = { roots: [] } as unknown as Parameters<typeof createPackage>[4];
    software = await createPackage(cmdb, clock, actor, { name: 'Viewer', sourceKind: 'none' }, limits);
    await packages.refresh(cmdb, software);
    await changeDistribution(cmdb, clock, actor, software, { mode: 'servers', servers: [packageServer] });
    await changeDistribution(cmdb, clock, actor, software, { mode: 'sites', sites: [site] });
    await updateSite(cmdb, clock, actor, site, { name: 'Lyon Sud' });
    await deleteSite(cmdb, clock, actor, site);
  });
  after(() => server.stop());

  /** What stands on a page, without the addresses of its links. */
  const textOf = async (path: string): Promise<string> => (await client.get(path)).text.replace(/<[^>]*>/g, ' ');

  it('name the servers and sites that a package goes to', async () => {
    const text = await textOf(`/packages/${software}/history`);
    expect(text)
      .to.match(/servers\s+nothing\s+→\s+became\s+PS-LYON/)
      .and.to.match(/sites\s+nothing\s+→\s+became\s+Lyon\s/);
    expect(text).to.not.match(GUID);
    expect(text).to.not.match(/nothing\s+→\s+became\s+nothing/);
  });

  it('name them in each entry, too', async () => {
    const { text } = await client.get(`/audit?object=${software}&action=distribute`);
    const [path] = /\/audit\/\d+/.exec(text)!;
    const entry = (await client.get(path)).text;
    expect(entry).to.contain('<del>PS-LYON</del>').and.to.contain('<ins>Lyon</ins>');
    expect(entry).to.not.contain(site).and.to.not.contain(packageServer);
  });

  it('name the object whose history is shown, and its kind', async () => {
    expect(await textOf(`/audit?object=${packageServer}`))
      .to.contain('PS-LYON')
      .and.to.contain('package server');
    expect((await client.get(`/audit?object=${site}`)).text).to.match(/selected>Lyon Sud<\/option>/);
  });
});
