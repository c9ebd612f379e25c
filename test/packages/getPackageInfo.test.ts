import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { braces, guid as knownGuid, newGuid, type Guid } from '../../wire/guid.ts';
import { PACKAGE_SHARE, PAGE } from '../../wire/paths.ts';
import { child, childrenNamed, parseXml, type XmlElement } from '../../wire/xml.ts';
import { setPackagesEnabled } from '../../models/packages/updatePackage.ts';
import { createSite } from '../../models/sites/changeSites.ts';
import { createSubnet } from '../../models/sites/changeSubnets.ts';
import { addLegacyAgent, rowCounts } from '../support/agents.ts';
import { infoRequest, startPackageServer, type PackageServer } from './server.ts';
import { JANE } from './support.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/protocol/${name}`, import.meta.url), 'utf8');

describe('GetPackageInfo.aspx', () => {
  let running: PackageServer;
  let guid: Guid;
  let version: number;
  before(async () => {
    running = await startPackageServer({
      NS_PUBLIC_URL: 'https://ns1.example.test',
      NS_MAX_CONCURRENT_PACKAGE_INFO_REQUESTS: '1',
    });
    running.source.write('setup.exe', 'twelve bytes');
    ({ guid, version } = await running.publish('Viewer & "Editor" <2>'));
  });
  after(() => running.stop());

  const get = (query: Record<string, string>, page: string = PAGE.getPackageInfo): Promise<Response> =>
    fetch(`${running.server.http}${page}?${new URLSearchParams(query)}`);
  const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(running.server.http + PAGE.getPackageInfo, {
      method: 'POST',
      headers: { 'content-type': 'application/xml', ...headers },
      body,
    });
  const read = async (response: Response): Promise<XmlElement> => {
    const text = await response.text();
    expect(response.status, text).to.equal(200);
    expect(response.headers.get('content-type')).to.equal('text/xml; charset=utf-8');
    return parseXml(text);
  };
  const ask = async (...packages: Guid[]): Promise<XmlElement> =>
    read(await get({ xml: infoRequest(running.agent, packages) }));

  it('answers as the contract has it', async () => {
    const answer = await ask(guid);
    expect(answer.name).to.equal('Package');
    expect(answer.attributes).to.deep.equal({
      id: braces(guid),
      name: 'Viewer & "Editor" <2>',
      size: '12',
      version: String(version),
      remote: 'false',
      priority: 'Normal',
      status: 'valid',
      minspeed: '0',
      enableMulticast: 'true',
      statusDescription: 'valid',
      sourceKey: running.server.context.secrets.publicKeyBlob,
    });
    const source = child(answer, 'Source')!;
    expect(source.attributes.time).to.match(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect(source.attributes.speedTest).to.equal('true');
    expect(child(source, 'SiteQuery')!.attributes).to.deep.equal({
      url: 'https://ns1.example.test/Altiris/NS/Agent/GetPackageInfo.aspx',
      resource: braces(running.agent),
      type: 'codebases',
    });
    const [codebase, ...others] = childrenNamed(source, 'Codebase');
    expect(others).to.deep.equal([]);
    const encoded = `%7B${guid}%7D`;
    const href = new RegExp(
      `^https://ns1\\.example\\.test${PACKAGE_SHARE}([A-Za-z0-9_-]+)/${encoded}/${version}$`,
    ).exec(codebase!.attributes.href!);
    expect(href, codebase!.attributes.href).to.not.equal(null);
    expect(running.server.context.tokens.readDownloadToken(href![1]!)).to.deep.include({
      computer: running.agent,
      packageGuid: guid,
    });
    expect(codebase!.attributes.snapshot).to.equal(
      `https://ns1.example.test/Altiris/NS/Agent/GetPackageSnapshot.aspx?package=${encoded}&version=${version}&token=${href![1]}`,
    );
  });

  it('has every element and attribute of the published sample, but for other places', async () => {
    const shape = (element: XmlElement): unknown => [
      element.name,
      Object.keys(element.attributes).sort(),
      element.children.map(shape),
    ];
    const sample = parseXml(fixture('13-getpackageinfo-response.xml'));
    const source = child(sample, 'Source')!;
    source.children.splice(2);
    expect(shape(await ask(guid))).to.deep.equal(shape(sample));
  });

  it('answers the GET form in any letter case, its older twin and the POST alike', async () => {
    const body = infoRequest(running.agent, [guid]);
    const expected = (await ask(guid)).attributes;
    for (const page of ['/ALTIRIS/ns/agent/GETPACKAGEINFO.ASPX', '/Altiris/NS/Agent/GetPackageInfo.asp']) {
      expect((await read(await get({ XML: body }, page))).attributes).to.deep.equal(expected);
    }
    expect((await read(await post(body, { 'x-sma-id': running.agent }))).attributes).to.deep.equal(expected);
  });

  it('takes the published request as it is', async () => {
    const resource = knownGuid('0f6c1d52-8a3b-4c1e-9d55-2f1d2b3c4d5e');
    const sent = fixture('12-getpackageinfo-request.xml').replace(resource, running.agent);
    const answer = await read(await post(sent));
    expect(answer.attributes).to.include({ id: '{5e6f7a8b-9c0d-4e1f-8a2b-3c4d5e6f7a8b}', status: 'notready' });
  });

  it('answers several packages in one container, in the order asked for, each with a token of its own', async () => {
    running.source.write('other.txt');
    const other = await running.publish('Other');
    const answer = await ask(other.guid, guid, other.guid);
    expect(answer.name).to.equal('Packages');
    expect(answer.children.map((element) => element.attributes.id)).to.deep.equal(
      [other.guid, guid, other.guid].map(braces),
    );
    const granted = answer.children.map((element) => {
      const href = child(child(element, 'Source'), 'Codebase')!.attributes.href!;
      return running.server.context.tokens.readDownloadToken(href.split('/')[5]!)!.packageGuid;
    });
    expect(granted).to.deep.equal([other.guid, guid, other.guid]);
  });

  it('gives each agent tokens of its own from the one list', async () => {
    const second = await addLegacyAgent(running.server.context, 'WKS-043');
    const answer = await read(await get({ xml: infoRequest(second, [guid]) }));
    const source = child(answer, 'Source')!;
    expect(child(source, 'SiteQuery')!.attributes.resource).to.equal(braces(second));
    const token = child(source, 'Codebase')!.attributes.href!.split('/')[5]!;
    expect(running.server.context.tokens.readDownloadToken(token)!.computer).to.equal(second);
  });

  it('offers nothing of a package that is unknown, switched off or not published', async () => {
    const { context } = running.server;
    const off = await running.publish('Off');
    await setPackagesEnabled(context.cmdb, context.clock, JANE, [off.guid], false);
    await context.packages.refresh(context.cmdb, off.guid);
    for (const [asked, description] of [
      [newGuid(), 'There is no such package.'],
      [off.guid, 'The package is switched off.'],
    ] as const) {
      const answer = await ask(asked);
      expect(answer.attributes).to.include({ id: braces(asked), status: 'notready', statusDescription: description });
      expect(childrenNamed(child(answer, 'Source'), 'Codebase')).to.deep.equal([]);
    }
  });

  it('tells of a new version at once', async () => {
    running.source.write('setup.exe', 'changed');
    const next = await running.republish(guid);
    expect(next).to.be.greaterThan(version);
    expect((await ask(guid)).attributes).to.include({ version: String(next) });
    version = next;
  });

  it('asks for the site of the agent by the addresses it names, else by the one it calls from', async () => {
    const { context } = running.server;
    const loopback = await createSite(context.cmdb, context.clock, JANE, { name: 'Loopback' });
    await createSubnet(context.cmdb, context.clock, JANE, { subnet: '127.0.0.0/8', siteGuid: loopback });
    await context.sites.refresh(context.cmdb);
    expect(context.sites.siteOfAddresses(['127.0.0.1']).site?.guid).to.equal(loopback);
    for (const addresses of [[], ['192.0.2.15'], ['rubbish', '127.0.0.9']]) {
      const answer = await read(await get({ xml: infoRequest(running.agent, [guid], addresses) }));
      expect(childrenNamed(child(answer, 'Source'), 'Codebase')).to.have.length(1);
    }
  });

  it('notes that the package is in use and counts the request', async () => {
    const { context } = running.server;
    context.packages.takeUsed();
    await ask(guid, newGuid());
    expect(context.packages.takeUsed()).to.deep.equal([guid]);
    await context.counters.flush();
    const [row] = await context.counters.series(['packageInfo'], 0);
    expect(row!.total).to.be.greaterThan(0);
  });

  describe('refuses', () => {
    const request = (inner: string, resource?: string): string =>
      `<request resource="${resource ?? braces(running.agent)}">${inner}</request>`;
    const asked = (): string => `<packages><package guid="${braces(guid)}"/></packages>`;

    for (const [what, body, status, code] of [
      ['no XML', () => 'rubbish', 400, 'badXml'],
      ['a doctype', () => `<!DOCTYPE x [<!ENTITY a "b">]>${request(asked())}`, 400, 'badXml'],
      ['another root', () => `<ask>${asked()}</ask>`, 400, 'badRequest'],
      ['no package', () => request('<packages/>'), 400, 'badRequest'],
      ['a package without a GUID', () => request('<packages><package/></packages>'), 400, 'badGuid'],
      [
        'a package with half a brace',
        () => request(`<packages><package guid="{${newGuid()}"/></packages>`),
        400,
        'badGuid',
      ],
      ['a resource that is no GUID', () => request(asked(), 'computer'), 400, 'badGuid'],
      [
        'too many packages',
        () => request(`<packages>${'<package guid="{5e6f7a8b-9c0d-4e1f-8a2b-3c4d5e6f7a8b}"/>'.repeat(501)}</packages>`),
        400,
        'badRequest',
      ],
      ['100,000 nested elements', () => `${'<a>'.repeat(30_000)}`, 400, 'badXml'],
      ['a computer that is not registered', () => request(asked(), braces(newGuid())), 403, 'notRegistered'],
      ['a body of 300 KB', () => request(asked()) + ' '.repeat(300_000), 413, 'tooLarge'],
    ] as const) {
      it(what, async () => {
        const { context } = running.server;
        const tables = ['Package', 'Resource', 'AuditEntry', 'ChangeLog', 'AgentRegistration'];
        const before = await rowCounts(context, tables);
        const response = await post(body());
        const text = await response.text();
        expect(response.status, text).to.equal(status);
        expect(parseXml(text).attributes.code).to.equal(code);
        expect(await rowCounts(context, tables)).to.deep.equal(before);
        expect((await ask(guid)).attributes.status).to.equal('valid');
      });
    }

    it('a header that names another computer', async () => {
      const response = await post(infoRequest(running.agent, [guid]), { 'x-sma-id': newGuid() });
      expect(response.status).to.equal(403);
      expect(parseXml(await response.text()).attributes.code).to.equal('identityMismatch');
    });

    it('a GET without xml, and another method', async () => {
      expect((await get({})).status).to.equal(400);
      expect((await fetch(running.server.http + PAGE.getPackageInfo, { method: 'PUT' })).status).to.equal(405);
    });

    it('one request more than it may have under way, and takes it when there is room', async () => {
      const slow = httpRequest(running.server.http + PAGE.getPackageInfo, { method: 'POST' });
      slow.on('error', () => undefined);
      slow.write('<request');
      let status = 200;
      for (let tries = 0; status === 200 && tries < 200; tries++)
        status = (await post(infoRequest(running.agent, [guid]))).status;
      expect(status).to.equal(503);
      slow.destroy();
      for (let tries = 0; status !== 200 && tries < 200; tries++)
        status = (await post(infoRequest(running.agent, [guid]))).status;
      expect(status).to.equal(200);
    });
  });
});
