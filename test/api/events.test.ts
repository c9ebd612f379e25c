import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { newGuid } from '../../wire/guid.ts';
import { startApi, type Api } from './support/api.ts';

const STRANGE = '<message><to>{00000000-1111-4222-8333-444444444444}</to><body/></message>';

describe('the event queue by the API', () => {
  let api: Api;
  beforeEach(async () => (api = await startApi()));
  afterEach(() => api.stop());

  /** Sends well-formed events that nobody can apply, and waits for them to be set aside. */
  async function badEvents(count: number): Promise<{ id: number; reason: string; sender: string }[]> {
    const { queue, clock } = api.context;
    for (let sent = 0; sent < count; sent++) {
      const receivedAt = clock.now();
      await queue.accept({ body: Buffer.from(STRANGE), sender: newGuid(), proven: true, priority: 3, receivedAt });
    }
    for (;;) {
      const { items, total } = (await api.get('/events/bad')).body;
      if (total === count) return items;
      await sleep(50);
    }
  }

  it('tells its depth by class, and whether there is room', async () => {
    await badEvents(1);
    const { body } = await api.get('/events/queue');
    expect(body).to.include({ depth: 0, bad: 1, accepted: 1, rejectedNotXml: 0, hasRoom: true, oldestAt: null });
    expect(body.classes.map(({ name }: { name: string }) => name)).to.include.members(['priority', 'default', 'large']);
  });

  it('shows bad events with their reason and what was sent', async () => {
    const [event] = await badEvents(1);
    expect(event!.reason).to.be.a('string').that.is.not.empty;
    const whole = (await api.get(`/events/${event!.id}/payload`)).body;
    expect(whole).to.deep.equal({ id: event!.id, text: STRANGE, isCut: false });
    const cut = (await api.get(`/events/${event!.id}/payload?maxBytes=10`)).body;
    expect(cut.isCut).to.equal(true);
    expect(STRANGE.startsWith(cut.text)).to.equal(true);
    expect(cut.text.length).to.be.below(STRANGE.length);
  });

  it('puts bad events back, deletes others, and says so in the audit log', async () => {
    const [first, second, third] = await badEvents(3);
    const audited = await api.lastAuditId();
    expect((await api.post('/events/discard', { ids: [first!.id, 987_654] })).body).to.deep.equal({ changed: 1 });
    expect((await api.get(`/events/${first!.id}/payload`)).status).to.equal(404);
    expect((await api.post('/events/retry', { ids: [second!.id] })).body).to.deep.equal({ changed: 1 });
    // It cannot be applied this time either, and comes back.
    for (;;) {
      const { items } = (await api.get('/events/bad')).body as { items: { id: number }[] };
      const ids = items.map(({ id }) => id);
      expect(ids).to.include(third!.id);
      if (ids.includes(second!.id)) break;
      await sleep(50);
    }
    expect(await api.auditSince(audited)).to.deep.equal([
      'API token read+write discard event',
      'API token read+write retry event',
    ]);
  });

  it('keeps everything when the ids are not valid, or a token may only read', async () => {
    const [event] = await badEvents(1);
    for (const ids of [[], ['1'], [0], [1.5], Array.from({ length: 501 }, (_, index) => index + 1), 'all']) {
      const { status, body } = await api.post('/events/discard', { ids });
      expect(status).to.equal(400);
      expect(body.errors[0].field).to.match(/^ids/);
    }
    const body = { ids: [event!.id] };
    expect((await api.call('POST', '/events/discard', { token: api.readToken, body })).status).to.equal(403);
    expect((await api.get('/events/bad')).body.total).to.equal(1);
  });
});
