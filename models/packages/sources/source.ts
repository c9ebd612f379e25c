/** Where a package's files come from. Kinds are told apart here and nowhere else. */
import type { Guid } from '../../../wire/guid.ts';
import type { FieldError } from '../../fieldErrors.ts';
import type { SourceKind } from '../packageInput.ts';
import type { ProblemState } from '../packageState.ts';
import type { ShareMount } from './uncPath.ts';

/** What a source may not be, whoever asks. Plain data: it goes to threads as well. */
export interface SourceLimits {
  /** Absolute; the store and what was fetched from the web lie in it. */
  dataDir: string;
  /** Folders that sources must lie in; none allows any. */
  roots: readonly string[];
  /** Where this machine has shares; on Windows they are opened by their own names. */
  mounts: readonly ShareMount[];
  url: UrlLimits;
}

export interface UrlLimits {
  /** Address ranges that may be called; none allows all but those that url/reachable.ts names. */
  ranges: readonly string[];
  /** Most bytes that one source may take, unpacked as well. */
  maxBytes: number;
  /** This server's own addresses, `host:port` in lower case. */
  own: readonly string[];
  /** A server that sends less than `leastBytes` within `windowMs` milliseconds is given up. */
  windowMs: number;
  leastBytes: number;
}

/** How far the fetching of a source is. Totals are 0 as long as nobody knows them. */
export interface FetchProgress {
  files: number;
  totalFiles: number;
  bytes: number;
  totalBytes: number;
}

/** What is needed to bring files that are not on this machine. */
export interface Bringing {
  packageGuid: Guid;
  /** Bytes of the disk that stay free. */
  reserveBytes: number;
  signal: AbortSignal;
  onProgress: (progress: FetchProgress) => void;
}

export interface PackageSource {
  readonly kind: SourceKind;
  /** What is wrong with an address that somebody enters. `mustExist`: also when nothing is there now. */
  check(address: string, limits: SourceLimits, mustExist: boolean): Promise<FieldError[]>;
  /**
   * The folder on this machine that holds the files now, links resolved; `undefined` for a package without files. A
   * source elsewhere is brought first.
   * @throws SourceProblem, or the signal's reason
   */
  locate(address: string, limits: SourceLimits, bringing: Bringing): Promise<string | undefined>;
  /** The folder to watch for changes; kinds that have none cannot be watched. @throws SourceProblem */
  folder?(address: string, limits: SourceLimits): Promise<string>;
}

/** Why no snapshot could be made; the message is for the administrator. */
export class SourceProblem extends Error {
  readonly state: ProblemState;
  constructor(state: ProblemState, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SourceProblem';
    this.state = state;
  }
}

/** Faults of an address. A source that has gone, or is shut for the moment, must not keep somebody from changing the other fields. */
export async function faultsOf(locating: Promise<unknown>, mustExist: boolean): Promise<FieldError[]> {
  try {
    await locating;
    return [];
  } catch (error) {
    if (!(error instanceof SourceProblem)) throw error;
    return error.state === 'failed' || mustExist ? [{ field: 'sourcePath', message: error.message }] : [];
  }
}
