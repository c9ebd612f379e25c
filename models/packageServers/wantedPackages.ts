/** Which packages a package server is to hold, and its policy. */
import { createHash } from 'node:crypto';
import { withoutErrorWord } from '../../wire/errorWord.ts';
import { braces, type Guid } from '../../wire/guid.ts';
import { writePackageServerPolicy, type PackageServerPolicy, type WantedPackage } from '../../wire/packageServer.ts';
import { POLICY } from '../../wire/wellKnown.ts';
import { xml } from '../../wire/xml.ts';
import type { CatalogueEntry, PackageCatalogue } from '../packages/catalogue.ts';
import { assignmentReason } from './distribution.ts';
import { REPORT_SECONDS, type PackageServerIndex } from './packageServerIndex.ts';
import type { KnownServer } from './placement.ts';
import { packageServerKey } from './tokenKeys.ts';

/** Packages with something to deliver that are assigned to the server. One that is switched off is not. */
export function wantedPackages(
  servers: Pick<PackageServerIndex, 'distributionOf'>,
  packages: Iterable<CatalogueEntry>,
  server: Pick<KnownServer, 'guid' | 'sites'>,
): WantedPackage[] {
  const wanted: WantedPackage[] = [];
  for (const { guid, name, isEnabled, version, totalSize, snapshots } of packages) {
    if (!isEnabled || version === undefined) continue;
    if (assignmentReason(servers.distributionOf(guid), server) === undefined) continue;
    wanted.push({ guid, name, version, hash: snapshots.get(version)!.hash, size: totalSize });
  }
  return wanted.sort((a, b) => (a.guid < b.guid ? -1 : 1));
}

export interface OwnPolicy {
  guid: Guid;
  hash: string;
  bytes: Buffer;
}

interface Kept {
  server: KnownServer;
  /** Counts of the catalogue's and the distributions' changes. */
  restsOn: string;
  policy: OwnPolicy;
}

/** Makes the policies of package servers, and keeps each until something that it rests on changes. */
export class PackageServerPolicies {
  readonly #servers: PackageServerIndex;
  readonly #packages: Pick<PackageCatalogue, 'all' | 'generation'>;
  readonly #tokenKey: Buffer;
  readonly #productVersion: string;
  readonly #kept = new Map<Guid, Kept>();

  constructor(
    servers: PackageServerIndex,
    packages: Pick<PackageCatalogue, 'all' | 'generation'>,
    { tokenKey, productVersion }: { tokenKey: Buffer; productVersion: string },
  ) {
    this.#servers = servers;
    this.#packages = packages;
    this.#tokenKey = tokenKey;
    this.#productVersion = productVersion;
  }

  /** The policy of a computer that is a package server; `undefined` for every other. */
  of(computer: Guid): OwnPolicy | undefined {
    const server = this.#servers.get(computer);
    if (server === undefined || server.record.settings.IsEnabled === 0) return undefined;
    const kept = this.#kept.get(computer);
    const restsOn = `${this.#packages.generation} ${this.#servers.distributionChanges}`;
    if (kept !== undefined && kept.server === server && kept.restsOn === restsOn) return kept.policy;
    const policy = this.#make(server);
    // An equal policy stays the same object: what was made of it stays good.
    const same = kept?.policy.hash === policy.hash ? kept.policy : policy;
    this.#kept.set(computer, { server, restsOn, policy: same });
    return same;
  }

  #make(server: KnownServer): OwnPolicy {
    const { settings } = server.record;
    const policy: PackageServerPolicy = {
      tokenKey: packageServerKey(this.#tokenKey, server.guid, settings.KeySalt).toString('base64'),
      isDraining: settings.IsDraining === 1,
      publishHttp: settings.IsHttpPublished === 1,
      publishHttps: settings.IsHttpsPublished === 1,
      publishUnc: settings.IsUncPublished === 1,
      minFreeDiskMb: settings.MinFreeDiskMb,
      unusedAfterHours: settings.UnusedAfterHours,
      keepOldHours: settings.KeepOldHours,
      throttleKb: settings.ThrottleKb,
      reportSeconds: REPORT_SECONDS,
      verifyCount: settings.VerifyCount,
      resyncCount: settings.ResyncCount,
      packages: wantedPackages(this.#servers, this.#packages.all(), server),
      refetch: server.record.refetch,
    };
    const head = xml`<Policy guid="${braces(POLICY.packageServer)}" name="Package server" version="${this.#productVersion}">`;
    const text = `${head.text}${writePackageServerPolicy(policy)}</Policy>\n`;
    const bytes = Buffer.from(withoutErrorWord(text), 'utf8');
    const hash = createHash('md5').update(bytes).digest('hex').toUpperCase();
    return { guid: POLICY.packageServer, hash, bytes };
  }
}
