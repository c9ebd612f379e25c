/** One conflict: the evidence in plain words, and what can be done. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { Session } from '../../../models/cmdb/types.ts';
import type { ConflictDetail } from '../../../models/resources/conflictList.ts';
import { planMerge } from '../../../models/resources/mergePlan.ts';
import { whyNotSplit } from '../../../models/resources/split.ts';
import type { Guid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { attempt } from '../form.ts';
import { at } from '../paths.ts';
import { render, type PageAction } from '../render.ts';
import { lockOf } from '../signedIn.ts';
import { conflictReason, conflictTitle, keyWords } from './conflictWords.ts';
import { duplicatesCrumb } from './duplicateTabs.ts';
import { loadConflict } from './loadConflict.ts';

export function registerConflictPage(router: Router, { cmdb }: AppContext): void {
  router.get('/duplicates/:guid', async (request, response) => {
    const conflict = await loadConflict(cmdb, request);
    await render(request, response, 'duplicates/conflict', {
      title: conflictTitle(conflict),
      state: conflict.state,
      breadcrumb: [duplicatesCrumb],
      actions: await actionsOf(cmdb, request, conflict),
      reason: conflictReason(conflict),
      advice: adviceFor(conflict),
      facts: await factsOf(cmdb, conflict),
      machines: conflict.kind === 'shared' ? machineTable(conflict) : undefined,
      computers: conflict.kind === 'duplicate' ? await computerTable(cmdb, conflict) : undefined,
      keys: conflict.keys.map(keyWords),
    });
  });
}

function adviceFor({ kind, state }: ConflictDetail): string {
  if (state === 'ignored') return 'It is ignored: new evidence is counted and does not open it again.';
  if (state === 'resolved') return 'It is resolved. Should the same be seen again, it opens again.';
  return kind === 'shared'
    ? 'Until it is split, inventory of these machines overwrites each other, and each gets the policies that are meant for the other. Split it: one machine keeps the GUID, each other gets its own at its next contact.'
    : 'Merge them when they are one machine: nothing is lost, and the GUID that goes leads to the one that stays. Ignore it when they are two.';
}

async function actionsOf(session: Session, request: Request, conflict: ConflictDetail): Promise<PageAction[]> {
  const lock = lockOf(request, 'write');
  const path = `/duplicates/${conflict.guid}`;
  const reopen: PageAction = { label: 'Reopen', href: at(`${path}/reopen`), post: true, disabled: lock };
  if (conflict.state !== 'open') return [reopen];
  const ignore: PageAction = { label: 'Ignore', href: at(`${path}/ignore`), disabled: lock };
  if (conflict.kind === 'shared') {
    const disabled = lock ?? (await whyNotSplit(session, conflict.resourceGuid));
    return [{ label: 'Split', href: at(`${path}/split`), primary: true, disabled }, ignore];
  }
  const pair = { winner: conflict.resourceGuid, loser: conflict.otherGuid };
  const plan = await attempt(() => planMerge(session, pair));
  const disabled = lock ?? ('errors' in plan ? plan.errors[0]?.message : undefined);
  // The one that was heard of last is the one that lives.
  const sides = 'done' in plan && plan.done.liveSide === 'loser' ? { winner: pair.loser, loser: pair.winner } : pair;
  return [{ label: 'Merge', href: at('/duplicates/merge', sides), icon: 'merge', primary: true, disabled }, ignore];
}

async function factsOf(session: Session, conflict: ConflictDetail): Promise<{ label: string; cell: Cell }[]> {
  const decided: { label: string; cell: Cell }[] =
    conflict.decidedBy === null
      ? []
      : [
          { label: 'Decided by', cell: conflict.decidedBy },
          { label: 'Decided', cell: { kind: 'time', at: conflict.decidedAt } },
          { label: 'Decision', cell: { kind: 'prose', text: conflict.decision } },
        ];
  const shared: { label: string; cell: Cell }[] =
    conflict.kind === 'shared'
      ? [{ label: 'Computer', cell: await computerLink(session, conflict.resourceGuid, conflict.resourceName) }]
      : [];
  return [
    ...shared,
    { label: 'First seen', cell: { kind: 'time', at: conflict.firstSeenAt } },
    { label: 'Last seen', cell: { kind: 'time', at: conflict.lastSeenAt } },
    { label: 'Times seen', cell: conflict.timesSeen },
    ...decided,
  ];
}

async function computerLink({ db }: Session, guid: Guid, name: string): Promise<Cell> {
  const row = await db.selectFrom('Computer').select('Name').where('ResourceGuid', '=', guid).executeTakeFirst();
  return row === undefined ? name : { kind: 'link', text: row.Name, href: at(`/computers/${guid}`) };
}

function machineTable({ machines }: ConflictDetail) {
  return {
    caption: 'Machines under this GUID',
    columns: ['Machine', 'Address', 'Hardware', 'First seen', 'Last seen', 'Turns'].map((label) => ({ label })),
    rows: machines.map((machine): Cell[] => [
      { kind: 'text', text: machine.name || 'Not named', ...(machine.isCurrent ? { note: 'heard of last' } : {}) },
      machine.address === '' ? 'Not known' : { kind: 'code', text: machine.address },
      { kind: 'prose', text: machine.keys.map(keyWords).join(', ') },
      { kind: 'time', at: machine.firstSeenAt },
      { kind: 'time', at: machine.lastSeenAt },
      machine.timesSeen,
    ]),
    empty: 'Nothing is known of them any more',
  };
}

async function computerTable(session: Session, conflict: ConflictDetail) {
  const rows = await session.db
    .selectFrom('Computer as c')
    .innerJoin('Resource as r', 'r.Guid', 'c.ResourceGuid')
    .leftJoin('ComputerContact as k', 'k.ResourceGuid', 'c.ResourceGuid')
    .select(['c.ResourceGuid', 'c.Name', 'c.Domain', 'c.OsName', 'k.LastContactAt', 'k.LastAddress', 'r.CreatedAt'])
    .where('c.ResourceGuid', 'in', [conflict.resourceGuid, conflict.otherGuid])
    .orderBy('r.CreatedAt')
    .execute();
  return {
    caption: 'The two computers',
    columns: ['Computer', 'Domain', 'OS', 'Known since', 'Last contact', 'From', 'GUID'].map((label) => ({ label })),
    rows: rows.map((row): Cell[] => [
      { kind: 'link', text: row.Name, href: at(`/computers/${row.ResourceGuid}`) },
      row.Domain,
      row.OsName,
      { kind: 'time', at: row.CreatedAt },
      { kind: 'time', at: row.LastContactAt, none: 'Never' },
      row.LastAddress === null ? null : { kind: 'code', text: row.LastAddress },
      { kind: 'guid', guid: row.ResourceGuid },
    ]),
    empty: 'Neither is there any more',
  };
}
