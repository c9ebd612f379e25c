/** Every rule as a sentence, with what it would delete now, and what the purge is doing. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { keepFor } from '../../../models/metrics/keepFor.ts';
import { countOld, type OldRows } from '../../../models/retention/countOld.ts';
import { isUnderWay, lastRuns, type PurgeRun } from '../../../models/retention/purgeRuns.ts';
import { nextStart, readSchedule, type PurgeSchedule } from '../../../models/retention/schedule.ts';
import { ruleSentence } from '../../../models/retention/sentence.ts';
import { readSubjects, type Subject, type SubjectKind } from '../../../models/retention/subjects.ts';
import type { Cell } from '../cells.ts';
import { formatNumber } from '../format.ts';
import { at } from '../paths.ts';
import { render, type PageAction } from '../render.ts';
import { lockOf } from '../signedIn.ts';
import { retentionTabs } from './retentionTabs.ts';

const COUNTS_KEPT_MS = 30_000;

const SECTIONS: Record<SubjectKind, { title: string; text: string }> = {
  events: { title: 'Events', text: 'What computers reported: runs of programs, package downloads, tasks, log-ons.' },
  history: {
    title: 'History of inventory',
    text: 'What inventory was before it changed. The present inventory is not touched.',
  },
  inventory: {
    title: 'Inventory of silent computers',
    text: 'Inventory stays as long as its computer is heard of, changed or not.',
  },
  log: { title: 'Logs and counts', text: 'What this server writes down for itself.' },
};

export function registerRulesPage(router: Router, { cmdb, clock }: AppContext): void {
  const counted = keepFor(clock, COUNTS_KEPT_MS, async () => {
    const counts = new Map<string, OldRows & Pick<Subject, 'keepDays' | 'keepRows'>>();
    for (const subject of await readSubjects(cmdb)) {
      const { keepDays, keepRows } = subject;
      counts.set(subject.name, { ...(await countOld(cmdb, subject, subject, clock.now())), keepDays, keepRows });
    }
    return counts;
  });

  router.get('/retention', async (request, response) => {
    const subjects = await readSubjects(cmdb);
    const counts = await counted();
    const [last] = await lastRuns(cmdb, 1);
    const schedule = await readSchedule(cmdb);
    const now = clock.now();
    const isRunning = last !== undefined && (last.state === 'requested' || isUnderWay(last, now));
    await render(request, response, 'retention/rules', {
      title: 'Retention',
      tabs: retentionTabs('rules'),
      actions: actionsFor(request, isRunning),
      run: last,
      isRunning,
      next: nextSentence(schedule, last, now),
      lastFacts: last === undefined ? [] : lastRunFacts(last),
      sections: (Object.keys(SECTIONS) as SubjectKind[]).map((kind) => ({
        ...SECTIONS[kind],
        table: tableOf(
          kind,
          subjects.filter((subject) => subject.kind === kind),
          counts,
        ),
      })),
    });
  });
}

function actionsFor(request: Request, isRunning: boolean): PageAction[] {
  const disabled = isRunning ? 'A run is under way.' : lockOf(request, 'write');
  return [
    { label: 'Run now', href: at('/retention/run'), icon: 'play', post: true, primary: true, disabled },
    { label: 'Change the time', href: at('/retention/schedule'), icon: 'clock' },
  ];
}

/** `The next run begins today at 02:00 …` */
function nextSentence(schedule: PurgeSchedule, last: PurgeRun | undefined, now: number): { at: string; text: string } {
  const at_ = nextStart(schedule, now);
  const after = last?.state === 'interrupted' ? ' The last one was cut off and is begun again in a few minutes.' : '';
  return {
    at: new Date(at_).toISOString(),
    text: `Runs every day at ${schedule.startAt} of the server’s clock, for ${formatNumber(schedule.maxMinutes)} minutes at most.${after}`,
  };
}

function lastRunFacts(run: PurgeRun): { label: string; cell: Cell }[] {
  const isOver = run.endedAt !== null;
  return [
    { label: 'State', cell: { kind: 'state', state: `purge_${run.state}` } },
    { label: 'Started', cell: { kind: 'time', at: run.startedAt ?? run.requestedAt } },
    ...(isOver
      ? [
          {
            label: 'Took',
            cell: {
              kind: 'span',
              milliseconds: Date.parse(run.endedAt!) - Date.parse(run.startedAt ?? run.requestedAt),
            } as const,
          },
        ]
      : []),
    { label: 'Rows deleted', cell: run.removed },
    { label: 'Asked for by', cell: run.requestedBy },
  ];
}

function tableOf(
  kind: SubjectKind,
  subjects: readonly Subject[],
  counts: ReadonlyMap<string, OldRows & Pick<Subject, 'keepDays' | 'keepRows'>>,
) {
  return {
    caption: SECTIONS[kind].title,
    columns: [{ label: 'Rule' }, { label: 'Due now', numeric: true }, { label: 'As delivered' }, { label: 'Change' }],
    empty: 'No data class has a history',
    rows: subjects.map((subject): Cell[] => [
      { kind: 'prose', text: ruleSentence(subject, subject) },
      dueCell(subject, counts.get(subject.name)),
      isAsDelivered(subject) ? 'Yes' : { kind: 'prose', text: deliveredText(subject) },
      { kind: 'link', text: 'Change', href: at(`/retention/rules/${subject.name}`) },
    ]),
  };
}

/** A count that was made for other limits says nothing about these. */
function dueCell(subject: Subject, count: (OldRows & Pick<Subject, 'keepDays' | 'keepRows'>) | undefined): Cell {
  if (subject.keepDays === null && subject.keepRows === null) return null;
  if (count === undefined || count.keepDays !== subject.keepDays || count.keepRows !== subject.keepRows)
    return 'Being counted';
  return { kind: 'text', text: rowsText(count), numeric: true };
}

/** `12,400 rows`, `at least 100,000 rows` */
export function rowsText({ rows, atLeast }: OldRows): string {
  return `${atLeast ? 'at least ' : ''}${formatNumber(rows)} ${rows === 1 ? 'row' : 'rows'}`;
}

const isAsDelivered = ({ keepDays, keepRows, byDefault }: Subject): boolean =>
  keepDays === byDefault.keepDays && keepRows === byDefault.keepRows;

const deliveredText = ({ byDefault }: Subject): string =>
  byDefault.keepDays === null ? 'For ever' : `${formatNumber(byDefault.keepDays)} days`;
