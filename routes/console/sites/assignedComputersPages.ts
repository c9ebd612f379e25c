/** The tab "Assigned computers" of a site or a package server: its list, taking out, and the form that adds. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { changeAssignments } from '../../../models/sites/assignByHand.ts';
import type { AssignedPlace } from '../../../models/sites/assignmentLists.ts';
import { targetChoices } from '../../../models/sites/listAssigned.ts';
import { readTypedComputers } from '../../../models/targets/typedComputers.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { counted } from '../format.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { answerList } from '../list.ts';
import { at } from '../paths.ts';
import { notFound } from '../pageError.ts';
import { notify, type PageModel } from '../render.ts';
import { selection } from '../selection.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { assignedList, guidsIn } from './assignedList.ts';

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
    if (!isConfirmed(request)) return askAboutRemoval(request, response, shown, keys);
    const remove = guidsIn(keys);
    const done = await changeAssignments(cmdb, clock, actorOf(request), shown.place, { remove });
    await context.sites.refresh(cmdb);
    notify(request, `${counted(done?.removed ?? 0, ['assignment', 'assignments'])} ended.`);
    response.redirect(303, at(`${shown.path}/assigned`));
  });

  router.get(`${below}/assigned/add`, requirePrivilege('write'), async (request, response) => {
    await showAdding(context, request, response, await load(request), {}, []);
  });

  router.post(`${below}/assigned/add`, requirePrivilege('write'), async (request, response) => {
    const shown = await load(request);
    const values = readForm(request, await sections(context, shown));
    const result = await attempt(async () => {
      const computers = shown.takesComputers ? await readTypedComputers(cmdb, linesOf(values)) : [];
      const target = parseGuid(textOf(values, 'target'));
      const add = { computers, targets: target === undefined ? [] : [target] };
      return changeAssignments(cmdb, clock, actorOf(request), shown.place, { add });
    });
    if ('errors' in result) return showAdding(context, request, response, shown, values, result.errors);
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

async function askAboutRemoval(
  request: Request,
  response: Response,
  { path, name }: AssignedPage,
  keys: readonly string[],
): Promise<void> {
  await askFirst(request, response, {
    title: `End ${counted(keys.length, ['assignment', 'assignments'])} to ${name}?`,
    text: 'These computers then belong where their addresses are, or where other assignments put them.',
    action: at(`${path}/assigned/remove`),
    hidden: [['ids', keys.join()]],
    submit: 'End',
    danger: true,
    cancel: at(`${path}/assigned`),
  });
}

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
