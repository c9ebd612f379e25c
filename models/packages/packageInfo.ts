/**
 * The answer of GetPackageInfo (packages.md section 2, samples/13). All but the time, the agent's GUID, its download
 * tokens and the order among equal package servers is the same for everybody of a site: it is made once per package and
 * site, and thrown away when anything that it rests on has changed.
 */
import { braces, type Guid } from '../../wire/guid.ts';
import { PACKAGE_SERVER_SHARE, PACKAGE_SHARE, PAGE } from '../../wire/paths.ts';
import { xml } from '../../wire/xml.ts';
import type { Distribution } from '../packageServers/distribution.ts';
import type { PackageHoldings } from '../packageServers/packageServerIndex.ts';
import type { KnownServer, Placement } from '../packageServers/placement.ts';
import type { SiteMatch } from '../sites/siteIndex.ts';
import type { CatalogueEntry } from './catalogue.ts';
import {
  chooseCodebases,
  inOrderFor,
  patience,
  seedOf,
  TIERS,
  type CodebaseCandidate,
  type CodebaseChoice,
  type Sources,
} from './codebases.ts';

export interface PackageInfoCaller {
  guid: Guid;
  /** `YYYY-MM-DD HH:MM:SS`, UTC. */
  time: string;
  site: SiteMatch;
  /** One for each of its addresses; without them, `site` alone counts. */
  matches?: readonly SiteMatch[];
  /** How long the agent has been trying; 0 by default. */
  totalTimeMinutes?: number;
  /** A download token for this agent and that package; URL-safe. */
  tokenFor(packageGuid: Guid): string;
  /** The same for a package server, whose tokens are under a key of its own. */
  serverTokenFor?(server: KnownServer, packageGuid: Guid): string;
}

/** Stands where something is spliced in. No XML text can hold it, so no value can be taken for it. */
const BLANK = '\0';

/** The addresses of one server: before its token, between that and the snapshot's, … */
interface Place {
  /** Undefined for the Notification Server. */
  server: KnownServer | undefined;
  seed: number;
  /** Two pieces and a last one for each address: the place's own token goes in first, then this server's. */
  pieces: readonly string[];
}

interface Template {
  start: string;
  untilGuid: string;
  afterGuid: string;
  /** Equals together, in the order of the tiers. */
  tiers: readonly (readonly Place[])[];
  end: string;
}

interface Kept {
  placement: Placement | undefined;
  holdings: PackageHoldings | undefined;
  distribution: Distribution | undefined;
  byPlace: Map<string, Template>;
}

/** Places that are kept per package; there are seldom more sites. */
const MOST_PLACES = 2000;

export class PackageInfoWriter {
  readonly #publicUrl: string;
  readonly #sourceKey: string;
  readonly #sources: Sources | undefined;
  readonly #kept = new WeakMap<CatalogueEntry, Kept>();

  /**
   * @param sourceKey public key that snapshots are signed with, as a blob
   * @param sources without them, the Notification Server is the only place
   */
  constructor(publicUrl: string, sourceKey: string, sources?: Sources) {
    this.#publicUrl = publicUrl;
    this.#sourceKey = sourceKey;
    this.#sources = sources;
  }

  /** One `Package` element. `entry` is undefined for a package that does not exist. */
  write(guid: Guid, entry: CatalogueEntry | undefined, caller: PackageInfoCaller): string {
    const { start, untilGuid, afterGuid, tiers, end } = this.#template(guid, entry, caller);
    let text = start + caller.time + untilGuid + braces(caller.guid) + afterGuid;
    const ownToken = tiers.length > 0 ? caller.tokenFor(guid) : '';
    for (const equals of tiers) {
      for (const { server, pieces } of inOrderFor(caller.guid, equals)) {
        const token = server === undefined ? ownToken : (caller.serverTokenFor?.(server, guid) ?? '');
        for (let piece = 0; piece < pieces.length; piece += 3) {
          text += pieces[piece]! + token + pieces[piece + 1]! + ownToken + pieces[piece + 2]!;
        }
      }
    }
    return text + end;
  }

  /** The choice as it is made for a caller, with everything that was not chosen and why. */
  explain(entry: CatalogueEntry | undefined, caller: PackageInfoCaller): CodebaseChoice {
    const choice = this.#choose(entry, caller, true);
    const place = (candidate: CodebaseCandidate) => ({ candidate, seed: seedFor(candidate) });
    const ordered = TIERS.flatMap((tier) => {
      const equals = choice.candidates.filter((candidate) => candidate.offered && candidate.tier === tier).map(place);
      return inOrderFor(caller.guid, equals).map(({ candidate }) => candidate);
    });
    return { ...choice, candidates: [...ordered, ...choice.candidates.filter(({ offered }) => !offered)] };
  }

