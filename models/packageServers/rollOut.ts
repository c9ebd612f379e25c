/**
 * "Membership update, policy fetched, service package installed, status reported: show it as a four-step progress"
 * (console-pages 4). Each step is derived from facts whenever somebody asks: when the service was given, which policy the
 * package server has, when it reported, what it has ready.
 */
import type { StateCounts } from './stateCounts.ts';

export const ROLL_OUT_STEPS = ['given', 'policy', 'reporting', 'packages'] as const;
export type RollOutStepName = (typeof ROLL_OUT_STEPS)[number];

/** `current`: what is being waited for now. */
export type RollOutStepState = 'done' | 'current' | 'later';

export interface RollOutStep {
  name: RollOutStepName;
  state: RollOutStepState;
  /** Since when it is so; null: not yet, or not known. */
  at: string | null;
  text: string;
  /** What to do, once it takes longer than expected; else empty. */
  hint: string;
}

/** What the steps are derived from; times as ISO text. */
export interface RollOutFacts {
  isEnabled: boolean;
  isSilent: boolean;
  givenAt: string;
  /** When the computer last asked for its policies, and was last in contact at all. */
  lastPolicyAt: string | null;
  lastContactAt: string | null;
  /** Hash of the policy that the package server has; empty: none, or it has not told. */
  policyHash: string;
  policyAt: string | null;
  /** Hash of the policy in force; undefined: not compared. */
  wantedPolicyHash: string | undefined;
  firstReportedAt: string | null;
  reportedAt: string | null;
  counts: StateCounts;
  /** When what it holds last changed. */
  heldChangedAt: string | null;
  /** Seconds between two requests for policies. */
  policyIntervalSeconds: number;
  /** KB a second; 0: no limit. */
  throttleKb: number;
}

/** Beyond what is usual, so that nobody is sent looking for what is only on its way. */
const PATIENCE_MS = 5 * 60_000;

export function rollOut(facts: RollOutFacts, now: number): RollOutStep[] {
  const later = (name: RollOutStepName, text: string): RollOutStep => ({
    name,
    state: 'later',
    at: null,
    text,
    hint: '',
  });
  const given = givenStep(facts);
  if (!facts.isEnabled) {
    return [given, later('policy', ''), later('reporting', ''), later('packages', '')];
  }
  const policy = policyStep(facts, now);
  const reporting = reportingStep(facts, policy.state === 'done', now);
  if (policy.state !== 'done' && facts.reportedAt === null) {
    return [given, policy, later('reporting', 'Once the policy is there.'), later('packages', 'Once it reports.')];
  }
  if (reporting.state !== 'done') return [given, policy, reporting, later('packages', 'Once it reports.')];
  return [given, policy, reporting, packagesStep(facts, now)];
}

/** The first step that is not done; `undefined`: all are. */
export const currentStep = (steps: readonly RollOutStep[]): RollOutStep | undefined =>
  steps.find(({ state }) => state !== 'done');

function givenStep({ isEnabled, givenAt }: RollOutFacts): RollOutStep {
  return {
    name: 'given',
    state: isEnabled ? 'done' : 'current',
    at: givenAt,
    text: isEnabled
      ? 'The computer has the package service.'
      : 'The package service is switched off for this computer.',
    hint: isEnabled ? '' : 'Switch it on under Settings: nothing is sent to this computer until then.',
  };
}

function policyStep(facts: RollOutFacts, now: number): RollOutStep {
  const { givenAt, lastPolicyAt, policyHash, policyAt, wantedPolicyHash } = facts;
  const step = { name: 'policy' as const, state: 'done' as const, hint: '' };
  if (policyHash !== '') return { ...step, at: policyAt, text: policyText(policyHash, wantedPolicyHash) };
  // One that holds packages has been told to, also when it is too old to tell by which policy.
  if (holds(facts.counts)) return { ...step, at: null, text: 'It holds packages by its policy.' };
  const hasAsked = lastPolicyAt !== null && lastPolicyAt >= givenAt;
  if (hasAsked) return { ...step, at: lastPolicyAt, text: 'The computer has asked for its policies since.' };
  const minutes = Math.round(facts.policyIntervalSeconds / 60);
  const overdue = now - Date.parse(givenAt) > facts.policyIntervalSeconds * 1000 + PATIENCE_MS;
  return {
    name: 'policy',
    state: 'current',
    at: null,
    text: `Waits for the computer’s next request for policies: every ${minutes === 1 ? 'minute' : `${minutes} minutes`}, or when its agent is started.`,
    hint: overdue ? policyHint(facts) : '',
  };
}

