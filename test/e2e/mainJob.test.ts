/**
 * The main job, end to end, as a new user does it: the real server and the real agent as processes, a package of some
 * hundred real files, and the console in a real browser, from sign-in to "delivered, exit code 0".
 */
import { expect } from 'chai';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { hasBrowser, launchBrowser, NO_BROWSER, openWindow, screenshot, signIn } from '../support/browser.ts';
import { runNs, startNs, type NsProcess } from '../support/process.ts';
import { freePort } from '../support/server.ts';

const FILES = 300;
const NEW_PASSWORD = 'a much better password 4711';

describe('the main job', function () {
  this.timeout(180_000);
  if (!hasBrowser) {
    it.skip(NO_BROWSER);
    return;
  }

  const folder = mkdtempSync(join(tmpdir(), 'ns-main-job-'));
  const source = join(folder, 'viewer');
  const state = join(folder, 'agent');
  const installed = join(folder, 'installed.txt');
  let environment: Record<string, string>;
  let base: string;
  let server: NsProcess;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let token: string;

  const agentOnce = (...more: string[]) =>
    runNs(['agent', '--server', base, '--state', state, '--name', 'WKS-042', '--once', '--retry-unit', '1', ...more]);
  const open = async (path: string): Promise<void> => void (await page.goto(`${base}/Altiris/Console${path}`));
  const heading = (): Promise<string | null> => page.getByRole('heading', { level: 1 }).textContent();

  before(async () => {
    const [https, http] = [await freePort(), await freePort()];
    base = `https://localhost:${https}`;
    environment = {
      NS_DATA_DIR: join(folder, 'data'),
      NS_HTTPS_PORT: String(https),
      NS_HTTP_PORT: String(http),
      NS_PUBLIC_URL: base,
    };
    makePackage(source, installed);
    browser = await launchBrowser();
    ({ page, complaints } = await openWindow(browser));
  });

  after(async () => {
    await browser.close();
    server.child.kill('SIGKILL');
    await server.exit;
    rmSync(folder, { recursive: true, force: true });
  });

  it('starts with one command and prints address and a one-time password', async () => {
    server = startNs(['serve'], environment);
    const [, password] = await server.untilSays(/one-time password (\S+)/);
    expect(server.output()).to.include(`Console: ${base}/Altiris/Console`);
    await signIn(page, base, password!);
    // The one-time password opens nothing but the page that changes it.
    await page
      .getByLabel('Present password', { exact: false })
      .or(page.getByLabel('Current password', { exact: false }))
      .first()
      .fill(password!);
    const fields = page.locator('input[type=password]');
    for (let index = 1; index < (await fields.count()); index++) await fields.nth(index).fill(NEW_PASSWORD);
    await page.locator('main form button').first().click();
    await page.waitForURL(/\/Altiris\/Console\/?$/);
    expect(await heading()).to.equal('Home');
  });

  it('makes an enrolment token, shown once', async () => {
    await open('/registration/tokens/new');
    await page.getByLabel('Name').fill('pilot');
    await page.getByRole('button', { name: 'Create token' }).click();
    token = (await page.getByLabel('Token', { exact: true }).textContent())!.trim();
    expect(token).to.match(/^[0-9a-f]{32}\.[\w-]{43}\.[0-9a-f]{64}$/);
    await open('/registration/tokens');
    expect(await page.content()).to.not.include(token.split('.')[1]!);
  });

  it('lets nobody in without it: the second computer waits, and gets nothing', async () => {
    const waiting = await runNs([
      'agent',
      '--server',
      base,
      '--state',
      join(folder, 'stranger'),
      '--name',
      'WKS-666',
      '--pin',
      token.split('.')[2]!,
      '--once',
    ]);
    expect(waiting.code, waiting.output).to.equal(3);
    await open('/registration?state=pending');
    await page.getByRole('link', { name: 'WKS-666' }).waitFor();
  });

  it('registers the computer that brings it, with real inventory', async () => {
    const { code, output } = await agentOnce('--token', token);
    expect(code, output).to.equal(0);
    await open('/computers');
    await page.getByRole('link', { name: 'WKS-042' }).click();
    expect(await heading()).to.equal('WKS-042');
    const system = /Operating system\s*(Linux|Darwin|macOS|Windows|Debian|Ubuntu)/;
    await eventually(page, async () => system.test((await page.locator('main').textContent())!));
    await screenshot(page, 'main-job-computer');
  });

  it('makes a package of real files, whose snapshot is taken at once', async () => {
    await open('/packages/new');
    await page.getByLabel('Name', { exact: true }).or(page.getByLabel(/^Name/)).first().fill('Example Viewer');
    await page.locator('[name=sourceKind][value=folder]').check();
    await page.locator('[name=sourcePath]').fill(source);
    await page.locator('[name=programName]').fill('Install');
    await page.locator('[name=programCommandLine]').fill('./setup.sh');
    await page.locator('main form button.primary').first().click();
    await eventually(page, async () => (await page.locator('main').textContent())!.includes('Ready'));
    expect(await heading()).to.equal('Example Viewer');
    await screenshot(page, 'main-job-package');
  });

  it('makes a policy for all computers', async () => {
    await open('/policies/new');
    await page.locator('[name=name]').fill('Example Viewer everywhere');
    const program = page.locator('select[name=programGuid]');
    const value = await program.locator('option', { hasText: 'Install' }).first().getAttribute('value');
    await program.selectOption(value!);
    const all = page.locator('[name=targets][value="eb3a1a12-e1c7-4431-b060-f0333e4e488c"]');
    if ((await all.getAttribute('type')) === 'checkbox') await all.check();
    const on = page.locator('[name=isEnabled]');
    if ((await on.count()) > 0) await on.check();
    await page.locator('main form button.primary').last().click();
    await page.getByRole('heading', { level: 1, name: 'Example Viewer everywhere' }).waitFor();
    await screenshot(page, 'main-job-policy');
  });

  it('delivers: the agent downloads, verifies and runs it', async () => {
    await eventuallyTrue(async () => {
      const { code, output } = await agentOnce();
      expect(code, output).to.equal(0);
      return existsSync(installed);
    });
    expect(readFileSync(installed, 'utf8')).to.equal('installed once\n');
    const copies = filesBelow(state).filter((file) => file.endsWith('.bin'));
    expect(copies).to.have.length(FILES);
    const hashes = (files: string[]) =>
      new Set(files.map((file) => createHash('sha256').update(readFileSync(file)).digest('hex')));
    expect(hashes(copies)).to.deep.equal(hashes(filesBelow(source).filter((file) => file.endsWith('.bin'))));
  });

  it('shows the administrator "delivered, exit code 0"', async () => {
    await open('/deliveries');
    await eventually(page, async () => /Succeeded/.test((await page.locator('main').textContent())!));
    const row = page.getByRole('row').filter({ hasText: 'WKS-042' }).filter({ hasText: 'Example Viewer everywhere' });
    const cells = (await row.getByRole('cell').allTextContents()).map((text) => text.trim());
    expect(cells).to.include('Succeeded').and.to.include('0');
    await screenshot(page, 'main-job-deliveries');
    await row.getByRole('link', { name: 'WKS-042' }).click();
    await page.getByRole('link', { name: 'Timeline' }).click();
    await eventually(page, async () => (await page.locator('main').textContent())!.includes('return code 0'));
  });

  it('runs nothing twice, and downloads nothing again', async () => {
    const { code, output } = await agentOnce('--verbose');
    expect(code, output).to.equal(0);
    expect(output).to.not.include('Downloading');
    expect(readFileSync(installed, 'utf8')).to.equal('installed once\n');
  });

  it('stops at SIGTERM, and a second start has the same data and no second password', async () => {
    server.child.kill('SIGTERM');
    expect(await server.exit, server.output()).to.equal(0);
    server = startNs(['serve'], environment);
    await server.untilSays(/Agents:/);
    expect(server.output()).to.not.include('password');
    await open('/computers');
    if ((await heading()) !== 'Computers') await signIn(page, base, NEW_PASSWORD);
    await open('/computers');
    await page.getByRole('link', { name: 'WKS-042' }).waitFor();
  });

  it('gave the browser nothing to complain about', () => {
    expect(complaints).to.deep.equal([]);
  });
});

function makePackage(source: string, installed: string): void {
  for (let index = 0; index < FILES; index++) {
    const below = join(source, `part ${index % 7}`, `ünïcode+${index % 3}`);
    mkdirSync(below, { recursive: true });
    writeFileSync(join(below, `file-${index}.bin`), randomBytes(100 + index * 37));
  }
  mkdirSync(join(source, 'bin'), { recursive: true });
  writeFileSync(join(source, 'setup.sh'), `#!/bin/sh\nset -e\ntest -d bin\necho "installed once" >> '${installed}'\n`);
  chmodSync(join(source, 'setup.sh'), 0o755);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Reloads the page until it shows what is awaited: events are applied a moment after they were accepted. */
async function eventually(page: Page, shows: () => Promise<boolean>): Promise<void> {
  await eventuallyTrue(async () => {
    if (await shows()) return true;
    await page.reload();
    return shows();
  });
}

async function eventuallyTrue(holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 60; attempt++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  expect.fail('it did not come about');
}
