/** Split a shared GUID: choose the machine that keeps it, see what happens, then do it. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import type { ConflictDetail } from '../../../models/resources/conflictList.ts';
import { splitComputer, whyNotSplit } from '../../../models/resources/split.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { counted, formatAgo } from '../format.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { conflictTitle, keyWords } from './conflictWords.ts';
import { duplicatesCrumb } from './duplicateTabs.ts';
import { loadConflict } from './loadConflict.ts';

export function registerSplitPage(router: Router, context: AppContext): void {
  router.get('/duplicates/:guid/split', requirePrivilege('write'), async (request, response) => {
    const conflict = await loadConflict(context.cmdb, request);
    await show(context, request, response, conflict, { keeper: likelyKeeper(conflict) });
  });

  router.post('/duplicates/:guid/split', requirePrivilege('write'), async (request, response) => {
    const conflict = await loadConflict(context.cmdb, request);
    const values = readForm(request, sections(conflict, context.clock.now()));
    const keeper = textOf(values, 'keeper');
    const path = at(`/duplicates/${conflict.guid}`);
    const isKnown = conflict.machines.some(({ id }) => id === keeper);
    if (isKnown && !isConfirmed(request)) return ask(request, response, conflict, keeper);
    const choice = { computer: conflict.resourceGuid, keeper };
    const result = await attempt(() => splitComputer(context, actorOf(request), choice));
    if ('errors' in result) return show(context, request, response, conflict, values, result.errors);
    notify(request, 'The GUID is being split: each machine is told to register anew, and learns who it is.');
    response.redirect(303, path);
  });
}

/** The machine that took the most turns, the first of equals: most of what is stored is its. */
function likelyKeeper({ machines }: ConflictDetail): string {
  return machines.toSorted((a, b) => b.timesSeen - a.timesSeen)[0]?.id ?? '';
}

function sections({ machines }: ConflictDetail, now: number): FieldSection[] {
  const options = machines.map((machine) => ({
    value: machine.id,
    label: [machine.name || 'Not named', machine.address].filter((text) => text !== '').join(', '),
    help: `${machine.keys.map(keyWords).join(', ')}. ${counted(machine.timesSeen, ['turn', 'turns'])}, last seen ${formatAgo(machine.lastSeenAt, now)}.`,
  }));
  return [
    { fields: [{ name: 'keeper', label: 'Which machine keeps the GUID?', kind: 'radio', required: true, options }] },
  ];
}

async function show(
  { cmdb, clock }: AppContext,
  request: Request,
  response: Response,
  conflict: ConflictDetail,
  values: FormValues,
  errors: readonly FieldError[] = [],
): Promise<void> {
  const path = at(`/duplicates/${conflict.guid}`);
  await showForm(
    request,
    response,
    {
      action: `${path}/split`,
      sections: sections(conflict, clock.now()),
      values,
      errors,
      submit: 'Preview the split',
      cancel: path,
      disabled: await whyNotSplit(cmdb, conflict.resourceGuid),
    },
    {
      title: `Split ${conflict.resourceName}`,
      breadcrumb: [duplicatesCrumb, { label: conflictTitle(conflict), href: path }],
    },
  );
}

async function ask(request: Request, response: Response, conflict: ConflictDetail, keeper: string): Promise<void> {
  const path = at(`/duplicates/${conflict.guid}`);
  const keeps = conflict.machines.find(({ id }) => id === keeper)!;
  const others = conflict.machines.filter((machine) => machine !== keeps);
  const name = (machine: { name: string; address: string }): string =>
    [machine.name || 'Not named', machine.address].filter((text) => text !== '').join(', ');
  await askFirst(
    request,
    response,
    {
      title: `Split ${conflict.resourceName}?`,
      text: `${name(keeps)} keeps the GUID, its history, its targets and its deliveries. ${counted(others.length, ['other machine gets', 'other machines get'])} a new GUID at the next contact and is in no list of computers yet: put it into targets after that. Until all have registered, the GUID is served only from the address at which its keeper registered. Inventory is corrected by the next full inventory of each. The split can be undone until another machine has registered.`,
      items: others.map((machine) => `${name(machine)}: ${machine.keys.map(keyWords).join(', ')}`),
      action: `${path}/split`,
      hidden: [['keeper', keeper]],
      submit: 'Split the GUID',
      danger: true,
      cancel: path,
    },
    { breadcrumb: [duplicatesCrumb, { label: conflictTitle(conflict), href: path }] },
  );
}
