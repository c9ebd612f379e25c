/** One rule: what it says now, what is to change, and what the change would delete before it is saved. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { utc } from '../../../models/clock.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { countOld, cutOf, type OldRows } from '../../../models/retention/countOld.ts';
import { readLimits, saveLimits } from '../../../models/retention/saveLimits.ts';
import { ruleSentence } from '../../../models/retention/sentence.ts';
import { readSubjects, type Limits, type Subject } from '../../../models/retention/subjects.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { counted, formatExact, formatNumber } from '../format.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { retentionCrumb } from './retentionTabs.ts';
import { rowsText } from './rules.ts';

const CLASSES = ['class', 'classes'] as const;

export function registerRuleForm(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;

  const load = async (request: Request): Promise<{ subject: Subject; all: Subject[] }> => {
    const all = await readSubjects(cmdb);
    const subject = all.find(({ name }) => name === request.params.name);
    if (subject === undefined) throw notFound('retention rule');
    return { subject, all };
  };

  const show = (
    request: Request,
    response: Response,
    subject: Subject,
    others: number,
    values: FormValues,
    errors: readonly FieldError[] = [],
  ) =>
    showForm(
      request,
      response,
      {
        action: at(`/retention/rules/${subject.name}`),
        sections: sectionsOf(subject, others),
        values,
        errors,
        submit: 'Preview',
        cancel: at('/retention'),
        disabled: lockOf(request, privilegeFor(subject)),
      },
      { title: subject.label, subtitle: ruleSentence(subject, subject), breadcrumb: [retentionCrumb] },
    );

  router.get('/retention/rules/:name', async (request, response) => {
    const { subject, all } = await load(request);
    await show(request, response, subject, alike(subject, all).length, {
      keepDays: subject.keepDays === null ? '' : String(subject.keepDays),
      keepRows: subject.keepRows === null ? '' : String(subject.keepRows),
    });
  });

  router.post('/retention/rules/:name', requirePrivilege('write'), async (request, response, next) => {
    const { subject } = await load(request);
    // The audit log is the memory of who did what: not everybody who may change things may shorten it.
    if (privilegeFor(subject) === 'security') requirePrivilege('security')(request, response, next);
    else next();
  });

  router.post('/retention/rules/:name', async (request, response) => {
    const { subject, all } = await load(request);
    const others = alike(subject, all);
    const values = readForm(request, sectionsOf(subject, others.length));
    const read = await attempt(async () => readLimits(subject, values));
    if ('errors' in read) return show(request, response, subject, others.length, values, read.errors);
    const touched = textOf(values, 'others') === '1' ? [subject, ...others] : [subject];
    if (!isConfirmed(request)) return preview(context, request, response, touched, read.done);
    for (const each of touched) await saveLimits(cmdb, clock, actorOf(request), each, read.done);
    notify(request, savedText(touched, read.done));
    response.redirect(303, at('/retention'));
  });
}

/** Other classes of the same kind, which may be given the same limits at once. */
const alike = (subject: Subject, all: readonly Subject[]): Subject[] =>
  subject.kind === 'log' ? [] : all.filter(({ kind, name }) => kind === subject.kind && name !== subject.name);

const privilegeFor = ({ name }: Subject): 'write' | 'security' => (name === 'auditLog' ? 'security' : 'write');

function sectionsOf(subject: Subject, others: number): FieldSection[] {
  const { byDefault, leastDays, perComputer, kind } = subject;
  const delivered = byDefault.keepDays === null ? 'for ever' : `${formatNumber(byDefault.keepDays)} days`;
  return [
    {
      help: subject.help,
      fields: [
        {
          name: 'keepDays',
          label: kind === 'inventory' ? 'Delete when a computer was not heard of for' : 'Keep for',
          kind: 'number',
          unit: 'days',
          min: leastDays,
          max: 36_500,
          help: `Nothing: for ever. As delivered: ${delivered}. At least ${counted(leastDays, ['day', 'days'])}.`,
        },
        ...(perComputer
          ? [
              {
                name: 'keepRows',
                label: 'And at most, of each computer',
                kind: 'number' as const,
                unit: 'rows',
                min: 1,
                max: 1_000_000,
                help: 'The newest are kept. Nothing: any number.',
              },
            ]
          : []),
        ...(others > 0
          ? [
              {
                name: 'others',
                label: `The same for the other ${counted(others, CLASSES)} of this kind`,
                kind: 'checkbox' as const,
              },
            ]
          : []),
      ],
    },
  ];
}

/** The effect in numbers, before anything is written. */
async function preview(
  { cmdb, clock }: AppContext,
  request: Request,
  response: Response,
  touched: readonly Subject[],
  limits: Limits,
): Promise<void> {
  const [subject] = touched as readonly [Subject];
  const now = clock.now();
  const due: OldRows = { rows: 0, atLeast: false };
  const items: string[] = [];
  for (const each of touched) {
    const count = await countOld(cmdb, each, limits, now);
    due.rows += count.rows;
    due.atLeast ||= count.atLeast;
    items.push(`${each.label}: ${rowsText(count)}`);
  }
  const title = touched.length === 1 ? subject.label : counted(touched.length, CLASSES);
  const before =
    limits.keepDays === null
      ? ''
      : ` Rows before ${formatExact(utc(Date.parse(cutOf(now, limits.keepDays))))} are due.`;
  await askFirst(
    request,
    response,
    {
      title: `Change the retention of ${title}?`,
      text: `${ruleSentence(subject, limits)}${before} The next run would delete ${rowsText(due)} for good.`,
      items: touched.length === 1 ? [] : items,
      action: at(`/retention/rules/${subject.name}`),
      hidden: [
        ['keepDays', limits.keepDays === null ? '' : String(limits.keepDays)],
        ['keepRows', limits.keepRows === null ? '' : String(limits.keepRows)],
        ['others', touched.length > 1 ? '1' : ''],
      ],
      submit: 'Save the rule',
      danger: due.rows > 0,
      cancel: at(`/retention/rules/${subject.name}`),
    },
    { breadcrumb: [retentionCrumb] },
  );
}

const savedText = (touched: readonly Subject[], limits: Limits): string =>
  touched.length === 1
    ? ruleSentence(touched[0]!, limits)
    : `The rules of ${counted(touched.length, CLASSES)} were changed.`;
