/**
 * A day of three sites: the server, a package server in each and their agents are real processes, the administrator
 * sits before a real browser. Nearest server, one killed and another taken, a version that changes in the middle of
 * downloads, draining, prestaging, the fallback after its time, damaged files and a full disk.
 */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { systemClock } from '../../../models/clock.ts';
import { requestRefresh } from '../../../models/packages/requestRefresh.ts';
import { createUser } from '../../../models/security/changeUsers.ts';
import { listRoles } from '../../../models/security/roles.ts';
import { TARGET } from '../../../wire/wellKnown.ts';
import type { Guid } from '../../../wire/guid.ts';
import { hasBrowser, launchBrowser, NO_BROWSER, openWindow, screenshot, signIn } from '../../support/browser.ts';
import type { NsProcess } from '../../support/process.ts';
import { freePort } from '../../support/server.ts';
import { Line } from './line.ts';
import { JANE, World } from './world.ts';

const MB = 1024 * 1024;
const PASSWORD = 'a much better password 4711';
const DISK_MB = 48;
/** Their networks: Berlin, Lyon, Oslo. */
const COMPUTERS = { 'WKS-BERLIN': 1, 'WKS-LYON': 2, 'WKS-LYON-B': 2, 'WKS-OSLO': 3, 'WKS-LATE': 3 };
const INSTALLED = /"Install Atlas" ended: .+ \(0\)/;
const FULL_DISK_NEEDS = 'no mount namespaces here (unshare -rm): no package server with a small disk was tried';

/** Runs what follows with a disk of its own, of few megabytes, at the folder. */
const underSmallDisk = (folder: string): string[] => [
  'unshare',
  '-rm',
  'sh',
  '-c',
  `mount -t tmpfs -o size=${DISK_MB}m none "$0" && exec "$@"`,
  folder,
];

