/** Looks at a package's source and publishes a new snapshot when the content has changed. */
import type { Guid } from '../../wire/guid.ts';
import { systemActor, type Actor } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb } from '../cmdb/types.ts';
import { readPackageRow, type PackageRow } from './packageRow.ts';
import { nextRegularRefresh, retryDelay, type ProblemState } from './packageState.ts';
import { sizeText } from './sizeText.ts';
import { buildSnapshot, type BuildProgress } from './snapshot/buildSnapshot.ts';
import type { Claim } from './snapshot/claim.ts';
import { ClaimLost, claimPackage } from './snapshot/claim.ts';
import type { ObjectStore } from './snapshot/objectStore.ts';
import {
  publishVersion,
  removeUnpublished,
  writeSnapshot,
  type BuiltSnapshot,
  type SigningKey,
} from './snapshot/publish.ts';
import { SourceProblem, type SourceLimits } from './sources/source.ts';
import { sourceOf } from './sources/sources.ts';

export interface RefreshDeps {
  cmdb: Cmdb;
  clock: Clock;
  store: ObjectStore;
  key: SigningKey;
  limits: SourceLimits;
  /** Hours between looks at the source; 0: only when asked. */
  refreshHours: number;
  minFreeDiskMb: number;
  /** Tells of what no administrator can mend by looking at the source; the package's page shows a short sentence. */
  onUnexpected: (error: unknown, packageGuid: Guid) => void;
}

export interface RefreshOptions {
  actor?: Actor;
  signal?: AbortSignal;
  onProgress?: (progress: BuildProgress) => void;
}

export type RefreshOutcome =
  | { result: 'published'; version: number }
  /** The content is that of the current snapshot; `version` is null for a package without files. */
  | { result: 'unchanged'; version: number | null }
  /** `again`: the same problem as last time. */
  | { result: 'problem'; state: ProblemState; reason: string; again: boolean }
  | { result: 'cancelled' }
  /** Not begun: no such package, switched off, or somebody else is at it. */
  | { result: 'busy' };

/** How often the lease is renewed and the progress written. */
const RENEW_MS = 2000;

/** @throws CmdbUnavailable and programming errors; what is wrong with the source is an outcome */
export async function refreshPackage(
  deps: RefreshDeps,
  guid: Guid,
  options: RefreshOptions = {},
): Promise<RefreshOutcome> {
  const before = await readPackageRow(deps.cmdb, guid);
  if (before === undefined) return { result: 'busy' };
  const claim = await claimPackage(deps.cmdb, deps.clock, guid);
  if (claim === undefined) return { result: 'busy' };
  // Read again under the claim: the fields may have changed in between.
  const row = (await readPackageRow(deps.cmdb, guid)) ?? before;
  try {
    return await refreshClaimed(deps, claim, row, options);
  } catch (error) {
    const { State, StateDetail, NextRefreshAt } = before;
    return await endFailed(deps, claim, { ...row, State, StateDetail, NextRefreshAt }, error, options);
  }
}

async function refreshClaimed(
  deps: RefreshDeps,
  claim: Claim,
  row: PackageRow,
  options: RefreshOptions,
): Promise<RefreshOutcome> {
  await removeUnpublished(deps.cmdb, row.Guid, row.CurrentVersion);
  const keeper = new ClaimKeeper(deps, claim, options);
  try {
    const root = await locate(deps, row, keeper);
    if (root === undefined) {
      await keeper.stop();
      await endUnchanged(deps, claim, 0);
      return { result: 'unchanged', version: null };
    }
    return await buildSnapshot(
      {
        cmdb: deps.cmdb,
        store: deps.store,
        packageGuid: row.Guid,
        root,
        reserveBytes: reserveOf(deps),
        onProgress: (progress) => keeper.note(progress),
        signal: keeper.signal,
      },
      (built) => settle(deps, claim, keeper, row, built, options.actor ?? systemActor),
    );
  } finally {
    await keeper.stop();
  }
}

/** Finds the source's folder; what lies elsewhere is fetched first, which may take hours. */
function locate(deps: RefreshDeps, row: PackageRow, keeper: ClaimKeeper): Promise<string | undefined> {
  return sourceOf(row.SourceKind).locate(row.SourcePath, deps.limits, {
    packageGuid: row.Guid,
    reserveBytes: reserveOf(deps),
    signal: keeper.signal,
    onProgress: (progress) => keeper.note({ phase: 'fetching', ...progress }),
  });
}

const reserveOf = (deps: RefreshDeps): number => deps.minFreeDiskMb * 1024 * 1024;

async function settle(
  deps: RefreshDeps,
  claim: Claim,
  keeper: ClaimKeeper,
  row: PackageRow,
  built: BuiltSnapshot,
  actor: Actor,
): Promise<RefreshOutcome> {
  keeper.note({ ...keeper.latest, phase: 'publishing' });
  const current = await deps.cmdb.db
    .selectFrom('Snapshot')
    .select('Hash')
    .where('PackageGuid', '=', row.Guid)
    .where('Version', '=', row.CurrentVersion ?? 0)
    .executeTakeFirst();
  if (current?.Hash === built.hash) {
    await keeper.stop();
    await endUnchanged(deps, claim, deps.refreshHours);
    return { result: 'unchanged', version: row.CurrentVersion };
  }
  const version = await writeSnapshot(deps, row.Guid, row.CurrentVersion, built);
  await keeper.stop();
  const of = {
    guid: row.Guid,
    name: row.Name,
    currentVersion: row.CurrentVersion,
    actor,
    refreshHours: deps.refreshHours,
  };
  await publishVersion(deps, claim, of, version, built);
  return { result: 'published', version };
}

