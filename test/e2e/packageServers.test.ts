/**
 * Package servers, end to end: the server, three package servers in two sites and an agent in each, as real processes.
 * The sites are loopback networks; what an administrator does is done in the CMDB, as another node would.
 */
import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../app/config.ts';
import type { Actor } from '../../models/audit/audit.ts';
import { systemClock } from '../../models/clock.ts';
import { openCmdb, type AnyCmdb } from '../../models/cmdb/open.ts';
import { addPackageServer, orderPackageServer } from '../../models/packageServers/changePackageServers.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import { requestRefresh } from '../../models/packages/requestRefresh.ts';
import { sourceLimits } from '../../models/packages/sources/sources.ts';
import { createSoftwarePolicy } from '../../models/policies/changePolicies.ts';
import { createSite, updateSite } from '../../models/sites/changeSites.ts';
import { createSubnet } from '../../models/sites/changeSubnets.ts';
import type { Guid } from '../../wire/guid.ts';
import { TARGET } from '../../wire/wellKnown.ts';
import { runNs, startNs, type NsProcess } from '../support/process.ts';
import { freePort } from '../support/server.ts';

const JANE: Actor = { name: 'jane', address: '' };
const CONTENT = 'what the package holds, first version\n';

describe('package servers as processes', function () {
  this.timeout(240_000);

  const folder = mkdtempSync(join(tmpdir(), 'ns-package-servers-'));
  const source = join(folder, 'source');
  let environment: Record<string, string>;
  let base: string;
  let token: string;
  let server: NsProcess;
  let cmdb: AnyCmdb;
  let berlin: Guid;
  let packageGuid: Guid;
  const started = new Map<string, NsProcess>();
  const guids = new Map<string, Guid>();

  before(async () => {
    const [https, http] = [await freePort(), await freePort()];
    base = `https://127.0.0.1:${https}`;
    environment = {
      NS_DATA_DIR: join(folder, 'data'),
      NS_HTTPS_PORT: String(https),
      NS_HTTP_PORT: String(http),
      NS_HOST: '127.0.0.1',
      NS_PUBLIC_URL: base,
    };
    mkdirSync(source);
    writeFileSync(join(source, 'data.txt'), CONTENT);
    writeFileSync(join(source, 'setup.sh'), '#!/bin/sh\nexit 0\n');
    chmodSync(join(source, 'setup.sh'), 0o755);
    server = startNs(['serve'], environment);
    await server.untilSays(/Console: /);
    token = (await runNs(['token', 'create', '--name', 'e2e'], environment)).output.match(/[0-9a-f]{32}\.\S+/)![0];
    cmdb = await openCmdb(loadSettings(environment).settings.cmdb);
  });

  after(async () => {
    for (const { child } of [...started.values(), server]) child.kill('SIGKILL');
    await Promise.all([...started.values(), server].map(({ exit }) => exit));
    await cmdb.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A package server on an address of its own; resolves once it is registered and has the package service. */
  async function startPackageServer(name: string, address: string): Promise<void> {
    const port = await freePort();
    const args = ['package-server', '--server', base, '--state', join(folder, name), '--port', String(port)];
    const where = ['--host', address, '--bind', address, '--address', address, '--name', name, '--token', token];
    const pace = ['--report-interval', '1', '--retry-unit', '1', '--verbose'];
    const process = startNs([...args, ...where, ...pace]);
    started.set(name, process);
    const [, guid] = await process.untilSays(/Registered as ([0-9a-f-]{36})/);
    guids.set(name, guid as Guid);
    await addPackageServer(cmdb, systemClock, JANE, guid as Guid, {});
  }

  /** One round of an agent without anything, at an address. */
  const agentAt = (address: string, name: string) => {
    const args = ['agent', '--server', base, '--state', join(folder, name), '--token', token, '--name', name];
    return runNs([...args, '--address', address, '--once', '--retry-unit', '1', '--verbose']);
  };

  const holding = (name: string) =>
    cmdb.db
      .selectFrom('PackageHolding as h')
      .innerJoin('Package as p', 'p.Guid', 'h.PackageGuid')
      .select(['h.State', 'h.HeldVersion', 'p.CurrentVersion', 'h.Versions', 'h.Detail'])
      .where('h.ResourceGuid', '=', guids.get(name)!)
      .executeTakeFirst();

  const untilHeld = (name: string, version?: number) =>
    until(`${name} holds the package`, async () => {
      const found = await holding(name);
      const isCurrent = found?.State === 'ready' && found.HeldVersion === found.CurrentVersion;
      return isCurrent && (version === undefined || found.HeldVersion === version);
    });

  async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
    for (let attempt = 0; attempt < 300; attempt++) {
      if (await holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const logs = [...started].map(([name, { output }]) => `${name}:\n${output()}`).join('\n');
    throw new Error(`in vain: ${what}\n${JSON.stringify(await Promise.all([...guids.keys()].map(holding)))}\n${logs}`);
  }

  /** What an agent says when it downloads; the server follows what other processes change within half a second. */
  async function downloaded(address: string, name: string): Promise<string> {
    let said = '';
    await until(`${name} downloads`, async () => {
      const { code, output } = await agentAt(address, name);
      expect(code, output).to.equal(0);
      said = output;
      return output.includes('Downloading "Viewer"');
    });
    return said;
  }

  const addressOf = (name: string): string =>
    `https://${{ PS1: '127.0.1.1', PS2: '127.0.2.1', PS3: '127.0.1.2' }[name]}`;

  it('hold what they are assigned, and say so', async () => {
    berlin = await createSite(cmdb, systemClock, JANE, { name: 'Berlin' });
    const lyon = await createSite(cmdb, systemClock, JANE, { name: 'Lyon' });
    await createSubnet(cmdb, systemClock, JANE, { subnet: '127.0.1.0/24', siteGuid: berlin });
    await createSubnet(cmdb, systemClock, JANE, { subnet: '127.0.2.0/24', siteGuid: lyon });
    const limits = sourceLimits(loadSettings(environment).settings);
    packageGuid = await createPackage(
      cmdb,
      systemClock,
      JANE,
      {
        name: 'Viewer',
        sourceKind: 'folder',
        sourcePath: source,
        programs: [{ name: 'Install', commandLine: './setup.sh' }],
      },
      limits,
    );
    await startPackageServer('PS1', '127.0.1.1');
    await startPackageServer('PS2', '127.0.2.1');
    await untilHeld('PS1');
    await untilHeld('PS2');
    await until('the events of both have been applied', async () => {
      const rows = await cmdb.db.selectFrom('PackageServerEvent').select(['Status', 'Codebase']).execute();
      return rows.length === 2 && rows.every(({ Status }) => Status === 'Codebase Enabled');
    });
    const { Guid: programGuid } = await cmdb.db.selectFrom('Program').select('Guid').executeTakeFirstOrThrow();
    const policy = { name: 'Rollout', isEnabled: true, targets: [TARGET.allComputers], packageGuid, programGuid };
    await createSoftwarePolicy(cmdb, systemClock, JANE, policy);
  });

  it('serve the agents of their own site', async () => {
    expect(await downloaded('127.0.1.50', 'WKS-BERLIN')).to.match(
      new RegExp(`Downloading "Viewer".* from ${addressOf('PS1')}`),
    );
    expect(await downloaded('127.0.2.50', 'WKS-LYON')).to.match(
      new RegExp(`Downloading "Viewer".* from ${addressOf('PS2')}`),
    );
  });

  it('and ns explain says the same, with the reasons', async () => {
    const { code, output } = await runNs(['explain', '--package', 'Viewer', '--address', '127.0.1.50'], environment);
    expect(code, output).to.equal(0);
    expect(output).to.include('127.0.1.50 lies in 127.0.1.0/24');
    expect(output).to.match(/^1\. {2}PS1 \(https:\/\/127\.0\.1\.1:\d+\): It serves the site\.$/m);
    expect(output).to.match(/^- {3}PS2 .*: It serves other sites\.$/m);
    expect(output).to.include('/Altiris/PS/Share/***/');
    const unknown = await runNs(['explain', '--package', 'Nothing', '--address', '127.0.1.50'], environment);
    expect([unknown.code, unknown.output.trim()]).to.deep.equal([1, 'There is no package "Nothing".']);
    expect((await runNs(['explain', '--package', 'Viewer'], environment)).code).to.equal(2);
  });

  it('an agent of no site gets the files from the server itself', async () => {
    const elsewhere = await agentAt('127.0.9.9', 'WKS-ELSEWHERE');
    expect(elsewhere.code, elsewhere.output).to.equal(0);
    expect(elsewhere.output).to.match(new RegExp(`Downloading "Viewer".* from ${base}`));
  });

  it('what somebody has tampered with is refused, found and mended', async () => {
    const hash = createHash('sha256').update(CONTENT).digest('hex');
    const content = join(folder, 'PS2', 'content', 'objects', hash.slice(0, 2), hash);
    writeFileSync(content, CONTENT.replace('first', 'worst'));
    const refused = await agentAt('127.0.2.51', 'WKS-REFUSES');
    expect(refused.code, refused.output).to.equal(1);
    expect(refused.output).to.include('is not the file of the manifest');
    expect(existsSync(join(folder, 'WKS-REFUSES', 'packages', packageGuid, 'data.txt'))).to.equal(false);

    await orderPackageServer(cmdb, systemClock, JANE, guids.get('PS2')!, 'verify');
    await started.get('PS2')!.untilSays(/files were damaged on the disk/);
    await until('the content is whole again', () =>
      Promise.resolve(existsSync(content) && readFileSync(content, 'utf8') === CONTENT),
    );
    await untilHeld('PS2');
    const again = await agentAt('127.0.2.51', 'WKS-REFUSES');
    expect(again.code, again.output).to.equal(0);
    expect(again.output).to.include(`from ${addressOf('PS2')}`);
  });

  it('a new version comes to the package servers, and from them to the agents, while the old one is still served', async () => {
    const before = (await holding('PS1'))!.CurrentVersion!;
    writeFileSync(join(source, 'data.txt'), 'what the package holds, second version\n');
    await requestRefresh(cmdb, systemClock, JANE, [packageGuid]);
    await until('the package is published anew', async () => (await holding('PS1'))!.CurrentVersion! > before);
    await untilHeld('PS1');
    await untilHeld('PS2');
    expect((await holding('PS1'))!.Versions.split(' ').map(Number)).to.include(before);
    expect(started.get('PS1')!.output()).to.match(/ready, 39 bytes fetched/);
    const again = await downloaded('127.0.1.50', 'WKS-BERLIN');
    expect(again).to.match(new RegExp(`Downloading "Viewer".*: 39 bytes from ${addressOf('PS1')}`));
  });

  it('when one of a site is killed, another is taken', async () => {
    await startPackageServer('PS3', '127.0.1.2');
    await untilHeld('PS3');
    started.get('PS1')!.child.kill('SIGKILL');
    await started.get('PS1')!.exit;
    let tried = 0;
    await until('the server knows of it', async () =>
      (await agentAt('127.0.1.59', `WKS-TRY-${tried++}`)).output.includes(`from ${addressOf('PS3')}`),
    );
    // Each agent has an order of its own: with some of them the dead one stands first.
    const rounds = [];
    for (const name of ['WKS-A', 'WKS-B', 'WKS-C']) rounds.push(await agentAt('127.0.1.60', name));
    for (const { code, output } of rounds) {
      expect(code, output).to.equal(0);
      expect(output).to.include(`from ${addressOf('PS3')}`);
    }
  });

  it('when none of a site is left, and it has no fallback, its agents go nowhere else', async () => {
    started.get('PS3')!.child.kill('SIGKILL');
    await started.get('PS3')!.exit;
    const fields = { name: 'Berlin', fallback: 'none' };
    await updateSite(cmdb, systemClock, JANE, berlin, fields);
    let asked = 0;
    let alone = { code: 0 as number | null, output: '' };
    await until('the server follows that', async () => {
      alone = await agentAt('127.0.1.61', `WKS-ALONE-${asked++}`);
      return alone.code === 1;
    });
    expect(alone.output).not.to.include(`from ${base}`);
  });
});
