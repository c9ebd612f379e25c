/** PackageServerPackages.aspx over HTTP: who is told what there is to hold. */
import { expect } from 'chai';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { addPackageServer, orderPackageServer } from '../../models/packageServers/changePackageServers.ts';
import { recordChange } from '../../models/changes/changeLog.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { PAGE, SMA_ID } from '../../wire/paths.ts';
import { writeKeyBlob } from '../../wire/proof.ts';
import { BucketDigests, readWantedAnswer, writeWantedRequest } from '../../wire/wantedList.ts';
import { addLegacyAgent } from '../support/agents.ts';
import { JANE } from '../packages/support.ts';
import { startPackageServer, type PackageServer } from '../packages/server.ts';

describe('PackageServerPackages.aspx', () => {
  let running: PackageServer;
  let guid: Guid;
  let bearer: string;
  let published: { guid: Guid; version: number };
  before(async () => {
    running = await startPackageServer();
    const { context } = running.server;
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
    running.source.write('a.txt', 'content');
    published = await running.publish('Viewer');
  });
  after(() => running.stop());

  const post = (
    body = writeWantedRequest(new BucketDigests()),
    headers: Record<string, string> = { [SMA_ID]: guid, Authorization: `Bearer ${bearer}` },
  ) => fetch(running.server.http + PAGE.packageServerPackages, { method: 'POST', headers, body });

  it('tells nothing to a computer that is no package server', async () => {
    const response = await post();
    expect(response.status).to.equal(401);
    expect(await response.text()).to.not.include('Viewer');
  });

  it('tells a package server its list, with the digest that the policy has', async () => {
    const { context } = running.server;
    await addPackageServer(context.cmdb, context.clock, JANE, guid, {});
    await context.packageServers.refreshServer(context.cmdb, guid);
    const { digest, buckets } = readWantedAnswer(await (await post()).text());
    const [wanted] = [...buckets.values()].flat();
    expect(wanted).to.include({ guid: published.guid, name: 'Viewer', version: published.version, size: 7 });
    const policy = context.packageServerPolicies.of(guid)!.bytes.toString();
    expect(policy).to.include(`<Packages digest="${digest}"/>`).and.not.to.include('Viewer');
  });

  it('names another list as soon as a package changes, in the policy too', async () => {
    const { packageServerPolicies } = running.server.context;
    const before = packageServerPolicies.of(guid)!.hash;
    running.source.write('a.txt', 'content, and more');
    const version = await running.republish(published.guid);
    const [wanted] = [...readWantedAnswer(await (await post()).text()).buckets.values()].flat();
    expect(wanted).to.include({ version });
    expect(packageServerPolicies.of(guid)!.hash).to.not.equal(before);
    const drained = packageServerPolicies.of(guid)!.hash;
    const { context } = running.server;
    await orderPackageServer(context.cmdb, context.clock, JANE, guid, 'drain');
    await context.packageServers.refreshServer(context.cmdb, guid);
    expect(packageServerPolicies.of(guid)!.hash).to.not.equal(drained);
  });

  it('tells nothing to who has proved no key, or speaks for another', async () => {
    for (const headers of [
      { [SMA_ID]: guid },
      {},
      { [SMA_ID]: newGuid(), Authorization: `Bearer ${bearer}` },
      { [SMA_ID]: guid, Authorization: 'Bearer x' },
    ] as Record<string, string>[]) {
      const response = await post(undefined, headers);
      expect(response.status).to.be.within(400, 403);
      expect(await response.text()).to.not.include('Viewer');
    }
  });

  it('refuses what is no request', async () => {
    const whole = writeWantedRequest(new BucketDigests());
    for (const text of [
      '',
      'x',
      '<other/>',
      '<packageServerPackages buckets="zz"/>',
      whole.replace('0"', '"'),
      `${whole}${whole}`,
    ]) {
      expect((await post(text)).status, text.slice(0, 60)).to.equal(400);
    }
    expect((await post(whole.replace('buckets="', `buckets="${'0'.repeat(20_000)}`))).status).to.equal(413);
  });
});
