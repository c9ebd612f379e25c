/**
 * Names that people and computers may have, and that break what is careless: as long as they may be, from right to left,
 * with the wildcards of SQL, quotes and HTML in them. Packages, sites, subnets and package servers bear them.
 */
import { expect } from 'chai';
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { addPackageServer } from '../../models/packageServers/changePackageServers.ts';
import { takeReport } from '../../models/packageServers/takeReport.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import { sourceLimits } from '../../models/packages/sources/sources.ts';
import { assignComputers } from '../../models/sites/assignComputers.ts';
import { createSite } from '../../models/sites/changeSites.ts';
import { createSubnet } from '../../models/sites/changeSubnets.ts';
import { planImport } from '../../models/sites/importSubnets.ts';
import { allSubnets } from '../../models/sites/listSubnets.ts';
import { writeSubnetCsv } from '../../models/sites/subnetCsv.ts';
import type { Guid } from '../../wire/guid.ts';
import { signedIn } from '../console/client.ts';
import { JANE } from '../packages/support.ts';
import { addComputers } from '../policies/support.ts';
import { hasBrowser, launchBrowser, NO_BROWSER, openWindow, screenshot, signIn } from '../support/browser.ts';
import { reportOf } from '../support/packageServers.ts';
import { startTestServer, TEST_PASSWORD, type TestServer } from '../support/server.ts';

const RTL = '\u200Fgpj.exe \u05E9\u05DC\u05D5\u05DD\u200F';
const HTML = `<b>bold</b><img src=x onerror="hit=1"><script>hit=1</script>&amp;&lt; \u200Fcod.exe \u05E2\u05D1\u200F`;
const QUOTES = `"double" 'single' \`back\` “curly”`;
const NAMES = [
  'W'.repeat(255),
  HTML,
  RTL,
  `${'Many words of a name '.repeat(12)}end`,
  '50%_off [a-z] \\ back',
  QUOTES,
  '=HYPERLINK("http://x","y")',
  // What a careless search would take for the ones above.
  '50X_off [a-z] \\ back',
  '50%Xoff [a-z] \\ back',
  '50%_off b \\ back',
];
/** So many of them are odd enough for pages of their own. */
const MOST_ODD = 2;
const WIDTHS = [1280, 390];

/** What is wrong with a page as it stands. */
const FAULTS = `(() => {
  const root = document.documentElement;
  const excess = root.scrollWidth - root.clientWidth;
  const made = document.querySelectorAll('main b > b, main img[src="x"], script:not([src])').length;
  return [
    ...(excess > 0 ? [excess + ' px too wide'] : []),
    ...(globalThis.hit === undefined ? [] : ['a script of a name has run']),
    ...(made === 0 ? [] : ['a name has become elements']),
  ];
})()`;

/** Texts of the map that are seen outside their box, or over another text of the same line. */
const MAP_FAULTS = `[...document.querySelectorAll('.map-site')].flatMap((site) => {
  const box = site.querySelector('.map-box').getBoundingClientRect();
  const seen = [...site.querySelectorAll('text')].map((text) => {
    const { left, right, top } = text.getBoundingClientRect();
    const frame = text.ownerSVGElement;
    const { e: start, a: scale } = frame.getScreenCTM();
    const most = frame.classList.contains('site-map') ? Infinity : start + frame.width.baseVal.value * scale;
    return { text: text.textContent, left, right: Math.min(right, most), top };
  });
  const isOver = (one, other) => other.left > one.left && other.left < one.right && Math.abs(other.top - one.top) < 4;
  return seen
    .filter((one) => one.right > box.right || seen.some((other) => isOver(one, other)))
    .map(({ text }) => text);
})`;

/** What is searched for, and what is found. */
const SEARCHES = [
  ['%_', '50%_off [a-z] \\ back', '50%_off b \\ back'],
  ['[a-z] \\', '50%_off [a-z] \\ back', '50X_off [a-z] \\ back', '50%Xoff [a-z] \\ back'],
  ['0_o'],
  ["e' `b", QUOTES],
  ['<b>bold</b>', HTML],
  ['&amp;', HTML],
  ['\u05DC\u05D5', RTL],
];

