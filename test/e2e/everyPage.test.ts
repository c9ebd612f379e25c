/**
 * Every page of the console in a real browser, with a believable company, with nothing at all, and with the longest
 * names: no script fault, nothing refused by the page's own policy, nothing that axe finds, nothing wider than a phone.
 */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { AppContext } from '../../app/context.ts';
import { systemClock } from '../../models/clock.ts';
import { migrate } from '../../models/cmdb/migrate.ts';
import { openCmdb } from '../../models/cmdb/open.ts';
import { seedCmdb } from '../../models/seed/seed.ts';
import { takeCensus } from '../../models/sites/census.ts';
import { DATA_CLASS, RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import {
  accessibilityFaults,
  hasBrowser,
  launchBrowser,
  NO_BROWSER,
  openWindow,
  screenshot,
  signIn,
} from '../support/browser.ts';
import { addPackageServers } from '../support/packageServers.ts';
import { startTestServer, TEST_PASSWORD, type TestServer } from '../support/server.ts';

const LISTS = [
  '',
  '/computers',
  '/duplicates',
  '/duplicates/changes',
  '/recycle-bin',
  '/recycle-bin/rules',
  '/recycle-bin/due',
  '/resources',
  '/compare',
  '/packages',
  '/packages/problems',
  '/packages/explain',
  '/packages/new',
  '/policies',
  '/policies/new',
  '/deliveries',
  '/sites',
  '/sites/new',
  '/sites/subnets',
  '/sites/subnets/new',
  '/sites/subnets/import',
  '/sites/overlaps',
  '/sites/overlaps?view=nested',
  '/sites/discovered',
  '/sites/discovered?view=hidden',
  '/sites/explain?address=10.16.0.9',
  '/package-servers',
  '/package-servers/new',
  '/package-servers/settings',
  '/package-servers/map',
  '/package-servers/map?show=internet',
  '/events',
  '/events/bad',
  '/events/senders',
  '/events/senders/new',
  '/data-classes',
  '/data-classes/new',
  '/events?span=day',
  '/producers',
  '/producers?span=week&by=bad',
  '/retention',
  '/retention/rules/timeline',
  '/retention/schedule',
  '/retention/runs',
  '/retention/space',
  '/reports',
  '/reports/new',
  '/reports/runs',
  '/reports/tables',
  // Silent computers, a ready report.
  '/reports/6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0001',
  '/reports/6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0001/plan',
  '/reports/6c1f8f0e-57a1-4d0b-9a41-2f6d1c0a0001/copy',
  '/registration',
  '/registration/tokens',
  '/registration/tokens/new',
  '/registration/rules',
  '/registration/rules/new',
  '/users',
  '/users/new',
  '/settings',
  '/settings/signing-keys',
  '/settings/signing-keys/new',
  '/settings/signing-keys/signing:1/end',
  '/audit',
  '/health',
  '/search?q=a',
  '/no-such-page',
];

/** Pages of one computer, package, policy and request, whichever comes first. */
async function details({ cmdb }: AppContext): Promise<string[]> {
  const { db } = cmdb;
  const computer = await db.selectFrom('Computer').select('ResourceGuid').orderBy('Name').executeTakeFirst();
  const request = await db
    .selectFrom('AgentRegistration')
    .select('Guid')
    .where('State', '=', 'pending')
    .executeTakeFirst();
  const item = await db.selectFrom('Package').select('Guid').where('CurrentVersion', 'is not', null).executeTakeFirst();
  const policy = await db.selectFrom('Policy').select('Guid').where('Kind', '=', 'softwareDelivery').executeTakeFirst();
  const settings = await db.selectFrom('Policy').select('Guid').where('Kind', '=', 'agentSettings').executeTakeFirst();
  const task = await db.selectFrom('Policy').select('Guid').where('Kind', '=', 'taskAgent').executeTakeFirst();
  const program = await db.selectFrom('Program').select(['Guid', 'PackageGuid']).executeTakeFirst();
  const site = await db.selectFrom('Site').select('Guid').executeTakeFirst();
  const user = await db
    .selectFrom('Resource')
    .select('Guid')
    .where('ResourceTypeGuid', '=', RESOURCE_TYPE.user)
    .executeTakeFirst();
  const packageServer = await db.selectFrom('PackageServer').select('ResourceGuid').executeTakeFirst();
  const subnet = await db.selectFrom('Subnet').select('Guid').executeTakeFirst();
  const conflicts = await db.selectFrom('IdentityConflict').selectAll().orderBy('Kind', 'desc').execute();
  const shared = conflicts.find(({ Kind }) => Kind === 'shared');
  const double = conflicts.find(({ Kind }) => Kind === 'duplicate');
  const below = (path: string, tabs: readonly string[]): string[] => tabs.map((tab) => path + tab);
  return [
    ...(computer === undefined
      ? []
      : below(`/computers/${computer.ResourceGuid}`, [
          '',
          '/inventory',
          `/inventory/${DATA_CLASS.identification}`,
          `/inventory/${DATA_CLASS.tcpip}`,
          '/inventory/search?q=10.',
          '/history',
          '/policies',
          '/deliveries',
          '/events',
          '/associations',
          '/keys',
          '/timeline',
        ])),
    ...(computer === undefined ? [] : [`/compare?a=${computer.ResourceGuid}&at=2020-01-01T00:00`]),
    ...(user === undefined
      ? []
      : below(`/resources/${user.Guid}`, ['', '/inventory', '/history', '/associations', '/keys'])),
    ...(shared === undefined ? [] : below(`/duplicates/${shared.Guid}`, ['', '/split', '/ignore'])),
    ...(double === undefined
      ? []
      : [`/duplicates/${double.Guid}`, `/duplicates/merge?winner=${double.ResourceGuid}&loser=${double.OtherGuid}`]),
    ...(request === undefined ? [] : [`/registration/${request.Guid}`]),
    ...(item === undefined
      ? []
      : below(`/packages/${item.Guid}`, [
          '',
          '/programs',
          '/files',
          '/diff',
          '/servers',
          '/explain',
          '/explain?who=10.16.0.9',
          '/servers?show=all',
          '/policies',
          '/status',
          '/history',
          '/xml',
          '/fixPath',
          '/disable',
        ])),
    ...(packageServer === undefined
      ? []
      : [
          `/package-servers/new?computer=${packageServer.ResourceGuid}`,
          ...below(`/package-servers/${packageServer.ResourceGuid}`, [
            '',
            '?state=invalid',
            '/activity',
            '/events',
            '/settings',
            '/delete',
            `/again?package=${item?.Guid}`,
          ]),
        ]),
    ...(policy === undefined ? [] : below(`/policies/${policy.Guid}`, ['', '/deliveries', '/xml'])),
    ...(settings === undefined ? [] : [`/policies/${settings.Guid}`]),
    ...(policy === undefined ? [] : [`/policies/${policy.Guid}/delete`]),
    ...(task === undefined ? [] : [`/policies/${task.Guid}`]),
    ...(program === undefined ? [] : [`/packages/${program.PackageGuid}/programs/${program.Guid}`]),
    ...(site === undefined
      ? []
      : below(`/sites/${site.Guid}`, [
          '',
          '/assigned',
          '/assigned/add',
          '/delete',
          '/subnets',
          '/servers',
          '/computers',
        ])),
    ...(subnet === undefined ? [] : below(`/sites/subnets/${subnet.Guid}`, ['', '/delete'])),
    ...below(`/data-classes/${DATA_CLASS.tcpip}`, ['', '/edit', '/columns', '/columns/new']),
    `/data-classes/${DATA_CLASS.swdExecution}`,
  ];
}

const nameOf = (path: string): string =>
  path === ''
    ? 'home'
    : path
        .slice(1)
        .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, 'one')
        .replace(/[^a-z]+/gi, '-');

