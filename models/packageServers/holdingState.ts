/**
 * The state of a package on a package server, derived each time from what it holds and what is current: a remembered
 * event cannot disagree with it (user-pains 6).
 */
import type { HoldingState } from '../../wire/packageServer.ts';

export const DERIVED_STATES = ['ready', 'downloading', 'stale', 'pending', 'invalid', 'silent'] as const;
export type DerivedState = (typeof DERIVED_STATES)[number];

/** What a package server said of a package, and what a look at it found. */
export interface Holding {
  readonly version: number | undefined;
  readonly hash: string;
  readonly state: HoldingState;
  readonly detail: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Empty: nothing was wrong at the last look. */
  readonly probeProblem: string;
}

export interface StateOfHolding {
  state: DerivedState;
  /** A sentence for the console, or empty. */
  detail: string;
  /** While it is downloading. */
  percent?: number;
}

/** `current`: the published version and the hash of its manifest. */
export function stateOf(
  current: { version: number; hash: string } | undefined,
  holding: Holding | undefined,
  isSilent: boolean,
): StateOfHolding {
  if (isSilent) return { state: 'silent', detail: 'The package server has not reported for a while.' };
  if (current === undefined) return { state: 'pending', detail: 'The package has no published snapshot.' };
  if (holding === undefined) return { state: 'pending', detail: 'It has not said anything of this package yet.' };
  if (holding.probeProblem !== '') return { state: 'invalid', detail: holding.probeProblem };
  if (isReady(current, holding)) return { state: 'ready', detail: '' };
  if (holding.state === 'failed') return { state: 'invalid', detail: holding.detail };
  if (holding.state === 'downloading') return downloading(holding);
  if (holding.version === current.version) {
    return {
      state: 'invalid',
      detail: `It holds version ${current.version} with another manifest than the current one.`,
    };
  }
  if (holding.version === undefined) return { state: 'pending', detail: holding.detail };
  return { state: 'stale', detail: `It holds version ${holding.version}, current is ${current.version}.` };
}

/** What is held is what is current, and no look found anything wrong with it. */
export function isReady(current: { version: number; hash: string }, holding: Holding): boolean {
  return (
    holding.state === 'ready' &&
    holding.version === current.version &&
    holding.hash === current.hash &&
    holding.probeProblem === ''
  );
}

function downloading({ doneBytes, totalBytes, version }: Holding): StateOfHolding {
  const percent = totalBytes === 0 ? 0 : Math.min(99, Math.floor((doneBytes * 100) / totalBytes));
  const older = version === undefined ? '' : ` It goes on serving version ${version}.`;
  return { state: 'downloading', detail: `${percent} % of ${totalBytes} bytes.${older}`, percent };
}
