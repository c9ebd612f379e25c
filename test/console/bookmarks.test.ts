import { expect } from 'chai';
import { systemActor } from '../../models/audit/audit.ts';
import { insertItem } from '../../models/items/itemStore.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { ITEM_CLASS, POLICY, TARGET } from '../../wire/wellKnown.ts';
import { addLegacyAgent } from '../support/agents.ts';
import { startTestServer, TEST_PASSWORD, type TestServer } from '../support/server.ts';
import { ConsoleClient, signedIn } from './client.ts';

describe('bookmarks of the original console', () => {
  let server: TestServer;
  let client: ConsoleClient;
  let computer: Guid;
  let site: Guid;
  let editor: Guid;
  before(async () => {
    server = await startTestServer();
    client = await signedIn(server.http);
    const { cmdb, clock } = server.context;
    computer = await addLegacyAgent(server.context);
    const item = (name: string, classGuid: Guid) =>
      insertItem(cmdb, clock, systemActor, { name, description: '', classGuid });
    site = await item('Berlin', ITEM_CLASS.site);
    editor = await item('Editor', ITEM_CLASS.package);
  });
  after(() => server.stop());

  it('lead to the computer, package, policy or site of their GUID, however it is written', async () => {
    for (const [guid, page] of [
      [computer, 'computers'],
      [editor, 'packages'],
      [POLICY.agentSettings, 'policies'],
      [site, 'sites'],
    ] as const) {
      for (const written of [guid, `{${guid.toUpperCase()}}`]) {
        const query = `ItemGuid=${encodeURIComponent(written)}`;
        for (const address of [
          `/Altiris/Console/ItemPage.aspx?${query}`,
          `/Altiris/Console/ItemPage.aspx?view=1&${query}`,
          `/Altiris/Console/?mainUrl=${encodeURIComponent(`/Altiris/Console/ItemPage.aspx?${query}`)}`,
        ]) {
          const { status, location } = await client.get(address);
          expect(status, address).to.equal(302);
          expect(location, address).to.equal(`/Altiris/Console/${page}/${guid}`);
        }
      }
    }
  });

  it('of resources lead there by way of the item page, whatever the page was called', async () => {
    for (const address of [
      `/Altiris/Resource/ResourceManager.aspx?ResourceGuid={${computer}}`,
      `/altiris/resource/some/Page.aspx?x=1&itemguid=${computer.toUpperCase()}`,
    ]) {
      const { location } = await client.get(address);
      expect((await client.get(location)).location, address).to.equal(`/Altiris/Console/computers/${computer}`);
    }
  });

  it('that name nothing known end at the console’s own page', async () => {
    for (const query of [
      '',
      '?ItemGuid=',
      '?ItemGuid=nonsense',
      `?ItemGuid=${newGuid()}`,
      `?ItemGuid=${TARGET.allComputers}`,
    ]) {
      const { status, text } = await client.get(`/Altiris/Console/ItemPage.aspx${query}`);
      expect(status, query).to.equal(404);
      expect(text, query).to.contain('There is no such item').and.to.contain('Request id');
    }
    const { location } = await client.get('/Altiris/Resource/?ResourceGuid=%3Cscript%3E');
    expect(location).to.equal('/Altiris/Console/ItemPage.aspx');
  });

  it('ask who is not signed in to sign in, and go on from there, in any letter case', async () => {
    const nobody = new ConsoleClient(server.http);
    for (const address of [
      `/Altiris/Resource/View.aspx?Guid=${computer}`,
      `/ALTIRIS/console/itempage.ASPX?itemguid=${computer}`,
      `/Altiris/Console/ItemPage.aspx?ItemGuid=${newGuid()}`,
    ]) {
      let answer = await nobody.get(address);
      if (!answer.location.includes('/signIn')) answer = await nobody.get(answer.location);
      expect(answer.location, address).to.contain('/Altiris/Console/signIn?returnTo=');
      expect(answer.location, 'and tell nobody whether the GUID is known').not.to.contain('/computers/');
    }
    const address = `/ALTIRIS/console/itempage.ASPX?itemguid=${computer}`;
    const { location } = await nobody.get(address);
    await nobody.get(location);
    const returnTo = new URL(location, server.http).searchParams.get('returnTo')!;
    const back = await nobody.post('/signIn', { name: 'admin', password: TEST_PASSWORD, returnTo });
    expect(back.location).to.equal(address);
    expect((await nobody.get(back.location)).location).to.equal(`/Altiris/Console/computers/${computer}`);
  });

  it('lead nowhere outside the console', async () => {
    for (const mainUrl of ['https://evil.example/', '//evil.example', 'javascript:alert(1)?ItemGuid=x']) {
      expect((await client.get(`/Altiris/Console/?mainUrl=${encodeURIComponent(mainUrl)}`)).status).to.equal(404);
    }
  });
});
