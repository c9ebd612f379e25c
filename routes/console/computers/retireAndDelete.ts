/** Retire, manage again, delete and merge: of one computer or of those that were ticked, asked first with the effect. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { Actor } from '../../../models/audit/audit.ts';
import { deleteComputers } from '../../../models/resources/deleteComputers.ts';
import { readLifecycle } from '../../../models/resources/lifecycle.ts';
import { manageComputers, retireComputers } from '../../../models/resources/retire.ts';
import { survivorsOf } from '../../../models/resources/survivors.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { counted } from '../format.ts';
import { PageError } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { selection } from '../selection.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { computerList } from './computerList.ts';
import { loadComputer } from './loadComputer.ts';

const NOUN = ['computer', 'computers'] as const;

interface Deed {
  verb: string;
  danger: boolean;
  effect: (context: AppContext) => Promise<string>;
  /** Answers how many. */
  act: (context: AppContext, actor: Actor, guids: readonly Guid[]) => Promise<number>;
  done: string;
}

const DEEDS: Readonly<Record<string, Deed>> = {
  retire: {
    verb: 'Retire',
    danger: false,
    effect: async () =>
      'A retired computer is kept with all its data. It is not counted as managed and no policy is meant for it. It comes back by itself when it contacts the server.',
    act: (context, actor, guids) => retireComputers(context, actor, guids, `Retired by ${actor.name}.`),
    done: 'retired',
  },
  manage: {
    verb: 'Manage again',
    danger: false,
    effect: async () => 'It counts as managed again and gets the policies of its targets.',
    act: (context, actor, guids) => manageComputers(context, actor, guids),
    done: 'managed again',
  },
  delete: {
    verb: 'Delete',
    danger: true,
    effect: async ({ cmdb }) => {
      const { keepDeletedDays } = await readLifecycle(cmdb);
      return `It leaves all lists, targets and counts at once. The key of its agent is revoked: it is served no more, and downloads under way end. For ${counted(keepDeletedDays, ['day', 'days'])} it lies in the recycle bin and can be restored with everything; then it is deleted for good.`;
    },
    act: (context, actor, guids) => deleteComputers(context, actor, guids, `Deleted by ${actor.name} in the console.`),
    done: 'deleted',
  },
};

export function registerRetireAndDelete(router: Router, context: AppContext): void {
  for (const [path, deed] of Object.entries(DEEDS)) {
    router.post(`/computers/${path}`, requirePrivilege('write'), async (request, response) => {
      const keys = await selection(request, await computerList(context));
      await carryOut(
        context,
        request,
        response,
        path,
        deed,
        keys.map((key) => parseGuid(key)).filter((guid) => guid !== undefined),
      );
    });
    router.post(`/computers/:guid/${path}`, requirePrivilege('write'), async (request, response) => {
      const { Guid: guid } = await loadComputer(context.cmdb, request);
      await carryOut(context, request, response, path, deed, [guid]);
    });
  }

  router.post('/computers/merge', requirePrivilege('write'), async (request, response) => {
    const [winner, loser, ...others] = await selection(request, await computerList(context));
    if (winner === undefined || loser === undefined || others.length > 0) {
      throw new PageError(
        422,
        'Choose two computers to merge',
        'Two are merged at a time. Nothing was changed.',
        'Go back and tick the two that are one.',
      );
    }
    response.redirect(303, at('/duplicates/merge', { winner, loser }));
  });
}

async function carryOut(
  context: AppContext,
  request: Request,
  response: Response,
  path: string,
  deed: Deed,
  guids: readonly Guid[],
): Promise<void> {
  if (!isConfirmed(request)) return ask(context, request, response, path, deed, guids);
  // A page that was open for long may name a computer that was merged away since: it is left alone.
  const merged = await survivorsOf(context.cmdb, guids.slice(0, 1000));
  const done = await deed.act(
    context,
    actorOf(request),
    guids.filter((guid) => !merged.has(guid)),
  );
  const left = guids.length - done;
  const rest = left === 0 ? '' : ` ${counted(left, NOUN)} left as before: not there any more, or ${deed.done} already.`;
  notify(request, `${counted(done, NOUN)} ${deed.done}.${rest}`, done > 0 ? 'ok' : 'bad');
  response.redirect(303, path !== 'delete' && guids.length === 1 ? at(`/computers/${guids[0]}`) : at('/computers'));
}

/** Names are read for the question only; of a very large selection the first are enough. */
const NAMED = 200;

async function ask(
  context: AppContext,
  request: Request,
  response: Response,
  path: string,
  deed: Deed,
  guids: readonly Guid[],
): Promise<void> {
  const rows = await context.cmdb.db
    .selectFrom('Computer as c')
    .leftJoin('ComputerContact as k', 'k.ResourceGuid', 'c.ResourceGuid')
    .select(['c.Name', 'c.Domain', 'k.LastContactAt'])
    .where('c.ResourceGuid', 'in', guids.slice(0, NAMED))
    .orderBy('c.Name')
    .execute();
  const what = guids.length === 1 && rows[0] !== undefined ? rows[0].Name : counted(guids.length, NOUN);
  await askFirst(
    request,
    response,
    {
      title: `${deed.verb} ${what}?`,
      text: await deed.effect(context),
      items: rows.map(
        ({ Name, Domain, LastContactAt }) =>
          `${Domain === '' ? '' : `${Domain}\\`}${Name}, ${LastContactAt === null ? 'never heard of' : `last heard of on ${LastContactAt.slice(0, 10)}`}`,
      ),
      action: at(`/computers/${path}`),
      hidden: [['ids', guids.join()]],
      submit: `${deed.verb} ${counted(guids.length, NOUN)}`,
      danger: deed.danger,
      cancel: guids.length === 1 ? at(`/computers/${guids[0]}`) : at('/computers'),
    },
    { breadcrumb: [{ label: 'Computers', href: at('/computers') }] },
  );
}
