import { expect } from 'chai';
import { addToTimeline } from '../../models/computers/timeline.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { nseClass } from '../../wire/nse.ts';
import { CAPTURE_ITEM, DATA_CLASS } from '../../wire/wellKnown.ts';
import { message, process, queued } from '../events/support.ts';
import { addLegacyAgent } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';

const TABS = [
  '',
  '/inventory',
  '/history',
  '/policies',
  '/deliveries',
  '/events',
  '/associations',
  '/keys',
  '/timeline',
];
const HOSTILE = `<script>alert(1)</script>"'><img src=x>`;

describe('the pages of computers', () => {
  let server: TestServer;
  let client: ConsoleClient;
  let computer: Guid;
  let silent: Guid;
  let hostile: Guid;

  const send = async (from: Guid, classes: ReturnType<typeof nseClass>[], to = CAPTURE_ITEM.basicInventory) => {
    const { cmdb, clock } = server.context;
    const body = message({ to, classes, time: new Date(), resource: { guid: from, name: '', keys: [] } });
    const receivedAt = new Date().toISOString();
    expect(await process(cmdb, clock, [queued(body, { sender: from, receivedAt })])).to.have.nested.property(
      '0.kind',
      'done',
    );
  };

  before(async () => {
    server = await startTestServer();
    client = await signedIn(server.http);
    computer = await addLegacyAgent(server.context, 'WKS-042');
    silent = await addLegacyAgent(server.context, 'WKS-043');
    hostile = await addLegacyAgent(server.context, HOSTILE);
    server.context.contacts.note(computer, 'policy', '10.1.2.3');
    await server.context.contacts.flush();
  });
  after(() => server.stop());

  describe('the list', () => {
    it('leads to each computer, and says who was never heard of', async () => {
      const { text, status } = await client.get('/computers');
      expect(status).to.equal(200);
      expect(text).to.contain(`href="/Altiris/Console/computers/${computer}"`).and.to.contain('1–3 of 3');
      expect(text).to.contain('Never');
    });

    it('finds by name and by GUID, and filters those that are silent', async () => {
      const found = (await client.get('/computers?q=wks-042')).text;
      expect(found).to.contain(computer).and.not.to.contain(silent);
      const byGuid = (await client.get(`/computers?q=${encodeURIComponent(`{${silent.toUpperCase()}}`)}`)).text;
      expect(byGuid).to.contain(`/computers/${silent}"`).and.not.to.contain(`/computers/${computer}"`);
      const quiet = (await client.get('/computers?silent=7')).text;
      expect(quiet).to.contain(`/computers/${silent}"`).and.not.to.contain(`/computers/${computer}"`);
    });

    it('leads from ticked computers to a new policy for them, and from too many to a reason', async () => {
      const chosen = await client.post('/computers/policy', { id: computer });
      expect(chosen.status).to.equal(303);
      expect(chosen.location).to.equal(`/Altiris/Console/policies/new?computers=${computer}`);
      const many = Array.from({ length: 151 }, () => newGuid()).join(',');
      const refused = await client.post('/computers/policy', { ids: many });
      expect(refused.status).to.equal(422);
      expect(refused.text).to.contain('Too many computers for a list');
    });

    it('exports a hostile name as it is, quoted, and shows it escaped', async () => {
      const csv = await client.get(`/computers?q=script&format=csv&columns=name`);
      expect(csv.text.replace(/^\uFEFF/, '')).to.equal(`Name\r\n"${HOSTILE.replaceAll('"', '""')}"\r\n`);
      expect(csv.headers.get('x-content-type-options')).to.equal('nosniff');
      const { text } = await client.get('/computers');
      expect(text).not.to.contain('<script>alert').and.not.to.contain('<img src=x');
      expect(text).to.contain('&lt;script&gt;');
    });
  });

  it('shows every tab of a computer, each with the computer’s name and one current tab', async () => {
    for (const path of TABS) {
      const { text, status } = await client.get(`/computers/${computer}${path}`);
      expect(status, path).to.equal(200);
      expect(text, path).to.contain('<h1 title="WKS-042">WKS-042</h1>');
      expect(text, path).to.contain(`href="/Altiris/Console/computers/${computer}${path}" aria-current="page"`);
    }
  });

  it('escapes a hostile name on every tab', async () => {
    await addToTimeline(server.context.cmdb, [{ computer: hostile, at: 0, kind: 'flagged', detail: HOSTILE }]);
    await send(hostile, [nseClass('location', [{ site: HOSTILE }])]);
    for (const path of [...TABS, `/inventory/${DATA_CLASS.location}`, '/inventory/search?q=script']) {
      const { text, status } = await client.get(`/computers/${hostile}${path}`);
      expect(status, path).to.equal(200);
      expect(text, path).not.to.contain('<script>alert').and.not.to.contain('<img src=x');
      expect(text, path).to.contain('&lt;script&gt;');
    }
  });

  it('answers for a computer that is not there with a page, on every tab', async () => {
    for (const guid of [newGuid(), 'not-a-guid', '%00', "'; DROP TABLE Computer; --"]) {
      for (const path of [
        ...TABS,
        `/inventory/${DATA_CLASS.tcpip}`,
        '/inventory/search?q=a',
        '/history/1',
        '/policies.xml',
        '/export.xml',
      ]) {
        const { text, status } = await client.get(`/computers/${encodeURIComponent(guid)}${path}`);
        expect(status, guid + path).to.equal(404);
        expect(text, guid + path)
          .to.contain('There is no such computer')
          .and.to.contain('Request id');
      }
    }
  });

  describe('inventory', () => {
    it('says that none was sent yet', async () => {
      expect((await client.get(`/computers/${silent}/inventory`)).text).to.contain('None sent yet');
      expect((await client.get(`/computers/${silent}/inventory/${DATA_CLASS.tcpip}`)).text).to.contain('None sent yet');
    });

    it('lists the classes that were sent, and those that were not', async () => {
      const adapters = Array.from({ length: 30 }, (_, index) => ({
        ipAddress: `10.0.0.${index}`,
        adapter: `eth${index}`,
      }));
      await send(computer, [
        nseClass('identification', [{ name: 'WKS-042', osName: 'Example OS', systemModel: 'M'.repeat(80) }]),
        nseClass('tcpip', adapters),
      ]);
      const json = async (path: string) => JSON.parse((await client.get(path)).text) as Record<string, unknown>[];
      const sent = await json(`/computers/${computer}/inventory?format=json`);
      expect(sent.map(({ name, rows, history }) => [name, rows, history])).to.deep.equal([
        ['AeX AC Identification', 1, 'Changes'],
        ['AeX AC TCPIP', 30, 'Changes'],
      ]);
      const byRows = await json(`/computers/${computer}/inventory?format=json&sort=rows&dir=desc`);
      expect(byRows.map(({ rows }) => rows)).to.deep.equal([30, 1]);
      const missing = (await json(`/computers/${computer}/inventory?format=json&show=missing`)).map(({ name }) => name);
      expect(missing).to.include('AeX AC Location').and.not.to.include('AeX AC TCPIP');
    });

    it('shows a class of one row as facts, with long values whole', async () => {
      const { text } = await client.get(`/computers/${computer}/inventory/${DATA_CLASS.identification}`);
      expect(text).to.match(/<dt>OS Name<\/dt><dd[^>]*>Example OS<\/dd>/);
      expect(text, 'a long value is whole').to.contain(`>${'M'.repeat(80)}<`);
      expect(text).to.contain(`/history?class=${DATA_CLASS.identification}`);
    });

    it('sorts a class of many rows by any column, and searches all of them', async () => {
      const address = `/computers/${computer}/inventory/${DATA_CLASS.tcpip}`;
      const adapters = async (query: string) => {
        const rows = JSON.parse((await client.get(`${address}?format=json&columns=c9&${query}`)).text) as {
          c9: string;
        }[];
        return rows.map((row) => row.c9);
      };
      expect((await adapters('sort=c9&dir=desc')).slice(0, 2)).to.deep.equal(['eth9', 'eth8']);
      expect(await adapters('q=0.0.17')).to.deep.equal(['eth17']);
      expect((await client.get(`${address}?q=nowhere`)).text).to.contain('Nothing matches');
    });

    it('finds a text in whatever class it stands, and leads to it', async () => {
      const { text } = await client.get(`/computers/${computer}/inventory/search?q=example`);
      expect(text).to.contain('AeX AC Identification').and.to.contain('1 row in 1 data class');
      expect(text).to.contain(`/inventory/${DATA_CLASS.identification}?q=example`);
      const many = (await client.get(`/computers/${computer}/inventory/search?q=eth`)).text;
      expect(many).to.contain('30 rows in 1 data class').and.to.contain('the first ones are shown');
      expect((await client.get(`/computers/${computer}/inventory/search?q=nowhere`)).text).to.contain('Nothing found');
    });

    it('shows all rows of a class on a page of its own, page by page and as CSV', async () => {
      const address = `/computers/${computer}/inventory/${DATA_CLASS.tcpip}`;
      const { text } = await client.get(`${address}?size=25&page=2`);
      expect(text).to.contain('26–30 of 30').and.to.contain('eth29').and.not.to.contain('>eth24<');
      const csv = (await client.get(`${address}?format=csv&columns=c2,c9`)).text.replace(/^\uFEFF/, '').split('\r\n');
      expect(csv.slice(0, 2)).to.deep.equal(['IP Address,Adapter', '10.0.0.0,eth0']);
      expect(csv).to.have.length(32);
    });

    it('knows no class that the CMDB does not define', async () => {
      for (const name of [newGuid(), 'Inv_AeX_AC_TCPIP', 'ConsoleUser']) {
        const { status, text } = await client.get(`/computers/${computer}/inventory/${name}`);
        expect(status, name).to.equal(404);
        expect(text).to.contain('There is no such data class');
      }
    });
  });

  it('shows what the computer reported of packages and programs, with return code and result', async () => {
    const gone = newGuid();
    const run = {
      advertisementGuid: gone,
      packageName: 'Editor 2',
      programName: 'Install',
      status: 'Command executed',
    };
    await send(computer, [nseClass('swdExecution', [{ ...run, returnCode: '3010' }])], CAPTURE_ITEM.swdExecution);
    await send(computer, [nseClass('swdExecution', [{ ...run, returnCode: '1603' }])], CAPTURE_ITEM.swdExecution);
    const progress = { packageGuid: newGuid(), packageName: 'Editor 2', status: 'Downloading' };
    await send(computer, [nseClass('swdPackage', [progress])], CAPTURE_ITEM.swdPackage);
    const { text } = await client.get(`/computers/${computer}/events?format=json`);
    const rows = JSON.parse(text) as Record<string, unknown>[];
    const shown = rows.map(({ kind, package: name, program, status, result, code }) => [
      kind,
      name,
      program,
      status,
      result,
      code,
    ]);
    expect(shown).to.have.deep.members([
      ['Program run', 'Editor 2', 'Install', 'Command executed', 'Succeeded', '3010'],
      ['Program run', 'Editor 2', 'Install', 'Command executed', 'Failed', '1603'],
      ['Package', 'Editor 2', null, 'Downloading', null, null],
    ]);
    const page = (await client.get(`/computers/${computer}/events`)).text;
    expect(page, 'nothing leads to a package or policy that is gone').not.to.match(
      /href="[^"]*\/(packages|policies)\//,
    );
    expect((await client.get(`/computers/${silent}/events`)).text).to.contain('No events yet');
  });

  it('sends the policies’ document as text, whatever it holds', async () => {
    const { headers, status, text } = await client.get(`/computers/${computer}/policies.xml`);
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.contain('text/plain');
    expect(text).to.contain(computer);
  });
});