describe('three sites, their package servers and agents', function () {
  this.timeout(300_000);
  if (!hasBrowser) {
    it.skip(NO_BROWSER);
    return;
  }

  let world: World;
  let line: Line;
  let secondLine: Line;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let late: NsProcess;
  let hasSmallDisk = false;
  const packages = new Map<string, Guid>();
  const sites = new Map<string, Guid>();
  const targets = new Map<string, Guid>();

  const sourceOf = (name: string): string => join(world.folder, `source-${name}`);
  const originOf = (name: 'PS-BERLIN' | 'PS-LYON' | 'PS-LYON-2' | 'PS-OSLO'): RegExp =>
    new RegExp(
      `from https://${{ 'PS-BERLIN': '127.0.1.1', 'PS-LYON': '127.0.2.1', 'PS-LYON-2': '127.0.2.2', 'PS-OSLO': '127.0.3.1' }[name].replaceAll('.', '\\.')}:`,
    );

  function makeSource(name: string, files: Record<string, string | Buffer>): void {
    mkdirSync(sourceOf(name), { recursive: true });
    for (const [file, content] of Object.entries(files)) writeFileSync(join(sourceOf(name), file), content);
    writeFileSync(join(sourceOf(name), 'setup.sh'), `#!/bin/sh\necho ${name} is installed\n`);
    chmodSync(join(sourceOf(name), 'setup.sh'), 0o755);
  }

  const open = async (path: string): Promise<void> => void (await page.goto(`${world.base}/Altiris/Console${path}`));
  const main = async (): Promise<string> => (await page.locator('main').innerText()).replace(/\s+/g, ' ');
  const serverPage = (name: string): string => `/package-servers/${world.guids.get(name)}`;

  /** Opens the page again and again, as somebody does who waits for it. */
  async function untilPageSays(path: string, pattern: RegExp): Promise<string> {
    let text = '';
    try {
      await world.until(`${path} says ${pattern}`, async () => {
        await open(path);
        text = await main();
        return pattern.test(text);
      });
    } catch (error) {
      throw new Error(`${path} says: ${text}`, { cause: error });
    }
    return text;
  }

  async function press(name: string): Promise<void> {
    const control = page.locator('main').getByRole('button', { name, exact: true });
    await control
      .or(page.locator('main').getByRole('link', { name, exact: true }))
      .first()
      .click();
    await page.waitForLoadState();
  }

  /** Saves the tab Package servers of a package. */
  async function apply(): Promise<void> {
    await press('Apply');
    await page.getByText(/ goes to: /).waitFor();
  }

  /** What an agent says in the round in which it downloads the package. */
  async function downloads(name: string, address: string, packageName: string): Promise<string> {
    let said = '';
    await world.until(`${name} downloads ${packageName}`, async () => {
      said = (await world.agentAt(address, name)).output;
      return said.includes(`Downloading "${packageName}"`);
    });
    return said.split('\n').find((text) => text.includes(`Downloading "${packageName}"`))!;
  }

  before(async () => {
    world = await World.start();
    const roleGuid = (await listRoles(world.cmdb)).find(({ name }) => name === 'Administrators')!.guid;
    const boss = { name: 'boss', displayName: '', roleGuid, isEnabled: true, password: PASSWORD, mustChange: false };
    await createUser(world.cmdb, systemClock, JANE, boss);
    browser = await launchBrowser();
    ({ page, complaints } = await openWindow(browser));
    hasSmallDisk = spawnSync('unshare', ['-rm', 'true']).status === 0;
    sites.set('Berlin', await world.site('Berlin', '127.0.1.0/24'));
    const berlin = { fallback: 'site', fallbackSiteGuid: sites.get('Berlin')! };
    sites.set('Lyon', await world.site('Lyon', '127.0.2.0/24', berlin));
    sites.set('Oslo', await world.site('Oslo', '127.0.3.0/24', { fallback: 'server', fallbackMinutes: 1 }));
    makeSource('viewer', { 'data.txt': 'what the viewer shows\n' });
    makeSource('atlas', { 'maps.bin': randomBytes(6 * MB), 'legend.txt': 'first edition\n' });
    makeSource('charts', { 'charts.bin': randomBytes(2 * MB) });
    makeSource('big', { 'big.bin': randomBytes(20 * MB) });
    for (const [name, network] of Object.entries(COMPUTERS)) {
      targets.set(name, await world.computer(name, `127.0.${network}.50`));
    }
  });

  after(async () => {
    await browser.close();
    line.close();
    secondLine.close();
    await world.stop();
  });

  it('hold what they are to hold, and the console shows it', async () => {
    packages.set('Viewer', await world.package('Viewer', sourceOf('viewer')));
    const port = await freePort();
    line = await Line.open('127.0.2.1', '127.0.2.101', port);
    await world.packageServer('PS-BERLIN', { address: '127.0.1.1' });
    await world.packageServer('PS-LYON', { address: '127.0.2.1', bind: '127.0.2.101', port });
    const prestage = join(world.folder, 'prestaged');
    mkdirSync(prestage);
    mkdirSync(world.stateOf('PS-OSLO'));
    await world.packageServer('PS-OSLO', {
      address: '127.0.3.1',
      more: ['--prestage', prestage],
      settings: { minFreeDiskMb: 0 },
      under: hasSmallDisk ? underSmallDisk(world.stateOf('PS-OSLO')) : [],
    });
    await signIn(page, world.base, PASSWORD, 'boss');
    for (const name of ['PS-BERLIN', 'PS-LYON', 'PS-OSLO']) {
      await world.untilHeld(name, packages.get('Viewer')!);
      await untilPageSays(serverPage(name), /Viewer Ready/);
    }
    const text = await untilPageSays(`/packages/${packages.get('Viewer')}/servers`, /3 of 3/);
    expect(text)
      .to.match(/PS-BERLIN Berlin Ready/)
      .and.to.match(/PS-OSLO Oslo Ready/);
    await screenshot(page, 'three-sites-package');
    expect(complaints).to.deep.equal([]);
  });

  it('a package that goes to two of them only lets an agent of the third site wait for its fallback', async () => {
    const atlas = await world.package('Atlas', sourceOf('atlas'));
    packages.set('Atlas', atlas);
    await open(`/packages/${atlas}/servers`);
    await page.getByLabel('Package servers individually').check();
    await page.getByLabel('PS-BERLIN', { exact: true }).check();
    await page.getByLabel('PS-LYON', { exact: true }).check();
    await apply();
    await world.untilHeld('PS-BERLIN', atlas);
    await world.untilHeld('PS-LYON', atlas);
    const wanted = ['WKS-LYON', 'WKS-LYON-B', 'WKS-LATE'].map((name) => targets.get(name)!);
    await world.policy(atlas, 'Roll out Atlas', wanted);
    late = world.startAgent('127.0.3.60', 'WKS-LATE');
    await late.untilSays(/"Atlas".*offers no source/);
    await open(`/packages/${atlas}/explain?who=WKS-LATE`);
    expect(await main()).to.match(/after 1 minute/);
  });

  it('each agent fetches from the server of its own site', async () => {
    await world.policy(packages.get('Viewer')!, 'Roll out Viewer', [TARGET.allComputers]);
    expect(await downloads('WKS-BERLIN', '127.0.1.50', 'Viewer')).to.match(originOf('PS-BERLIN'));
    expect(await downloads('WKS-OSLO', '127.0.3.50', 'Viewer')).to.match(originOf('PS-OSLO'));
    await open(`/packages/${packages.get('Viewer')}/explain?who=127.0.1.50`);
    expect(await main()).to.match(/PS-BERLIN.*It serves the site/);
  });

  it('a version that changes in the middle of a download is taken next time, and moves only what changed', async () => {
    const atlas = packages.get('Atlas')!;
    const { CurrentVersion: first } = (await world.holding('PS-LYON', atlas))!;
    const stands = line.holdAfter(2 * MB);
    const agent = world.startAgent('127.0.2.50', 'WKS-LYON');
    await stands;
    writeFileSync(join(sourceOf('atlas'), 'legend.txt'), 'second edition\n');
    await requestRefresh(world.cmdb, systemClock, JANE, [atlas]);
    await world.untilHeld('PS-BERLIN', atlas, first!);
    // Its report goes over the line's other direction: what is fetched, and what it tells, is not held up.
    await world.untilHeld('PS-LYON', atlas, first!);
    line.release();
    // What was begun is ended from the version that is still there.
    await agent.untilSays(INSTALLED);
    await world.kill('WKS-LYON');
    const again = await downloads('WKS-LYON', '127.0.2.50', 'Atlas');
    expect(again).to.match(/: 15 bytes from https:\/\/127\.0\.2\.1:/);
    const { CurrentVersion: second } = (await world.holding('PS-LYON', atlas))!;
    const folder = join(world.stateOf('WKS-LYON'), 'packages', atlas, String(second));
    expect(readFileSync(join(folder, 'legend.txt'), 'utf8')).to.equal('second edition\n');
    await untilPageSays(`/packages/${atlas}/servers`, /2 of 2/);
  });

  it('when a server is killed in the middle of a download, another one goes on with it', async () => {
    const atlas = packages.get('Atlas')!;
    const stands = line.holdAfter(3 * MB);
    const agent = world.startAgent('127.0.2.50', 'WKS-LYON-B');
    await stands;
    await world.kill('PS-LYON');
    line.release();
    const port = await freePort();
    secondLine = await Line.open('127.0.2.2', '127.0.2.102', port);
    await world.packageServer('PS-LYON-2', { address: '127.0.2.2', bind: '127.0.2.102', port });
    await untilPageSays(`/packages/${atlas}/servers`, /PS-LYON-2/);
    await page.getByLabel('PS-LYON-2', { exact: true }).check();
    await apply();
    await world.untilHeld('PS-LYON-2', atlas);
    await agent.untilSays(/Downloading "Atlas".* from https:\/\/127\.0\.2\.2:/);
    await agent.untilSays(INSTALLED);
    // What had come from the other server is not fetched again: half of the large file, of which a part is in buffers.
    expect(secondLine.passed)
      .to.be.above(2 * MB)
      .and.below(5 * MB);
  });

  it('the service is taken from the server that is gone, after a look at what that means', async () => {
    await open(serverPage('PS-LYON'));
    await press('Remove');
    await page.getByText('Take the package service from PS-LYON?').waitFor();
    await page.getByRole('button', { name: 'Take the service away' }).click();
    await page.getByText('PS-LYON is no package server any more.').waitFor();
    expect((await world.agentAt('127.0.2.55', 'WKS-LYON-2')).output).to.match(originOf('PS-LYON-2'));
    await screenshot(page, 'three-sites-servers');
  });

  it('a server that is drained is given nobody any more, and its computers go to the fallback site', async () => {
    await open(serverPage('PS-LYON-2'));
    await press('Drain');
    if (/all the same/.test(await main())) await press('Drain it all the same');
    await untilPageSays(serverPage('PS-LYON-2'), /Draining|being drained/i);
    targets.set('WKS-LYON-3', await world.computer('WKS-LYON-3', '127.0.2.53'));
    expect(await downloads('WKS-LYON-4', '127.0.2.54', 'Viewer')).to.match(originOf('PS-BERLIN'));
    await open(serverPage('PS-LYON-2'));
    await press('End the draining');
    let number = 5;
    await world.until('computers are sent to it again', async () => {
      const name = `WKS-LYON-${number++}`;
      return originOf('PS-LYON-2').test(await downloads(name, '127.0.2.60', 'Viewer'));
    });
  });

  it('files that were carried there by hand are verified, not fetched', async () => {
    const charts = await world.package('Charts', sourceOf('charts'));
    packages.set('Charts', charts);
    cpSync(sourceOf('charts'), join(world.folder, 'prestaged', charts), { recursive: true });
    await open(`/packages/${charts}/servers`);
    await page.getByLabel(/^Package servers automatically/).check();
    await page.getByLabel('Oslo', { exact: true }).check();
    await apply();
    await world.untilHeld('PS-OSLO', charts);
    expect(world.processes.get('PS-OSLO')!.output()).to.match(/Charts.* ready, 0 bytes fetched/);
    expect(await world.holding('PS-BERLIN', charts)).to.equal(undefined);
    expect(await untilPageSays(`/packages/${charts}/servers`, /PS-OSLO Oslo Ready/)).to.not.match(/PS-BERLIN Berlin/);
  });

  it('damaged files are refused by agents, found when asked for, and mended', async () => {
    const content = readFileSync(join(sourceOf('viewer'), 'data.txt'));
    const hash = createHash('sha256').update(content).digest('hex');
    const held = join(world.stateOf('PS-BERLIN'), 'content', 'objects', hash.slice(0, 2), hash);
    writeFileSync(held, Buffer.from(content).fill('x', 3, 6));
    const { code, output } = await world.agentAt('127.0.1.51', 'WKS-REFUSES');
    expect(code, output).to.equal(1);
    expect(output).to.include('is not the file of the manifest');
    expect(output).to.not.include('Running "Install Viewer"');
    await open(serverPage('PS-BERLIN'));
    await press('Verify all files');
    await world.processes.get('PS-BERLIN')!.untilSays(/files were damaged on the disk/);
    await world.until('the content is whole again', () => existsSync(held) && readFileSync(held).equals(content));
    await untilPageSays(serverPage('PS-BERLIN'), /Viewer Ready/);
    const again = await world.agentAt('127.0.1.51', 'WKS-REFUSES');
    expect(again.code, again.output).to.equal(0);
    expect(again.output).to.match(originOf('PS-BERLIN'));
  });

  it('a full disk is told of, takes nothing from what is served, and is got over', async function () {
    if (!hasSmallDisk) {
      this.test!.title = `SKIPPED: ${FULL_DISK_NEEDS}`;
      this.skip();
    }
    const { child } = world.processes.get('PS-OSLO')!;
    const filler = join(`/proc/${child.pid}/root`, world.stateOf('PS-OSLO'), 'filler');
    writeFileSync(filler, Buffer.alloc((DISK_MB - 16) * MB));
    const big = await world.package('Big', sourceOf('big'));
    await untilPageSays(serverPage('PS-OSLO'), /Big Invalid .*the disk has \d+ MB free/);
    await screenshot(page, 'three-sites-full-disk');
    await world.computer('WKS-OSLO-2', '127.0.3.52');
    expect(await downloads('WKS-OSLO-3', '127.0.3.53', 'Viewer')).to.match(originOf('PS-OSLO'));
    await world.untilHeld('PS-BERLIN', big);
    rmSync(filler);
    await world.untilHeld('PS-OSLO', big);
    await untilPageSays(serverPage('PS-OSLO'), /Big Ready/);
  });

  it('the agent that waited has got its files from the server by now, and not before its minute was over', async () => {
    const said = await late.untilSays(/Downloading "Atlas".* from (https:\/\/127\.0\.0\.1:\d+)\./);
    expect(said[1]).to.equal(world.base);
    expect(late.output()).to.not.match(/Downloading "Atlas".* from https:\/\/127\.0\.[123]\./);
    // By its own clock, in whole seconds: the first refusal, and the download.
    const [refusedAt, loadedAt] = [/offers no source/, /Downloading "Atlas"/].map((what) => {
      const row = late
        .output()
        .split('\n')
        .find((text) => what.test(text))!;
      return Date.parse(`${row.slice(0, 19).replace(' ', 'T')}Z`);
    });
    expect(loadedAt! - refusedAt!).to.be.at.least(59_000);
    await late.untilSays(INSTALLED);
  });

  it('no page has complained', () => {
    expect(complaints).to.deep.equal([]);
  });

  it('everything that was delivered is in the CMDB', async () => {
    await world.until('every delivery has been applied', async () => {
      const rows = await world.cmdb.db
        .selectFrom('Delivery')
        .select(['ResourceGuid', 'Status'])
        .where('PackageGuid', '=', packages.get('Atlas')!)
        .execute();
      const good = rows.filter(({ Status }) => Status === 'succeeded').map(({ ResourceGuid }) => ResourceGuid);
      return ['WKS-LYON', 'WKS-LYON-B', 'WKS-LATE'].every((name) => good.includes(world.guids.get(name)!));
    });
  });
});
