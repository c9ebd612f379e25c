/** Merges and splits that were made, and undoing them. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import {
  identityChange,
  listIdentityChanges,
  type IdentityChange,
  type IdentityChangeRow,
} from '../../../models/resources/identityChanges.ts';
import { undoSplit, whySplitStays } from '../../../models/resources/undoSplit.ts';
import { undoMerge, whyNotUndone } from '../../../models/resources/undoMerge.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { attempt } from '../form.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { duplicatesCrumb, duplicateTabs } from './duplicateTabs.ts';

export function registerIdentityChanges(router: Router, context: AppContext): void {
  router.get('/duplicates/changes', async (request, response) => {
    await answerList(request, response, changeList(context, lockOf(request, 'write')), {
      title: 'Duplicates',
      subtitle: 'Merges can be undone for 90 days, splits until another machine has registered',
      tabs: duplicateTabs('changes'),
    });
  });

  router.post('/duplicates/changes/:guid/undo', requirePrivilege('write'), async (request, response) => {
    const change = await loadChange(context, request);
    if (!isConfirmed(request)) return ask(request, response, change);
    const undo = change.kind === 'merge' ? undoMerge : undoSplit;
    const result = await attempt(() => undo(context, actorOf(request), change.guid));
    if ('errors' in result) notify(request, `Nothing was changed. ${result.errors[0]!.message}`, 'bad');
    else
      notify(
        request,
        change.kind === 'merge' ? `${change.otherName} is a computer of its own again.` : 'The split was undone.',
      );
    response.redirect(303, at('/duplicates/changes'));
  });
}

async function loadChange({ cmdb }: AppContext, request: Request): Promise<IdentityChange> {
  const guid = parseGuid(String(request.params.guid));
  const change = guid && (await identityChange(cmdb, guid));
  if (change === undefined) throw notFound('merge or split');
  return change;
}

type ListedChange = IdentityChangeRow & { whyNot: string | undefined };

function changeList({ cmdb }: AppContext, lock: string | undefined): ListDefinition<ListedChange> {
  return {
    path: '/duplicates/changes',
    noun: ['merge or split', 'merges and splits'],
    sort: { key: 'at', descending: true },
    columns: [
      { key: 'at', label: 'When', cell: (row) => ({ kind: 'time', at: row.madeAt }), sortable: false },
      { key: 'kind', label: 'What', cell: (row) => (row.kind === 'merge' ? 'Merge' : 'Split'), sortable: false },
      {
        key: 'computer',
        label: 'Computer',
        cell: (row) => ({ kind: 'link', text: row.resourceName, href: at(`/computers/${row.resourceGuid}`) }),
        sortable: false,
      },
      {
        key: 'other',
        label: 'Merged away or split off',
        cell: (row) => ({ kind: 'text', text: row.otherName, note: row.otherGuid }),
        sortable: false,
      },
      { key: 'by', label: 'By', cell: (row) => row.madeBy, sortable: false },
      {
        key: 'undone',
        label: 'Undone',
        cell: (row) => ({ kind: 'time', at: row.undoneAt, none: 'No' }),
        sortable: false,
      },
      {
        key: 'undo',
        label: 'Undo',
        cell: (row) =>
          row.undoneAt !== null
            ? null
            : {
                kind: 'post',
                label: 'Undo',
                href: at(`/duplicates/changes/${row.guid}/undo`),
                disabled: lock ?? row.whyNot,
              },
        sortable: false,
      },
    ],
    empty: {
      title: 'Nothing was merged or split yet',
      text: 'Two computers are merged, and a shared GUID is split, from a conflict or from the list of computers. Each is kept here and can be undone.',
      action: { label: 'Conflicts', href: at('/duplicates') },
    },
    fetch: async ({ offset, limit }) => {
      const { rows, total } = await listIdentityChanges(cmdb, { offset, limit });
      const listed: ListedChange[] = [];
      for (const row of rows)
        listed.push({ ...row, whyNot: row.undoneAt === null ? await whyNot(cmdb, row) : undefined });
      return { rows: listed, total };
    },
  };
}

async function whyNot(cmdb: AppContext['cmdb'], row: IdentityChangeRow): Promise<string | undefined> {
  if (row.kind === 'split') return whySplitStays(cmdb, row);
  const change = await identityChange(cmdb, row.guid);
  return change === undefined ? 'It is not kept any more.' : whyNotUndone(cmdb, change);
}

async function ask(request: Request, response: Response, change: IdentityChange): Promise<void> {
  const { kind, resourceName, otherName } = change;
  const isMerge = kind === 'merge';
  await askFirst(
    request,
    response,
    {
      title: isMerge ? `Undo the merge of ${otherName} into ${resourceName}?` : `Undo the split of ${resourceName}?`,
      text: isMerge
        ? 'Both computers become what they were before, with their data, targets, deliveries, events and keys of agents. What has come since the merge stays with the computer that it came to.'
        : 'All machines may use the GUID again, and the conflict is open again.',
      action: at(`/duplicates/changes/${change.guid}/undo`),
      submit: isMerge ? 'Undo the merge' : 'Undo the split',
      danger: true,
      cancel: at('/duplicates/changes'),
    },
    { breadcrumb: [duplicatesCrumb] },
  );
}
