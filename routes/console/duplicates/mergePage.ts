/** Merge two computers: what each side has, which data stays, what moves; then do it. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { mergeComputers } from '../../../models/resources/merge.ts';
import type { MergePair, Side } from '../../../models/resources/mergePlan.ts';
import { previewMerge, type MergePreview, type SideFacts } from '../../../models/resources/mergePreview.ts';
import { parseGuid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { isConfirmed } from '../confirm.ts';
import { attempt } from '../form.ts';
import { counted, formatNumber } from '../format.ts';
import { PageError } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify, render } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { duplicatesCrumb } from './duplicateTabs.ts';

export function registerMergePage(router: Router, context: AppContext): void {
  router.get('/duplicates/merge', requirePrivilege('write'), async (request, response) => {
    const pair = pairOf(request.query);
    await show(request, response, await preview(context, pair));
  });

  router.post('/duplicates/merge', requirePrivilege('write'), async (request, response) => {
    const pair = pairOf((request.body ?? {}) as Record<string, unknown>);
    if (!isConfirmed(request)) return show(request, response, await preview(context, pair));
    const result = await attempt(() => mergeComputers(context, actorOf(request), pair));
    if ('errors' in result) throw refused(result.errors[0]!.message);
    const { winnerName, loserName } = result.done;
    notify(request, `${loserName} was merged into ${winnerName}. The merge can be undone under Duplicates.`);
    response.redirect(303, at(`/computers/${pair.winner}`));
  });
}

/** @throws PageError */
function pairOf({ winner, loser }: Record<string, unknown>): MergePair {
  const read = (value: unknown) => (typeof value === 'string' ? parseGuid(value) : undefined);
  const [stays, goes] = [read(winner), read(loser)];
  if (stays === undefined || goes === undefined) throw refused('Two computers are needed, by their GUIDs.');
  return { winner: stays, loser: goes };
}

const refused = (message: string): PageError =>
  new PageError(422, 'These cannot be merged', `${message} Nothing was changed.`, 'Choose two computers in the list.');

async function preview({ cmdb }: AppContext, pair: MergePair): Promise<MergePreview> {
  const result = await attempt(() => previewMerge(cmdb, pair));
  if ('errors' in result) throw refused(result.errors[0]!.message);
  return result.done;
}

async function show(request: Request, response: Response, found: MergePreview): Promise<void> {
  const { plan, winner, loser } = found;
  await render(request, response, 'duplicates/merge', {
    title: `Merge ${loser.name} into ${winner.name}?`,
    breadcrumb: [duplicatesCrumb],
    warning: found.isApart
      ? 'Their hardware keys differ: as far as is known these are two machines. Merge them only if you know that one replaced the other.'
      : undefined,
    winner,
    loser,
    sides: sidesTable(found),
    classes: classesTable(found),
    effects: effects(found),
    swapHref: at('/duplicates/merge', { winner: plan.loser, loser: plan.winner }),
    cancelHref: at(`/computers/${plan.winner}`),
    action: at('/duplicates/merge'),
  });
}

function sidesTable({ plan, winner, loser }: MergePreview) {
  const row = (label: string, of: (side: SideFacts) => Cell): Cell[] => [label, of(winner), of(loser)];
  const live = (side: Side): string =>
    plan.liveSide === side ? 'Its key stays the allowed one' : 'Its key is revoked';
  return {
    caption: 'The two sides',
    columns: [{ label: 'What' }, { label: `Stays: ${winner.name}` }, { label: `Goes: ${loser.name}` }],
    rows: [
      row('Computer', ({ guid, name }) => ({ kind: 'link', text: name, href: at(`/computers/${guid}`) })),
      row('GUID', ({ guid }) => ({ kind: 'guid', guid })),
      row('Domain', ({ domain }) => domain || null),
      row('Operating system', ({ osName }) => osName || null),
      row('Address', ({ address }) => (address === '' ? null : { kind: 'code', text: address })),
      row('Known since', ({ createdAt }) => ({ kind: 'time', at: createdAt })),
      row('Last contact', ({ lastContactAt }) => ({ kind: 'time', at: lastContactAt, none: 'Never' })),
      row('Last inventory', ({ lastInventoryAt }) => ({ kind: 'time', at: lastInventoryAt, none: 'None yet' })),
      row('Agent', (side) =>
        side.registration === 'allowed'
          ? { kind: 'state', state: 'allowed', detail: live(side === winner ? 'winner' : 'loser') }
          : { kind: 'state', state: side.registration },
      ),
      row('Resource keys', ({ keys }) => ({ kind: 'prose', text: keys.join(', ') || 'None' })),
      row('Targets', ({ targets }) => ({ kind: 'prose', text: targets.map(({ name }) => name).join(', ') || 'None' })),
      row('Deliveries', ({ deliveries }) => formatNumber(deliveries)),
      row('Associations', ({ associations }) => formatNumber(associations)),
      row('Events, history, timeline', ({ happened }) => formatNumber(happened)),
    ],
  };
}

function classesTable({ plan }: MergePreview) {
  const stays = (side: Side): string => (side === 'winner' ? plan.winnerName : plan.loserName);
  return {
    caption: 'Inventory by data class',
    columns: [
      { label: 'Data class' },
      { label: `${plan.winnerName}, sent` },
      { label: `${plan.loserName}, sent` },
      { label: 'Rows that stay' },
    ],
    rows: plan.classes.map((dataClass): Cell[] => [
      dataClass.name,
      { kind: 'time', at: dataClass.winnerAt ?? null, none: 'Nothing' },
      { kind: 'time', at: dataClass.loserAt ?? null, none: 'Nothing' },
      {
        kind: 'text',
        text: `Those of ${stays(dataClass.keeps)}`,
        note: counted(dataClass.keeps === 'winner' ? dataClass.winnerRows : dataClass.loserRows, ['row', 'rows']),
      },
    ]),
    empty: 'Neither has sent any inventory',
  };
}

/** What moves and what ends, in sentences. */
function effects({ plan, winner, loser, sharedDeliveries }: MergePreview): string[] {
  const gained = loser.targets.filter(({ guid }) => !winner.targets.some((own) => own.guid === guid));
  const key =
    plan.liveSide === undefined
      ? 'Neither has an agent that is let in; that stays so.'
      : `The agent of ${plan.liveSide === 'winner' ? winner.name : loser.name} goes on: it was heard of last.${winner.registration === 'allowed' && loser.registration === 'allowed' ? ' The key of the other one is revoked.' : ''}`;
  return [
    key,
    `The GUID ${loser.guid} leads to ${winner.name} from then on: agents, events and imports that name it mean ${winner.name}, so it cannot come back.`,
    gained.length === 0
      ? 'It gains no target, so no policy reaches it that did not before.'
      : `${winner.name} gains ${counted(gained.length, ['target', 'targets'])} with the policies that apply to ${gained.length === 1 ? 'it' : 'them'}: ${gained.map(({ name }) => name).join(', ')}.`,
    `${counted(loser.deliveries, ['delivery', 'deliveries'])}, ${counted(loser.associations, ['association', 'associations'])} and ${counted(loser.happened, ['entry', 'entries'])} of events, history and timeline move.${sharedDeliveries === 0 ? '' : ` Of ${counted(sharedDeliveries, ['policy that both had, the newer result stays', 'policies that both had, the newer results stay'])}.`}`,
    'The merge can be undone for 90 days: both are then as they were, and what is newer stays where it came.',
  ];
}
