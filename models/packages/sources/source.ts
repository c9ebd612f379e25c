/** Where a package's files come from. Kinds are told apart here and nowhere else. */
import type { FieldError } from '../../fieldErrors.ts';
import type { SourceKind } from '../packageInput.ts';
import type { ProblemState } from '../packageState.ts';

/** What a source may not be, whoever asks. */
export interface SourceLimits {
  /** Absolute; the store lies in it. */
  dataDir: string;
  /** Folders that sources must lie in; none allows any. */
  roots: readonly string[];
}

export interface PackageSource {
  readonly kind: SourceKind;
  /** What is wrong with an address that somebody enters. `mustExist`: also when nothing is there now. */
  check(address: string, limits: SourceLimits, mustExist: boolean): Promise<FieldError[]>;
  /**
   * The folder on this machine that holds the files now, links resolved; `undefined` for a package without files.
   * @throws SourceProblem
   */
  locate(address: string, limits: SourceLimits): Promise<string | undefined>;
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
