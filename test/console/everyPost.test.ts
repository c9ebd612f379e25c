/** What holds for every form of the console, whoever wrote its page: tried on every POST that is registered. */
import { expect } from 'chai';
import express from 'express';
import { registerPages } from '../../routes/console/pages.ts';
import { newGuid } from '../../wire/guid.ts';
import { makeUser, PASSWORD } from '../security/support.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { ConsoleClient, signedIn } from './client.ts';

/** What a viewer may do, too: keep views of lists, run reports and deal with the results, ask for explanations. */
const OPEN = /^\/(packages\/explain|views(\/delete)?|reports\/[^/]+\/run|reports\/runs\/[^/]+\/(cancel|delete))$/;

interface Layer {
  route?: { path: string | string[]; methods: Record<string, boolean> };
}

describe('every form of the console', () => {
  let server: TestServer;
  let paths: string[];
  before(async () => {
    server = await startTestServer();
    const router = express.Router();
    registerPages(router, server.context);
    paths = (router.stack as unknown as Layer[])
      .filter(({ route }) => route?.methods.post === true)
      .flatMap(({ route }) => [route!.path].flat())
      .map((path) => path.replaceAll(/:\w+/g, newGuid()));
  });
  after(() => server.stop());

  const changes = async () =>
    (
      await server.context.cmdb.db
        .selectFrom('AuditEntry')
        .select((row) => row.fn.countAll<number>().as('total'))
        .where('Action', 'not like', 'sign%')
        .executeTakeFirstOrThrow()
    ).total;

  it('is found by this test', () => {
    expect(paths).to.include.members(['/registration/allow', '/events/bad/discard', '/users/new']);
  });

  it('is refused to a viewer', async () => {
    await makeUser(server.context.cmdb, server.context.clock, 'viewer', 'Viewers');
    const viewer = await signedIn(server.http, 'viewer', PASSWORD);
    const before = await changes();
    for (const path of paths.filter((each) => !OPEN.test(each))) {
      const { status, text } = await viewer.post(path, { confirmed: '1', id: newGuid(), name: 'owned' });
      expect(status, path).to.equal(403);
      expect(text, path).to.contain('Your role does not allow this').and.to.contain('Nothing was changed');
    }
    expect(await changes()).to.equal(before);
  });

  it('is refused without its token, and to who is not signed in', async () => {
    const administrator = await signedIn(server.http);
    const nobody = new ConsoleClient(server.http);
    await nobody.get('/signIn');
    const before = await changes();
    for (const path of paths) {
      const fields = { confirmed: '1', id: newGuid(), name: 'owned' };
      expect((await administrator.post(path, { ...fields, _csrf: '' })).status, path).to.equal(403);
      expect((await administrator.post(path, fields, { 'Sec-Fetch-Site': 'cross-site' })).status, path).to.equal(403);
      expect((await nobody.post(path, fields)).status, path).to.equal(401);
    }
    expect(await changes()).to.equal(before);
  });
});