async function endUnchanged(deps: RefreshDeps, claim: Claim, refreshHours: number): Promise<void> {
  const now = deps.clock.now();
  await claim.end(deps.cmdb, {
    State: 'valid',
    StateDetail: '',
    FailureCount: 0,
    LastRefreshAt: utc(now),
    NextRefreshAt: nextRegularRefresh(now, refreshHours),
  });
}

/** Writes why there is no new snapshot. The published one stays as it is. */
async function endFailed(
  deps: RefreshDeps,
  claim: Claim,
  before: PackageRow,
  error: unknown,
  options: RefreshOptions,
): Promise<RefreshOutcome> {
  if (error instanceof ClaimLost) return { result: 'cancelled' };
  try {
    if (options.signal?.aborted === true) {
      const State = before.State !== 'refreshing' ? before.State : before.CurrentVersion === null ? 'new' : 'valid';
      await claim.end(deps.cmdb, { State, StateDetail: before.StateDetail, NextRefreshAt: before.NextRefreshAt });
      return { result: 'cancelled' };
    }
    const problem = error instanceof SourceProblem ? error : undefined;
    if (problem === undefined) deps.onUnexpected(error, before.Guid);
    const state = problem?.state ?? 'failed';
    const reason = problem?.message ?? 'The refresh failed; the log of the server tells why.';
    await writeProblem(deps, claim, before, state, reason);
    return { result: 'problem', state, reason, again: before.State === state && before.FailureCount > 0 };
  } catch (second) {
    if (second instanceof ClaimLost) return { result: 'cancelled' };
    throw second;
  }
}

async function writeProblem(
  deps: RefreshDeps,
  claim: Claim,
  before: PackageRow,
  state: ProblemState,
  reason: string,
): Promise<void> {
  const now = deps.clock.now();
  const FailureCount = before.FailureCount + 1;
  await claim.end(deps.cmdb, {
    State: state,
    StateDetail: reason.slice(0, 1000),
    FailureCount,
    ProblemSince: FailureCount === 1 ? utc(now) : before.ProblemSince,
    LastRefreshAt: utc(now),
    // With the schedule off nothing is looked at unasked, failing packages neither.
    NextRefreshAt: deps.refreshHours === 0 ? null : utc(now + retryDelay(state, FailureCount)),
  });
}

/** Renews the claim while a build runs, writes its progress, and aborts it when the claim is lost. */
class ClaimKeeper {
  readonly signal: AbortSignal;
  latest: BuildProgress = { phase: 'scanning', files: 0, totalFiles: 0, bytes: 0, totalBytes: 0 };
  readonly #deps: RefreshDeps;
  readonly #claim: Claim;
  readonly #options: RefreshOptions;
  readonly #lost = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #renewing: Promise<void> = Promise.resolve();

  constructor(deps: RefreshDeps, claim: Claim, options: RefreshOptions) {
    this.#deps = deps;
    this.#claim = claim;
    this.#options = options;
    this.signal = AbortSignal.any([this.#lost.signal, ...(options.signal === undefined ? [] : [options.signal])]);
    this.#wait();
  }

  note(progress: BuildProgress): void {
    this.latest = { ...progress };
    this.#options.onProgress?.(this.latest);
  }

  /** No renewal is under way any more: the claim can be ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#renewing;
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.#renewing = this.#renew().then(() => {
        if (!this.#stopped) this.#wait();
      });
    }, RENEW_MS);
  }

  async #renew(): Promise<void> {
    try {
      await this.#claim.renew(this.#deps.cmdb, progressText(this.latest));
    } catch (error) {
      // A CMDB that cannot be reached for a moment ends nothing: the lease bridges it.
      if (error instanceof ClaimLost) this.#lost.abort(error);
    }
  }
}

/** `Reading files: 312 of 500, 1.2 GB of 4.0 GB (30 %).` */
export function progressText(progress: BuildProgress): string {
  if (progress.phase === 'scanning') return 'Looking at the source.';
  if (progress.phase === 'publishing') return 'Publishing the snapshot.';
  const { files, totalFiles, bytes, totalBytes } = progress;
  const percent = totalBytes === 0 ? '' : ` (${Math.floor((bytes * 100) / totalBytes)} %)`;
  if (progress.phase === 'fetching') {
    // The server may not say how many they are, or how large.
    const counted = totalFiles === 0 ? '' : `${files} of ${totalFiles}, `;
    const all = totalBytes === 0 ? '' : ` of ${sizeText(totalBytes)}`;
    return `Fetching files: ${counted}${sizeText(bytes)}${all}${percent}.`;
  }
  return `Reading files: ${files} of ${totalFiles}, ${sizeText(bytes)} of ${sizeText(totalBytes)}${percent}.`;
}
