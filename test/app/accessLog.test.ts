/** The W3C extended log, read as the tools for IIS logs read it: by its #Fields line. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { redactStem } from '../../app/accessLog.ts';
import { addLegacyAgent, LEGACY_LOOPBACK } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const IIS_FIELDS =
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken'.split(
    ' ',
  );

describe('the access log', () => {
  let test: TestServer;
  let rows: Record<string, string>[];
  let name: string;

  before(async () => {
    test = await startTestServer({ environment: LEGACY_LOOPBACK });
    const agent = await addLegacyAgent(test.context);
    const get = (path: string, headers: Record<string, string> = {}) =>
      fetch(test.http + path, { headers }).then((response) => response.text());
    await get(`/Altiris/NS/Agent/GetClientPolicies.aspx?WrkstaGuid=${agent}`, {
      'user-agent': 'Altiris Agent 8.8 (test)',
    });
    await get('/Altiris/NS/Agent/Nothing.aspx');
    await get('/Altiris/PackageShare/SECRETTOKEN/%7B0f6c1d52-8a3b-4c1e-9d55-2f1d2b3c4d5e%7D/1/a.txt');
    await get('/Altiris/NS/Agent/GetPackageSnapshot.aspx?package=x&token=SECRETTOKEN&version=1');
    await get('/Altiris/NS/Agent/GetPackageSnapshot.aspx?Token=SECRETTOKEN');
    await get('/healthz', { 'user-agent': '' });
    await test.server.stop();
    const folder = join(test.dataDir, 'logs');
    [name] = readdirSync(folder) as [string];
    const text = readFileSync(join(folder, name), 'utf8');
    expect(text).to.not.include('SECRETTOKEN');
    const lines = text.trim().split('\n');
    const fields = lines
      .find((line) => line.startsWith('#Fields: '))!
      .slice('#Fields: '.length)
      .split(' ');
    expect(fields).to.deep.equal(IIS_FIELDS);
    rows = lines
      .filter((line) => !line.startsWith('#'))
      .map((line) => {
        const values = line.split(' ');
        expect(values, line).to.have.length(IIS_FIELDS.length);
        return Object.fromEntries(fields.map((field, index) => [field, values[index]!]));
      });
  });
  after(() => test.stop());

  it('is named as IIS names its own, one file a day', () => {
    expect(name).to.match(/^u_ex\d{6}\.log$/);
  });

  it('has a line for each request, with blanks of the client written as +', () => {
    expect(rows.map((row) => row['sc-status'])).to.deep.equal([
      '200',
      '404',
      rows[2]!['sc-status'],
      rows[3]!['sc-status'],
      rows[4]!['sc-status'],
      '200',
    ]);
    expect(rows[0]).to.include({
      'cs-method': 'GET',
      'cs-uri-stem': '/Altiris/NS/Agent/GetClientPolicies.aspx',
      'c-ip': '127.0.0.1',
      's-ip': '127.0.0.1',
      'cs-username': '-',
      'cs(User-Agent)': 'Altiris+Agent+8.8+(test)',
      'sc-substatus': '0',
      'sc-win32-status': '0',
    });
    expect(rows[0]!['s-port']).to.equal(new URL(test.http).port);
    expect(rows[0]!['time-taken']).to.match(/^\d+$/);
    expect(rows[1]!['cs-uri-query']).to.equal('-');
  });

  it('shows download tokens cut, in paths and in queries', () => {
    expect(rows[2]!['cs-uri-stem']).to.match(/^\/Altiris\/PackageShare\/\*\*\*\//);
    expect(rows[3]!['cs-uri-query']).to.equal('package=x&token=***&version=1');
    expect(rows[4]!['cs-uri-query']).to.equal('Token=***');
    expect(redactStem('/ALTIRIS/packageshare/abc')).to.equal('/ALTIRIS/packageshare/***');
  });
});
