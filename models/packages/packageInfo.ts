/**
 * The answer of GetPackageInfo (packages.md section 2, samples/13). All but the time, the agent's GUID and its download
 * token is the same for everybody of a site: it is made once per package, and thrown away with the catalogue's entry.
 */
import { braces, type Guid } from '../../wire/guid.ts';
import { PACKAGE_SHARE, PAGE } from '../../wire/paths.ts';
import { xml, type XmlText } from '../../wire/xml.ts';
import type { SiteMatch } from '../sites/siteIndex.ts';
import type { CatalogueEntry } from './catalogue.ts';
import { chooseCodebases, type CodebaseCandidate } from './codebases.ts';

export interface PackageInfoCaller {
  guid: Guid;
  /** `YYYY-MM-DD HH:MM:SS`, UTC. */
  time: string;
  site: SiteMatch;
  /** A download token for this agent and that package; URL-safe. */
  tokenFor(packageGuid: Guid): string;
}

/** Stands where something is spliced in. No XML text can hold it, so no value can be taken for it. */
const BLANK = '\0';

export class PackageInfoWriter {
  readonly #publicUrl: string;
  readonly #sourceKey: string;
  readonly #kept = new WeakMap<CatalogueEntry, Map<string, readonly string[]>>();

  /** @param sourceKey public key that snapshots are signed with, as a blob */
  constructor(publicUrl: string, sourceKey: string) {
    this.#publicUrl = publicUrl;
    this.#sourceKey = sourceKey;
  }

  /** One `Package` element. `entry` is undefined for a package that does not exist. */
  write(guid: Guid, entry: CatalogueEntry | undefined, caller: PackageInfoCaller): string {
    const [start, untilGuid, ...codebases] = this.#pieces(guid, entry, caller.site) as [string, string, ...string[]];
    const token = codebases.length > 1 ? caller.tokenFor(guid) : '';
    return start + caller.time + untilGuid + braces(caller.guid) + codebases.join(token);
  }

  #pieces(guid: Guid, entry: CatalogueEntry | undefined, site: SiteMatch): readonly string[] {
    if (entry === undefined) return this.#make(guid, entry, site);
    let bySite = this.#kept.get(entry);
    if (bySite === undefined) this.#kept.set(entry, (bySite = new Map()));
    const key = site.site?.guid ?? '';
    let pieces = bySite.get(key);
    if (pieces === undefined) bySite.set(key, (pieces = this.#make(guid, entry, site)));
    return pieces;
  }

  /** The element in pieces: time, GUID and then tokens belong between them. */
  #make(guid: Guid, entry: CatalogueEntry | undefined, site: SiteMatch): readonly string[] {
    const { candidates, status, statusDescription } = chooseCodebases(entry, site, this.#publicUrl);
    const version = entry?.version ?? 0;
    const codebases = candidates
      .filter(({ offered }) => offered)
      .map((candidate) => codebase(candidate, guid, version));
    return xml`<Package id="${braces(guid)}" name="${entry?.name}" size="${entry?.totalSize ?? 0}" version="${version}" remote="false" priority="${entry?.priority ?? 'Normal'}" status="${status}" minspeed="0" enableMulticast="true" statusDescription="${statusDescription}" sourceKey="${this.#sourceKey}">
  <Source time="\0" speedTest="true">
    <SiteQuery url="${this.#publicUrl}${PAGE.getPackageInfo}" resource="\0" type="codebases"/>${codebases}
  </Source>
</Package>
`.text.split(BLANK);
  }
}

/**
 * The snapshot's address is printed whole, with its parameters and the token, so that no agent needs to know their names
 * and one that sends no header of its own can fetch it.
 */
function codebase({ baseUrl }: CodebaseCandidate, guid: Guid, version: number): XmlText {
  const id = encodeURIComponent(braces(guid));
  return xml`
    <Codebase href="${baseUrl}${PACKAGE_SHARE}\0/${id}/${version}" snapshot="${baseUrl}${PAGE.getPackageSnapshot}?package=${id}&amp;version=${version}&amp;token=\0"/>`;
}
