/** An import that was looked at before somebody else changed the same subnet. */
import { expect } from 'chai';
import { createSite } from '../../models/sites/changeSites.ts';
import { createSubnet } from '../../models/sites/changeSubnets.ts';
import { JANE } from '../packages/support.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn } from './client.ts';

describe('a preview of an import', () => {
  let server: TestServer;
  before(async () => (server = await startTestServer()));
  after(() => server.stop());

  it('is shown again when the subnet is another one by now, though no computer moves', async () => {
    const { cmdb, clock } = server.context;
    const site = (name: string) => createSite(cmdb, clock, JANE, { name });
    const [, lyon] = [await site('Paris'), await site('Lyon')];
    const client = await signedIn(server.http);
    const csv = '10.9.0.0/16,Paris';
    const first = await client.post('/sites/subnets/import', { csv });
    const seen = /name="seen" value="([^"]+)"/.exec(first.text)![1]!;
    await createSubnet(cmdb, clock, JANE, { subnet: '10.9.0.0/16', siteGuid: lyon });
    const stale = await client.post('/sites/subnets/import', { csv, confirmed: '1', seen });
    expect(stale.status).to.equal(200);
    expect(stale.text).to.contain('Things have changed since you looked').and.to.contain('Lyon');
    const rows = () => cmdb.db.selectFrom('Subnet').select('SiteGuid').execute();
    expect(await rows()).to.deep.equal([{ SiteGuid: lyon }]);
    const again = /name="seen" value="([^"]+)"/.exec(stale.text)![1]!;
    expect((await client.post('/sites/subnets/import', { csv, confirmed: '1', seen: again })).status).to.equal(303);
    expect(await rows()).to.not.deep.equal([{ SiteGuid: lyon }]);
  });
});
