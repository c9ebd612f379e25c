/** PackageServerReport.aspx over HTTP: who may report, and what a report cannot do. */
import { expect } from 'chai';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { addPackageServer } from '../../models/packageServers/changePackageServers.ts';
import { recordChange } from '../../models/changes/changeLog.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { readReportAnswer, writeReport, type PackageServerReport } from '../../wire/packageServer.ts';
import { PAGE, SMA_ID } from '../../wire/paths.ts';
import { writeKeyBlob } from '../../wire/proof.ts';
import { addLegacyAgent, LEGACY_LOOPBACK, rowCounts } from '../support/agents.ts';
import { reportOf } from '../support/packageServers.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { JANE } from '../packages/support.ts';

const TABLES = ['PackageServer', 'PackageServerReport', 'PackageHolding'];

describe('PackageServerReport.aspx', () => {
  let test: TestServer;
  let guid: Guid;
  let bearer: string;
  before(async () => {
    test = await startTestServer({ environment: LEGACY_LOOPBACK });
    const { context } = test;
    guid = await addLegacyAgent(context, 'PS1');
    const key = writeKeyBlob(generateKeyPairSync('ed25519').publicKey);
    const KeyHash = createHash('sha256').update(key).digest('hex');
    await context.cmdb.db
      .updateTable('AgentRegistration')
      .set({ PolicyKey: key, KeyHash })
      .where('ResourceGuid', '=', guid)
      .execute();
    await recordChange(context.cmdb, context.clock, 'registration', guid);
    await context.agents.refresh(context.cmdb, guid);
    bearer = context.tokens.issueBearer(guid, KeyHash).token;
  });
  after(() => test.stop());

  const post = (
    report: Partial<PackageServerReport> | string,
    headers: Record<string, string> = { [SMA_ID]: guid, Authorization: `Bearer ${bearer}` },
  ) =>
    fetch(test.http + PAGE.packageServerReport, {
      method: 'POST',
      headers,
      body: typeof report === 'string' ? report : writeReport(reportOf('10.1.0.10', [], report)),
    });

  it('takes nothing from a computer that is no package server, and tells it so', async () => {
    const before = await rowCounts(test.context, TABLES);
    const response = await post({});
    expect(response.status).to.equal(200);
    expect(readReportAnswer(await response.text())).to.deep.equal({ wantsPackages: false, policyHash: '' });
    expect(await rowCounts(test.context, TABLES)).to.deep.equal(before);
  });

  it('takes nothing from who has proved no key, not even from an address that is let in by GUID', async () => {
    await addPackageServer(test.context.cmdb, test.context.clock, JANE, guid, {});
    const before = await rowCounts(test.context, TABLES);
    expect((await post({}, { [SMA_ID]: guid })).status).to.equal(401);
    expect((await post({}, {})).status).to.be.within(400, 403);
    expect((await post({}, { [SMA_ID]: newGuid(), Authorization: `Bearer ${bearer}` })).status).to.equal(403);
    expect(await rowCounts(test.context, TABLES)).to.deep.equal(before);
  });

  it('answers a package server with the hash of the policy that it gets', async () => {
    const answer = readReportAnswer(await (await post({})).text());
    expect(answer.policyHash).to.match(/^[0-9A-F]{32}$/);
    const { set } = test.context.policies.check(guid, {});
    expect([...set.policies.values()]).to.include(answer.policyHash);
    expect(test.context.packageServers.get(guid)!.bases).to.deep.equal([
      { url: 'https://10.1.0.10:8443', pin: 'ab'.repeat(32) },
    ]);
  });

  it('takes no address that is more than scheme, host and port', async () => {
    const before = await test.context.cmdb.db.selectFrom('PackageServerReport').selectAll().execute();
    for (const httpsUrl of [
      'https://10.1.0.10:8443/path',
      'https://user:secret@10.1.0.10',
      'https://10.1.0.10?query',
      'http://10.1.0.10',
      'javascript:alert(1)',
      'file:///etc/passwd',
      '//10.1.0.10',
      `https://${'a'.repeat(500)}`,
    ]) {
      expect((await post({ httpsUrl })).status, httpsUrl.slice(0, 40)).to.equal(400);
    }
    for (const text of ['', 'x', '<other/>', '<packageServer/>'.repeat(2), '<!DOCTYPE a []><packageServer/>']) {
      expect((await post(text)).status, text).to.equal(400);
    }
    expect(await test.context.cmdb.db.selectFrom('PackageServerReport').selectAll().execute()).to.deep.equal(before);
  });

  it('hands the token key of a package server to nobody else', async () => {
    const other = await addLegacyAgent(test.context, 'WKS-1');
    const own = test.context.policies.answer(guid, {}).toString();
    expect(own).to.include('tokenKey="');
    expect(test.context.policies.answer(other, {}).toString()).not.to.include('tokenKey');
    // A computer that is let in by its GUID could be anybody who knows it.
    await addPackageServer(test.context.cmdb, test.context.clock, JANE, other, {});
    await test.context.packageServers.refreshServer(test.context.cmdb, other);
    const answer = await fetch(`${test.http}${PAGE.getClientPolicies}?WrkstaGuid=${other}`, {
      headers: { [SMA_ID]: other },
    });
    expect(answer.status).to.equal(200);
    expect(await answer.text()).not.to.include('tokenKey');
  });
});
