import { expect } from 'chai';
import { register } from '../../models/agents/register.ts';
import { RegistrationLimiter } from '../../models/agents/registrationLimiter.ts';
import { readRegistrationRequest } from '../../models/agents/registrationRequest.ts';
import { listRules } from '../../models/agents/rules.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { parseEnrolmentToken } from '../../wire/proof.ts';
import { newKey, requestOf, storedState, type TestMachine } from '../agents/support.ts';
import { auditActions, makeUser, PASSWORD } from '../security/support.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';

const HOSTILE = `<script>alert(1)</script>"'><img src=x>`;

describe('the pages of registration', () => {
  let server: TestServer;
  let client: ConsoleClient;
  beforeEach(async () => {
    server = await startTestServer();
    client = await signedIn(server.http);
  });
  afterEach(() => server.stop());

  /** A machine asks to be registered; answers its registration. */
  const ask = (machine: TestMachine, options: { address?: string; token?: string } = {}) => {
    const { cmdb, clock, agents } = server.context;
    const token = options.token === undefined ? undefined : parseEnrolmentToken(options.token);
    return register(
      { cmdb, clock, agents, limiter: new RegistrationLimiter(0, clock) },
      readRegistrationRequest(requestOf({ policyKey: newKey().blob, ...machine })),
      { address: options.address ?? '10.1.2.3', token },
    );
  };
  const pending = async (...names: string[]): Promise<Guid[]> => {
    const guids: Guid[] = [];
    for (const name of names) guids.push((await ask({ name, keys: { uniqueid: name } })).registrationGuid);
    return guids;
  };
  const states = async () => {
    const { registrations } = await storedState(server.context.cmdb);
    return Object.fromEntries(registrations.map((row) => [row.Name, row.State]));
  };
  /** Changes that were recorded, signing in aside. */
  const audit = async () =>
    (await auditActions(server.context.cmdb)).filter((line) => !/^(sign in|create user)/.test(line));
  /** What a question carries back when it is answered. */
  const answerOf = (text: string): Record<string, string> => ({
    confirmed: '1',
    ids: /name="ids" value="([^"]*)"/.exec(text)![1]!,
  });

  describe('requests', () => {
    it('are listed with what they ask, filtered by state and searched', async () => {
      await pending('WKS-1', 'WKS-2');
      expect((await client.get('/registration')).text)
        .to.contain('WKS-1')
        .and.to.contain('1–2 of 2');
      expect((await client.get('/registration?state=allowed')).text).to.contain('Nothing matches');
      expect((await client.get('/registration?q=wks-2')).text)
        .to.contain('WKS-2')
        .and.not.to.contain('WKS-1');
    });

    it('are allowed together, after a question that names them and has changed nothing', async () => {
      const guids = await pending('WKS-1', 'WKS-2', 'WKS-3');
      const before = await storedState(server.context.cmdb);
      await client.get('/registration');
      const question = await client.post('/registration/allow', { id: guids.slice(0, 2) });
      expect(question.status).to.equal(200);
      expect(question.text).to.contain('Allow 2 computers?').and.to.contain('WKS-1 (10.1.2.3, pending)');
      expect(question.text).not.to.contain('WKS-3');
      expect(await storedState(server.context.cmdb), 'nothing yet').to.deep.equal(before);

      const done = await client.post('/registration/allow', answerOf(question.text));
      expect(done.status).to.equal(303);
      expect((await client.get(done.location)).text).to.contain('2 computers allowed.');
      expect(await states()).to.deep.equal({ 'WKS-1': 'allowed', 'WKS-2': 'allowed', 'WKS-3': 'pending' });
      const { computers } = await storedState(server.context.cmdb);
      expect(computers.map((row) => row.Name)).to.have.members(['WKS-1', 'WKS-2']);
      for (const computer of computers)
        expect(server.context.agents.get(computer.ResourceGuid)).to.include({ state: 'allowed' });
      expect(await audit()).to.deep.equal(['allow registration WKS-1', 'allow registration WKS-2']);
    });

    it('are allowed as many as match, and only those that the question counted', async () => {
      await pending('BER-1', 'BER-2', 'HAM-1');
      await client.get('/registration');
      const question = await client.post('/registration/allow', { all: '1', matching: 'q=ber&state=pending' });
      expect(question.text).to.contain('Allow 2 computers?');
      await pending('BER-3');
      await client.post('/registration/allow', answerOf(question.text));
      expect(await states()).to.deep.equal({
        'BER-1': 'allowed',
        'BER-2': 'allowed',
        'BER-3': 'pending',
        'HAM-1': 'pending',
      });
    });

    it('are asked about and decided by the thousand', async () => {
      const { cmdb } = server.context;
      const [first] = await pending('MANY-0');
      const row = await cmdb.db
        .selectFrom('AgentRegistration')
        .selectAll()
        .where('Guid', '=', first!)
        .executeTakeFirstOrThrow();
      const copies = Array.from({ length: 5200 }, (_, index) => ({
        ...row,
        Guid: newGuid(),
        ResourceGuid: newGuid(),
        Name: `MANY-${index + 1}`,
        KeyHash: index.toString(16).padStart(64, '0'),
      }));
      await cmdb.insertMany('AgentRegistration', copies);
      await client.get('/registration');
      const question = await client.post('/registration/revoke', { all: '1', matching: 'state=pending' });
      expect(question.text).to.contain('Revoke 5,201 computers?');
      const done = await client.post('/registration/revoke', answerOf(question.text));
      expect((await client.get(done.location)).text).to.contain('5,201 computers left as before');
    });

    it('of a computer that is known under another key say, before they are allowed, who will be shut out', async () => {
      const first = await ask({ name: 'WKS-1', keys: { uniqueid: 'one' } });
      await client.get('/registration');
      await client.post('/registration/allow', { confirmed: '1', id: first.registrationGuid });
      const second = await ask({ name: 'WKS-1', keys: { uniqueid: 'one' } });
      expect(second.state).to.equal('pending');
      const question = await client.post('/registration/allow', { id: second.registrationGuid });
      expect(question.text)
        .to.contain('1 computer (WKS-1) is known already under another key')
        .and.to.contain('the machine that uses it now is shut out');
      const page = (await client.get(`/registration/${second.registrationGuid}`)).text;
      expect(page).to.contain('Other registrations of this computer');
      expect(page).to.contain(`href="/Altiris/Console/registration/${first.registrationGuid}"`);
      const { registrations } = await storedState(server.context.cmdb);
      expect(registrations.find((row) => row.Guid === first.registrationGuid)!.State, 'until then').to.equal('allowed');
    });

    it('that cannot be decided so are left as they are, with the reason', async () => {
      const [guid] = await pending('WKS-1');
      await client.get('/registration');
      const done = await client.post('/registration/revoke', { confirmed: '1', id: guid! });
      expect((await client.get(done.location)).text).to.contain('Only an allowed registration can be revoked');
      expect(await states()).to.deep.equal({ 'WKS-1': 'pending' });
      expect(await audit()).to.deep.equal([]);
    });

    it('that nobody ticked are not decided', async () => {
      await pending('WKS-1');
      await client.get('/registration');
      const answer = await client.post('/registration/allow', { confirmed: '1' });
      expect(answer.status).to.equal(422);
      expect(answer.text).to.contain('Nothing is chosen');
      expect(await states()).to.deep.equal({ 'WKS-1': 'pending' });
    });

    it('with hostile names are shown as text, in list, page, question and export', async () => {
      const { registrationGuid } = await ask({
        name: HOSTILE,
        keys: { uniqueid: 'x', fqdn: `=cmd|' /C calc'!A0` },
        more: '<!-- <script>alert(2)</script> -->',
      });
      await client.get('/registration');
      for (const { text } of [
        await client.get('/registration'),
        await client.get(`/registration/${registrationGuid}`),
        await client.get(`/registration?q=${encodeURIComponent(HOSTILE)}`),
        await client.post('/registration/allow', { id: registrationGuid }),
      ]) {
        expect(text).not.to.contain('<script>alert').and.not.to.contain('<img src=x');
        expect(text).to.contain('&lt;script&gt;');
      }
      const csv = (await client.get('/registration?format=csv&columns=name,fqdn')).text.replace(/^\uFEFF/, '');
      expect(csv).to.equal(`Computer,FQDN\r\n"${HOSTILE.replaceAll('"', '""')}",'=cmd|' /C calc'!A0\r\n`);
    });
  });

  describe('enrolment tokens', () => {
    it('are shown once, in the answer to the form, and neither in the list nor in the audit log', async () => {
      await client.get('/registration/tokens/new');
      const made = await client.post('/registration/tokens/new', { name: 'Berlin', maxUses: '2', days: '7' });
      expect(made.status).to.equal(200);
      expect(made.headers.get('cache-control')).to.equal('no-store');
      const token = /<pre class="source"[^>]*>([\w.-]+)<\/pre>/.exec(made.text)![1]!;
      const [, secret] = token.split('.');
      expect(made.text.split(secret!).length - 1, 'as text and to copy, alone and in the command').to.equal(4);
      const tokens = await client.get('/registration/tokens');
      expect(tokens.text).to.contain('Berlin').and.to.contain('0 of 2');
      const entry = /\/audit\/\d+/.exec((await client.get('/audit?kind=enrolment%20token')).text)![0];
      for (const { text } of [tokens, await client.get(entry), await client.get('/audit?format=json')]) {
        expect(text).not.to.contain(secret);
      }
      const { db } = server.context.cmdb;
      for (const table of ['EnrolmentToken', 'AuditEntry', 'SignInSession'] as const) {
        expect(JSON.stringify(await db.selectFrom(table).selectAll().execute()), table).not.to.contain(secret);
      }
      expect((await ask({ name: 'WKS-1' }, { token })).state, 'and it lets a computer in').to.equal('allowed');
      expect((await client.get('/registration/tokens')).text).to.contain('1 of 2');
    });

    it('that were typed wrong are not made, and what was typed stays', async () => {
      await client.get('/registration/tokens/new');
      const answer = await client.post('/registration/tokens/new', { name: HOSTILE, maxUses: '0', days: 'soon' });
      expect(answer.status).to.equal(422);
      expect(answer.text)
        .to.contain('&lt;script&gt;')
        .and.to.contain('value="soon"')
        .and.not.to.contain('<script>alert');
      expect((await storedState(server.context.cmdb)).tokens).to.deep.equal([]);
    });

    it('are revoked after a question, and let nobody in from then on', async () => {
      await client.get('/registration/tokens/new');
      const made = await client.post('/registration/tokens/new', { name: 'Berlin', maxUses: '', days: '' });
      const token = /<pre class="source"[^>]*>([\w.-]+)<\/pre>/.exec(made.text)![1]!;
      const guid = (await storedState(server.context.cmdb)).tokens[0]!.Guid;
      const question = await client.post(`/registration/tokens/${guid}/revoke`);
      expect(question.text).to.contain('Revoke the token Berlin?');
      expect((await ask({ name: 'WKS-1' }, { token })).state, 'until it is answered').to.equal('allowed');
      await client.post(`/registration/tokens/${guid}/revoke`, { confirmed: '1' });
      expect((await ask({ name: 'WKS-2' }, { token })).state).to.equal('pending');
      expect((await client.get('/registration/tokens')).text).to.contain('Revoked');
      expect(await audit()).to.deep.equal(['create enrolment token Berlin', 'revoke enrolment token Berlin']);
    });
  });

  describe('rules', () => {
    const make = async (name: string, action: string, nameMasks = '', isEnabled = '1') => {
      await client.get('/registration/rules/new');
      return client.post('/registration/rules/new', { name, action, nameMasks, addressMasks: '', isEnabled });
    };
    const rules = async () => (await listRules(server.context.cmdb)).map((rule) => `${rule.position} ${rule.name}`);

    it('are asked in the order of the page, which a person changes', async () => {
      await make('Keep out', 'block', 'WKS-*');
      await make('Let in', 'allow', 'WKS-*\n*.example.com');
      expect(await rules()).to.deep.equal(['1 Keep out', '2 Let in']);
      expect((await ask({ name: 'WKS-1', keys: { uniqueid: 'one' } })).state).to.equal('blocked');

      const [, second] = await listRules(server.context.cmdb);
      expect((await client.post(`/registration/rules/${second!.guid}/up`)).status).to.equal(303);
      expect(await rules()).to.deep.equal(['1 Let in', '2 Keep out']);
      const { text } = await client.get('/registration/rules');
      expect(text.indexOf('Let in')).to.be.lessThan(text.indexOf('Keep out'));
      expect((await ask({ name: 'WKS-2', keys: { uniqueid: 'two' } })).state).to.equal('allowed');

      await client.post(`/registration/rules/${second!.guid}/up`);
      expect(await rules(), 'the first stays first').to.deep.equal(['1 Let in', '2 Keep out']);
      await client.post(`/registration/rules/${second!.guid}/down`);
      expect(await rules()).to.deep.equal(['1 Keep out', '2 Let in']);
    });

    it('are changed, and deleted after a question, and the others close up', async () => {
      for (const name of ['one', 'two', 'three']) await make(name, 'block');
      const [one, two] = await listRules(server.context.cmdb);
      const changed = { name: 'eins', action: 'allow', nameMasks: 'A-?', addressMasks: '10.0.0.0/8' };
      expect((await client.post(`/registration/rules/${one!.guid}`, changed)).status).to.equal(303);
      expect((await listRules(server.context.cmdb))[0]).to.deep.include({
        name: 'eins',
        action: 'allow',
        nameMasks: ['A-?'],
        addressMasks: ['10.0.0.0/8'],
        isEnabled: false,
      });
      const question = await client.post(`/registration/rules/${two!.guid}/delete`);
      expect(question.text).to.contain('Delete the rule two?');
      expect(await rules()).to.have.length(3);
      await client.post(`/registration/rules/${two!.guid}/delete`, { confirmed: '1' });
      expect(await rules()).to.deep.equal(['1 eins', '2 three']);
    });

    it('that make no sense are shown again with what was typed', async () => {
      await client.get('/registration/rules/new');
      const typed = { name: HOSTILE, action: 'allow', nameMasks: 'A\nB', addressMasks: '10.0.0.0/99', isEnabled: '1' };
      const answer = await client.post('/registration/rules/new', typed);
      expect(answer.status).to.equal(422);
      expect(answer.text).to.contain('10.0.0.0/99 is not an address').and.not.to.contain('<script>alert');
      expect(await rules()).to.deep.equal([]);
    });
  });

  it('answers for what is not there with a page, and does nothing', async () => {
    await pending('WKS-1');
    await client.get('/registration');
    const before = await storedState(server.context.cmdb);
    for (const guid of [newGuid(), 'not-a-guid']) {
      for (const path of [`/registration/${guid}`, `/registration/rules/${guid}`]) {
        const { status, text } = await client.get(path);
        expect(status, path).to.equal(404);
        expect(text, path).to.contain('There is no such registration');
      }
      for (const path of [
        'rules/GUID',
        'rules/GUID/up',
        'rules/GUID/down',
        'rules/GUID/delete',
        'tokens/GUID/revoke',
      ]) {
        const { status } = await client.post(`/registration/${path.replace('GUID', guid)}`, { confirmed: '1' });
        expect(status, path).to.equal(404);
      }
      const done = await client.post('/registration/allow', { confirmed: '1', id: guid });
      expect(done.status).to.equal(303);
    }
    expect(await storedState(server.context.cmdb)).to.deep.equal(before);
    expect(await audit()).to.deep.equal([]);
  });

  describe('against whom they are not for', () => {
    let paths: string[];
    const fields = { confirmed: '1', name: 'owned', action: 'allow', maxUses: '1', days: '1' };
    const everything = async () => [
      await storedState(server.context.cmdb),
      await listRules(server.context.cmdb),
      await audit(),
    ];

    beforeEach(async () => {
      const [guid] = await pending('WKS-1');
      await client.get('/registration/tokens/new');
      await client.post('/registration/tokens/new', { name: 'Berlin', maxUses: '1', days: '1' });
      await client.post('/registration/rules/new', { name: 'one', action: 'block' });
      const { tokens } = await storedState(server.context.cmdb);
      const [rule] = await listRules(server.context.cmdb);
      paths = [
        ...['allow', 'block', 'revoke'].map((decision) => `/registration/${decision}?id=${guid}`),
        '/registration/tokens/new',
        `/registration/tokens/${tokens[0]!.Guid}/revoke`,
        '/registration/rules/new',
        ...['', '/up', '/down', '/delete'].map((verb) => `/registration/rules/${rule!.guid}${verb}`),
      ];
    });

    const post = (by: ConsoleClient, path: string, csrf?: string) => {
      const id = /id=(.*)/.exec(path)?.[1] ?? '';
      return by.post(path, { ...fields, id, ...(csrf === undefined ? {} : { _csrf: csrf }) });
    };

    it('a viewer sees the pages, with every control disabled, and can change nothing', async () => {
      await makeUser(server.context.cmdb, server.context.clock, 'viewer', 'Viewers');
      const viewer = await signedIn(server.http, 'viewer', PASSWORD);
      const before = await everything();
      for (const path of ['/registration', '/registration/tokens', '/registration/rules']) {
        const { status, text } = await viewer.get(path);
        expect(status, path).to.equal(200);
        const main = text.slice(text.indexOf('<main'));
        expect(main, path).not.to.match(/formaction=|<form method="post" action="[^"]*\/registration\//);
        expect(main, path).to.match(/aria-disabled="true" title="[^"]*privilege &#34;write&#34;/);
      }
      for (const path of paths) {
        const { status, text } = await post(viewer, path);
        expect(status, path).to.equal(403);
        expect(text, path).to.contain('Your role does not allow this');
      }
      expect(await everything()).to.deep.equal(before);
    });

    it('a form without its token, or with another session’s, changes nothing', async () => {
      const other = await signedIn(server.http);
      const before = await everything();
      for (const path of paths) {
        for (const token of ['', other.token]) {
          const { status, text } = await post(client, path, token);
          expect(status, path).to.equal(403);
          expect(text, path).to.contain('The form was too old');
        }
      }
      expect(await everything()).to.deep.equal(before);
    });
  });
});
