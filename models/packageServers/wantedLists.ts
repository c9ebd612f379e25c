/**
 * The lists of packages that package servers are to hold (wire/wantedList.ts). With 500 package servers and 5,000
 * packages no list is kept: each server has the digests of its buckets, 2 KB, and a change of a package costs each server
 * one look at that package. What a bucket holds is put together when it is asked for.
 */
import type { Guid } from '../../wire/guid.ts';
import type { WantedPackage } from '../../wire/packageServer.ts';
import { BucketDigests, BUCKETS, bucketOf, wantedHash, type WantedAnswer } from '../../wire/wantedList.ts';
import type { CatalogueEntry, PackageCatalogue } from '../packages/catalogue.ts';
import { assignmentReason, type Distribution } from './distribution.ts';
import type { PackageServerIndex } from './packageServerIndex.ts';
import type { KnownServer } from './placement.ts';

export type WantedServers = Pick<PackageServerIndex, 'distributionOf' | 'distributionNews'>;
export type WantedCatalogue = Pick<PackageCatalogue, 'all' | 'get' | 'news'>;
type Server = Pick<KnownServer, 'guid' | 'sites'>;

/** What a package is on the list of whoever has to hold it. */
export function wantedOf({
  guid,
  name,
  isEnabled,
  version,
  totalSize,
  snapshots,
}: CatalogueEntry): WantedPackage | undefined {
  // One that is switched off is not delivered.
  if (!isEnabled || version === undefined) return undefined;
  return { guid, name, version, hash: snapshots.get(version)!.hash, size: totalSize };
}

interface Known {
  wanted: WantedPackage;
  hash: bigint;
  distribution: Distribution;
}

/** A package was another before, or was not there. */
interface Step {
  bucket: number;
  before: Known | undefined;
  after: Known | undefined;
}

interface Kept {
  /** Which packages go to a server rests on these. */
  places: string;
  position: number;
  buckets: BucketDigests;
  digest: string;
}

/** A server that was not asked for during so many changes is looked at anew. */
const REMEMBERED = 4096;

export class WantedLists {
  readonly #servers: WantedServers;
  readonly #packages: WantedCatalogue;
  #buckets: Map<Guid, Known>[] = emptyBuckets();
  #packagesAt = -1;
  #distributionsAt = -1;
  /** Changes since `#forgotten`, in their order. */
  #steps: Step[] = [];
  #forgotten = 0;
  readonly #kept = new Map<Guid, Kept>();

  constructor(servers: WantedServers, packages: WantedCatalogue) {
    this.#servers = servers;
    this.#packages = packages;
  }

  /** Names the list of a server: the same list has the same digest, on every node. */
  digestOf(server: Server): string {
    return this.#of(server).digest;
  }

  /** The buckets in which `theirs` is another list than the server is to have. */
  changesFor(server: Server, theirs: BucketDigests): WantedAnswer {
    const { buckets, digest } = this.#of(server);
    const changed = new Map<number, WantedPackage[]>();
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      if (theirs.values[bucket] === buckets.values[bucket]) continue;
      const known = [...this.#buckets[bucket]!.values()].filter((one) => isFor(one, server));
      changed.set(
        bucket,
        known.map(({ wanted }) => wanted),
      );
    }
    return { digest, buckets: changed };
  }

  #of(server: Server): Kept {
    this.#takeIn();
    const places = server.sites.join(' ');
    const position = this.#forgotten + this.#steps.length;
    const kept = this.#kept.get(server.guid);
    if (kept === undefined || kept.places !== places || kept.position < this.#forgotten) {
      const fresh = { places, position, ...this.#count(server) };
      this.#kept.set(server.guid, fresh);
      return fresh;
    }
    if (kept.position === position) return kept;
    let isOther = false;
    for (const { bucket, before, after } of this.#steps.slice(kept.position - this.#forgotten)) {
      for (const known of [before, after]) {
        if (known === undefined || !isFor(known, server)) continue;
        kept.buckets.toggle(bucket, known.hash);
        isOther = true;
      }
    }
    kept.position = position;
    if (isOther) kept.digest = kept.buckets.digest();
    return kept;
  }

  #count(server: Server): Pick<Kept, 'buckets' | 'digest'> {
    const buckets = new BucketDigests();
    this.#buckets.forEach((known, bucket) => {
      for (const one of known.values()) if (isFor(one, server)) buckets.toggle(bucket, one.hash);
    });
    return { buckets, digest: buckets.digest() };
  }

  #takeIn(): void {
    const { news } = this.#packages;
    const { distributionNews } = this.#servers;
    if (this.#packagesAt === news.position && this.#distributionsAt === distributionNews.position) return;
    const changed = this.#packagesAt < 0 ? undefined : news.since(this.#packagesAt);
    const assigned = this.#distributionsAt < 0 ? undefined : distributionNews.since(this.#distributionsAt);
    this.#packagesAt = news.position;
    this.#distributionsAt = distributionNews.position;
    if (changed === undefined || assigned === undefined) this.#lookAtAll();
    else for (const guid of new Set([...changed, ...assigned])) this.#look(guid, this.#packages.get(guid));
    if (this.#steps.length > 2 * REMEMBERED) {
      this.#forgotten += this.#steps.length - REMEMBERED;
      this.#steps = this.#steps.slice(-REMEMBERED);
    }
  }

  #lookAtAll(): void {
    for (const known of this.#buckets) {
      for (const guid of known.keys()) if (this.#packages.get(guid) === undefined) this.#look(guid, undefined);
    }
    for (const entry of this.#packages.all()) this.#look(entry.guid, entry);
  }

  #look(guid: Guid, entry: CatalogueEntry | undefined): void {
    const bucket = bucketOf(guid);
    const known = this.#buckets[bucket]!;
    const before = known.get(guid);
    const wanted = entry && wantedOf(entry);
    const distribution = this.#servers.distributionOf(guid);
    if (wanted === undefined && before === undefined) return;
    const after = wanted && { wanted, hash: wantedHash(wanted), distribution };
    if (after?.hash === before?.hash && before?.distribution === distribution) return;
    if (after === undefined) known.delete(guid);
    else known.set(guid, after);
    this.#steps.push({ bucket, before, after });
  }
}

const emptyBuckets = (): Map<Guid, Known>[] => Array.from({ length: BUCKETS }, () => new Map());

const isFor = ({ distribution }: Known, server: Server): boolean =>
  assignmentReason(distribution, server) !== undefined;
