/** The pages of retention, space and producers: what they say, and that nothing is deleted or changed unasked. */
import { expect } from 'chai';
import { setTimeout as wait } from 'node:timers/promises';
import { utc } from '../../models/clock.ts';
import { lastRuns } from '../../models/retention/purgeRuns.ts';
import { forecastSentence, spanInWords } from '../../routes/console/retention/space.ts';
import type { SpaceReport } from '../../models/retention/spaceReport.ts';
import { newGuid } from '../../wire/guid.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import { addComputer, EXECUTION, subject } from '../retention/support.ts';
import { auditActions, makeUser, PASSWORD } from '../security/support.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { ConsoleClient, signedIn } from './client.ts';

const DAY = 86_400_000;
const RULE = `/retention/rules/events:${EXECUTION}`;

describe('the pages of retention', function () {
  this.timeout(60_000);
  let server: TestServer;
  let client: ConsoleClient;
  beforeEach(async () => {
    server = await startTestServer();
    client = await signedIn(server.http);
  });
  afterEach(() => server.stop());

  /** Execution events of one computer, of so many days ago. */
  const addEvents = async (...ages: number[]): Promise<void> => {
    const { cmdb, clock } = server.context;
    const computer = await addComputer(cmdb);
    await cmdb.insertMany(
      'SwdExecution',
      ages.map((age) => ({
        ResourceGuid: computer,
        EventAt: utc(clock.now() - age * DAY),
        AdvertisementName: '',
        PackageName: '',
        ProgramName: '',
        Status: 'Success',
      })),
    );
  };
  const events = async (): Promise<number> =>
    (await server.context.cmdb.db.selectFrom('SwdExecution').select('Id').execute()).length;
  const audit = async () =>
    (await auditActions(server.context.cmdb)).filter((line) => !/^(sign in|create user)/.test(line));

  it('say every rule as a sentence, with what is due', async () => {
    await addEvents(1, 400, 500);
    const { text, status } = await client.get('/retention');
    expect(status).to.equal(200);
    const row =
      /<th scope="row" class="prose">Events “AeX SWD Execution” older than 365 days are deleted\..*?<\/tr>/s.exec(
        text,
      )!;
    expect(row[0]).to.contain('2 rows').and.to.contain(`${RULE}">Change`);
    for (const part of [
      'Changes of “AeX AC TCPIP” older',
      'Inventory “AeX AC TCPIP” is kept',
      'Audit log entries older than 1,095',
    ])
      expect(text).to.contain(part);
    expect(text).to.contain('Runs every day at 02:00');
  });

  it('show what a rule would delete before it is saved, and audit the change', async () => {
    await addEvents(1, 40, 50);
    const form = await client.get(RULE);
    expect(form.text).to.contain('value="365"').and.to.contain('Preview');
    const question = await client.post(RULE, { keepDays: '30', keepRows: '' });
    expect(question.text).to.contain('Change the retention of Events “AeX SWD Execution”?');
    expect(question.text).to.contain('The next run would delete 2 rows for good.');
    expect(await subject(server.context.cmdb, `events:${EXECUTION}`)).to.include({ keepDays: 365 });
    expect(await audit(), 'not yet').to.deep.equal([]);
    const done = await client.post(RULE, { keepDays: '30', keepRows: '', confirmed: '1' });
    expect((await client.get(done.location)).text).to.contain(
      'Events “AeX SWD Execution” older than 30 days are deleted.',
    );
    expect(await subject(server.context.cmdb, `events:${EXECUTION}`)).to.include({ keepDays: 30, keepRows: null });
    expect(await audit()).to.deep.equal(['update retention Events “AeX SWD Execution”']);
    expect(await events(), 'a rule deletes nothing by itself').to.equal(3);
  });

  it('keep what was typed when it makes no sense', async () => {
    for (const [keepDays, keepRows] of [
      ['0', ''],
      ['x', ''],
      ['30', '-1'],
    ] as const) {
      const { status, text } = await client.post(RULE, { keepDays, keepRows, confirmed: '1' });
      expect(status, keepDays).to.equal(422);
      expect(text).to.contain(`value="${keepDays}"`).and.to.contain('Enter a whole number');
    }
    expect((await client.get('/retention/rules/nothing')).status).to.equal(404);
    expect(await audit()).to.deep.equal([]);
  });

  it('change all classes of a kind at once when that is wanted', async () => {
    const { cmdb } = server.context;
    await client.get(RULE);
    const question = await client.post(RULE, { keepDays: '90', keepRows: '1000', others: '1' });
    expect(question.text).to.contain('6 classes');
    await client.post(RULE, { keepDays: '90', keepRows: '1000', others: '1', confirmed: '1' });
    const classes = await cmdb.db
      .selectFrom('DataClass')
      .select(['KeepDays', 'KeepRows'])
      .where('Kind', '=', 'event')
      .execute();
    expect(classes).to.have.length(6);
    expect(classes.every((row) => row.KeepDays === 90 && row.KeepRows === 1000)).to.equal(true);
    expect(await audit()).to.have.length(6);
  });

  it('run the purge when somebody asks for it, tell what it did, and do it once', async () => {
    await addEvents(1, 400, 500);
    await client.get('/retention');
    expect((await client.post('/retention/run')).status).to.equal(303);
    await client.post('/retention/run');
    expect((await client.get('/retention')).text).to.contain('A run is under way or asked for already.');
    const { cmdb } = server.context;
    while ((await lastRuns(cmdb, 1))[0]!.state !== 'done') await wait(50);
    expect(await events()).to.equal(1);
    expect(await lastRuns(cmdb, 5)).to.have.length(1);
    const { text } = await client.get('/retention/runs');
    expect(text).to.contain('Events “AeX SWD Execution” 2').and.to.contain('Done');
    expect(await audit()).to.deep.equal(['start retention Purge']);
    // Sizes are sampled at the end of the run, in the same thread.
    while ((await client.get('/retention/space')).text.includes('Nothing was measured yet</h2>')) await wait(50);
    const space = (await client.get('/retention/space?all=1')).text;
    expect(space).to.contain('SwdExecution').and.to.contain('Free on the disk');
    expect(space).to.contain('Growth is known when');
  });

  it('change the time of the purge', async () => {
    await client.get('/retention/schedule');
    expect((await client.post('/retention/schedule', { startAt: '25:00', maxMinutes: '60' })).status).to.equal(422);
    expect((await client.post('/retention/schedule', { startAt: '04:30', maxMinutes: '60' })).status).to.equal(303);
    expect((await client.get('/retention')).text)
      .to.contain('Runs every day at 04:30')
      .and.to.contain('60 minutes');
    expect(await audit()).to.deep.equal(['update retention Purge schedule']);
  });

  it('are for looking only when the role is a viewer’s or the form is not ours', async () => {
    await makeUser(server.context.cmdb, server.context.clock, 'viewer', 'Viewers');
    const viewer = await signedIn(server.http, 'viewer', PASSWORD);
    const pages = ['/retention', RULE, '/retention/schedule', '/retention/runs', '/retention/space', '/producers'];
    for (const path of pages) expect((await viewer.get(path)).status, path).to.equal(200);
    expect((await viewer.get('/retention')).text).to.match(
      /aria-disabled="true" title="[^"]*privilege &#34;write&#34;/,
    );
    const fields = { keepDays: '1', keepRows: '', confirmed: '1', startAt: '01:00', maxMinutes: '60' };
    for (const path of ['/retention/run', RULE, '/retention/rules/auditLog', '/retention/schedule']) {
      expect((await viewer.post(path, fields)).status, path).to.equal(403);
      expect((await client.post(path, { ...fields, _csrf: '' })).status, path).to.equal(403);
      expect((await new ConsoleClient(server.http).post(path, fields)).status, path).to.equal(403);
    }
    expect(await audit()).to.deep.equal([]);
    expect(await lastRuns(server.context.cmdb, 1)).to.deep.equal([]);
  });

  it('show who sends how much, by number, bytes and bad events, with links', async () => {
    const { cmdb, clock } = server.context;
    expect((await client.get('/producers')).text).to.contain('No event was applied in this time');
    const computer = await addComputer(cmdb);
    const hour = utc(Math.floor(clock.now() / 3600_000) * 3600_000);
    const row = (Kind: string, Subject: string, Events: number, Bytes: number, Bad: number) => ({
      Kind,
      HourAt: hour,
      Subject,
      Events,
      Bytes,
      Bad,
    });
    const gone = newGuid();
    await cmdb.insertMany('EventTally', [
      row('computer', computer, 75, 1000, 0),
      row('computer', gone, 20, 9000, 20),
      row('computer', '', 5, 0, 0),
      row('captureItem', CAPTURE_ITEM.basicInventory, 100, 10_000, 20),
      row('dataClass', EXECUTION, 10, 100, 0),
      row('dataClass', '<b>Odd</b>', 1, 1, 0),
    ]);
    const byNumber = (await client.get('/producers?span=hour')).text;
    expect(byNumber).to.contain(`/computers/${computer}"`).and.to.contain('75 %').and.to.contain('All other computers');
    expect(byNumber).to.contain('Basic inventory').and.to.contain('AeX SWD Execution</a>');
    expect(byNumber).to.contain('&lt;b&gt;Odd').and.not.to.contain('<b>Odd');
    const byBytes = (await client.get('/producers?span=hour&by=bytes')).text;
    expect(byBytes.indexOf(gone)).to.be.lessThan(byBytes.indexOf(computer));
    const bad = (await client.get('/producers?span=week&by=bad')).text;
    expect(bad).to.contain(`/events/bad?sender=${gone}">20</a>`).and.not.to.contain(`/computers/${computer}"`);
  });

  it('foretell in words, and only what the numbers allow', () => {
    const report = (growthPerDay: number | undefined): SpaceReport => ({
      sampledAt: undefined,
      tables: [],
      totalBytes: 0,
      freeInside: 0,
      queueBytes: undefined,
      growthPerDay,
      daysSeen: 12,
      days: [],
    });
    const MB = 1024 * 1024;
    expect(forecastSentence(report(undefined), 1)).to.contain('Growth is known when');
    expect(forecastSentence(report(MB), 280 * MB)).to.equal(
      'The tables grow by 1.0 MB a day over the last 12 days. At this pace the disk is full in about 9 months.',
    );
    expect(forecastSentence(report(MB), undefined)).to.contain('is not known here');
    expect(forecastSentence(report(-MB), 1)).to.contain('do not grow: 1.0 MB less a day');
    expect([0.2, 1, 45, 100, 800, 99_999].map(spanInWords)).to.deep.equal([
      'about 1 day',
      'about 1 day',
      'about 45 days',
      'about 3 months',
      'about 2 years',
      'more than ten years',
    ]);
  });
});