describe('every page of the console', function () {
  this.timeout(300_000);
  if (!hasBrowser) {
    it.skip(NO_BROWSER);
    return;
  }
  let browser: Browser;
  before(async () => (browser = await launchBrowser()));
  after(() => browser.close());

  const visit = async (page: Page, base: string, path: string): Promise<void> => {
    const response = await page.goto(`${base}/Altiris/Console${path}`);
    expect(response!.status(), path).to.equal(path === '/no-such-page' ? 404 : 200);
  };

  /** Axe's findings and complaints of every page together, so that one run shows all that is to be mended. */
  const inspect = async (
    test: TestServer,
    look: 'light' | 'dark',
    width: number,
    prefix: string,
  ): Promise<string[]> => {
    const { window, page, complaints } = await openWindow(browser, {
      colorScheme: look,
      viewport: { width, height: 900 },
    });
    await signIn(page, test.http, TEST_PASSWORD);
    const faults: string[] = [];
    for (const path of [...LISTS, ...(await details(test.context))]) {
      await visit(page, test.http, path);
      faults.push(...(await accessibilityFaults(page)).map((fault) => `${path}: ${fault}`));
      const excess = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      if (Number(excess) > 0) faults.push(`${path}: ${excess as number} px wider than the window`);
      await screenshot(page, `${prefix}-${nameOf(path)}`);
      faults.push(
        ...complaints
          .splice(0)
          .filter((text) => !text.includes('status of 404'))
          .map((text) => `${path}: ${text}`),
      );
    }
    await window.close();
    return faults;
  };

  describe('with a company of 400 computers', () => {
    let test: TestServer;
    let dataDir: string;
    before(async () => {
      dataDir = mkdtempSync(join(tmpdir(), 'ns-pages-'));
      const cmdb = await openCmdb(`sqlite:${join(dataDir, 'cmdb.sqlite')}`);
      await migrate(cmdb);
      const options = {
        computers: 400,
        packages: 30,
        policies: 20,
        sites: 6,
        events: 1500,
        seed: 'pages',
        force: false,
      };
      await seedCmdb(cmdb, systemClock, { name: 'test', address: '' }, options);
      await cmdb.close();
      test = await startTestServer({ dataDir });
      await addPackageServers(test.context);
      await takeCensus(test.context.cmdb);
    });
    after(async () => {
      await test.stop();
      rmSync(dataDir, { recursive: true, force: true });
    });

    it('holds axe’s rules and fits its window, light', async () => {
      expect(await inspect(test, 'light', 1440, 'company')).to.deep.equal([]);
    });

    it('holds axe’s rules and fits its window, dark', async () => {
      expect(await inspect(test, 'dark', 1440, 'dark')).to.deep.equal([]);
    });

    it('holds axe’s rules and fits its window, 390 px wide', async () => {
      expect(await inspect(test, 'light', 390, 'narrow')).to.deep.equal([]);
    });

    it('shows the tab that is open, on a phone, too', async () => {
      const { window, page } = await openWindow(browser, { viewport: { width: 390, height: 844 } });
      await signIn(page, test.http, TEST_PASSWORD);
      const { Guid } = await test.context.cmdb.db.selectFrom('Package').select('Guid').executeTakeFirstOrThrow();
      for (const tab of ['', '/status', '/xml']) {
        await visit(page, test.http, `/packages/${Guid}${tab}`);
        const box = await page.locator('.tabs a[aria-current]').boundingBox();
        expect(box!.x, tab).to.be.at.least(0);
        expect(box!.x + box!.width, tab).to.be.at.most(390);
      }
      await window.close();
    });

    it('works without script: search, sort and open a computer by links and forms', async () => {
      const { window, page } = await openWindow(browser, { javaScriptEnabled: false });
      await signIn(page, test.http, TEST_PASSWORD);
      await visit(page, test.http, '/computers');
      await page.getByRole('link', { name: 'Operating system' }).click();
      expect(page.url()).to.include('sort=os');
      const first = page.locator('tbody th a').first();
      const name = await first.textContent();
      await first.click();
      expect(await page.getByRole('heading', { level: 1 }).textContent()).to.equal(name);
      await window.close();
    });

    it('is reached by keyboard: slash to search, the skip link first', async () => {
      const { window, page } = await openWindow(browser);
      await signIn(page, test.http, TEST_PASSWORD);
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).to.equal('Skip to the content');
      await page.keyboard.press('Escape');
      await page.evaluate('document.activeElement.blur()');
      await page.keyboard.press('/');
      expect(await page.evaluate('document.activeElement.type')).to.equal('search');
      await window.close();
    });
  });

  describe('with nothing in the CMDB', () => {
    let test: TestServer;
    before(async () => (test = await startTestServer()));
    after(() => test.stop());

    it('holds axe’s rules, and says what is empty and what to do', async () => {
      expect(await inspect(test, 'light', 1440, 'empty')).to.deep.equal([]);
    });
  });
});
