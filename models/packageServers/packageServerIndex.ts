/**
 * Package servers in memory, with what each holds: what the choice of codebases rests on, without SQL. Whatever is
 * handed out is replaced when it changes and never altered, so what is derived from it can be kept by it.
 */
import type { Guid } from '../../wire/guid.ts';
import { DownloadTokens } from '../../wire/downloadToken.ts';
import type { Change } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { ChangedItems } from '../changedItems.ts';
import { InTurn } from '../inTurn.ts';
import type { SiteIndex } from '../sites/siteIndex.ts';
import { readDistributions, TO_ALL, type Distribution } from './distribution.ts';
import type { Holding } from './holdingState.ts';
import { placementOf, placeServer, type KnownServer, type Placement } from './placement.ts';
import {
  readHoldings,
  readServers,
  readSiteRules,
  type HoldingRecord,
  type ServerRecord,
  type SiteRule,
} from './records.ts';
import { defaultServiceSettings, readServiceSettings, type ServiceSettings } from './serviceSettings.ts';
import { packageServerKey } from './tokenKeys.ts';

/** How often a package server reports; it is told in its policy. */
export const REPORT_SECONDS = 60;
/** A server that says nothing for so long is not offered any more. */
export const SILENT_AFTER_MS = 5 * REPORT_SECONDS * 1000;

export interface PackageHoldings {
  readonly byServer: ReadonlyMap<Guid, Holding>;
}

const NO_HOLDINGS: PackageHoldings = { byServer: new Map() };

export interface PackageServerIndexDeps {
  clock: Clock;
  /** The server's own key of tokens: those of package servers are derived from it. */
  tokenKey: Buffer;
  sites: Pick<SiteIndex, 'siteOf'>;
}

export class PackageServerIndex {
  readonly #deps: PackageServerIndexDeps;
  readonly #readings = new InTurn();
  #records = new Map<Guid, ServerRecord>();
  #reportedAt = new Map<Guid, number>();
  #rules: ReadonlyMap<Guid, SiteRule> = new Map();
  #settings: ServiceSettings = defaultServiceSettings;
  #distributions = new Map<Guid, Distribution>();
  /** Packages whose distribution was read anew. */
  readonly distributionNews = new ChangedItems();
  #holdings = new Map<Guid, PackageHoldings>();
  /** By package: the holding of the server that was read last with it ready. */
  readonly #common = new Map<Guid, Holding>();
  #placement: Placement = placementOf([], new Map(), defaultServiceSettings);
  #wanted = new Map<string, { packageGuid: Guid; siteGuid: Guid }>();

  private constructor(deps: PackageServerIndexDeps) {
    this.#deps = deps;
  }

  static async load(session: Session, deps: PackageServerIndexDeps): Promise<PackageServerIndex> {
    const index = new PackageServerIndex(deps);
    await index.refresh(session);
    return index;
  }

  get placement(): Placement {
    return this.#placement;
  }

  get(guid: Guid): KnownServer | undefined {
    return this.#placement.servers.get(guid);
  }

  distributionOf(packageGuid: Guid): Distribution {
    return this.#distributions.get(packageGuid) ?? TO_ALL;
  }

  holdingsOf(packageGuid: Guid): PackageHoldings {
    return this.#holdings.get(packageGuid) ?? NO_HOLDINGS;
  }

  /** Milliseconds since 1970; undefined before the first report. */
  reportedAt(guid: Guid): number | undefined {
    return this.#reportedAt.get(guid);
  }

  /** A report came to this node: costs nothing while the server was not silent. */
  noteReport(guid: Guid): void {
    this.#reportedAt.set(guid, this.#deps.clock.now());
    if (this.get(guid)?.isSilent === true) this.#place();
  }

  /** An agent of a site asked for a package that is assigned automatically, and not to that site yet. */
  noteWanted(packageGuid: Guid, siteGuid: Guid): void {
    this.#wanted.set(`${packageGuid} ${siteGuid}`, { packageGuid, siteGuid });
  }

