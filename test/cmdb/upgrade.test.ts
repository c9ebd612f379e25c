/** A CMDB with package servers as the program before signing keys, roll-out and subnets of inventory left it. */
import { expect } from 'chai';
import { generateKeyPairSync } from 'node:crypto';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { migrate, readMigrations } from '../../models/cmdb/migrate.ts';
import { PackageCatalogue } from '../../models/packages/catalogue.ts';
import { listPackages } from '../../models/packages/listPackages.ts';
import { readPackageServerInput } from '../../models/packageServers/changePackageServers.ts';
import { PackageServerIndex } from '../../models/packageServers/packageServerIndex.ts';
import { loadSecrets } from '../../models/secrets/secrets.ts';
import { wrap } from '../../models/secrets/wrapping.ts';
import { countFollowers } from '../../models/signingKeys/followers.ts';
import { takeCensus } from '../../models/sites/census.ts';
import { listSites } from '../../models/sites/listSites.ts';
import { SiteIndex } from '../../models/sites/siteIndex.ts';
import { newGuid } from '../../wire/guid.ts';
import { writeKeyBlob } from '../../wire/proof.ts';
import { DEFAULT_INTERNET_SITE, ITEM_CLASS, RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { TestClock } from '../packages/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

const FORMER = 11;
const AT = '2026-01-02T03:04:05.000Z';
const HASH = 'a1'.repeat(32);
const MASTER = Buffer.alloc(32, 3);

describe('an upgrade with data in place', function () {
  // A SQL Server takes its time to make a database.
  this.timeout(180_000);
  forEachEngine((_engine, open) => {
    const clock = new TestClock();
    const [site, server, good, failing] = [newGuid(), newGuid(), newGuid(), newGuid()];
    const signing = generateKeyPairSync('ed25519');
    let cmdb: AnyCmdb;

    before(async () => {
      cmdb = await open(FORMER);
      await fill();
      expect(await migrate(cmdb)).to.deep.equal(
        readMigrations(cmdb.engine)
          .map(({ version }) => version)
          .filter((version) => version > FORMER),
      );
    });
    after(() => cmdb.close());

    /** As the columns were then: the types of today do not fit. */
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    const put = (table: string, row: object) => (cmdb.db as any).insertInto(table).values(row).execute();

    async function fill(): Promise<void> {
      const der = signing.privateKey.export({ format: 'der', type: 'pkcs8' });
      const secret = { Name: 'signing:1', Wrapped: wrap(MASTER, 'signing:1', der) };
      await put('Secret', { ...secret, PublicPart: null, CreatedAt: AT, RetiredAt: null });
      const item = { Description: '', ProductGuid: null, Attributes: 0, CreatedAt: AT, ModifiedAt: AT };
      const by = { CreatedBy: 'jane', ModifiedBy: 'john' };
      await put('Item', { ...item, ...by, Guid: site, Name: 'Berlin', ClassGuid: ITEM_CLASS.site });
      await put('Site', { Guid: site, IsInternet: 0, Fallback: 'server' });
      const subnet = { Network: '10.1.0.0', PrefixLength: 16, Name: '', Source: 'manual', ModifiedAt: AT };
      await put('Subnet', { ...subnet, Guid: newGuid(), SiteGuid: site });
      const resource = { RetiredAt: null, DeletedAt: null, DeletedBy: null, CreatedAt: AT, ModifiedAt: AT };
      const type = { ResourceTypeGuid: RESOURCE_TYPE.computer, IsManaged: 1 };
      await put('Resource', { ...resource, ...type, Guid: server, Name: 'PS-1' });
      const empty = { Domain: '', Fqdn: '', OsName: '', OsVersion: '', SystemType: '', MacAddress: '', UserName: '' };
      const computer = { ResourceGuid: server, Name: 'PS-1', IpAddress: '10.1.2.3', AgentVersion: '1.0' };
      await put('Computer', { ...empty, ...computer, SiteGuid: site, LastInventoryAt: AT });
      const registration = { Guid: newGuid(), ResourceGuid: server, Name: 'PS-1', Domain: '', Fqdn: '', Address: '' };
      const key = { KeyHash: HASH, IsKeyOpaque: 0, State: 'allowed', Reason: '', PolicyKey: '', RequestXml: '' };
      const seen = { MacAddress: '', UserName: '', FirstSeenAt: AT, LastSeenAt: AT, RequestCount: 1 };
      await put('AgentRegistration', { ...registration, ...key, ...seen });
      for (const [guid, name, failures] of [
        [good, 'Good', 0],
        [failing, 'Failing', 3],
      ] as const) {
        await put('Item', { ...item, ...by, Guid: guid, Name: name, ClassGuid: ITEM_CLASS.package });
        const text = { Publisher: '', Language: '', VersionText: '', SourceKind: 'none', SourcePath: '' };
        const state = { State: failures === 0 ? 'valid' : 'failed', StateDetail: '', CurrentVersion: 7, IsEnabled: 1 };
        const times = { LastRefreshAt: AT, NextRefreshAt: null, LastUsedAt: null, FailureCount: failures };
        await put('Package', { Guid: guid, ...text, ...state, ...times, CleanupAfterMinutes: 0, Priority: 'normal' });
        for (const [Version, RetiredAt] of [
          [6, AT],
          [7, null],
        ]) {
          const signed = { Hash: HASH, Signature: 's', KeyName: 'signing:1', CreatedAt: AT };
          await put('Snapshot', { PackageGuid: guid, Version, ...signed, RetiredAt, FileCount: 0, TotalSize: 5 });
        }
      }
      const flags = { IsEnabled: 1, IsDraining: 0, IsConstrained: 0, IsProbed: 1, IsHttpPublished: 0 };
      const limits = { IsHttpsPublished: 1, MinFreeDiskMb: 99, UnusedAfterHours: 98, KeepOldHours: 97, ThrottleKb: 96 };
      const counts = { KeySalt: 'salt', VerifyCount: 1, ResyncCount: 2, CreatedAt: AT, ModifiedAt: AT };
      await put('PackageServer', { ResourceGuid: server, ...flags, ...limits, ...counts });
      await put('PackageServerSite', { ResourceGuid: server, SiteGuid: site });
      const where = { Addresses: '10.1.2.3', HttpUrl: '', HttpsUrl: 'https://ps-1:8443', Pin: '', Version: '1.0' };
      const disk = { FreeBytes: 1, TotalBytes: 2, StoredBytes: 1, Digest: '', ClientCount: 0 };
      const report = { ResourceGuid: server, ReportedAt: AT, ProbedAt: null, ProbeProblem: '' };
      await put('PackageServerReport', { ...report, ...where, ...disk });
      const held = { HeldVersion: 7, HeldHash: HASH, Versions: '6 7', State: 'ready', Detail: '', ChangedAt: AT };
      const bytes = { DoneBytes: 5, TotalBytes: 5, ProbedAt: null, ProbeProblem: '' };
      await put('PackageHolding', { ResourceGuid: server, PackageGuid: good, ...held, ...bytes });
      await put('PackageDistribution', { PackageGuid: good, Mode: 'automatic' });
      const assigned = { PackageGuid: good, SiteGuid: site };
      await put('PackageDistributionSite', { ...assigned, IsAutomatic: 1, AddedAt: AT });
    }

    it('keeps packages, and says who cares for them and since when they fail', async () => {
      const query = { sort: 'Name', descending: true, offset: 0, limit: 10 } as const;
      const { rows } = await listPackages(cmdb, query);
      expect(rows.map(({ Name, Owner, ProblemSince }) => ({ Name, Owner, ProblemSince }))).to.deep.equal([
        { Name: 'Good', Owner: 'jane', ProblemSince: null },
        { Name: 'Failing', Owner: 'jane', ProblemSince: AT },
      ]);
      const catalogue = await PackageCatalogue.load(cmdb);
      expect([...catalogue.get(good)!.snapshots.keys()].sort()).to.deep.equal([6, 7]);
    });

    it('keeps package servers with values of their own, as they were', async () => {
      expect(await readPackageServerInput(cmdb, server)).to.deep.include({
        publishHttps: true,
        publishHttp: false,
        minFreeDiskMb: 99,
        unusedAfterHours: 98,
        keepOldHours: 97,
        throttleKb: 96,
        inherited: [],
        share: 100,
        sites: [site],
      });
      const sites = await SiteIndex.load(cmdb);
      const index = await PackageServerIndex.load(cmdb, { clock, tokenKey: Buffer.alloc(32, 7), sites });
      expect(index.get(server)?.sites).to.deep.equal([site]);
      expect(index.get(server)?.unc).to.equal('');
      expect(index.holdingsOf(good).byServer.get(server)?.version).to.equal(7);
      expect([...index.distributionOf(good).sites]).to.deep.equal([site]);
    });

    it('goes on with the key that signed before, which every agent has yet to name', async () => {
      const { signingKeyName, publicKeyBlob } = await loadSecrets(cmdb, MASTER, clock);
      expect(signingKeyName).to.equal('signing:1');
      expect(publicKeyBlob).to.equal(writeKeyBlob(signing.publicKey));
      expect(await countFollowers(cmdb)).to.deep.equal({ byKey: new Map(), unknown: 1, unable: 0 });
    });

    it('has a site for computers outside, and counts computers in its subnets', async () => {
      await takeCensus(cmdb);
      const { rows } = await listSites(cmdb, { sort: 'Name', descending: false, offset: 0, limit: 10 });
      expect(rows.map(({ Guid, Computers }) => [Guid, Computers])).to.deep.equal([
        [site, 1],
        [DEFAULT_INTERNET_SITE, 0],
      ]);
      const uses = await cmdb.db.selectFrom('SubnetUse').select(['Computers', 'LastSeenAt']).execute();
      expect(uses).to.deep.equal([{ Computers: 1, LastSeenAt: AT }]);
    });
  });
});
