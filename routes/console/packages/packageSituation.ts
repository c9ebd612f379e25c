/** How a package's source stands, in words: what happened, what agents get meanwhile, what to do. */
import type { PackageDetail } from '../../../models/packages/getPackage.ts';
import type { Cell } from '../cells.ts';
import { formatAgo, formatNumber } from '../format.ts';
import { isUnderWay } from './packagePage.ts';

export interface Situation {
  tone: 'bad' | 'warn' | 'busy';
  text: string;
  advice: string;
  progress?: { done: number; total: number; unit: string };
}

const FIXES: Readonly<Record<string, string>> = {
  source_missing: 'Bring the folder back, or correct the location on the tab Package.',
  access_denied: 'Let the account that the server runs under read the folder and everything in it.',
  changed_while_scanning: 'Somebody writes into the folder: let it finish, the next try comes by itself.',
  failed: 'Remove the cause, then update the distribution points.',
};

/** Where the source is no folder that somebody could bring back or open. */
const WEB_FIXES: typeof FIXES = {
  source_missing: 'See to the web server, or correct the address on the tab Package.',
  access_denied: 'Let this server fetch the address without a password.',
  changed_while_scanning: 'The list and the files do not fit each other yet: the next try comes by itself.',
};

/** `undefined` when there is nothing to say. */
export function situationOf(software: PackageDetail, now: number): Situation | undefined {
  const { State, StateDetail } = software;
  if (State === 'refreshing') return { tone: 'busy', text: StateDetail, advice: '', ...progressOf(StateDetail) };
  const fix = (software.SourceKind === 'url' ? WEB_FIXES[State] : undefined) ?? FIXES[State];
  if (fix !== undefined) {
    return { tone: 'bad', text: StateDetail, advice: `${meanwhile(software)} ${fix} ${nextTry(software, now)}`.trim() };
  }
  if (isUnderWay(software, now)) return { tone: 'busy', text: 'The source is looked at within seconds.', advice: '' };
  if (State === 'disabled') {
    return { tone: 'warn', text: 'The package is disabled.', advice: 'Policies that deliver it reach nobody.' };
  }
  return StateDetail === '' ? undefined : { tone: 'warn', text: StateDetail, advice: '' };
}

const SIZE = /([\d.]+) (bytes|KB|MB|GB|TB) of ([\d.]+) (bytes|KB|MB|GB|TB)/;
const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'];

/** For the bar, from the sentence that the builder writes (progressText of refreshPackage.ts): by size, as one file may be most of it. */
function progressOf(text: string): Pick<Situation, 'progress'> {
  const [, done, doneUnit, total, totalUnit] = SIZE.exec(text) ?? [];
  const bytes = (value: string | undefined, unit: string | undefined): number =>
    Number(value) * 1024 ** UNITS.indexOf(unit ?? '');
  const all = bytes(total, totalUnit);
  if (!(all > 0)) return {};
  return { progress: { done: Math.floor((100 * bytes(done, doneUnit)) / all), total: 100, unit: 'percent' } };
}

function meanwhile({ snapshot }: PackageDetail): string {
  return snapshot === undefined
    ? 'Agents get nothing until a snapshot is made.'
    : `Agents still get package version ${snapshot.Version}.`;
}

function nextTry({ FailureCount, NextRefreshAt }: PackageDetail, now: number): string {
  const tries = FailureCount > 1 ? `Failed ${formatNumber(FailureCount)} times; ` : '';
  if (NextRefreshAt === null)
    return `${tries === '' ? '' : `Failed ${formatNumber(FailureCount)} times. `}Not tried again unasked.`;
  const next = `${tries}tried again ${formatAgo(NextRefreshAt, now)}.`;
  return next.charAt(0).toUpperCase() + next.slice(1);
}

/** The state machine as facts. */
export function refreshFacts(software: PackageDetail): { label: string; cell: Cell }[] {
  return [
    { label: 'State', cell: { kind: 'state', state: software.State, detail: software.StateDetail } },
    { label: 'Last refresh', cell: { kind: 'time', at: software.LastRefreshAt, none: 'Never' } },
    { label: 'Failures in a row', cell: software.FailureCount },
    { label: 'Next refresh', cell: { kind: 'time', at: software.NextRefreshAt, none: 'When asked' } },
    { label: 'Last asked for by an agent', cell: { kind: 'time', at: software.LastUsedAt, none: 'Never' } },
  ];
}