describe('odd names', function () {
  this.timeout(180_000);
  if (!hasBrowser) {
    it.skip(NO_BROWSER);
    return;
  }
  let test: TestServer;
  let browser: Browser;
  const packages: Guid[] = [];
  const sites: Guid[] = [];
  const subnets: Guid[] = [];
  let servers: Guid[] = [];
  before(async () => {
    test = await startTestServer();
    const { cmdb, clock, settings, packageServers } = test.context;
    servers = await addComputers(cmdb, NAMES.length);
    for (const [index, name] of NAMES.entries()) {
      const limits = sourceLimits(settings);
      packages.push(await createPackage(cmdb, clock, JANE, { name, sourceKind: 'none', owner: name }, limits));
      const siteGuid = await createSite(cmdb, clock, JANE, { name, description: name });
      sites.push(siteGuid);
      subnets.push(await createSubnet(cmdb, clock, JANE, { subnet: `10.${index}.0.0/16`, name, siteGuid }));
      const Guid = servers[index]!;
      await cmdb.db.updateTable('Resource').set({ Name: name }).where('Guid', '=', Guid).execute();
      const computer = { Name: name, IpAddress: `10.${index}.0.5` };
      await cmdb.db.updateTable('Computer').set(computer).where('ResourceGuid', '=', Guid).execute();
      await addPackageServer(cmdb, clock, JANE, Guid, {});
      await takeReport(cmdb, clock, Guid, reportOf(`10.${index}.0.5`, []));
    }
    await assignComputers(cmdb);
    await packageServers.refresh(cmdb);
    await test.context.packages.reload(cmdb);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    await test.stop();
  });

  const pagesOf = (index: number): string[] => [
    ...['', '/programs', '/servers', '/explain?who=10.0.0.9', '/status', '/history', '/disable', '/delete'].map(
      (tab) => `/packages/${packages[index]!}${tab}`,
    ),
    ...['', '/subnets', '/servers', '/computers', '/assigned', '/assigned/add', '/delete'].map(
      (tab) => `/sites/${sites[index]!}${tab}`,
    ),
    ...['', '/delete'].map((tab) => `/sites/subnets/${subnets[index]!}${tab}`),
    ...['', '/activity', '/events', '/settings', '/delete'].map((tab) => `/package-servers/${servers[index]!}${tab}`),
  ];
  const LISTS = [
    '/packages',
    '/packages/explain',
    '/sites',
    '/sites/subnets',
    '/sites/overlaps',
    '/sites/explain?address=10.0.0.9',
    '/package-servers',
    '/package-servers/map',
    '/policies/new',
    '/search?q=of&list=1',
    '/audit',
  ];

  const mapFaults = (page: Page): Promise<string[]> => page.evaluate(MAP_FAULTS);

  /** A page is laid out anew a moment after its window has changed. */
  async function faultsOf(page: Page): Promise<string[]> {
    let faults: string[] = await page.evaluate(FAULTS);
    for (let tries = 0; faults.length > 0 && tries < 30; tries++) {
      await wait(100);
      faults = await page.evaluate(FAULTS);
    }
    return faults;
  }

  it('break no page, as wide as a desk or a phone', async () => {
    const { window, page, complaints } = await openWindow(browser);
    await signIn(page, test.http, TEST_PASSWORD);
    const faults: string[] = [];
    for (const path of [...LISTS, ...NAMES.slice(0, MOST_ODD).flatMap((_, index) => pagesOf(index))]) {
      const response = await page.goto(`${test.http}/Altiris/Console${path}`);
      if (response!.status() !== 200) faults.push(`${path}: ${response!.status()}`);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        faults.push(...(await faultsOf(page)).map((fault) => `${path}, ${width}: ${fault}`));
      }
      faults.push(...complaints.splice(0).map((fault) => `${path}: ${fault}`));
    }
    expect(faults).to.deep.equal([]);
    await page.goto(`${test.http}/Altiris/Console/package-servers/map`);
    await screenshot(page, 'odd-names-map');
    expect(await page.locator('.map-site').count()).to.equal(NAMES.length + 1);
    expect(await mapFaults(page)).to.deep.equal([]);
    await window.close();
  });

  it('are found literally', async () => {
    const client = await signedIn(test.http);
    const found = async (list: string, text: string): Promise<string[]> => {
      const { text: json } = await client.get(`${list}?${new URLSearchParams({ q: text, format: 'json' })}`);
      return (JSON.parse(json) as Record<string, unknown>[]).map((row) => String(row.name ?? row.Name));
    };
    for (const list of ['/packages', '/sites', '/sites/subnets', '/package-servers']) {
      for (const name of NAMES) expect(await found(list, name.slice(0, 200)), list).to.deep.equal([name]);
      for (const [text, ...names] of SEARCHES) {
        expect((await found(list, text!)).sort(), `${list} ${text}`).to.deep.equal(names.sort());
      }
    }
  });

  it('go out as CSV and come back as they were', async () => {
    const { cmdb } = test.context;
    const file = writeSubnetCsv(await allSubnets(cmdb));
    const plan = await planImport(cmdb, file, { createSites: false });
    expect(plan).to.deep.include({ same: NAMES.length, create: [], change: [], faults: [], unknownSites: [] });
  });

  it('are shown in the preview of an import', async () => {
    const { window, page, complaints } = await openWindow(browser);
    await signIn(page, test.http, TEST_PASSWORD);
    await page.goto(`${test.http}/Altiris/Console/sites/subnets/import`);
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const lines = NAMES.map(
      (name, index) => `10.200.${index}.0/24,${quoted(`${name.slice(0, 240)} new`)},${quoted(name)}`,
    );
    const wrong = `nonsense,${quoted(HTML)},x`;
    await page.locator('textarea[name=csv]').fill(['subnet,site,name', ...lines, wrong].join('\n'));
    await page.locator('input[name=createSites]').check();
    await page.getByRole('button', { name: /Preview|Import/ }).click();
    await page.getByRole('heading', { name: `Import ${NAMES.length} subnets?` }).waitFor();
    const cells = await page.locator('td').allTextContents();
    for (const name of NAMES.filter(({ length }) => length < 48)) expect(cells).to.include(name);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      expect(await faultsOf(page), `${width} px`).to.deep.equal([]);
    }
    expect(complaints).to.deep.equal([]);
    await window.close();
  });
});