  takeWanted(): { packageGuid: Guid; siteGuid: Guid }[] {
    const wanted = [...this.#wanted.values()];
    this.#wanted = new Map();
    return wanted;
  }

  /** Reads everything anew. */
  refresh(session: Session): Promise<void> {
    return this.#readings.run(async () => {
      this.#records = await readServers(session);
      this.#takeReportTimes(this.#records.values());
      this.#rules = await readSiteRules(session);
      this.#settings = await readServiceSettings(session);
      this.#distributions = await readDistributions(session);
      this.distributionNews.note(null);
      this.#holdings = await this.#readAllHoldings(session);
      this.#place();
    });
  }

  /** Server by server: all rows of hundreds of servers at once would weigh far more than what is kept of them. */
  async #readAllHoldings(session: Session): Promise<Map<Guid, PackageHoldings>> {
    const holdings = new Map<Guid, Map<Guid, Holding>>();
    this.#common.clear();
    for (const server of this.#records.keys()) {
      for (const row of await readHoldings(session, server)) {
        const byServer = holdings.get(row.packageGuid);
        const holding = this.#shared(row);
        if (byServer === undefined) holdings.set(row.packageGuid, new Map([[server, holding]]));
        else byServer.set(server, holding);
      }
    }
    return new Map([...holdings].map(([guid, byServer]) => [guid, { byServer }]));
  }

  /** Most servers hold the same of a package: they share one object. */
  #shared({ packageGuid, server: _server, ...holding }: HoldingRecord): Holding {
    const common = this.#common.get(packageGuid);
    if (common !== undefined && isSame(common, holding)) return common;
    if (holding.state === 'ready') this.#common.set(packageGuid, holding);
    return holding;
  }

  /** Reads one package server anew, without waiting for the news of its change. */
  refreshServer(session: Session, guid: Guid): Promise<void> {
    return this.#readings.run(async () => {
      const record = (await readServers(session, guid)).get(guid);
      const former = this.#records.get(guid);
      if (record === undefined) this.#records.delete(guid);
      else this.#records.set(guid, record);
      if (record !== undefined) this.#takeReportTimes([record]);
      this.#takeHoldings(guid, record === undefined ? [] : await readHoldings(session, guid));
      if (isSameRecord(former, record) && this.get(guid)?.isSilent === this.#isSilent(guid)) return;
      this.#place();
    });
  }

  async applyChange(session: Session, { Kind, ItemGuid }: Change): Promise<void> {
    if (Kind === 'packageServer' && ItemGuid !== null) return this.refreshServer(session, ItemGuid);
    if (Kind === 'packageServer') return this.refresh(session);
    if (Kind === 'site') {
      return this.#readings.run(async () => {
        this.#rules = await readSiteRules(session);
        // A site that was deleted is not any server's any more.
        this.#records = await readServers(session);
        this.#place();
      });
    }
    if (Kind === 'setting') {
      return this.#readings.run(async () => {
        this.#settings = await readServiceSettings(session);
        // Package servers take some of them over.
        this.#records = await readServers(session);
        this.#place();
      });
    }
    if (Kind === 'package') return this.#readDistribution(session, ItemGuid);
  }

  /** Takes in reports that other nodes had, and notices who has fallen silent. Call it every minute or so. */
  look(session: Session): Promise<void> {
    return this.#readings.run(async () => {
      const rows = await session.db.selectFrom('PackageServerReport').select(['ResourceGuid', 'ReportedAt']).execute();
      for (const { ResourceGuid, ReportedAt } of rows) this.#takeReportTime(ResourceGuid, Date.parse(ReportedAt));
      const isOther = [...this.#placement.servers.values()].some(
        ({ guid, isSilent }) => this.#isSilent(guid) !== isSilent,
      );
      if (isOther) this.#place();
    });
  }

  #readDistribution(session: Session, guid: Guid | null): Promise<void> {
    return this.#readings.run(async () => {
      const read = await readDistributions(session, guid ?? undefined);
      const distribution = guid === null ? undefined : read.get(guid);
      if (guid === null) this.#distributions = read;
      else if (distribution === undefined) this.#distributions.delete(guid);
      else this.#distributions.set(guid, distribution);
      this.distributionNews.note(guid);
    });
  }

  #takeReportTimes(records: Iterable<ServerRecord>): void {
    for (const { guid, reportedAt } of records) if (reportedAt !== undefined) this.#takeReportTime(guid, reportedAt);
  }

  // The database may lag behind what this node has heard.
  #takeReportTime(guid: Guid, at: number): void {
    if (at > (this.#reportedAt.get(guid) ?? 0)) this.#reportedAt.set(guid, at);
  }

  /** One that has never reported holds nothing, which says more. */
  #isSilent(guid: Guid): boolean {
    const at = this.#reportedAt.get(guid);
    return at !== undefined && this.#deps.clock.now() - at > SILENT_AFTER_MS;
  }

  /** What a report to this node has changed, without reading it again. */
  applyHoldings(server: Guid, changed: readonly HoldingRecord[], gone: readonly Guid[]): Promise<void> {
    return this.#readings.run(() => {
      for (const row of changed) this.#setHolding(row.packageGuid, server, this.#shared(row));
      for (const packageGuid of gone) this.#setHolding(packageGuid, server, undefined);
      return Promise.resolve();
    });
  }

  #setHolding(packageGuid: Guid, server: Guid, holding: Holding | undefined): void {
    const changed = new Map(this.holdingsOf(packageGuid).byServer);
    if (holding === undefined) changed.delete(server);
    else changed.set(server, holding);
    this.#holdings.set(packageGuid, { byServer: changed });
  }

  /** Packages whose holding on the server is another one now get new holdings; those of others stay what they are. */
  #takeHoldings(server: Guid, rows: readonly HoldingRecord[]): void {
    const left = new Map(rows.map((row) => [row.packageGuid, row]));
    for (const [packageGuid, { byServer }] of this.#holdings) {
      const before = byServer.get(server);
      const after = left.get(packageGuid);
      left.delete(packageGuid);
      if (before === undefined && after === undefined) continue;
      if (before !== undefined && after !== undefined && isSame(before, after)) continue;
      this.#setHolding(packageGuid, server, after && this.#shared(after));
    }
    for (const [packageGuid, row] of left) this.#setHolding(packageGuid, server, this.#shared(row));
  }

  #place(): void {
    const before = this.#placement.servers;
    const known = [...this.#records.values()].map((record): KnownServer => {
      const { guid, settings } = record;
      const former = before.get(guid);
      const tokens =
        former?.record.settings.KeySalt === settings.KeySalt
          ? former.tokens
          : new DownloadTokens(packageServerKey(this.#deps.tokenKey, guid, settings.KeySalt));
      return placeServer(record, this.#deps.sites, { isSilent: this.#isSilent(guid), tokens });
    });
    this.#placement = placementOf(known, this.#rules, this.#settings);
  }
}

/**
 * What is told of a package most often changes nothing about its server. Then the placement stays, and with it every
 * choice that was made from it: hundreds of servers report while a new version spreads.
 */
function isSameRecord(a: ServerRecord | undefined, b: ServerRecord | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const text = ({ reportedAt, digest: _digest, refetch, ...rest }: ServerRecord): string =>
    JSON.stringify([rest, reportedAt === undefined, [...refetch]]);
  return text(a) === text(b);
}

function isSame(a: Holding, b: Holding): boolean {
  return (
    a.version === b.version &&
    a.hash === b.hash &&
    a.state === b.state &&
    a.detail === b.detail &&
    a.doneBytes === b.doneBytes &&
    a.totalBytes === b.totalBytes &&
    a.probeProblem === b.probeProblem
  );
}