  #choose(entry: CatalogueEntry | undefined, caller: PackageInfoCaller, everything: boolean): CodebaseChoice {
    const { site, matches = [site], totalTimeMinutes = 0, guid } = caller;
    const asker = { matches, totalTimeMinutes, computer: guid };
    return chooseCodebases(entry, site, this.#publicUrl, this.#sources, asker, { everything });
  }

  #template(guid: Guid, entry: CatalogueEntry | undefined, caller: PackageInfoCaller): Template {
    if (entry === undefined) return this.#make(guid, entry, caller);
    const { byPlace } = this.#keptFor(entry);
    const key = this.#placeOf(caller);
    let template = byPlace.get(key);
    if (template === undefined) {
      if (byPlace.size >= MOST_PLACES) byPlace.clear();
      byPlace.set(key, (template = this.#make(guid, entry, caller)));
    }
    return template;
  }

  #keptFor(entry: CatalogueEntry): Kept {
    const servers = this.#sources?.servers;
    const placement = servers?.placement;
    const holdings = servers?.holdingsOf(entry.guid);
    const distribution = servers?.distributionOf(entry.guid);
    const kept = this.#kept.get(entry);
    if (kept?.placement === placement && kept?.holdings === holdings && kept?.distribution === distribution)
      return kept!;
    const fresh = { placement, holdings, distribution, byPlace: new Map<string, Template>() };
    this.#kept.set(entry, fresh);
    return fresh;
  }

  /** Callers of the same place are offered the same. */
  #placeOf({ guid, site, matches = [site], totalTimeMinutes = 0 }: PackageInfoCaller): string {
    const sources = this.#sources;
    if (sources === undefined) return site.site?.guid ?? '';
    const { servers, bySubnet } = sources.servers.placement;
    // A package server is not offered itself, and has a fallback of its own.
    let key = servers.has(guid) ? guid : patience(sources, site, totalTimeMinutes);
    for (const { site: place, subnet } of matches) {
      key += ` ${place?.guid ?? ''}`;
      if (subnet !== undefined && bySubnet.has(subnet)) key += ` ${subnet}`;
    }
    return key;
  }

  /** The element in pieces: time, GUID and then tokens belong between them. */
  #make(guid: Guid, entry: CatalogueEntry | undefined, caller: PackageInfoCaller): Template {
    const { candidates, status, statusDescription } = this.#choose(entry, caller, false);
    const version = entry?.version ?? 0;
    const speedTest = this.#sources?.servers.placement.settings.speedTest ?? true;
    const [start, untilGuid, afterGuid, end] =
      xml`<Package id="${braces(guid)}" name="${entry?.name}" size="${entry?.totalSize ?? 0}" version="${version}" remote="false" priority="${entry?.priority ?? 'Normal'}" status="${status}" minspeed="0" enableMulticast="true" statusDescription="${statusDescription}" sourceKey="${this.#sourceKey}">
  <Source time="\0" speedTest="${speedTest}">
    <SiteQuery url="${this.#publicUrl}${PAGE.getPackageInfo}" resource="\0" type="codebases"/>\0
  </Source>
</Package>
`.text.split(BLANK) as [string, string, string, string];
    const tiers = TIERS.map((tier) =>
      candidates
        .filter((candidate) => candidate.offered && candidate.tier === tier)
        .map((candidate) => this.#place(candidate, guid, version)),
    ).filter((equals) => equals.length > 0);
    return { start, untilGuid, afterGuid, tiers, end };
  }

  /**
   * The snapshot's address is printed whole, with its parameters and the token, so that no agent needs to know their
   * names and one that sends no header of its own can fetch it. It is always this server's: it signs.
   */
  #place(candidate: CodebaseCandidate, guid: Guid, version: number): Place {
    const id = encodeURIComponent(braces(guid));
    const { server, bases } = candidate;
    const share = server === undefined ? PACKAGE_SHARE : PACKAGE_SERVER_SHARE;
    const pieces = bases.flatMap(({ url, pin }) => {
      const snapshotBase = server === undefined ? url : this.#publicUrl;
      // `pin` is ours: the key of a package server whose certificate no authority has signed.
      const pinned = pin === '' ? xml`` : xml` pin="${pin}"`;
      return xml`
    <Codebase href="${url}${share}\0/${id}/${version}" snapshot="${snapshotBase}${PAGE.getPackageSnapshot}?package=${id}&amp;version=${version}&amp;token=\0"${pinned}/>`.text.split(
        BLANK,
      );
    });
    return { server, seed: seedFor(candidate), pieces };
  }
}

const seedFor = ({ server }: CodebaseCandidate): number => (server === undefined ? 0 : seedOf(server.guid));
