/**
 * Package servers, end to end: which one is taken, and what happens when it is tampered with, changed or killed. The
 * server, three package servers in two sites and an agent in each are real processes.
 */
import { expect } from 'chai';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../models/clock.ts';
import { orderPackageServer } from '../../../models/packageServers/changePackageServers.ts';
import { requestRefresh } from '../../../models/packages/requestRefresh.ts';
import { updateSite } from '../../../models/sites/changeSites.ts';
import type { Guid } from '../../../wire/guid.ts';
import { runNs } from '../../support/process.ts';
import { JANE, World } from './world.ts';

const CONTENT = 'what the package holds, first version\n';

describe('package servers as processes', function () {
  this.timeout(240_000);

  let world: World;
  let source: string;
  let berlin: Guid;
  let packageGuid: Guid;

  before(async () => {
    world = await World.start();
    source = join(world.folder, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'data.txt'), CONTENT);
    writeFileSync(join(source, 'setup.sh'), '#!/bin/sh\nexit 0\n');
    chmodSync(join(source, 'setup.sh'), 0o755);
  });

  after(() => world.stop());

  const until = (what: string, holds: () => Promise<boolean>): Promise<void> => world.until(what, holds);
  const untilHeld = (name: string, newerThan?: number): Promise<void> => world.untilHeld(name, packageGuid, newerThan);
  const holding = (name: string) => world.holding(name, packageGuid);
  const agentAt = (address: string, name: string) => world.agentAt(address, name);

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
    berlin = await world.site('Berlin', '127.0.1.0/24');
    await world.site('Lyon', '127.0.2.0/24');
    packageGuid = await world.package('Viewer', source);
    await world.packageServer('PS1', { address: '127.0.1.1' });
    await world.packageServer('PS2', { address: '127.0.2.1' });
    await untilHeld('PS1');
    await untilHeld('PS2');
    await until('the events of both have been applied', async () => {
      const rows = await world.cmdb.db.selectFrom('PackageServerEvent').select(['Status', 'Codebase']).execute();
      return rows.length === 2 && rows.every(({ Status }) => Status === 'Codebase Enabled');
    });
    await world.policy(packageGuid, 'Rollout');
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
    const { code, output } = await runNs(
      ['explain', '--package', 'Viewer', '--address', '127.0.1.50'],
      world.environment,
    );
    expect(code, output).to.equal(0);
    expect(output).to.include('127.0.1.50 lies in 127.0.1.0/24');
    expect(output).to.match(/^1\. {2}PS1 \(https:\/\/127\.0\.1\.1:\d+\): It serves the site\.$/m);
    expect(output).to.match(/^- {3}PS2 .*: It serves other sites\.$/m);
    expect(output).to.include('/Altiris/PS/Share/***/');
    const unknown = await runNs(['explain', '--package', 'Nothing', '--address', '127.0.1.50'], world.environment);
    expect([unknown.code, unknown.output.trim()]).to.deep.equal([1, 'There is no package "Nothing".']);
    expect((await runNs(['explain', '--package', 'Viewer'], world.environment)).code).to.equal(2);
  });

  it('an agent of no site gets the files from the server itself', async () => {
    const elsewhere = await agentAt('127.0.9.9', 'WKS-ELSEWHERE');
    expect(elsewhere.code, elsewhere.output).to.equal(0);
    expect(elsewhere.output).to.match(new RegExp(`Downloading "Viewer".* from ${world.base}`));
  });

  it('what somebody has tampered with is refused, found and mended', async () => {
    const hash = createHash('sha256').update(CONTENT).digest('hex');
    const content = join(world.stateOf('PS2'), 'content', 'objects', hash.slice(0, 2), hash);
    writeFileSync(content, CONTENT.replace('first', 'worst'));
    const refused = await agentAt('127.0.2.51', 'WKS-REFUSES');
    expect(refused.code, refused.output).to.equal(1);
    expect(refused.output).to.include('is not the file of the manifest');
    expect(existsSync(join(world.stateOf('WKS-REFUSES'), 'packages', packageGuid, 'data.txt'))).to.equal(false);

    await orderPackageServer(world.cmdb, systemClock, JANE, world.guids.get('PS2')!, 'verify');
    await world.processes.get('PS2')!.untilSays(/files were damaged on the disk/);
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
    await requestRefresh(world.cmdb, systemClock, JANE, [packageGuid]);
    await until('the package is published anew', async () => (await holding('PS1'))!.CurrentVersion! > before);
    await untilHeld('PS1');
    await untilHeld('PS2');
    expect((await holding('PS1'))!.Versions.split(' ').map(Number)).to.include(before);
    expect(world.processes.get('PS1')!.output()).to.match(/ready, 39 bytes fetched/);
    const again = await downloaded('127.0.1.50', 'WKS-BERLIN');
    expect(again).to.match(new RegExp(`Downloading "Viewer".*: 39 bytes from ${addressOf('PS1')}`));
  });

  it('when one of a site is killed, another is taken', async () => {
    await world.packageServer('PS3', { address: '127.0.1.2' });
    await untilHeld('PS3');
    await world.kill('PS1');
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
    await world.kill('PS3');
    const fields = { name: 'Berlin', fallback: 'none' };
    await updateSite(world.cmdb, systemClock, JANE, berlin, fields);
    let asked = 0;
    let alone = { code: 0 as number | null, output: '' };
    await until('the server follows that', async () => {
      alone = await agentAt('127.0.1.61', `WKS-ALONE-${asked++}`);
      return alone.code === 1;
    });
    expect(alone.output).not.to.include(`from ${world.base}`);
  });
});
