import { expect } from 'chai';
import { setTimeout as wait } from 'node:timers/promises';
import { utc } from '../../models/clock.ts';
import { decideBadEvents } from '../../models/events/decideBadEvents.ts';
import { writeIdRanges } from '../../models/events/idRanges.ts';
import { QueueUnavailable } from '../../models/events/queueStore.ts';
import { topProducers } from '../../models/events/topProducers.ts';
import { deleteComputers } from '../../models/resources/deleteComputers.ts';
import { purgeComputers } from '../../models/resources/purge.ts';
import { markFault, windowOf } from '../../routes/console/events/faultPosition.ts';
import { drainForecast } from '../../routes/console/events/forecast.ts';
import { hexView, looksLikeText } from '../../routes/console/events/hexView.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { nseClass } from '../../wire/nse.ts';
import { parseXml, type XmlError } from '../../wire/xml.ts';
import { message, rowsOf } from '../events/support.ts';
import { actor, auditActions, makeUser, PASSWORD } from '../security/support.ts';
import { addLegacyAgent, LEGACY_LOOPBACK } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { ConsoleClient, signedIn } from './client.ts';

const HOSTILE = `<script>alert(1)</script>"'><img src=x>`;

describe('the pages of events', () => {
  let server: TestServer;
  let client: ConsoleClient;
  let computer: Guid;
  beforeEach(async () => {
    // One computer sends what is bad again and again: it would be held.
    server = await startTestServer({ environment: { ...LEGACY_LOOPBACK, NS_EVENT_BREAKER: '1000' } });
    client = await signedIn(server.http);
    computer = await addLegacyAgent(server.context, 'WKS-042');
  });
  afterEach(() => server.stop());

  /** As an agent posts it. */
  const post = async (body: string, sender = computer): Promise<number> => {
    const headers = { 'Content-Type': 'application/xml', 'X-SMA-ID': `{${sender}}` };
    return (await fetch(`${server.http}/Altiris/NS/Agent/PostEvent.aspx`, { method: 'POST', headers, body })).status;
  };
  const unknownClass = (name: string, sender = computer) =>
    message({
      classes: [{ guid: newGuid(), name, rows: [['1']] }],
      resource: { guid: sender, name: '', keys: [] },
    });
  const badIds = async () => (await server.context.queue.listBad(0, 1000)).events.map((event) => event.id);
  /** Waits until everything that was accepted has been tried. */
  const settled = async () => {
    while ((await server.context.queue.state()).depth > 0) await wait(20);
  };
  const makeBad = async (count: number): Promise<number[]> => {
    for (let index = 0; index < count; index++) expect(await post(unknownClass(`Class ${index}`))).to.equal(200);
    await settled();
    expect(await badIds()).to.have.length(count);
    return badIds();
  };
  const audit = async () =>
    (await auditActions(server.context.cmdb)).filter((line) => !/^(sign in|create user)/.test(line));
  const idsIn = (text: string): string => /name="ids" value="([^"]*)"/.exec(text)![1]!;

  /** What the question about all that match carries on. */
  const allIn = (text: string): Record<string, string> =>
    Object.fromEntries(
      ['all', 'matching', 'upTo'].map((name) => [
        name,
        new RegExp(`name="${name}" value="([^"]*)"`).exec(text)![1]!.replaceAll('&amp;', '&'),
      ]),
    );

  describe('the queues', () => {
    it('show what was accepted, refused and put aside', async () => {
      await makeBad(2);
      const odd = await addLegacyAgent(server.context, 'ODD');
      expect(await post('this is not XML', odd)).to.equal(400);
      const { text, status } = await client.get('/events');
      expect(status).to.equal(200);
      expect(text).to.match(/<dt>Accepted<\/dt><dd[^>]*>2</);
      expect(text).to.match(/<dt>Refused: not XML<\/dt><dd[^>]*>1</);
      await server.context.producers.flush(server.context.cmdb);
      const { leaders } = await topProducers(server.context.cmdb, 'computer', 0, 'bad', 5);
      expect(leaders).to.deep.include({
        subject: odd,
        events: 1,
        bytes: 'this is not XML'.length,
        bad: 1,
      });
      expect(text).to.match(/href="[^"]*\/events\/bad"><span class="tile-value" data-live="badEvents">2</);
      for (const name of ['Priority', 'Fast', 'Default', 'Slow', 'Large', 'All'])
        expect(text, name).to.match(new RegExp(`<th scope="row">${name}</th>`));
      expect(text, 'nothing waits').not.to.contain('will be applied');
    });

    it('draw what came in the last hour, with the live numbers that move it', async () => {
      const { counters } = server.context;
      counters.add('eventsAccepted', 41);
      counters.add('eventsApplied', 40);
      counters.add('eventsBad', 1);
      await counters.flush();
      const { text } = await client.get('/events');
      const chart = JSON.parse(/data-chart="([^"]*)"/.exec(text)![1]!.replaceAll('&#34;', '"')) as {
        x: number[];
        y: number[][];
        live: string[];
      };
      expect(chart.x).to.have.length(60);
      expect(chart.y.map((values) => values.reduce((sum, value) => sum + value, 0))).to.deep.equal([41, 40, 1]);
      const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const live = await fetch(`${server.http}/Altiris/Console/live`, { headers: { cookie } });
      const reader = live.body!.getReader();
      const first = new TextDecoder().decode((await reader.read()).value);
      await reader.cancel();
      const { minutes, texts } = JSON.parse(/data: (.*)/.exec(first)![1]!) as {
        minutes: Record<string, number>[];
        texts: Record<string, string>;
      };
      expect(minutes.at(-1)).to.include.keys(chart.live);
      expect(texts).to.include({ badEvents: '0' });
    });

    it('tell when the queue is full', async () => {
      const full = await startTestServer({ environment: { ...LEGACY_LOOPBACK, NS_QUEUE_MAX_BYTES: '1024' } });
      try {
        const sender = await addLegacyAgent(full.context);
        const body = Buffer.from(unknownClass('Too much', sender).padEnd(1100));
        await full.context.queue.accept({ body, sender, proven: false, priority: 0, receivedAt: 0 });
        const { text } = await (await signedIn(full.http)).get('/events');
        expect(text).to.contain('The queue has reached its limit');
      } finally {
        await full.stop();
      }
    });

    it('forecast only what the numbers allow', () => {
      const say = (depth: number, entered: number, settled: number) => drainForecast({ depth, entered, settled });
      expect(say(0, 10, 10)).to.equal('');
      expect(say(5, 0, 0)).to.equal('not enough data yet');
      expect(say(5, 1.6, 0)).to.equal('none applied in 5 min, grows by 1.6 a minute');
      expect(say(3000, 20, 120)).to.equal('empty in about 30 min');
      expect(say(3000, 1320, 1200)).to.equal('grows by 120 a minute');
      expect(say(3000, 100, 101)).to.equal('stays as long as it is');
      expect(say(1, 0, 600)).to.equal('empty in about 1 s');
    });

    it('say by class what came and went, how full it is, and what that makes of it', async () => {
      const { cmdb, clock } = server.context;
      const minute = Math.floor(clock.now() / 60_000) * 60_000;
      const rows = [1, 2, 3, 4, 5].map((ago) => ({
        MinuteAt: utc(minute - ago * 60_000),
        QueueName: 'fast',
        Depth: 100 * ago,
        Bytes: 1000,
        OldestSeconds: 60 * ago,
        Entered: 20,
        Settled: 120,
      }));
      await cmdb.insertMany('QueueSample', rows);
      const { text } = await client.get('/events');
      const fast = /<th scope="row">Fast<\/th>.*?<\/tr>/s.exec(text)![0];
      expect(fast).to.contain('<td class="number">20</td><td class="number">120</td>').and.to.contain('0 of ');
      expect(text.match(/data-chart=/g), 'traffic, depth, age').to.have.length(3);
      const day = await client.get('/events?span=day');
      expect(day.text).to.contain('minutes, last day');
    });

    it('name computers that are refused for their bad events, and let them in again', async () => {
      const held = await startTestServer({ environment: { ...LEGACY_LOOPBACK, NS_EVENT_BREAKER: '3' } });
      try {
        const sender = await addLegacyAgent(held.context, 'NOISY');
        const admin = await signedIn(held.http);
        const accept = (name: string) =>
          held.context.queue.accept({
            body: Buffer.from(unknownClass(name, sender)),
            sender,
            proven: false,
            priority: 0,
            receivedAt: held.context.clock.now(),
          });
        for (const name of ['A', 'B', 'C']) await accept(name);
        while ((await held.context.queue.state()).breakers.length === 0) await wait(20);
        const { text } = await admin.get('/events');
        expect(text).to.contain('NOISY</a>').and.to.contain(`/events/breakers/${sender}/close`);
        const path = `/events/breakers/${sender}/close`;
        expect((await admin.post(path)).status).to.equal(303);
        expect((await held.context.queue.state()).breakers).to.deep.equal([]);
        expect((await admin.get('/events')).text).to.contain('Events of NOISY are taken again.');
        await admin.post(path);
        expect((await admin.get('/events')).text).to.contain('was not open any more');
        expect((await auditActions(held.context.cmdb)).filter((line) => line.startsWith('close'))).to.deep.equal([
          'close breaker computer NOISY',
        ]);
      } finally {
        await held.stop();
      }
    });
  });

  describe('bad events', () => {
    it('say why there are none', async () => {
      expect((await client.get('/events/bad')).text).to.contain('No bad events');
    });

    it('are listed newest first with computer, reason and size, page by page', async () => {
      const gone = await addLegacyAgent(server.context, 'GONE');
      await makeBad(27);
      await post(unknownClass('Of one that goes', gone), gone);
      await settled();
      // For good, with whatever has been noted of it by now.
      await deleteComputers(server.context, actor, [gone], '');
      expect(await purgeComputers(server.context, actor, [gone])).to.equal(1);
      const { text } = await client.get('/events/bad?size=25');
      const [newest] = await badIds();
      expect(text).to.contain('1–25 of 28');
      expect(text).to.contain(`href="/Altiris/Console/events/bad/${newest}">${newest}</a>`);
      expect(text).to.contain(`href="/Altiris/Console/computers/${computer}">WKS-042</a>`);
      expect(text, 'a computer that is gone by its GUID').to.contain(`<code title="${gone}">`);
      expect(text).to.contain('no inventory class &#34;Class 26&#34;');
      expect((await client.get('/events/bad?size=25&page=2')).text).to.contain('26–28 of 28');
      const csv = (await client.get('/events/bad?format=csv&columns=id,computer,attempts')).text.split('\r\n');
      expect(csv).to.have.length(30);
      expect(csv[2]).to.match(/^\d+,WKS-042,0$/);
    });

    it('show their text escaped, with sender and reason, and download as text', async () => {
      const hostile = await addLegacyAgent(server.context, HOSTILE);
      const body = unknownClass(HOSTILE, hostile);
      expect(await post(body, hostile)).to.equal(200);
      await settled();
      const [id] = await badIds();
      for (const path of ['/events/bad', `/events/bad/${id}`]) {
        const { text, status } = await client.get(path);
        expect(status, path).to.equal(200);
        expect(text, path).not.to.contain('<script>alert').and.not.to.contain('<img src=x');
        expect(text, path).to.contain(`/computers/${hostile}`).and.to.contain('&lt;script&gt;');
      }
      expect((await client.get(`/events/bad/${id}`)).text)
        .to.contain('&lt;message&gt;')
        .and.not.to.contain('The first');
      const file = await client.get(`/events/bad/${id}/payload`);
      expect(file.text).to.equal(body);
      expect(file.headers.get('content-type')).to.contain('text/plain');
      expect(file.headers.get('content-disposition')).to.equal(`attachment; filename=event-${id}.xml`);
      expect(file.headers.get('x-content-type-options')).to.equal('nosniff');
      const csv = (await client.get('/events/bad?format=csv&columns=computer')).text;
      expect(csv).to.contain(`"${HOSTILE.replaceAll('"', '""')}"`);
    });

    it('show the beginning of a long text, and all of it as a file, also when it lies in a file', async () => {
      const long = unknownClass('Long').replace(
        '</message>',
        `<!-- ${'x'.repeat(700_000)} --><!-- the end --></message>`,
      );
      expect(await post(long)).to.equal(200);
      await settled();
      const [id] = await badIds();
      const { text } = await client.get(`/events/bad/${id}`);
      expect(text).to.contain('The first 256 KB of 684 KB.').and.not.to.contain('the end');
      expect(text.length).to.be.lessThan(400_000);
      expect((await client.get(`/events/bad/${id}/payload`)).text).to.equal(long);
    });

    it('are put back into the queue at once, and come back when nothing has changed', async () => {
      const [newest, older] = await makeBad(2);
      await client.get('/events/bad');
      const { status, location } = await client.post('/events/bad/retry', { id: String(older) });
      expect(status).to.equal(303);
      expect((await client.get(location)).text).to.contain('1 bad event put back into the queue.');
      await settled();
      expect(await badIds()).to.have.members([newest, older]);
      expect(await audit()).to.deep.equal([`retry event bad event ${older}`]);
    });

    it('are applied when the CMDB has learned what was missing', async () => {
      const former = newGuid();
      const resource = { guid: former, name: '', keys: [] };
      await post(message({ classes: [nseClass('location', [{ site: 'Potsdam' }])], resource }));
      await settled();
      const [id] = await badIds();
      expect((await client.get(`/events/bad/${id}`)).text).to.contain('is not the computer that sent it');
      const merged = { AliasGuid: former, ResourceGuid: computer, CreatedAt: '2031-01-01T00:00:00.000Z' };
      await server.context.cmdb.db.insertInto('ResourceAlias').values(merged).execute();
      expect((await client.post(`/events/bad/${id}/retry`)).status).to.equal(303);
      await settled();
      expect(await badIds()).to.deep.equal([]);
      expect(await rowsOf(server.context.cmdb, 'Inv_AeX_AC_Location')).to.deep.include.members([
        { _ResourceGuid: computer, Location: null, Site: 'Potsdam', 'Time Zone': null },
      ]);
      expect((await client.get(`/events/bad/${id}`)).status).to.equal(404);
    });

    it('are discarded after a question that names their number, and only those', async () => {
      const ids = await makeBad(3);
      await client.get('/events/bad');
      const question = await client.post('/events/bad/discard', { all: '1', matching: '' });
      expect(question.status).to.equal(200);
      expect(question.text).to.contain('Discard 3 bad events?');
      expect(await badIds(), 'not yet').to.deep.equal(ids);
      await post(unknownClass('Later'));
      await settled();
      const done = await client.post('/events/bad/discard', { confirmed: '1', ...allIn(question.text) });
      expect((await client.get(done.location)).text).to.contain('3 bad events discarded.');
      expect(await badIds())
        .to.have.length(1)
        .and.not.to.include.members(ids);
      expect(await audit()).to.deep.equal(['discard event 3 bad events']);
      const entry = /\/audit\/\d+/.exec((await client.get('/audit?kind=event')).text)![0];
      expect((await client.get(entry)).text).to.contain(writeIdRanges(ids));
    });

    it('are discarded from their own page, after the same question', async () => {
      const [newest, older] = await makeBad(2);
      await client.get(`/events/bad/${newest}`);
      const question = await client.post(`/events/bad/${newest}/discard`);
      expect(question.text).to.contain(`Discard bad event ${newest}?`);
      await client.post('/events/bad/discard', { confirmed: '1', ids: idsIn(question.text) });
      expect(await badIds()).to.deep.equal([older]);
      expect(await audit()).to.deep.equal([`discard event bad event ${newest}`]);
    });

    it('that went meanwhile are told of, and nonsense does nothing', async () => {
      const [newest, older] = await makeBad(2);
      await client.get('/events/bad');
      const done = await client.post('/events/bad/discard', { confirmed: '1', ids: `${newest},4711` });
      expect((await client.get(done.location)).text).to.contain(
        '1 bad event discarded. 1 bad event had gone meanwhile.',
      );
      const before = await audit();
      for (const ids of ['x', '-1', '1e9', '0', 'NaN,Infinity', '1;DROP TABLE EventQueueEntry']) {
        expect((await client.post('/events/bad/discard', { confirmed: '1', ids })).status, ids).to.equal(303);
      }
      expect((await client.post('/events/bad/discard', { confirmed: '1' })).status).to.equal(422);
      expect(await badIds()).to.deep.equal([older]);
      expect(await audit()).to.deep.equal(before);
    });

    it('are filtered by reason, computer and kind, searched and sorted, and grouped by what they share', async () => {
      const other = await addLegacyAgent(server.context, 'OTHER-7');
      await makeBad(2);
      await post(unknownClass('Of another', other), other);
      await post('<message><to>nobody knows</to></message>');
      await settled();
      const [noItem, ofOther, second, first] = await badIds();
      const shown = async (query: string): Promise<number[]> =>
        [...(await client.get(`/events/bad?${query}`)).text.matchAll(/events\/bad\/(\d+)">\d+</g)].map((match) =>
          Number(match[1]),
        );
      expect(await shown('')).to.deep.equal([noItem, ofOther, second, first]);
      expect(await shown('q=other-7'), 'the name of a computer').to.deep.equal([ofOther]);
      expect(await shown('q=Class+1')).to.deep.equal([second]);
      expect(await shown(`sender=${other}`)).to.deep.equal([ofOther]);
      expect(await shown('to=nobody+knows')).to.deep.equal([noItem]);
      expect(await shown('sort=id&dir=asc')).to.deep.equal([first, second, ofOther, noItem]);
      expect((await shown('sort=size&dir=asc'))[0]).to.equal(noItem);
      const { text } = await client.get('/events/bad');
      expect(text).to.contain('By reason').and.to.contain('The CMDB has no inventory class …');
      const reason = 'There is no capture item nobody knows.';
      expect(await shown(new URLSearchParams({ reason }).toString())).to.deep.equal([noItem]);
    });

    it('of one reason are tried again together, after a question that says how many', async () => {
      await makeBad(2);
      await post('<message><to>nobody knows</to></message>');
      await settled();
      const [noItem, ...unknown] = await badIds();
      const matching = new URLSearchParams({ reason: 'The CMDB has no inventory class ….' }).toString();
      await client.get('/events/bad');
      const question = await client.post('/events/bad/retry', { all: '1', matching });
      expect(question.text).to.contain('Retry 2 bad events?').and.to.contain('2 × The CMDB has no inventory class');
      expect(await audit(), 'not yet').to.deep.equal([]);
      const answer = { confirmed: '1', ...allIn(question.text) };
      expect((await client.post('/events/bad/retry', { ...answer, upTo: '' })).status, 'unbounded').to.equal(422);
      const done = await client.post('/events/bad/retry', answer);
      expect((await client.get(done.location)).text).to.contain('2 bad events put back into the queue.');
      await settled();
      expect(await badIds()).to.have.members([noItem, ...unknown]);
      expect(await audit()).to.deep.equal(['retry event 2 bad events']);
    });

    it('of a reason that is gone are none, and never all', async () => {
      const ids = await makeBad(2);
      await client.get('/events/bad');
      for (const matching of ['reason=gone', 'sender=x', 'queue=nowhere', 'to=nobody']) {
        const { status, location } = await client.post('/events/bad/discard', { all: '1', matching });
        expect(status, matching).to.equal(303);
        expect((await client.get(location)).text, matching).to.contain('nothing was changed');
        await client.post('/events/bad/discard', { all: '1', matching, confirmed: '1', upTo: '999999' });
      }
      expect(await badIds()).to.deep.equal(ids);
      expect(await audit()).to.deep.equal([]);
    });

    it('have the value that the reason names marked, and are shown as bytes when they are no text', async () => {
      const [id] = await makeBad(1);
      const { text } = await client.get(`/events/bad/${id}`);
      expect(text).to.match(/name=&#34;<mark id="fault">Class 0<\/mark>/);
      expect(text).to.match(/Line \d+, column \d+: to the place of the fault/);
      const { text: bytes } = await client.get(`/events/bad/${id}?view=hex`);
      expect(bytes).to.contain('00000000  3c ').and.to.not.contain('id="fault"');
    });

    it('that are not there have no page', async () => {
      const [id] = await makeBad(1);
      for (const name of ['0', '4711', 'x', '-1', '1e3', `${id} `, '9'.repeat(30)]) {
        for (const path of ['', '/payload']) {
          const { status, text } = await client.get(`/events/bad/${encodeURIComponent(name)}${path}`);
          expect(status, name).to.equal(404);
          expect(text, name).to.contain('There is no such bad event').and.to.contain('Request id');
        }
        for (const verb of ['retry', 'discard']) {
          const path = `/events/bad/${encodeURIComponent(name)}/${verb}`;
          expect((await client.post(path, { confirmed: '1' })).status, path).to.equal(404);
        }
      }
      expect(await badIds()).to.deep.equal([id]);
    });
  });

  it('are for looking only when the role is a viewer’s or the form is not ours', async () => {
    const [id] = await makeBad(2);
    const ids = await badIds();
    await makeUser(server.context.cmdb, server.context.clock, 'viewer', 'Viewers');
    const viewer = await signedIn(server.http, 'viewer', PASSWORD);
    for (const path of ['/events/bad', `/events/bad/${id}`]) {
      const { text, status } = await viewer.get(path);
      expect(status, path).to.equal(200);
      const main = text.slice(text.indexOf('<main'));
      expect(main, path).not.to.match(/formaction=|<form method="post" action="[^"]*\/events\//);
      expect(main, path).to.match(/aria-disabled="true" title="[^"]*privilege &#34;write&#34;/);
    }
    expect((await viewer.get('/events')).status).to.equal(200);
    const nobody = new ConsoleClient(server.http);
    for (const path of [
      '/events/bad/retry',
      '/events/bad/discard',
      `/events/bad/${id}/retry`,
      `/events/bad/${id}/discard`,
    ]) {
      const fields = { confirmed: '1', id: String(id), all: '1', matching: '' };
      expect((await viewer.post(path, fields)).status, path).to.equal(403);
      expect((await client.post(path, { ...fields, _csrf: '' })).status, path).to.equal(403);
      expect((await client.post(path, fields, { 'Sec-Fetch-Site': 'cross-site' })).status, path).to.equal(403);
      expect((await nobody.post(path, fields)).status, path).to.equal(403);
    }
    for (const path of ['/events', '/events/bad', `/events/bad/${id}`, `/events/bad/${id}/payload`])
      expect((await nobody.get(path)).location, path).to.contain('/signIn');
    expect(await badIds()).to.deep.equal(ids);
    expect(await audit()).to.deep.equal([]);
  });

  describe('deciding about many', () => {
    const actor = { name: 'jane', address: '10.9.9.9' };

    it('goes in steps, and the audit log tells of the steps that were done when a later one fails', async () => {
      const { cmdb, clock } = server.context;
      const steps: number[] = [];
      const queue = {
        retry: () => Promise.reject(new Error('not asked for')),
        discard: (ids: readonly number[]) => {
          if (steps.length === 2) return Promise.reject(new QueueUnavailable(new Error('disk full')));
          steps.push(ids.length);
          return Promise.resolve(ids.length);
        },
      };
      const ids = Array.from({ length: 1700 }, (_, index) => index + 1);
      const failure = await decideBadEvents({ cmdb, clock, queue }, actor, 'discard', ids).catch((error) => error);
      expect(failure).to.be.instanceOf(QueueUnavailable);
      expect(steps).to.deep.equal([500, 500]);
      expect(await audit()).to.deep.equal(['discard event 1000 bad events']);
      const { Detail } = await cmdb.db
        .selectFrom('AuditEntry')
        .select('Detail')
        .where('Action', '=', 'discard')
        .executeTakeFirstOrThrow();
      expect(JSON.parse(Detail!)).to.deep.equal({ after: { ids: '1-1000', changed: 1000 } });
    });

    it('writes ids as ranges', () => {
      expect(writeIdRanges([])).to.equal('');
      expect(writeIdRanges([7])).to.equal('7');
      expect(writeIdRanges([5, 3, 4, 9, 3, 11, 12])).to.equal('3-5,9,11-12');
    });
  });

  describe('bytes', () => {
    it('stand in lines of sixteen, with what can be read beside them', () => {
      const bytes = new Uint8Array([...Buffer.from('<message>'), 0, 255, ...Buffer.from('abcdefgh')]);
      expect(hexView(bytes, 4096).split('\n')).to.deep.equal([
        '00000000  3c 6d 65 73 73 61 67 65 3e 00 ff 61 62 63 64 65  <message>..abcde',
        `00000010  ${'66 67 68'.padEnd(47)}  fgh`,
      ]);
      expect(hexView(bytes, 16).split('\n')).to.have.length(1);
      expect(hexView(new Uint8Array(), 16)).to.equal('');
      expect(looksLikeText(' <a/>')).to.equal(true);
      expect(looksLikeText('<a>\uFFFD</a>')).to.equal(false);
      expect(looksLikeText('PK')).to.equal(false);
    });
  });

  describe('the place of a fault', () => {
    it('is the value that the reason quotes, in whatever spelling', () => {
      const guid = newGuid();
      const text = `<a x="1"/>\n<b guid="{${guid.toUpperCase()}}" name="R&amp;D"/>`;
      expect(markFault(text, 'There is no class "R&D".')).to.include({ fault: 'R&amp;D', line: 2 });
      expect(markFault(text, `Resource ${guid} is not known.`)).to.include({ fault: guid.toUpperCase(), line: 2 });
      expect(markFault('<a nx="x" x="1"/>', 'A value "1".')).to.include({ before: '<a nx="x" x="' });
      expect(markFault('<m><to>mine.too</to></m>', 'There is no capture item mine.too.')).to.include({
        fault: 'mine.too',
      });
    });

    it('is shown with what stands around it when the text is long', () => {
      const text = `${'<row/>\n'.repeat(1000)}<bad "oops"/>\n${'<row/>\n'.repeat(1000)}`;
      const { text: shown, cutBefore, cutAfter } = windowOf(markFault(text, 'It says "oops".'), 700);
      expect([cutBefore, cutAfter, shown.fault, shown.line]).to.deep.equal([true, true, 'oops', 1001]);
      expect(shown.before + shown.fault + shown.after).to.have.length.at.most(700);
      expect(text.split('\n')[shown.firstLine - 1]).to.equal(shown.before.split('\n')[0]);
      const all = windowOf(markFault('short', 'nothing'), 700);
      expect(all).to.deep.include({ cutBefore: false, cutAfter: false });
      expect(all.text.before).to.equal('short');
    });

    /** The mark that the reader's own words lead to. */
    const marked = (text: string) => {
      try {
        parseXml(text);
      } catch (error) {
        return markFault(text, `The event cannot be read: ${(error as XmlError).message}.`);
      }
      throw new Error('there is no fault');
    };

    it('is marked where the reader stopped, whatever ends the lines', () => {
      for (const end of ['\n', '\r\n', '\r']) {
        expect(marked(['<a>', '  <b x=1/>', '</a>'].join(end))).to.deep.include({
          line: 2,
          column: 8,
          before: `<a>${end}  <b x=`,
          fault: '1',
          after: `/>${end}</a>`,
        });
      }
    });

    it('counts characters, not halves of them', () => {
      expect(marked('<a>😀😀<b x=1/></a>')).to.include({ before: '<a>😀😀<b x=', fault: '1' });
    });

    it('is not marked where the text does not reach, or the reason names none', () => {
      for (const [line, column] of [
        [4, 1],
        [1, 99],
        [0, 0],
      ] as const) {
        const text = 'one\ntwo\n';
        const { before, fault, after } = markFault(text, `It is wrong (line ${line}, column ${column}).`);
        expect(before + fault + after).to.equal(text);
        if (line > 0) expect(fault).to.equal('');
      }
      expect(markFault('text', 'There is no capture item.')).to.include({ before: 'text', fault: '', after: '' });
    });
  });
});
