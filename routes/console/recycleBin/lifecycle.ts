/** The rules for silent, retired and deleted computers: what they say in plain sentences, and whom they take next. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { nextRun } from '../../../models/resources/carryOut.ts';
import {
  forecast,
  listDue,
  readLifecycle,
  saveLifecycle,
  type DueComputer,
  type LifecycleRules,
  type LifecycleStep,
} from '../../../models/resources/lifecycle.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { counted } from '../format.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { recycleBinTabs } from './recycleBinTabs.ts';

const SECTIONS: readonly FieldSection[] = [
  {
    title: 'Retire silent computers',
    help: 'A retired computer is kept with all its data, is not counted as managed and gets no policies. It comes back by itself when it contacts the server.',
    fields: [
      {
        name: 'retireAfterDays',
        label: 'Retire after',
        kind: 'number',
        unit: 'days of silence',
        min: 7,
        max: 3650,
        help: 'Empty: computers are retired by hand only.',
      },
    ],
  },
  {
    title: 'Delete retired computers',
    help: 'A deleted computer goes into the recycle bin, and its agent is shut out. The days count from the day on which it was retired, not from its last contact.',
    fields: [
      {
        name: 'deleteAfterDays',
        label: 'Delete after',
        kind: 'number',
        unit: 'days of being retired',
        min: 1,
        max: 3650,
        help: 'Empty: computers are deleted by hand only.',
      },
    ],
  },
  {
    title: 'Empty the recycle bin',
    fields: [
      {
        name: 'keepDeletedDays',
        label: 'Keep deleted computers for',
        kind: 'number',
        unit: 'days',
        min: 1,
        max: 3650,
        required: true,
        help: 'Then everything about them is deleted for good.',
      },
    ],
  },
];

export function registerLifecyclePages(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;

  router.get('/recycle-bin/rules', async (request, response) => {
    const rules = await readLifecycle(cmdb);
    await show(context, request, response, { values: valuesOf(rules), rules });
  });

  router.post('/recycle-bin/rules', requirePrivilege('write'), async (request, response) => {
    const values = readForm(request, SECTIONS);
    const rules = rulesOf(values);
    const body = (request.body ?? {}) as Record<string, unknown>;
    if (body.preview === '1') return show(context, request, response, { values, rules, isPreview: true });
    const result = await attempt(() => saveLifecycle(cmdb, clock, actorOf(request), rules));
    if ('errors' in result) return show(context, request, response, { values, rules, errors: result.errors });
    notify(request, 'The rules were saved.');
    response.redirect(303, at('/recycle-bin/rules'));
  });

  router.get('/recycle-bin/due', async (request, response) => {
    const rules = await readLifecycle(cmdb);
    const runAt = nextRun(clock.now());
    await answerList(request, response, dueList(context, rules, runAt), {
      title: 'Recycle bin',
      subtitle: `What the rules take on ${dayOf(runAt)}, as things stand`,
      tabs: recycleBinTabs('due'),
    });
  });
}

const valuesOf = ({ retireAfterDays, deleteAfterDays, keepDeletedDays }: LifecycleRules): FormValues => ({
  retireAfterDays: retireAfterDays?.toString() ?? '',
  deleteAfterDays: deleteAfterDays?.toString() ?? '',
  keepDeletedDays: keepDeletedDays.toString(),
});

function rulesOf(values: FormValues): LifecycleRules {
  const days = (name: string): number | undefined => {
    const text = textOf(values, name);
    return text === '' ? undefined : Number(text);
  };
  return {
    retireAfterDays: days('retireAfterDays'),
    deleteAfterDays: days('deleteAfterDays'),
    keepDeletedDays: days('keepDeletedDays') ?? Number.NaN,
  };
}

interface Shown {
  values: FormValues;
  rules: LifecycleRules;
  errors?: readonly FieldError[];
  isPreview?: boolean;
}

async function show(context: AppContext, request: Request, response: Response, shown: Shown): Promise<void> {
  const { values, rules, errors = [], isPreview = false } = shown;
  const isReadable = Object.values(rules).every((days) => days === undefined || Number.isInteger(days));
  await showForm(
    request,
    response,
    {
      action: at('/recycle-bin/rules'),
      sections: SECTIONS,
      values,
      errors,
      submit: 'Save',
      also: { name: 'preview', label: 'Preview' },
      cancel: at('/recycle-bin'),
      disabled: lockOf(request, 'write'),
    },
    {
      title: 'Recycle bin',
      subtitle: 'When computers are retired and deleted by themselves',
      tabs: recycleBinTabs('rules'),
      template: 'recycleBin/rules',
      isPreview,
      sentences: isReadable && errors.length === 0 ? await sentences(context, rules) : [],
      dueHref: isPreview ? undefined : at('/recycle-bin/due'),
    },
  );
}

/** `On 3 March 412 computers will be retired, 37 deleted.` */
async function sentences({ cmdb, clock }: AppContext, rules: LifecycleRules): Promise<string[]> {
  const runAt = nextRun(clock.now());
  const { retire, delete: deleted, purge, heldBack } = await forecast(cmdb, rules, runAt);
  const will = (count: number, what: string): string => `${counted(count, ['computer', 'computers'])} will be ${what}`;
  return [
    `On ${dayOf(runAt)} ${heldBack === undefined ? will(retire, 'retired') : 'no computer will be retired'}, ${deleted.toLocaleString('en-US')} deleted, and ${purge.toLocaleString('en-US')} of the recycle bin deleted for good.`,
    ...(heldBack === undefined ? [] : [heldBack]),
    rules.retireAfterDays === undefined
      ? 'Silent computers are not retired by themselves.'
      : `A computer is retired when nothing was heard of it for ${counted(rules.retireAfterDays, ['day', 'days'])}.`,
    rules.deleteAfterDays === undefined
      ? 'Retired computers are not deleted by themselves.'
      : `It is deleted ${counted(rules.deleteAfterDays, ['day', 'days'])} after it was retired.`,
    `From the recycle bin it goes for good ${counted(rules.keepDeletedDays, ['day', 'days'])} after it was deleted.`,
  ];
}

