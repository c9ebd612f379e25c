/**
 * The text of GetPackageInfo's answer in pieces: those of a server are the same for all packages, those of a package the
 * same for all servers. A choice is then a list of servers, which weighs little, and an answer is put together of them.
 */
import { braces, type Guid } from '../../wire/guid.ts';
import { PACKAGE_SERVER_SHARE, PACKAGE_SHARE, PAGE } from '../../wire/paths.ts';
import { xml } from '../../wire/xml.ts';
import type { KnownServer } from '../packageServers/placement.ts';
import type { CatalogueEntry } from './catalogue.ts';
import type { CodebaseCandidate } from './codebases.ts';

/** What stands between an address and its snapshot's token depends on the package, and on this. */
type AddressKind = 'packageServer' | 'share' | 'ownShare' | `own ${string}`;

/** `start`, the token if it has one, the package's own piece, the token of this server, `end`. */
interface AddressText {
  start: string;
  hasToken: boolean;
  kind: AddressKind;
  end: string;
}

/** The addresses of one server. */
export interface PlaceText {
  /** Undefined for the Notification Server. */
  server: KnownServer | undefined;
  seed: number;
  share: number;
  addresses: readonly AddressText[];
}

export interface AnswerHead {
  status: string;
  statusDescription: string;
  speedTest: boolean;
}

export interface HeadText {
  /** Before the time, and before the agent's GUID. */
  start: string;
  untilGuid: string;
}

/** Heads that are kept for one package. */
const MOST_HEADS = 100;

/** The blob of the key of that name; undefined: there is no snapshot yet. */
export type SourceKeyOf = (keyName: string | undefined) => string;

/** Stands where something is spliced in. No XML text can hold it, so no value can be taken for it. */
const BLANK = '\0';

export class CodebaseTexts {
  readonly #publicUrl: string;
  readonly #sourceKeyOf: SourceKeyOf;
  /** After the agent's GUID, and at the end: the same for everybody. */
  readonly afterGuid = '" type="codebases"/>';
  readonly end = '\n  </Source>\n</Package>\n';
  readonly #places = new WeakMap<KnownServer, PlaceText>();
  readonly #heads = new WeakMap<CatalogueEntry, Map<string, HeadText>>();
  readonly #middles = new WeakMap<CatalogueEntry, Map<AddressKind, string>>();

  constructor(publicUrl: string, sourceKeyOf: SourceKeyOf) {
    this.#publicUrl = publicUrl;
    this.#sourceKeyOf = sourceKeyOf;
  }

  /** Until the time, and from there until the agent's GUID: nearly always the same text for a package. */
  head(guid: Guid, entry: CatalogueEntry | undefined, answer: AnswerHead): HeadText {
    if (entry === undefined) return this.#head(guid, entry, answer);
    let heads = this.#heads.get(entry);
    if (heads === undefined) this.#heads.set(entry, (heads = new Map()));
    const key = `${answer.speedTest} ${answer.status} ${answer.statusDescription}`;
    let head = heads.get(key);
    if (head === undefined) {
      // The descriptions name sites; there are seldom many without any source.
      if (heads.size >= MOST_HEADS) heads.clear();
      heads.set(key, (head = this.#head(guid, entry, answer)));
    }
    return head;
  }

  #head(guid: Guid, entry: CatalogueEntry | undefined, { status, statusDescription, speedTest }: AnswerHead): HeadText {
    const version = entry?.version ?? 0;
    // The agent checks the snapshot with it: it is the key of that snapshot, not of the day.
    const sourceKey = this.#sourceKeyOf(entry?.snapshots.get(version)?.keyName);
    const [start, untilGuid] =
      xml`<Package id="${braces(guid)}" name="${entry?.name}" size="${entry?.totalSize ?? 0}" version="${version}" remote="false" priority="${entry?.priority ?? 'Normal'}" status="${status}" minspeed="0" enableMulticast="true" statusDescription="${statusDescription}" sourceKey="${sourceKey}">
  <Source time="\0" speedTest="${speedTest}">
    <SiteQuery url="${this.#publicUrl}${PAGE.getPackageInfo}" resource="`.text.split(BLANK) as [string, string];
    return { start, untilGuid };
  }

  placeOf(candidate: CodebaseCandidate, rank: { seed: number; share: number }): PlaceText {
    const { server } = candidate;
    const known = server === undefined ? undefined : this.#places.get(server);
    if (known !== undefined) return known;
    const place = { server, ...rank, addresses: addressesOf(candidate) };
    if (server !== undefined) this.#places.set(server, place);
    return place;
  }

  /**
   * Between the address's token and the snapshot's. The snapshot's address is printed whole, with its parameters and the
   * token, so that no agent needs to know their names and one that sends no header of its own can fetch it. It is always
   * this server's: it signs.
   */
  middleOf(entry: CatalogueEntry, kind: AddressKind): string {
    let middles = this.#middles.get(entry);
    if (middles === undefined) this.#middles.set(entry, (middles = new Map()));
    let middle = middles.get(kind);
    if (middle === undefined) middles.set(kind, (middle = this.#middle(entry, kind)));
    return middle;
  }

  #middle({ guid, version, uncSource }: CatalogueEntry, kind: AddressKind): string {
    const id = encodeURIComponent(braces(guid));
    const snapshotBase = kind.startsWith('own ') ? kind.slice('own '.length) : this.#publicUrl;
    const folder =
      kind === 'share'
        ? `\\${braces(guid)}\\${version}`
        : kind === 'ownShare'
          ? (uncSource ?? '')
          : `/${id}/${version}`;
    return xml`${folder}" snapshot="${snapshotBase}${PAGE.getPackageSnapshot}?package=${id}&amp;version=${version}&amp;token=`
      .text;
  }
}

/** HTTP first: "HTTP is preferred to UNC at equal speed" (KB 181098). */
function addressesOf({ server, bases, unc }: CodebaseCandidate): AddressText[] {
  const share = server === undefined ? PACKAGE_SHARE : PACKAGE_SERVER_SHARE;
  const addresses = bases.map(({ url, pin }): AddressText => {
    // `pin` is ours: the key of a package server whose certificate no authority has signed.
    const end = pin === '' ? '"/>' : xml`" pin="${pin}"/>`.text;
    const kind = server === undefined ? (`own ${url}` as const) : 'packageServer';
    return { start: xml`\n    <Codebase href="${url}${share}`.text, hasToken: true, kind, end };
  });
  if (unc === '') return addresses;
  // A share checks its own accounts; no token fits into its addresses.
  const start = server === undefined ? '\n    <Codebase unc="' : xml`\n    <Codebase unc="${unc}`.text;
  return [...addresses, { start, hasToken: false, kind: server === undefined ? 'ownShare' : 'share', end: '"/>' }];
}
