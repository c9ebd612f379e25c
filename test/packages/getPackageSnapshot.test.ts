import { expect } from 'chai';
import { createPublicKey } from 'node:crypto';
import { braces, newGuid, type Guid } from '../../wire/guid.ts';
import { readManifest, verifyManifest } from '../../wire/manifest.ts';
import { PAGE } from '../../wire/paths.ts';
import { child, parseXml } from '../../wire/xml.ts';
import { setPackagesEnabled } from '../../models/packages/updatePackage.ts';
import { decideRegistrations } from '../../models/agents/decide.ts';
import { addLegacyAgent } from '../support/agents.ts';
import { askInfo, infoRequest, startPackageServer, type PackageServer } from './server.ts';
import { JANE } from './support.ts';

describe('GetPackageSnapshot.aspx', () => {
  let running: PackageServer;
  let guid: Guid;
  let version: number;
  before(async () => {
    running = await startPackageServer();
    for (let number = 0; number < 40; number++) running.source.write(`dir ${number % 3}/file ${number} & more.txt`);
    ({ guid, version } = await running.publish('Example'));
  });
  after(() => running.stop());

  const headers = (): Record<string, string> => ({ 'x-sma-id': running.agent });
  const get = (
    query: Record<string, string>,
    more: Record<string, string> = headers(),
    page: string = PAGE.getPackageSnapshot,
  ): Promise<Response> => fetch(`${running.server.http}${page}?${new URLSearchParams(query)}`, { headers: more });
  const codeOf = async (response: Response): Promise<string | undefined> =>
    parseXml(await response.text()).attributes.code;

  it('answers the signed manifest under every name of page and parameter', async () => {
    const manifest = await (await get({ package: braces(guid) })).text();
    const read = readManifest(manifest);
    expect(read).to.include({ packageGuid: guid, version });
    expect(read.files).to.have.length(40);
    expect(verifyManifest(createPublicKey(running.server.context.secrets.signingKey), read)).to.equal(true);
    for (const page of ['GetPackageSnapshot.asp', 'GetSnapshot.asp', 'GETSNAPSHOT.ASPX']) {
      for (const parameter of ['package', 'packageGuid', 'PACKAGEGUID', 'guid', 'id', 'PackageId', 'xml']) {
        const response = await get({ [parameter]: guid.toUpperCase() }, headers(), `/altiris/NS/agent/${page}`);
        expect(response.status, `${page} ${parameter}`).to.equal(200);
        expect(await response.text()).to.equal(manifest);
      }
    }
    const xml = infoRequest(running.agent, [guid]);
    expect(await (await get({ Xml: xml })).text()).to.equal(manifest);
  });

  it('is reached by the address that GetPackageInfo prints, without any header', async () => {
    const answer = await askInfo(running, [guid]);
    const address = child(child(answer, 'Source'), 'Codebase')!.attributes.snapshot!;
    const response = await fetch(address.replace(/^https?:\/\/[^/]+/, running.server.http));
    expect(response.status).to.equal(200);
    expect(readManifest(await response.text()).version).to.equal(version);
  });

  it('answers 304 without a body to who has it, and the whole to who has another', async () => {
    const first = await get({ package: guid });
    const etag = first.headers.get('etag')!;
    expect(etag).to.equal(`"${version}-${readManifest(await first.text()).hash}-signing:1"`);
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get({ package: guid }, { ...headers(), 'if-none-match': tag });
      expect(again.status, tag).to.equal(304);
      expect(await again.text()).to.equal('');
      expect(again.headers.get('etag')).to.equal(etag);
    }
    for (const tag of ['"other"', etag.replaceAll('"', ''), `${etag}x`]) {
      expect((await get({ package: guid }, { ...headers(), 'if-none-match': tag })).status, tag).to.equal(200);
    }
  });

  it('keeps older versions, and tells who asks for one that is gone what to use', async () => {
    running.source.write('another file');
    const next = await running.republish(guid);
    expect(readManifest(await (await get({ package: guid, version: String(version) })).text()).version).to.equal(
      version,
    );
    expect(readManifest(await (await get({ package: guid })).text()).version).to.equal(next);
    const response = await get({ package: guid, version: '5' });
    const text = await response.text();
    expect(response.status).to.equal(404);
    expect(text).to.contain(`use version ${next}`);
    expect(parseXml(text).attributes).to.deep.equal({ code: 'versionNotFound', currentVersion: String(next) });
    version = next;
  });

  it('refuses who names no package, no GUID, or a version that is no number', async () => {
    for (const [query, code] of [
      [{}, 'badRequest'],
      [{ package: '' }, 'badGuid'],
      [{ package: '../../etc/passwd' }, 'badGuid'],
      [{ xml: '<request' }, 'badXml'],
      [{ xml: '<request><package/></request>' }, 'badGuid'],
      [{ package: guid, version: '1e3' }, 'badRequest'],
      [{ package: guid, version: '-1' }, 'badRequest'],
    ] as const) {
      const response = await get(query as Record<string, string>);
      expect(response.status, JSON.stringify(query)).to.equal(400);
      expect(await codeOf(response)).to.equal(code);
    }
  });

  it('knows no package that is unknown or switched off', async () => {
    const { context } = running.server;
    expect(await codeOf(await get({ package: newGuid() }))).to.equal('packageNotFound');
    const off = await running.publish('Off');
    await setPackagesEnabled(context.cmdb, context.clock, JANE, [off.guid], false);
    await context.packages.refresh(context.cmdb, off.guid);
    const response = await get({ package: off.guid });
    expect(response.status).to.equal(404);
    expect(await codeOf(response)).to.equal('packageNotFound');
  });

  it('lets nobody in without an identity, with a token for something else, or with the token of a revoked computer', async () => {
    const { context } = running.server;
    const token = (agent: Guid, forPackage: Guid): string => context.tokens.issueDownloadToken(agent, forPackage);
    expect((await get({ package: guid }, {})).status).to.be.oneOf([400, 401, 403]);
    expect((await get({ package: guid, token: 'rubbish' }, {})).status).to.equal(401);
    const other = await running.publish('Other');
    expect((await get({ package: guid, token: token(running.agent, other.guid) }, {})).status).to.equal(403);
    expect(
      (await get({ package: guid, token: token(running.agent, guid) }, { 'x-sma-id': newGuid() })).status,
    ).to.equal(403);
    expect((await get({ package: guid, token: token(newGuid(), guid) }, {})).status).to.equal(403);

    const revoked = await addLegacyAgent(context, 'WKS-099');
    expect((await get({ package: guid, token: token(revoked, guid) }, {})).status).to.equal(200);
    const { Guid: registration } = await context.cmdb.db
      .selectFrom('AgentRegistration')
      .select('Guid')
      .where('ResourceGuid', '=', revoked)
      .executeTakeFirstOrThrow();
    await decideRegistrations({ cmdb: context.cmdb, clock: context.clock, agents: context.agents }, JANE, 'revoke', [
      registration,
    ]);
    const response = await get({ package: guid, token: token(revoked, guid) }, {});
    expect(response.status).to.equal(403);
    expect(await codeOf(response)).to.equal('notRegistered');
  });

  it('takes HEAD', async () => {
    const response = await fetch(`${running.server.http}${PAGE.getPackageSnapshot}?package=${guid}`, {
      method: 'HEAD',
      headers: headers(),
    });
    expect(response.status).to.equal(200);
    expect(await response.text()).to.equal('');
  });
});
