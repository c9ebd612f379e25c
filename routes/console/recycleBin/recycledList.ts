/** Deleted computers: restore them, or delete them for good. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { readLifecycle } from '../../../models/resources/lifecycle.ts';
import { purgeComputers } from '../../../models/resources/purge.ts';
import { listRecycled, restoreComputers, type RecycledRow } from '../../../models/resources/recycleBin.ts';
import { utc } from '../../../models/clock.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { counted } from '../format.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { selection } from '../selection.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { recycleBinTabs } from './recycleBinTabs.ts';

const DAY_MS = 86_400_000;
const NOUN = ['computer', 'computers'] as const;
const SORTS = {
  name: 'Name',
  domain: 'Domain',
  deleted: 'DeletedAt',
  by: 'DeletedBy',
  contact: 'LastContactAt',
} as const;

export function registerRecycledList(router: Router, context: AppContext): void {
  router.get('/recycle-bin', async (request, response) => {
    const { keepDeletedDays } = await readLifecycle(context.cmdb);
    await answerList(request, response, await recycledList(context), {
      title: 'Recycle bin',
      subtitle: `Deleted computers are kept here for ${counted(keepDeletedDays, ['day', 'days'])}`,
      tabs: recycleBinTabs('bin'),
    });
  });

  router.post('/recycle-bin/restore', requirePrivilege('write'), async (request, response) => {
    const guids = await chosen(context, request);
    if (!isConfirmed(request)) {
      return ask(context, request, response, guids, {
        verb: 'Restore',
        path: '/recycle-bin/restore',
        text: 'They are what they were: in the lists and targets that are still there, with their data and history, and with the keys of their agents, unless somebody decided about those since.',
        danger: false,
      });
    }
    const done = await restoreComputers(context, actorOf(request), guids);
    answer(request, response, done, guids.length, 'restored');
  });

  router.post('/recycle-bin/purge', requirePrivilege('write'), async (request, response) => {
    const guids = await chosen(context, request);
    if (!isConfirmed(request)) {
      return ask(context, request, response, guids, {
        verb: 'Delete for good',
        path: '/recycle-bin/purge',
        text: 'Everything about them goes: data, history, events, timeline, registrations. This cannot be undone.',
        danger: true,
      });
    }
    const done = await purgeComputers(context, actorOf(request), guids);
    answer(request, response, done, guids.length, 'deleted for good');
  });
}

async function chosen(context: AppContext, request: Request): Promise<Guid[]> {
  const keys = await selection(request, await recycledList(context));
  return keys.map((key) => parseGuid(key)).filter((guid) => guid !== undefined);
}

function answer(request: Request, response: Response, done: number, asked: number, what: string): void {
  const rest = done === asked ? '' : ` ${counted(asked - done, NOUN)} left as before: not in the bin any more.`;
  notify(request, `${counted(done, NOUN)} ${what}.${rest}`, done > 0 ? 'ok' : 'bad');
  response.redirect(303, at('/recycle-bin'));
}

async function ask(
  { cmdb }: AppContext,
  request: Request,
  response: Response,
  guids: readonly Guid[],
  { verb, path, text, danger }: { verb: string; path: string; text: string; danger: boolean },
): Promise<void> {
  const rows = await cmdb.db
    .selectFrom('RecycledResource')
    .select(['Name', 'DeletedAt', 'DeletedBy'])
    .where('ResourceGuid', 'in', guids.slice(0, 200))
    .orderBy('Name')
    .execute();
  const what = guids.length === 1 && rows[0] !== undefined ? rows[0].Name : counted(guids.length, NOUN);
  await askFirst(
    request,
    response,
    {
      title: `${verb}: ${what}?`,
      text,
      items: rows.map((row) => `${row.Name}, deleted on ${row.DeletedAt.slice(0, 10)} by ${row.DeletedBy}`),
      action: at(path),
      hidden: [['ids', guids.join()]],
      submit: `${verb} ${counted(guids.length, NOUN)}`,
      danger,
      cancel: at('/recycle-bin'),
    },
    { breadcrumb: [{ label: 'Recycle bin', href: at('/recycle-bin') }] },
  );
}

async function recycledList({ cmdb }: AppContext): Promise<ListDefinition<RecycledRow>> {
  const { keepDeletedDays } = await readLifecycle(cmdb);
  return {
    path: '/recycle-bin',
    noun: NOUN,
    search: 'name or domain',
    sort: { key: 'deleted', descending: true },
    columns: [
      { key: 'name', label: 'Name', cell: (row) => row.name },
      { key: 'domain', label: 'Domain', cell: (row) => row.domain || null },
      { key: 'deleted', label: 'Deleted', cell: (row) => ({ kind: 'time', at: row.deletedAt }) },
      { key: 'by', label: 'By', cell: (row) => row.deletedBy },
      { key: 'reason', label: 'Why', cell: (row) => ({ kind: 'prose', text: row.reason }), sortable: false },
      {
        key: 'contact',
        label: 'Last contact',
        cell: (row) => ({ kind: 'time', at: row.lastContactAt, none: 'Never' }),
      },
      {
        key: 'until',
        label: 'Kept until',
        cell: (row) =>
          row.isPurging
            ? 'Being deleted for good'
            : { kind: 'time', at: utc(Date.parse(row.deletedAt) + keepDeletedDays * DAY_MS) },
        sortable: false,
      },
      { key: 'guid', label: 'GUID', cell: (row) => ({ kind: 'guid', guid: row.guid }), sortable: false, hidden: true },
    ],
    key: (row) => row.guid,
    bulk: [
      { label: 'Restore', path: '/recycle-bin/restore', privilege: 'write', icon: 'refresh' },
      { label: 'Delete for good', path: '/recycle-bin/purge', privilege: 'write', icon: 'trash', danger: true },
    ],
    empty: {
      title: 'The recycle bin is empty',
      text: 'Computers that are deleted, by hand or by the rules, lie here until their days are over, and can be restored with everything.',
      action: { label: 'Rules', href: at('/recycle-bin/rules') },
    },
    fetch: ({ search, sort, descending, offset, limit }) =>
      listRecycled(cmdb, { search, sort: SORTS[sort as keyof typeof SORTS] ?? 'DeletedAt', descending, offset, limit }),
  };
}
