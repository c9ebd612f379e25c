import { expect } from 'chai';
import { recordAudit } from '../../models/audit/audit.ts';
import { utc } from '../../models/clock.ts';
import { newGuid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { makeUser, roleNamed } from '../security/support.ts';
import { startTestServer, TEST_PASSWORD, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';

describe('the console', () => {
  let server: TestServer;
  let client: ConsoleClient;
  before(async () => {
    server = await startTestServer();
    client = await signedIn(server.http);
  });
  after(() => server.stop());

  it('shows every page of its own frame without script', async () => {
    for (const [path, words] of [
      ['', 'Needs attention'],
      ['/users', 'Roles'],
      ['/users/new', 'Create user'],
      ['/password', 'Change your password'],
      ['/settings', 'NS_DATA_DIR'],
      ['/audit', 'sign in'],
      ['/health', 'Certificate'],
      ['/search', 'Type a name'],
    ] as const) {
      const { status, text } = await client.get(path);
      expect(status, path).to.equal(200);
      expect(text, path).to.contain(words);
      // One among the places, and one among the page's own tabs.
      const most = text.includes('class="tabs"') ? 2 : 1;
      expect(text.match(/aria-current="page"/g) ?? [], path).to.have.length.within(0, most);
      expect(text.match(/<h1/g), path).to.have.length(1);
    }
  });

  describe('users', () => {
    it('are made by a form, which is shown again with what was typed when something is wrong', async () => {
      const role = await roleNamed(server.context.cmdb, 'Viewers');
      const typed = { name: 'carol', displayName: 'Carol & Co', roleGuid: role, isEnabled: '1', password: 'short' };
      const refused = await client.post('/users/new', typed);
      expect(refused.status).to.equal(422);
      expect(refused.text)
        .to.contain('Carol &amp; Co')
        .and.to.contain('href="#field-password"')
        .and.to.contain('At least 10');
      expect(refused.text).not.to.contain('value="short"');
      const made = await client.post('/users/new', { ...typed, password: 'long enough to keep' });
      expect(made.status).to.equal(303);
      const page = await client.get(made.location);
      expect(page.text).to.contain('User carol was created').and.to.contain('Carol &amp; Co');
      expect((await client.get(made.location)).text).not.to.contain('was created');
    });

    it('are changed, and the change shows in the audit log field by field', async () => {
      const guid = await makeUser(server.context.cmdb, server.context.clock, 'dave');
      const viewers = await roleNamed(server.context.cmdb, 'Viewers');
      expect(
        (await client.post(`/users/${guid}`, { name: 'dave', displayName: 'Dave', roleGuid: viewers, isEnabled: '1' }))
          .status,
      ).to.equal(303);
      const log = await client.get(`/audit?object=${guid}`);
      expect(log.text).to.contain('2 entries');
      const entry = await client.get(/\/audit\/\d+/.exec(log.text)![0]);
      expect(entry.text).to.contain('<del>Administrators</del>').and.to.contain('<ins>Viewers</ins>');
    });

    it('get a new password that must be changed', async () => {
      const guid = await makeUser(server.context.cmdb, server.context.clock, 'erin');
      expect((await client.post(`/users/${guid}/password`, { password: 'handed over today' })).status).to.equal(303);
      const { PasswordChangedAt } = await server.context.cmdb.db
        .selectFrom('ConsoleUser')
        .select('PasswordChangedAt')
        .where('Guid', '=', guid)
        .executeTakeFirstOrThrow();
      expect(PasswordChangedAt).to.equal('1970-01-01T00:00:00.000Z');
    });

    it('cannot all be disabled', async () => {
      const { cmdb } = server.context;
      await cmdb.db.updateTable('ConsoleUser').set({ IsEnabled: 0 }).where('Name', '<>', 'admin').execute();
      const { Guid } = await cmdb.db
        .selectFrom('ConsoleUser')
        .select('Guid')
        .where('Name', '=', 'admin')
        .executeTakeFirstOrThrow();
      const role = await roleNamed(cmdb, 'Administrators');
      const answer = await client.post(`/users/${Guid}`, { name: 'admin', displayName: '', roleGuid: role });
      expect(answer.status).to.equal(422);
      expect(answer.text).to.contain('last enabled user');
      expect((await client.get('/users')).status).to.equal(200);
    });
  });

  describe('search', () => {
    it('finds computers by name, address, user and GUID, and leads straight to a single one', async () => {
      const { cmdb, clock } = server.context;
      const guid = newGuid();
      const now = utc(clock.now());
      const resource = {
        Guid: guid,
        Name: 'PC-7',
        ResourceTypeGuid: RESOURCE_TYPE.computer,
        IsManaged: 1 as const,
        CreatedAt: now,
        ModifiedAt: now,
        DeletedAt: null,
      };
      await cmdb.db.insertInto('Resource').values(resource).execute();
      const texts = {
        Name: 'PC-7',
        Domain: 'LAB',
        Fqdn: 'pc-7.lab.example',
        OsName: '',
        OsVersion: '',
        SystemType: '',
        IpAddress: '10.9.8.7',
        MacAddress: '',
        AgentVersion: '',
        UserName: 'grace',
      };
      await cmdb.db
        .insertInto('Computer')
        .values({ ResourceGuid: guid, ...texts, SiteGuid: null, LastInventoryAt: null })
        .execute();
      for (const text of ['pc-7', '10.9.8', 'GRACE', `{${guid.toUpperCase()}}`]) {
        const answer = await client.get(`/search?q=${encodeURIComponent(text)}`);
        expect(answer.location, text).to.equal(`/Altiris/Console/computers/${guid}`);
        expect((await client.get(`/search?list=1&q=${encodeURIComponent(text)}`)).text).to.contain(
          'LAB · 10.9.8.7 · grace',
        );
      }
      expect((await client.get('/search?q=%25')).text).to.contain('Nothing found');
    });
  });

  describe('settings', () => {
    it('hide secrets and find by name and help', async () => {
      const { text } = await client.get('/settings?q=PASSWORD');
      expect(text).to.contain('NS_ADMIN_PASSWORD').and.not.to.contain('NS_HTTP_PORT');
      expect((await client.get('/settings?size=500')).text).not.to.contain(TEST_PASSWORD);
      expect((await client.get('/settings?origin=environment')).text)
        .to.contain('NS_DATA_DIR')
        .and.not.to.contain('NS_ACCESS_LOG');
    });
  });

  describe('lists', () => {
    const formula = '=HYPERLINK("http://evil.example","click")';
    before(async () => {
      const { cmdb, clock } = server.context;
      const at = { name: formula, address: '192.0.2.1' };
      for (const name of [formula, '+1', '-1', '@x', 'plain, "quoted"', 'two\nlines']) {
        await recordAudit(cmdb, clock, at, { action: 'try', objectKind: 'probe', objectName: name });
      }
    });

    it('export as CSV in which no field is a formula', async () => {
      const { text, headers, status } = await client.get('/audit?kind=probe&format=csv&columns=actor,object');
      expect(status).to.equal(200);
      expect(headers.get('content-type')).to.contain('text/csv');
      expect(headers.get('content-disposition')).to.equal('attachment; filename=entries.csv');
      const lines = text.replace(/^\uFEFF/, '').split('\r\n');
      expect(lines[0]).to.equal('Who,Name');
      const quoted = `"'=HYPERLINK(""http://evil.example"",""click"")"`;
      expect(lines.slice(1)).to.deep.equal([
        `${quoted},"two\nlines"`,
        `${quoted},"plain, ""quoted"""`,
        `${quoted},'@x`,
        `${quoted},'-1`,
        `${quoted},'+1`,
        `${quoted},${quoted}`,
        '',
      ]);
    });

    it('export as JSON exactly what is filtered', async () => {
      const { text } = await client.get('/audit?kind=probe&q=plain&format=json&columns=action,object');
      expect(JSON.parse(text)).to.deep.equal([{ action: 'try', object: 'plain, "quoted"' }]);
      expect(JSON.parse((await client.get('/audit?q=nothing-has-this&format=json')).text)).to.deep.equal([]);
    });

    it('export more than they read at once, each row once', async () => {
      const { cmdb, clock } = server.context;
      const entries = Array.from({ length: 1203 }, (_, index) => ({
        At: utc(clock.now()),
        Actor: 'bulk',
        Action: 'try',
        ObjectKind: 'many',
        ObjectGuid: null,
        ObjectName: `row ${index}`,
        Detail: null,
        Address: '',
      }));
      await cmdb.insertMany('AuditEntry', entries);
      const rows = JSON.parse((await client.get('/audit?kind=many&format=json&columns=object')).text) as {
        object: string;
      }[];
      expect(new Set(rows.map((row) => row.object)).size).to.equal(1203);
      expect(rows).to.have.length(1203);
    });

    it('say their page, and show the last one when the address points behind it', async () => {
      const { text } = await client.get('/audit?kind=many&size=500&page=2');
      expect(text).to.contain('501–1,000 of 1,203').and.to.contain('Page 2 of 3');
      expect((await client.get('/audit?kind=many&size=500&page=99')).text).to.contain('1,001–1,203 of 1,203');
    });

    it('carry search, filter and order through every link', async () => {
      const { text } = await client.get('/audit?kind=many&q=row&sort=object&dir=desc&size=25');
      const links = [...text.matchAll(/href="(\/Altiris\/Console\/audit\?[^"]+)"/g)].map((match) =>
        match[1]!.replaceAll('&amp;', '&'),
      );
      const next = new URL(
        links.find((link) => link.includes('page=2'))!,
        server.http,
      ).searchParams;
      expect(Object.fromEntries(next)).to.deep.equal({
        q: 'row',
        kind: 'many',
        sort: 'object',
        dir: 'desc',
        size: '25',
        page: '2',
      });
      expect(text).to.contain('aria-sort="descending"');
    });

    it('say when nothing matches, and offer the way back', async () => {
      const { text } = await client.get('/audit?q=nothing-has-this');
      expect(text).to.contain('Nothing matches').and.to.contain('Clear search and filters');
    });
  });

  it('are told apart by the titles of their windows, tab by tab', async () => {
    const titles = [];
    for (const path of ['/sites', '/sites/subnets', '/sites/overlaps', '/sites/discovered', '/sites/explain']) {
      titles.push(/<title>(.*?) · Notification Server<\/title>/.exec((await client.get(path)).text)![1]);
    }
    expect(titles).to.deep.equal([
      'Sites and subnets',
      'Subnets · Sites and subnets',
      'Overlaps · Sites and subnets',
      'Discovered · Sites and subnets',
      'Site of an address · Sites and subnets',
    ]);
  });

  it('remembers the colours that were chosen, with and without a session', async () => {
    expect((await client.post('/theme', { theme: 'dark', back: '/Altiris/Console/users' })).location).to.equal(
      '/Altiris/Console/users',
    );
    expect((await client.get('/users')).text).to.contain('<html lang="en" data-theme="dark">');
    expect((await client.post('/theme', { theme: 'light', back: 'https://evil.example' })).location).to.equal(
      '/Altiris/Console',
    );
  });

  it('sends live numbers, and stops sending them when the server stops', async () => {
    const own = await startTestServer();
    const listener = await signedIn(own.http);
    const cookie = [...listener.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(`${own.http}/Altiris/Console/live`, { headers: { cookie } });
    expect(response.headers.get('content-type')).to.contain('text/event-stream');
    const reader = response.body!.getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    expect(JSON.parse(/data: (.*)/.exec(first)![1]!)).to.have.nested.property('texts.queueDepth', '0');
    const stopped = own.stop();
    for (;;) if ((await reader.read()).done) break;
    await stopped;
  });
});
