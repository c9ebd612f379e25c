import { expect } from 'chai';
import { deleteComputers } from '../../models/resources/deleteComputers.ts';
import { noteConflicts } from '../../models/resources/conflicts.ts';
import { noteHardware } from '../../models/resources/noteHardware.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { addLegacyAgent, LEGACY_LOOPBACK } from '../support/agents.ts';
import { makeUser, PASSWORD } from '../security/support.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';

const WHO = { name: 'test', address: '' };

describe('the pages of identity', () => {
  let server: TestServer;
  let client: ConsoleClient;
  let first: Guid;
  let second: Guid;

  before(async () => {
    server = await startTestServer({ environment: LEGACY_LOOPBACK });
    client = await signedIn(server.http);
  });
  after(() => server.stop());
  beforeEach(async () => {
    first = await addLegacyAgent(server.context, `A-${newGuid().slice(0, 6)}`);
    second = await addLegacyAgent(server.context, `B-${newGuid().slice(0, 6)}`);
  });

  const resource = (guid: Guid) =>
    server.context.cmdb.db.selectFrom('Resource').selectAll().where('Guid', '=', guid).executeTakeFirst();
  const duplicate = async (): Promise<Guid> => {
    const { cmdb, clock } = server.context;
    await cmdb.transaction((session) =>
      noteConflicts(session, clock, [{ kind: 'duplicate', pair: [first, second], keys: ['uniqueid=4711'] }]),
    );
    return conflictOf(first);
  };
  const shared = async (): Promise<Guid> => {
    const { cmdb, clock } = server.context;
    await cmdb.transaction(async (session) => {
      for (const value of ['board-a', 'board-b', 'board-a']) {
        const keys = [{ name: 'uniqueid', value }];
        await noteHardware(session, clock, [{ computer: first, keys, name: value, address: '10.0.0.1' }]);
      }
    });
    return conflictOf(first);
  };
  const conflictOf = async (guid: Guid): Promise<Guid> => {
    const rows = await server.context.cmdb.db.selectFrom('IdentityConflict').selectAll().execute();
    return rows.find((row) => row.ResourceGuid === guid || row.OtherGuid === guid)!.Guid;
  };
  const checkIn = (guid: Guid) =>
    fetch(`${server.http}/Altiris/NS/Agent/GetClientPolicies.aspx?WrkstaGuid=%7B${guid}%7D`).then(async (answer) => ({
      status: answer.status,
      text: await answer.text(),
    }));

  describe('a duplicate', () => {
    it('is listed, explained, ignored with a reason and reopened', async () => {
      const guid = await duplicate();
      expect((await client.get('/duplicates')).text).to.contain(`/duplicates/${guid}`);
      const page = await client.get(`/duplicates/${guid}`);
      expect(page.text).to.contain('hardware id 4711').and.to.contain('Both have the same hardware id');
      const without = await client.post(`/duplicates/${guid}/ignore`, { reason: ' ' });
      expect(without.status).to.equal(422);
      expect(without.text).to.contain('Say why');
      expect((await client.post(`/duplicates/${guid}/ignore`, { reason: 'A dock' })).status).to.equal(303);
      expect((await client.get('/duplicates')).text).not.to.contain(guid);
      expect((await client.get('/duplicates?state=ignored')).text).to.contain(guid);
      expect((await client.get(`/duplicates/${guid}`)).text).to.contain('A dock');
      await client.post(`/duplicates/${guid}/reopen`);
      expect((await client.get('/duplicates')).text).to.contain(guid);
    });

    it('shows on the computer and in the filter of the list', async () => {
      const guid = await duplicate();
      expect((await client.get(`/computers/${first}`)).text).to.contain(`/duplicates/${guid}`);
      expect((await client.get('/computers?kept=conflict')).text).to.contain(first);
    });

    it('is merged after a preview; the old GUID goes on being served, as the one that stayed', async () => {
      await duplicate();
      const question = await client.get(`/duplicates/merge?winner=${first}&loser=${second}`);
      expect(question.text).to.contain('Keep B-').and.to.contain('can be undone for 90 days');
      const asked = await client.post('/duplicates/merge', { winner: first, loser: second });
      expect(asked.status, 'without the answer it only asks').to.equal(200);
      expect(await resource(second)).not.to.equal(undefined);
      const merged = await client.post('/duplicates/merge', { winner: first, loser: second, confirmed: '1' });
      expect(merged.location).to.equal(`/Altiris/Console/computers/${first}`);
      expect(await resource(second)).to.equal(undefined);
      expect((await client.get(`/computers/${second}`)).text).to.contain(first);

      const served = await checkIn(second);
      expect(served.status).to.equal(200);
      expect(served.text, 'under the name that the agent knows').to.contain(second);
      await server.context.contacts.flush();
      const contact = server.context.cmdb.db
        .selectFrom('ComputerContact')
        .selectAll()
        .where('ResourceGuid', '=', first);
      expect(await contact.executeTakeFirst()).not.to.equal(undefined);
    });

    it('is undone from the list of merges', async () => {
      await client.get('/users');
      await client.post('/duplicates/merge', { winner: first, loser: second, confirmed: '1' });
      const change = await server.context.cmdb.db
        .selectFrom('IdentityChange')
        .select('Guid')
        .where('OtherGuid', '=', second)
        .executeTakeFirstOrThrow();
      expect((await client.get('/duplicates/changes')).text).to.contain(`/duplicates/changes/${change.Guid}/undo`);
      const question = await client.post(`/duplicates/changes/${change.Guid}/undo`);
      expect(question.text).to.contain('Undo the merge of B-');
      await client.post(`/duplicates/changes/${change.Guid}/undo`, { confirmed: '1' });
      expect(await resource(second)).not.to.equal(undefined);
      expect((await checkIn(second)).status).to.equal(200);
    });

    it('refuses what are no two computers', async () => {
      for (const other of [first, newGuid(), 'nonsense']) {
        const answer = await client.get(`/duplicates/merge?winner=${first}&loser=${other}`);
        expect(answer.status, other).to.equal(422);
      }
    });
  });

  describe('a shared GUID', () => {
    it('is split after a preview: who calls has to register anew', async () => {
      const guid = await shared();
      const page = await client.get(`/duplicates/${guid}/split`);
      const [, keeper] = /name="keeper" value="([0-9a-f]+)"/.exec(page.text)!;
      const question = await client.post(`/duplicates/${guid}/split`, { keeper: keeper! });
      expect(question.text).to.contain('keeps the GUID').and.to.contain('board-b');
      expect((await checkIn(first)).status).to.equal(200);
      await client.post(`/duplicates/${guid}/split`, { keeper: keeper!, confirmed: '1' });
      expect((await checkIn(first)).status).to.equal(403);
      expect((await client.get(`/duplicates/${guid}`)).text)
        .to.contain('Resolved')
        .and.to.contain('board-b');
    });

    it('is not split without a choice', async () => {
      const guid = await shared();
      const answer = await client.post(`/duplicates/${guid}/split`, { keeper: 'nobody', confirmed: '1' });
      expect(answer.status).to.equal(422);
      expect((await checkIn(first)).status).to.equal(200);
    });
  });

  describe('retiring and deleting', () => {
    it('asks first, then retires; contact brings it back', async () => {
      await client.get('/users');
      const question = await client.post('/computers/retire', { id: [first, second] });
      expect(question.text).to.contain('Retire 2 computers?');
      expect((await resource(first))?.RetiredAt).to.equal(null);
      await client.post('/computers/retire', { ids: `${first},${second}`, confirmed: '1' });
      expect((await resource(first))?.IsManaged).to.equal(0);
      expect((await client.get('/computers?kept=retired')).text).to.contain(first);
      await checkIn(first);
      await server.context.contacts.flush();
      expect((await resource(first))?.IsManaged).to.equal(1);
      expect((await client.get(`/computers/${first}/timeline`)).text).to.contain('Came back by itself');
    });

    it('deletes into the bin, shuts the agent out, and restores', async () => {
      await client.get('/users');
      const question = await client.post(`/computers/${first}/delete`);
      expect(question.text).to.contain('recycle bin');
      await client.post('/computers/delete', { ids: first, confirmed: '1' });
      expect((await checkIn(first)).status).to.equal(403);
      const page = await client.get(`/computers/${first}`);
      expect(page.status).to.equal(404);
      expect(page.text).to.contain('lies in the recycle bin');
      expect((await client.get('/recycle-bin')).text).to.contain(first);
      expect((await client.post('/recycle-bin/restore', { id: first })).text).to.contain('Restore:');
      await client.post('/recycle-bin/restore', { ids: first, confirmed: '1' });
      expect((await checkIn(first)).status).to.equal(200);
    });

    it('deletes for good only when asked twice', async () => {
      await deleteComputers(server.context, WHO, [first], 'Sold.');
      await client.get('/recycle-bin');
      expect((await client.post('/recycle-bin/purge', { id: first })).text).to.contain('cannot be undone');
      expect(await resource(first)).not.to.equal(undefined);
      await client.post('/recycle-bin/purge', { ids: first, confirmed: '1' });
      expect(await resource(first)).to.equal(undefined);
    });

    it('leads from two ticked computers to the preview of their merge, and from others to a reason', async () => {
      await client.get('/users');
      const two = await client.post('/computers/merge', { id: [first, second] });
      expect(two.location).to.equal(`/Altiris/Console/duplicates/merge?winner=${first}&loser=${second}`);
      expect((await client.post('/computers/merge', { id: first })).status).to.equal(422);
    });
  });

  describe('the rules', () => {
    it('are previewed in plain sentences, saved, and say whom they take, also as CSV', async () => {
      const silent = new Date(Date.now() - 40 * 86_400_000).toISOString();
      await server.context.cmdb.db
        .insertInto('ComputerContact')
        .values({ ResourceGuid: first, LastContactAt: silent, LastPolicyAt: null, LastEventAt: null, LastAddress: '' })
        .execute();
      await client.get('/recycle-bin/rules');
      const typed = { retireAfterDays: '30', deleteAfterDays: '', keepDeletedDays: '30' };
      const preview = await client.post('/recycle-bin/rules', { ...typed, preview: '1' });
      expect(preview.text).to.match(/On \d+ \w+ 1 computer will be retired, 0 deleted/);
      expect((await client.get('/recycle-bin/due?format=csv')).text).not.to.contain('A-');
      expect((await client.post('/recycle-bin/rules', typed)).status).to.equal(303);
      const csv = await client.get('/recycle-bin/due?format=csv');
      expect(csv.headers.get('content-type')).to.contain('csv');
      expect(csv.text).to.contain((await resource(first))!.Name);
      const wrong = await client.post('/recycle-bin/rules', { ...typed, retireAfterDays: '1', keepDeletedDays: '' });
      expect(wrong.status).to.equal(422);
      expect(wrong.text).to.contain('Give a whole number of days from 7');
    });
  });

  describe('somebody who may only read', () => {
    it('sees all of it and changes nothing', async () => {
      const { cmdb, clock } = server.context;
      await makeUser(cmdb, clock, 'viewer', 'Viewers');
      const viewer = await signedIn(server.http, 'viewer', PASSWORD);
      const guid = await duplicate();
      expect((await viewer.get(`/duplicates/${guid}`)).text).to.contain('aria-disabled="true"');
      expect((await viewer.get('/recycle-bin/rules')).status).to.equal(200);
      for (const path of ['/computers/delete', '/computers/retire', '/recycle-bin/purge', '/recycle-bin/restore']) {
        const answer = await viewer.post(path, { ids: first, confirmed: '1' });
        expect(answer.status, path).to.equal(403);
      }
      const merge = await viewer.post('/duplicates/merge', { winner: first, loser: second, confirmed: '1' });
      expect(merge.status).to.equal(403);
      expect(await resource(first)).to.include({ IsManaged: 1, DeletedAt: null });
      expect(await resource(second)).to.include({ IsManaged: 1, DeletedAt: null });
    });
  });
});