/** `3 March`, by the server's clock in UTC, as the rules are carried out. */
const dayOf = (at: number): string =>
  new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' });

const STEPS: readonly { value: LifecycleStep; label: string }[] = [
  { value: 'retire', label: 'Retired' },
  { value: 'delete', label: 'Deleted' },
  { value: 'purge', label: 'Deleted for good' },
];

function dueList(
  { cmdb }: AppContext,
  rules: LifecycleRules,
  runAt: number,
): ListDefinition<DueComputer & { step: LifecycleStep }> {
  return {
    path: '/recycle-bin/due',
    noun: ['computer', 'computers'],
    sort: { key: 'since' },
    columns: [
      { key: 'name', label: 'Computer', cell: (row) => row.name, sortable: false },
      { key: 'domain', label: 'Domain', cell: (row) => row.domain || null, sortable: false },
      {
        key: 'step',
        label: 'Will be',
        cell: (row) => STEPS.find(({ value }) => value === row.step)!.label.toLowerCase(),
        sortable: false,
      },
      { key: 'since', label: 'Counted from', cell: (row) => ({ kind: 'time', at: row.since }), sortable: false },
      { key: 'guid', label: 'GUID', cell: (row) => ({ kind: 'guid', guid: row.guid }), sortable: false, hidden: true },
    ],
    filters: [
      { key: 'step', label: 'Will be', none: 'Retired', options: STEPS.filter(({ value }) => value !== 'retire') },
    ],
    empty: {
      title: 'Nothing is due',
      text: 'The rules take no computer at the next run. They are carried out once a day.',
      action: { label: 'Rules', href: at('/recycle-bin/rules') },
    },
    fetch: async ({ filters, offset, limit }) => {
      const step = (filters.step ?? 'retire') as LifecycleStep;
      const { rows, total } = await listDue(cmdb, rules, { step, at: runAt, offset, limit });
      return { rows: rows.map((row) => ({ ...row, step })), total };
    },
  };
}
