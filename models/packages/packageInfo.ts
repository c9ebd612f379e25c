/**
 * The answer of GetPackageInfo (packages.md section 2, samples/13). What is chosen is the same for everybody of the same
 * places: it is kept per package and place until anything that it rests on has changed. Time, GUID, download tokens and
 * the order among equal package servers are the agent's own.
 */
import { braces, type Guid } from '../../wire/guid.ts';
import type { KnownServer } from '../packageServers/placement.ts';
import type { Places } from '../sites/siteIndex.ts';
import { inOrderFor, seedOf } from './agentOrder.ts';
import type { CatalogueEntry } from './catalogue.ts';
import { CodebaseTexts, type HeadText, type PlaceText, type SourceKeyOf } from './codebaseText.ts';
import { chooseCodebases, TIERS, type CodebaseCandidate, type CodebaseChoice, type Sources } from './codebases.ts';
import { KeptChoices } from './keptChoices.ts';
import { patience } from './fallback.ts';

export type { SourceKeyOf } from './codebaseText.ts';

export interface PackageInfoCaller {
  guid: Guid;
  /** `YYYY-MM-DD HH:MM:SS`, UTC. */
  time: string;
  places: Places;
  /** How long the agent has been trying; 0 by default. */
  totalTimeMinutes?: number;
  /** A download token for this agent and that package; URL-safe. */
  tokenFor(packageGuid: Guid): string;
  /** The same for a package server, whose tokens are under a key of its own. */
  serverTokenFor?(server: KnownServer, packageGuid: Guid): string;
}

/** What is the same for everybody of the same places. */
interface Template {
  head: HeadText;
  /** Equals together, in the order of the tiers. */
  tiers: readonly (readonly PlaceText[])[];
}

/** Of equals, so many are told: no agent tries more, and a token has to be made for each. */
export const MOST_OF_A_TIER = 20;

export class PackageInfoWriter {
  readonly #publicUrl: string;
  readonly #sources: Sources | undefined;
  readonly #texts: CodebaseTexts;
  readonly #kept = new KeptChoices<Template>();

  /**
   * @param sourceKey public key that snapshots are signed with, as a blob: one for all, or by the key's name
   * @param sources without them, the Notification Server is the only place
   */
  constructor(publicUrl: string, sourceKey: string | SourceKeyOf, sources?: Sources) {
    this.#publicUrl = publicUrl;
    this.#sources = sources;
    this.#texts = new CodebaseTexts(publicUrl, typeof sourceKey === 'string' ? () => sourceKey : sourceKey);
  }

  /** One `Package` element. `entry` is undefined for a package that does not exist. */
  write(guid: Guid, entry: CatalogueEntry | undefined, caller: PackageInfoCaller): string {
    const { head, tiers } = this.#template(guid, entry, caller);
    let text = head.start + caller.time + head.untilGuid + braces(caller.guid) + this.#texts.afterGuid;
    if (tiers.length === 0) return text + this.#texts.end;
    const ownToken = caller.tokenFor(guid);
    for (const equals of tiers) {
      for (const { server, addresses } of toldTo(caller.guid, equals)) {
        const token = server === undefined ? ownToken : (caller.serverTokenFor?.(server, guid) ?? '');
        for (const { start: before, hasToken, kind, end } of addresses) {
          text += before + (hasToken ? token : '') + this.#texts.middleOf(entry!, kind) + ownToken + end;
        }
      }
    }
    return text + this.#texts.end;
  }

  /** The choice as it is made for a caller, with everything that was not chosen and why. */
  explain(entry: CatalogueEntry | undefined, caller: PackageInfoCaller): CodebaseChoice {
    const choice = this.#choose(entry, caller, true);
    const told = new Set<CodebaseCandidate>();
    for (const tier of TIERS) {
      const equals = choice.candidates
        .filter((candidate) => candidate.offered && candidate.tier === tier)
        .map((candidate) => ({ candidate, ...rankOf(candidate.server) }));
      for (const { candidate } of toldTo(caller.guid, equals)) told.add(candidate);
    }
    const others = choice.candidates.filter((candidate) => !told.has(candidate)).map(behindOthers);
    return { ...choice, candidates: [...told, ...others] };
  }

  #choose(entry: CatalogueEntry | undefined, caller: PackageInfoCaller, everything: boolean): CodebaseChoice {
    const { places, totalTimeMinutes = 0, guid } = caller;
    const asker = { places, totalTimeMinutes, computer: guid };
    return chooseCodebases(entry, this.#publicUrl, this.#sources, asker, { everything });
  }

  #template(guid: Guid, entry: CatalogueEntry | undefined, caller: PackageInfoCaller): Template {
    if (entry === undefined) return this.#make(guid, entry, caller);
    const servers = this.#sources?.servers;
    const kept = this.#kept.of(servers?.placement, entry, servers?.holdingsOf(guid), servers?.distributionOf(guid));
    const key = this.#placeOf(caller);
    return kept.get(key) ?? kept.keep(key, this.#make(guid, entry, caller));
  }

  /** Callers of the same place are offered the same. */
  #placeOf({ guid, places, totalTimeMinutes = 0 }: PackageInfoCaller): string {
    const sources = this.#sources;
    if (sources === undefined) return places.site.site?.guid ?? '';
    const { servers, bySubnet } = sources.servers.placement;
    // A package server is not offered itself, and has a fallback of its own.
    let key: string = servers.has(guid) ? guid : patience(sources, places.site, totalTimeMinutes);
    for (const { site, subnet } of places.matches) {
      key += ` ${site?.guid ?? ''}`;
      if (subnet !== undefined && bySubnet.has(subnet)) key += ` ${subnet}`;
    }
    for (const server of places.servers) key += ` !${server}`;
    return key;
  }

  /** Everything before the time, the agent's GUID and the codebases: they belong between the pieces. */
  #make(guid: Guid, entry: CatalogueEntry | undefined, caller: PackageInfoCaller): Template {
    const { candidates, status, statusDescription } = this.#choose(entry, caller, false);
    const speedTest = this.#sources?.servers.placement.settings.speedTest ?? true;
    const tiers = TIERS.map((tier) =>
      candidates
        .filter((candidate) => candidate.offered && candidate.tier === tier)
        .map((candidate) => this.#texts.placeOf(candidate, rankOf(candidate.server))),
    ).filter((equals) => equals.length > 0);
    return { head: this.#texts.head(guid, entry, { status, statusDescription, speedTest }), tiers };
  }
}

/** The Notification Server has no equals. */
const rankOf = (server: KnownServer | undefined): { seed: number; share: number } =>
  server === undefined ? { seed: 0, share: 1 } : { seed: seedOf(server.guid), share: server.record.settings.Share };

function toldTo<C extends { seed: number; share: number }>(agent: Guid, equals: readonly C[]): readonly C[] {
  const ordered = inOrderFor(agent, equals);
  return ordered.length > MOST_OF_A_TIER ? ordered.slice(0, MOST_OF_A_TIER) : ordered;
}

function behindOthers(candidate: CodebaseCandidate): CodebaseCandidate {
  if (!candidate.offered) return candidate;
  const reason = `${candidate.reason.replace(/\.$/, '')}, but ${MOST_OF_A_TIER} others come before it for this computer.`;
  return { ...candidate, offered: false, reason };
}
