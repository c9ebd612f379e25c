/**
 * Brings a package here: information, source, manifest, files (packages.md section 1). One `attempt` goes through all
 * usable sources once; when none served, the next attempt waits as the contract says.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Manifest } from '../../wire/manifest.ts';
import type { SoftwarePackage } from '../../wire/softwareDelivery.ts';
import { BackOff, type RetryPlan } from '../../client/base/backOff.ts';
import type { AgentLog } from '../../client/base/log.ts';
import { durationText, spread } from '../../client/base/waiting.ts';
import { BadAnswer, Refused, sentence } from '../../client/http/errors.ts';
import type { Identity } from '../../client/identity/identity.ts';
import type { Server } from '../../client/identity/server.ts';
import { Assembler } from './assemble.ts';
import { SourceRecords } from '../../client/packages/codebases.ts';
import { DiskFailure } from '../../client/packages/download.ts';
import { askPackageInfo, type Codebase, type PackageInfo } from '../../client/packages/packageInfo.ts';
import { UnsafePath } from '../../client/packages/paths.ts';
import { fetchManifest } from '../../client/packages/snapshot.ts';
import type { PackageStore } from './store.ts';

export interface FetchDeps {
  server: Server;
  identity: Identity;
  store: PackageStore;
  log: AgentLog;
  retryPlan: RetryPlan;
  /** The computer's addresses: the server finds its site by them. */
  addresses(): readonly string[];
}

export type FetchResult =
  | { state: 'ready'; version: number; bytes: number; source: string }
  | { state: 'failed'; version: number; reason: string; isFirst: boolean };

interface Trying {
  since: number;
  nextAt: number;
  backOff: BackOff;
  sources: SourceRecords;
}

export class Fetcher {
  readonly #deps: FetchDeps;
  readonly #trying = new Map<Guid, Trying>();

  constructor(deps: FetchDeps) {
    this.#deps = deps;
  }

  /** The version that is here and good enough for the policy; `undefined` when there is something to fetch. */
  readyVersion(software: SoftwarePackage): number | undefined {
    if (software.internalVersion === 0) return 0;
    const newest = this.#deps.store.versions(software.guid)[0];
    return newest !== undefined && newest >= software.internalVersion ? newest : undefined;
  }

  /** Milliseconds since 1970 before which the package is not asked for again. */
  nextAt(guid: Guid): number {
    return this.#trying.get(guid)?.nextAt ?? 0;
  }

  /** Tries at once, whatever the back-off says: the policy names another version. */
  tryNow(guid: Guid): void {
    this.#trying.delete(guid);
  }

  async attempt(software: SoftwarePackage, signal: AbortSignal): Promise<FetchResult> {
    const trying = this.#tryingOf(software.guid);
    const progress = { bytes: 0 };
    let version = software.internalVersion;
    try {
      const info = await this.#usableInfo(software, trying, signal);
      version = info.version;
      const source = await this.#fromAnySource(info, trying, progress, signal);
      this.#deps.store.setUsage(software.guid, { cleanupAfterMinutes: software.cleanupAfterMinutes });
      this.#trying.delete(software.guid);
      return { state: 'ready', version, bytes: progress.bytes, source };
    } catch (error) {
      const isFirst = trying.backOff.failures === 0;
      const wait = Math.max(spread(trying.backOff.failed(progress.bytes > 0)), waitOf(error));
      trying.nextAt = Date.now() + wait;
      const reason = sentence(error);
      this.#deps.log.warn(`Package "${software.name}": ${reason}. Next try in ${durationText(wait)}.`);
      return { state: 'failed', version, reason, isFirst };
    }
  }

  #tryingOf(guid: Guid): Trying {
    let trying = this.#trying.get(guid);
    if (trying === undefined) {
      const backOff = new BackOff(this.#deps.retryPlan);
      trying = { since: Date.now(), nextAt: 0, backOff, sources: new SourceRecords() };
      this.#trying.set(guid, trying);
    }
    return trying;
  }