const holds = ({ ready, downloading, stale, invalid }: StateCounts): boolean =>
  ready + downloading + stale + invalid > 0;

function policyText(held: string, wanted: string | undefined): string {
  if (wanted === undefined) return 'It has its policy.';
  return held === wanted
    ? 'It has the policy that is in force.'
    : 'It has an older policy: it hears of the new one with its next report.';
}

function policyHint({ givenAt, lastContactAt }: RollOutFacts): string {
  return lastContactAt === null || lastContactAt < givenAt
    ? 'The computer has not been in contact since it was given the service. Is it on, and does it reach this server? “ns package-server” has to run there.'
    : 'The computer is in contact and does not ask for policies: look at the log of its agent.';
}

function reportingStep(
  { isSilent, firstReportedAt, reportedAt, lastPolicyAt }: RollOutFacts,
  hasPolicy: boolean,
  now: number,
): RollOutStep {
  const name = 'reporting' as const;
  if (reportedAt === null) {
    const overdue = hasPolicy && lastPolicyAt !== null && now - Date.parse(lastPolicyAt) > PATIENCE_MS;
    return {
      name,
      state: 'current',
      at: null,
      text: 'Waits for the first report of the package service.',
      hint: overdue
        ? 'The computer fetches its policies, but no package server reports from there: it runs “ns agent”. Stop that, and run “ns package-server” with the same state folder.'
        : '',
    };
  }
  if (isSilent) {
    return {
      name,
      state: 'current',
      at: reportedAt,
      text: 'It has reported before, and is silent now.',
      hint: 'Is the computer on, does “ns package-server” run there, and does it reach this server? Its log says what it tries.',
    };
  }
  return { name, state: 'done', at: firstReportedAt, text: 'The service runs and reports every minute.', hint: '' };
}

function packagesStep({ counts, heldChangedAt, throttleKb }: RollOutFacts, now: number): RollOutStep {
  const name = 'packages' as const;
  const { ready, downloading, stale, pending, invalid } = counts;
  const assigned = ready + downloading + stale + pending + invalid;
  if (assigned === 0) {
    return {
      name,
      state: 'done',
      at: null,
      text: 'No package is assigned to it.',
      hint: 'The tab Package servers of a package says where it goes.',
    };
  }
  const text = assigned === 1 ? `${ready} of 1 package is ready.` : `${ready} of ${assigned} packages are ready.`;
  if (ready === assigned) return { name, state: 'done', at: heldChangedAt, text, hint: '' };
  const waits = [
    downloading > 0 ? `${downloading} downloading` : '',
    stale > 0 ? `${stale} of an older version` : '',
    pending > 0 ? `${pending} pending` : '',
    invalid > 0 ? `${invalid} invalid` : '',
  ].filter((part) => part !== '');
  const stands = heldChangedAt === null || now - Date.parse(heldChangedAt) > PATIENCE_MS;
  const hint =
    invalid > 0 ? 'The list of its packages says why, at the state Invalid.' : stands ? slowHint(throttleKb) : '';
  return { name, state: 'current', at: heldChangedAt, text: `${text} ${waits.join(', ')}.`, hint };
}

function slowHint(throttleKb: number): string {
  const limit = throttleKb > 0 ? ` It fetches at most ${throttleKb} KB a second.` : '';
  return `Nothing has changed for some minutes: blockouts of the agent settings policy hold back downloads.${limit}`;
}
