/** The tab "Assigned computers" of a site or a package server: its list, taking out, and the form that adds. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { assignmentsAfter, changeAssignments, type AssignmentChange } from '../../../models/sites/assignByHand.ts';
import type { AssignedPlace } from '../../../models/sites/assignmentLists.ts';
import { targetChoices } from '../../../models/sites/listAssigned.ts';
import { readTypedComputers } from '../../../models/targets/typedComputers.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { counted } from '../format.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { answerList } from '../list.ts';
import { at } from '../paths.ts';
import { notFound } from '../pageError.ts';
import { notify, type PageModel } from '../render.ts';
import { selection } from '../selection.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { assignedList, guidsIn } from './assignedList.ts';
import { carried, previewFirst, type Proposal } from './previewFirst.ts';

export interface AssignedPage {
  place: AssignedPlace;
  /** Console path of the place. */
  path: string;
  name: string;
  /** False: targets only. */
  takesComputers: boolean;
  /** What being assigned here means. */
  what: string;
  page: PageModel;
  crumb: { label: string; href: string };
}

/** `load` throws PageError when the place is gone. */
export function assignedPages(
  router: Router,
  context: AppContext,
  below: '/sites/:guid' | '/package-servers/:guid',
  load: (request: Request) => Promise<AssignedPage>,
): void {
  const { cmdb, clock } = context;
  router.get(`${below}/assigned`, async (request, response) => {
    const shown = await load(request);
    await answerList(request, response, assignedList(cmdb, shown), {
      ...shown.page,
      subtitle: shown.what,
      actions: [
        {
          label: 'Assign computers',
          href: at(`${shown.path}/assigned/add`),
          icon: 'add',
          primary: true,
          disabled: lockOf(request, 'write'),
        },
      ],
    });
  });

  router.post(`${below}/assigned/remove`, requirePrivilege('write'), async (request, response) => {
    const shown = await load(request);
    const keys = await selection(request, assignedList(cmdb, shown));
    const change = { remove: guidsIn(keys) };
    const what = counted(keys.length, ['assignment', 'assignments']);
    const question = {
      title: `End ${what} to ${shown.name}?`,
      text: 'These computers then belong where their addresses are, or where other assignments put them.',
      action: at(`${shown.path}/assigned/remove`),
      hidden: [['ids', keys.join()]] as const,
      submit: `End ${what}`,
      danger: true,
      always: true,
    };
    if (await asked(request, response, shown, change, question)) return;
    const done = await changeAssignments(cmdb, clock, actorOf(request), shown.place, change);
    await context.sites.refresh(cmdb);
    notify(request, `${counted(done?.removed ?? 0, ['assignment', 'assignments'])} ended.`);
    response.redirect(303, at(`${shown.path}/assigned`));
  });

  /** Shows what the change would do to computers and package servers; false when somebody has seen that. */
  const asked = async (
    request: Request,
    response: Response,
    shown: AssignedPage,
    change: AssignmentChange,
    question: Omit<Proposal, 'change' | 'cancel' | 'breadcrumb'>,
  ): Promise<boolean> => {
    const assignments = await assignmentsAfter(cmdb, clock, actorOf(request), shown.place, change);
    return previewFirst(context, request, response, {
      ...question,
      change: assignments === undefined ? {} : { assignments },
      cancel: at(`${shown.path}/assigned`),
      breadcrumb: [...(shown.page.breadcrumb ?? []), shown.crumb],
    });
  };

  router.get(`${below}/assigned/add`, requirePrivilege('write'), async (request, response) => {
    await showAdding(context, request, response, await load(request), {}, []);
  });

  router.post(`${below}/assigned/add`, requirePrivilege('write'), async (request, response) => {
    const shown = await load(request);
    const values = readForm(request, await sections(context, shown));
    const result = await attempt(async () => {
      const computers = shown.takesComputers ? await readTypedComputers(cmdb, linesOf(values)) : [];
      const target = parseGuid(textOf(values, 'target'));
      const change = { add: { computers, targets: target === undefined ? [] : [target] } };
      const question = {
        title: `Assign computers to ${shown.name}?`,
        action: at(`${shown.path}/assigned/add`),
        hidden: carried(values),
        submit: 'Assign',
      };
      if (await asked(request, response, shown, change, question)) return 'asked';
      return changeAssignments(cmdb, clock, actorOf(request), shown.place, change);
    });
    if ('errors' in result) return showAdding(context, request, response, shown, values, result.errors);
    if (result.done === 'asked') return;
    if (result.done === undefined) throw notFound('site');
    if (result.done.added === 0) {
      const field = shown.takesComputers ? 'computers' : 'target';
      const errors = [{ field, message: 'Nobody new is named here.' }];
      return showAdding(context, request, response, shown, values, errors);
    }
    await context.sites.refresh(cmdb);
    notify(request, `${counted(result.done.added, ['assignment', 'assignments'])} added to ${shown.name}.`);
    response.redirect(303, at(`${shown.path}/assigned`));
  });
}

const linesOf = (values: FormValues): string[] => textOf(values, 'computers').split(/[\n,;]/);

async function sections({ cmdb }: AppContext, { place, takesComputers }: AssignedPage): Promise<FieldSection[]> {
  const targets = await targetChoices(cmdb, place);
  return [
    {
      fields: [
        {
          name: 'target',
          label: 'Target',
          kind: 'select',
          options: [{ value: '', label: 'None' }, ...targets.map(({ Guid, Name }) => ({ value: Guid, label: Name }))],
          help: 'All its computers, also those that come into it later.',
        },
        ...(takesComputers
          ? [
              {
                name: 'computers',
                label: 'Computers',
                kind: 'textarea' as const,
                rows: 6,
                help: 'Names, DOMAIN\\name or GUIDs, one a line.',
              },
            ]
          : []),
      ],
    },
  ];
}

async function showAdding(
  context: AppContext,
  request: Request,
  response: Response,
  shown: AssignedPage,
  values: FormValues,
  errors: readonly FieldError[],
): Promise<void> {
  const form = {
    action: at(`${shown.path}/assigned/add`),
    sections: await sections(context, shown),
    values,
    errors,
    submit: 'Assign',
    cancel: at(`${shown.path}/assigned`),
  };
  const breadcrumb = [...(shown.page.breadcrumb ?? []), shown.crumb];
  await showForm(request, response, form, { title: 'Assign computers', subtitle: shown.what, breadcrumb });
}