  async #usableInfo(software: SoftwarePackage, trying: Trying, signal: AbortSignal): Promise<PackageInfo> {
    const { server, identity, addresses } = this.#deps;
    const totalTimeMinutes = Math.floor((Date.now() - trying.since) / 60_000);
    const request = { computer: identity.guid, package: software.guid, addresses: addresses(), totalTimeMinutes };
    const info = await askPackageInfo(server, request, signal);
    if (info.codebases.length === 0) throw new BadAnswer(`the server offers no source (${info.status})`);
    // An older version than the policy's is an answer from before the change, or somebody's attempt to go back.
    if (info.version < software.internalVersion) {
      throw new BadAnswer(`the sources have version ${info.version}, the policy wants ${software.internalVersion}`);
    }
    return info;
  }

  async #fromAnySource(
    info: PackageInfo,
    trying: Trying,
    progress: { bytes: number },
    signal: AbortSignal,
  ): Promise<string> {
    const sources = trying.sources.ranked(info.codebases);
    if (sources.length === 0) throw new BadAnswer('all sources have failed too often; they are left alone for a while');
    let last: unknown;
    for (const codebase of sources) {
      try {
        await this.#fromSource(info, codebase, trying, progress, signal);
        return originOf(codebase);
      } catch (error) {
        if (!isSourcesFault(error) || signal.aborted) throw error;
        last = error;
        trying.sources.failed(codebase.href);
        this.#deps.log.detail(`${originOf(codebase)} failed: ${sentence(error)}`);
      }
    }
    throw last;
  }

  async #fromSource(
    info: PackageInfo,
    codebase: Codebase,
    trying: Trying,
    progress: { bytes: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { server, store, log } = this.#deps;
    const manifest = await this.#manifest(info, codebase, signal);
    const assembly = {
      manifest,
      staging: store.stagingOf(info.guid, info.version),
      older: this.#olderVersions(info),
      partOf: (hash: string) => store.partOf(info.guid, hash),
    };
    const assembler = await Assembler.prepare(assembly, signal);
    log.info(
      `Downloading "${info.name}", version ${info.version}: ${assembler.missingBytes} bytes from ${originOf(codebase)}.`,
    );
    const startedAt = Date.now();
    const before = progress.bytes;
    await assembler.fetchFrom(server, codebase.href, (count) => (progress.bytes += count));
    trying.sources.transferred(codebase.href, progress.bytes - before, Date.now() - startedAt);
    store.publish(info.guid, info.version);
  }

  // Manifests are signed and never change: one that is here need not be asked for.
  async #manifest(info: PackageInfo, codebase: Codebase, signal: AbortSignal): Promise<Manifest> {
    const { store, identity } = this.#deps;
    const kept = store.manifest(info.guid, info.version, identity.keysForKept);
    if (kept !== undefined) return kept;
    const { manifest, text } = await fetchManifest(this.#deps, codebase.snapshot, info, signal);
    store.keepManifest(info.guid, info.version, text);
    return manifest;
  }

  #olderVersions(info: PackageInfo): { folder: string; manifest: Manifest }[] {
    const { store, identity } = this.#deps;
    return store.versions(info.guid).flatMap((version) => {
      const manifest = store.manifest(info.guid, version, identity.keysForKept);
      return manifest === undefined ? [] : [{ folder: store.folderOf(info.guid, version), manifest }];
    });
  }
}

// The download token in an address is not for logs and events.
function originOf(codebase: Codebase): string {
  return new URL(codebase.href).origin;
}

/**
 * Another source may do better, unless the trouble is our own disk, or what the server itself has signed. A source that
 * shows the wrong key is one of many, and each is looked at for itself.
 */
function isSourcesFault(error: unknown): boolean {
  return !(error instanceof DiskFailure || error instanceof UnsafePath);
}

function waitOf(error: unknown): number {
  return error instanceof Refused ? (error.retryAfterMs ?? 0) : 0;
}
