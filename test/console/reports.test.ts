/** The pages of reports as people use them, without script. */
import { expect } from 'chai';
import { createReport } from '../../models/reports/changeReports.ts';
import { readReadyReports } from '../../models/reports/readyReports.ts';
import { fillCmdb, FRESH, OLD } from '../reports/support.ts';
import { actor, auditActions, makeUser, PASSWORD } from '../security/support.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signedIn, type Answer, type ConsoleClient } from './client.ts';

const ready = (name: string): string => readReadyReports().find((report) => report.name === name)!.guid;

describe('reports in the console', function () {
  this.timeout(120_000);
  let server: TestServer;
  let administrator: ConsoleClient;
  let viewer: ConsoleClient;
  before(async () => {
    server = await startTestServer();
    const { cmdb, clock } = server.context;
    // The server has written its own address already.
    await cmdb.db.deleteFrom('Setting').where('Name', '=', 'server.publicUrl').execute();
    await fillCmdb(cmdb);
    await makeUser(cmdb, clock, 'victor', 'Viewers');
    administrator = await signedIn(server.http);
    viewer = await signedIn(server.http, 'victor', PASSWORD);
  });
  after(() => server.stop());

  /** Runs a report and reads its page again until it has ended. */
  const run = async (
    client: ConsoleClient,
    report: string,
    fields: Record<string, string> = {},
  ): Promise<{ page: Answer; path: string }> => {
    await client.get(`/reports/${report}`);
    const started = await client.post(`/reports/${report}/run`, fields);
    expect(started.status, started.text).to.equal(303);
    for (;;) {
      const page = await client.get(started.location);
      expect(page.status).to.equal(200);
      if (!page.headers.has('refresh')) return { page, path: started.location };
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  const write = (sql: string, more: object = {}) =>
    createReport(server.context.cmdb, server.context.clock, actor, { name: 'Of the test', sql, ...more });

  it('are listed with their folders, and found', async () => {
    const list = await administrator.get('/reports');
    expect(list.text).to.contain('Silent computers').and.to.contain('Failed deliveries with computer');
    const filtered = await administrator.get('/reports?folder=Server');
    expect(filtered.text).to.contain('Top event producers').and.not.to.contain('Silent computers');
  });

  it('ask for their parameters, run, and lead from a row to its computer', async () => {
    const report = ready('Silent computers');
    const form = await viewer.get(`/reports/${report}`);
    expect(form.text).to.contain('Silent for more than (days)').and.to.contain('value="7"');
    const { page } = await run(viewer, report, { p_days: '7' });
    expect(page.text)
      .to.contain('Succeeded')
      .and.to.contain('Days = 7')
      .and.to.contain('OLD-1')
      .and.not.to.contain('FRESH-1');
    expect(page.text).to.contain(`href="/Altiris/Console/computers/${OLD}">OLD-1</a>`);
    const nobody = await run(viewer, report, { p_days: '400' });
    expect(nobody.page.text).to.contain('The query found nothing.');
    expect((await viewer.post(`/reports/${report}/run`, { p_days: 'many' })).text).to.contain('Enter a number.');
  });

  it('offer choices from a query', async () => {
    const guid = await write('SELECT Name FROM vComputer WHERE @Computer IS NULL OR Guid = @Computer', {
      parameters: [
        {
          name: 'Computer',
          type: 'guid',
          label: 'Computer',
          byDefault: '',
          choices: 'SELECT Guid, Name FROM vComputer ORDER BY Name',
        },
      ],
    });
    const form = await viewer.get(`/reports/${guid}`);
    expect(form.text).to.contain(`<option value="${FRESH}">FRESH-1</option>`);
    const { page } = await run(viewer, guid, { p_computer: FRESH });
    expect(page.text).to.contain('1 row in').and.to.contain('FRESH-1').and.not.to.contain('OLD-1');
  });

  it('draw what their chart says, and shares as bars', async () => {
    const bars = await run(administrator, ready('Delivery success by policy'), { p_days: '30' });
    expect(bars.page.text).to.contain('data-chart=').and.to.contain('As a table').and.to.contain('>Policy</th>');
    const shares = await run(administrator, ready('Computers by operating system'));
    expect(shares.page.text).to.contain('100.0 %');
  });

  it('are exported as CSV without formulas, and as JSON, whole', async () => {
    const guid = await write(
      "SELECT '=1+1' AS Bad, 'a \"b\"' AS Quoted, NULL AS Empty, 3 AS N, 4 AS N UNION ALL SELECT 'x', 'y', 'z', 1, 2 ORDER BY 1",
    );
    const { path } = await run(administrator, guid);
    const csv = await administrator.get(`${path}?format=csv`);
    expect(csv.headers.get('content-disposition')).to.equal('attachment; filename=Of-the-test.csv');
    expect(csv.text.replace('\uFEFF', '').split('\r\n')).to.deep.equal([
      'Bad,Quoted,Empty,N,N',
      '\'=1+1,"a ""b""",,3,4',
      'x,y,z,1,2',
      '',
    ]);
    const json = JSON.parse((await administrator.get(`${path}?format=json`)).text) as unknown;
    expect(json).to.deep.equal([
      { Bad: '=1+1', Quoted: 'a "b"', Empty: null, N: 3, 'N 2': 4 },
      { Bad: 'x', Quoted: 'y', Empty: 'z', N: 1, 'N 2': 2 },
    ]);
  });

  it('say when their result was cut, and show it by pages', async () => {
    const guid = await write('WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT n FROM x', {
      rowLimit: 250,
    });
    const { page, path } = await run(administrator, guid);
    expect(page.text).to.contain('Cut at 250 rows').and.to.contain('1–100 of 250').and.to.contain('Page 1 of 3');
    const last = await administrator.get(`${path}?page=3`);
    expect(last.text).to.contain('201–250 of 250').and.to.contain('>250<');
  });

  it('are cancelled', async () => {
    const guid = await write('WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT COUNT(*) FROM x');
    await administrator.get(`/reports/${guid}`);
    const { location } = await administrator.post(`/reports/${guid}/run`);
    const waiting = await administrator.get(location);
    expect(waiting.headers.get('refresh')).to.equal('2');
    expect(waiting.text).to.contain('Running').and.to.contain('Cancel');
    await administrator.post(`${location}/cancel`);
    expect((await administrator.get(location)).text).to.contain('Cancelled');
  });

  it('keep a result to who ran it, and forget it when told', async () => {
    const { path } = await run(viewer, ready('Computers by operating system'));
    expect((await administrator.get(path)).status).to.equal(404);
    expect((await administrator.get(`${path}?format=csv`)).status).to.equal(404);
    expect((await administrator.post(`${path}/delete`)).status).to.equal(404);
    expect((await viewer.get('/reports/runs')).text).to.contain(path);
    await viewer.post(`${path}/delete`);
    expect((await viewer.get(path)).status).to.equal(404);
  });

  it('are written with a preview that shows rows and plan and keeps nothing', async () => {
    await administrator.get('/reports/new');
    const sql = 'SELECT Name FROM vComputer WHERE Name LIKE @Start';
    const preview = await administrator.post('/reports/new', {
      preview: '1',
      name: '',
      sql,
      'parameter.start.byDefault': 'OLD%',
    });
    expect(preview.status).to.equal(200);
    expect(preview.text)
      .to.contain('Parameter @Start')
      .and.to.contain('OLD-1')
      .and.to.contain('Estimated plan')
      .and.to.contain('Nothing was kept');
    expect(preview.text).not.to.contain('FRESH-1');
    const faulty = await administrator.post('/reports/new', { preview: '1', sql: 'SELECT Wrapped FROM Secret' });
    expect(faulty.status).to.equal(422);
    expect(faulty.text)
      .to.contain('Access to Secret.Wrapped is prohibited')
      .and.to.contain('SELECT Wrapped FROM Secret');
    expect((await auditActions(server.context.cmdb)).slice(-2)).to.deep.equal(['preview report ', 'preview report ']);
  });

  it('are created, changed, copied and deleted, each after its form', async () => {
    await administrator.get('/reports/new');
    const fields = {
      name: 'Mine',
      folder: 'Own',
      sql: 'SELECT Name FROM vComputer',
      rowLimit: '10',
      timeLimitSeconds: '5',
    };
    const unnamed = await administrator.post('/reports/new', { ...fields, name: '' });
    expect([unnamed.status, unnamed.text.includes('Enter a name.')]).to.deep.equal([422, true]);
    const { location } = await administrator.post('/reports/new', fields);
    expect((await administrator.get(location)).text)
      .to.contain('Report Mine was created.')
      .and.to.contain('10 rows, 5 seconds');
    await administrator.get(`${location}/edit`);
    await administrator.post(`${location}/edit`, {
      ...fields,
      name: 'Mine too',
      chartKind: 'bars',
      chartLabel: 'Name',
      chartValues: 'Name',
    });
    expect((await administrator.get(`${location}/edit`)).text)
      .to.contain('value="Mine too"')
      .and.to.contain('value="bars" selected');
    expect((await administrator.get(`${location}/copy`)).text).to.contain('Mine too (copy)');
    expect((await administrator.get(`${location}/delete`)).text).to.contain('Delete 1 report?');
    const guid = location.split('/').at(-1)!;
    await administrator.post('/reports/delete', { ids: guid, confirmed: '1' });
    expect((await administrator.get(location)).status).to.equal(404);
  });

  it('that come with the program are copied, not changed', async () => {
    const page = `/reports/${ready('Silent computers')}`;
    expect((await administrator.get(page)).text).to.contain('It comes with the program: copy it and change the copy.');
    await administrator.get(`${page}/copy`);
    const changed = await administrator.post(`${page}/edit`, { name: 'x', sql: 'SELECT 1 AS n' });
    expect(changed.status).to.equal(422);
    expect(changed.text).to.contain('copy it and change the copy');
    await administrator.post('/reports/delete', { ids: page.split('/').at(-1)!, confirmed: '1' });
    expect((await administrator.get(page)).status).to.equal(200);
  });

  it('are run by viewers, and written by nobody without the privilege', async () => {
    const list = await viewer.get('/reports');
    expect(list.text).to.contain('ask an administrator for a role with the privilege &#34;sql&#34;');
    for (const path of [
      '/reports/new',
      `/reports/${ready('Silent computers')}/edit`,
      `/reports/${ready('Silent computers')}/copy`,
    ]) {
      expect((await viewer.get(path)).status, path).to.equal(403);
    }
    const before = (await auditActions(server.context.cmdb)).length;
    expect((await viewer.post('/reports/new', { name: 'x', sql: 'SELECT 1' })).status).to.equal(403);
    expect((await viewer.post('/reports/new', { preview: '1', sql: 'SELECT 1' })).status).to.equal(403);
    expect((await viewer.post('/reports/delete', { ids: ready('Silent computers'), confirmed: '1' })).status).to.equal(
      403,
    );
    expect((await auditActions(server.context.cmdb)).length).to.equal(before);
  });

  it('show their plan and what they can read', async () => {
    const plan = await viewer.get(`/reports/${ready('Silent computers')}/plan`);
    expect(plan.text).to.contain('SEARCH').and.to.contain('RM_ResourceComputer');
    const tables = await viewer.get('/reports/tables?q=primary');
    expect(tables.text)
      .to.contain('Inv_AeX_AC_Primary_User')
      .and.to.contain('[Server Generated]')
      .and.not.to.contain('vUser');
    const all = await viewer.get('/reports/tables');
    for (const secret of ['ConsoleUser', 'Secret', 'ApiToken']) expect(all.text).not.to.contain(`>${secret}<`);
    expect((await viewer.get('/reports/login')).status).to.equal(404);
  });
});
