/** A small world for the choice of sources: two sites, package servers in them, a published package. */
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { utc } from '../../models/clock.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import { PackageCatalogue } from '../../models/packages/catalogue.ts';
import type { CodebaseChoice } from '../../models/packages/codebases.ts';
import { explainSources, type SourceExplanation, type SourceQuestion } from '../../models/packages/explainSources.ts';
import { PackageInfoWriter, type PackageInfoCaller } from '../../models/packages/packageInfo.ts';
import { addPackageServer } from '../../models/packageServers/changePackageServers.ts';
import { PackageServerIndex } from '../../models/packageServers/packageServerIndex.ts';
import { takeReport, type TakenReport } from '../../models/packageServers/takeReport.ts';
import { createSite } from '../../models/sites/changeSites.ts';
import { createSubnet } from '../../models/sites/changeSubnets.ts';
import { SiteIndex } from '../../models/sites/siteIndex.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { ITEM_CLASS } from '../../wire/wellKnown.ts';
import type { HeldPackage, PackageServerReport } from '../../wire/packageServer.ts';
import { JANE, TestClock } from '../packages/support.ts';
import { addComputers } from '../policies/support.ts';
import { held, reportOf } from '../support/packageServers.ts';

export const TOKEN_KEY = Buffer.alloc(32, 7);
export const PUBLIC_URL = 'https://ns1.example.test';
export const HASH = 'a1'.repeat(32);
export const VERSION = 1000;

/** In an order in which nothing refers to what is gone. */
const TABLES = [
  'PackageClientDay',
  'PackageHolding',
  'PackageRefetch',
  'PackageServerReport',
  'PackageServerSite',
  'PackageServerTarget',
  'SiteTarget',
  'PackageDistributionServer',
  'PackageDistributionSite',
  'PackageDistribution',
  'PackageServer',
  'Snapshot',
  'Program',
  'Package',
  'Subnet',
  'Site',
  'AuditEntry',
  'ChangeLog',
] as const;

export class World {
  readonly cmdb: AnyCmdb;
  readonly clock = new TestClock();
  sites!: SiteIndex;
  packages!: PackageCatalogue;
  servers!: PackageServerIndex;
  writer!: PackageInfoWriter;
  berlin!: Guid;
  lyon!: Guid;
  package!: Guid;

  private constructor(cmdb: AnyCmdb) {
    this.cmdb = cmdb;
  }

  /** Berlin has 10.1.0.0/16, Lyon 10.2.0.0/16; 10.3.0.0/16 belongs to no site. */
  static async make(cmdb: AnyCmdb): Promise<World> {
    const world = new World(cmdb);
    world.berlin = await createSite(cmdb, world.clock, JANE, { name: 'Berlin' });
    world.lyon = await createSite(cmdb, world.clock, JANE, { name: 'Lyon' });
    await createSubnet(cmdb, world.clock, JANE, { subnet: '10.1.0.0/16', siteGuid: world.berlin });
    await createSubnet(cmdb, world.clock, JANE, { subnet: '10.2.0.0/16', siteGuid: world.lyon });
    await createSubnet(cmdb, world.clock, JANE, { subnet: '10.3.0.0/16', siteGuid: '' });
    world.package = await world.addPackage('Viewer');
    await world.reload();
    return world;
  }

  /** Takes away what a test has made: one database serves all of a suite, because SQL Server is slow to make one. */
  static async clear({ db }: AnyCmdb): Promise<void> {
    await db.updateTable('Computer').set({ SiteGuid: null }).execute();
    for (const table of TABLES) await db.deleteFrom(table).execute();
    await db.deleteFrom('Item').where('ClassGuid', 'in', [ITEM_CLASS.package, ITEM_CLASS.site]).execute();
    await db.deleteFrom('Setting').where('Name', '=', 'packageService').execute();
  }

