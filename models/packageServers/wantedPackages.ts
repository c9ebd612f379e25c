/** Which packages a package server is to hold, and its policy. */
import { createHash } from 'node:crypto';
import { withoutErrorWord } from '../../wire/errorWord.ts';
import { braces, type Guid } from '../../wire/guid.ts';
import { writePackageServerPolicy, type PackageServerPolicy, type WantedPackage } from '../../wire/packageServer.ts';
import { POLICY } from '../../wire/wellKnown.ts';
import { xml } from '../../wire/xml.ts';
import type { CatalogueEntry } from '../packages/catalogue.ts';
import { assignmentReason } from './distribution.ts';
import { REPORT_SECONDS, type PackageServerIndex } from './packageServerIndex.ts';
import type { KnownServer } from './placement.ts';
import { packageServerKey } from './tokenKeys.ts';
import { WantedLists, wantedOf, type WantedCatalogue } from './wantedLists.ts';

/** Packages with something to deliver that are assigned to the server. One that is switched off is not. */
export function wantedPackages(
  servers: Pick<PackageServerIndex, 'distributionOf'>,
  packages: Iterable<CatalogueEntry>,
  server: Pick<KnownServer, 'guid' | 'sites'>,
): WantedPackage[] {
  const wanted: WantedPackage[] = [];
  for (const entry of packages) {
    const one = wantedOf(entry);
    if (one !== undefined && assignmentReason(servers.distributionOf(one.guid), server) !== undefined) wanted.push(one);
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
  /** Of the list of packages. */
  wantedDigest: string;
  policy: OwnPolicy;
}

/** Makes the policies of package servers, and keeps each until something that it rests on changes. */
export class PackageServerPolicies {
  readonly #servers: PackageServerIndex;
  /** The lists that the policies name by their digests. */
  readonly lists: WantedLists;
  readonly #tokenKey: Buffer;
  readonly #productVersion: string;
  readonly #kept = new Map<Guid, Kept>();

  constructor(
    servers: PackageServerIndex,
    packages: WantedCatalogue,
    { tokenKey, productVersion }: { tokenKey: Buffer; productVersion: string },
  ) {
    this.#servers = servers;
    this.lists = new WantedLists(servers, packages);
    this.#tokenKey = tokenKey;
    this.#productVersion = productVersion;
  }

  /** The policy of a computer that is a package server; `undefined` for every other. */
  of(computer: Guid): OwnPolicy | undefined {
    const server = this.#servers.get(computer);
    if (server === undefined || server.record.settings.IsEnabled === 0) return undefined;
    const kept = this.#kept.get(computer);
    const wantedDigest = this.lists.digestOf(server);
    if (kept !== undefined && kept.server === server && kept.wantedDigest === wantedDigest) return kept.policy;
    const policy = this.#make(server, wantedDigest);
    // An equal policy stays the same object: what was made of it stays good.
    const same = kept?.policy.hash === policy.hash ? kept.policy : policy;
    this.#kept.set(computer, { server, wantedDigest, policy: same });
    return same;
  }

  #make(server: KnownServer, wantedDigest: string): OwnPolicy {
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
      wantedDigest,
      refetch: server.record.refetch,
    };
    const head = xml`<Policy guid="${braces(POLICY.packageServer)}" name="Package server" version="${this.#productVersion}">`;
    const text = `${head.text}${writePackageServerPolicy(policy)}</Policy>\n`;
    const bytes = Buffer.from(withoutErrorWord(text), 'utf8');
    const hash = createHash('md5').update(bytes).digest('hex').toUpperCase();
    return { guid: POLICY.packageServer, hash, bytes };
  }
}