  async addPackage(name: string): Promise<Guid> {
    const { cmdb, clock } = this;
    const limits = { roots: [] } as unknown as Parameters<typeof createPackage>[4];
    const guid = await createPackage(cmdb, clock, JANE, { name, sourceKind: 'none' }, limits);
    await this.publish(guid, VERSION, HASH);
    return guid;
  }

  /** A snapshot as rows, without files. */
  async publish(packageGuid: Guid, version: number, hash: string): Promise<void> {
    const row = { PackageGuid: packageGuid, Version: version, Hash: hash, FileCount: 1, TotalSize: 5000 };
    const rest = { Signature: 's', KeyName: 'signing:1', CreatedAt: utc(this.clock.now()), RetiredAt: null };
    await this.cmdb.db
      .insertInto('Snapshot')
      .values({ ...row, ...rest })
      .execute();
    await this.cmdb.db
      .updateTable('Package')
      .set({ CurrentVersion: version })
      .where('Guid', '=', packageGuid)
      .execute();
  }

  /** A package server at an address; it holds the package unless told otherwise. */
  async addServer(address: string, input: Record<string, unknown> = {}, holds?: HeldPackage[]): Promise<Guid> {
    const [guid] = await addComputers(this.cmdb, 1);
    await addPackageServer(this.cmdb, this.clock, JANE, guid!, input);
    await this.report(guid!, address, holds ?? [held(this.package, VERSION, HASH)]);
    return guid!;
  }

  async report(
    server: Guid,
    address: string,
    holds: HeldPackage[],
    more: Partial<PackageServerReport> = {},
  ): Promise<TakenReport | undefined> {
    const taken = await takeReport(this.cmdb, this.clock, server, reportOf(address, holds, more));
    await this.reload();
    return taken;
  }

  /** Everything in memory anew. */
  async reload(): Promise<void> {
    const { cmdb, clock } = this;
    this.sites = await SiteIndex.load(cmdb);
    this.packages = await PackageCatalogue.load(cmdb);
    this.servers = await PackageServerIndex.load(cmdb, { clock, tokenKey: TOKEN_KEY, sites: this.sites });
    const own = { https: PUBLIC_URL, http: undefined };
    const ownPlaces = () => this.sites.matchesOf(['10.2.0.1']);
    this.writer = new PackageInfoWriter(PUBLIC_URL, 'KEY', { servers: this.servers, own, ownPlaces });
  }

  async choose(address: string | string[], more: Partial<SourceQuestion> = {}): Promise<CodebaseChoice> {
    return (await this.explain({ addresses: [address].flat(), ...more })).choice;
  }

  explain(more: Partial<SourceQuestion>): Promise<SourceExplanation> {
    const { sites, packages, servers: packageServers, writer } = this;
    const question = { packageGuid: this.package, totalTimeMinutes: 0, ...more };
    const deps = { sites, packages, packageServers, writer, now: this.clock.now() };
    return explainSources(this.cmdb, deps, question);
  }

  /** Base addresses in the order in which an agent is told them. */
  async offered(address: string | string[], more: Partial<SourceQuestion> = {}): Promise<string[]> {
    const { candidates } = await this.choose(address, more);
    return candidates.filter(({ offered }) => offered).map(({ baseUrl }) => baseUrl);
  }

  /** Hosts of the answer that GetPackageInfo gives, in its order. */
  answer(address: string, computer: Guid = newGuid()): string[] {
    const text = this.text(address, computer);
    return [...text.matchAll(/href="(https?:\/\/[^/]+)\/([^"]*)"/g)].map(([, host]) => host!);
  }

  /** The element that GetPackageInfo answers. */
  text(address: string, computer: Guid): string {
    const places = this.sites.placesOf(computer, [address]);
    const tokens = { tokenFor: () => 'NSTOKEN', serverTokenFor: () => 'PSTOKEN' };
    const caller: PackageInfoCaller = { guid: computer, time: '', places, ...tokens };
    return this.writer.write(this.package, this.packages.get(this.package), caller);
  }
}
