/** Retry and discard: of the ticked events, of all that match, or of the one whose page it is. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { BadEventFilter } from '../../../models/events/badEvent.ts';
import {
  decideBadEvents,
  decideMatchingBadEvents,
  type BadEventDecision,
} from '../../../models/events/decideBadEvents.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { counted, formatNumber } from '../format.ts';
import { PageError } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { badEventCrumb } from './badEvent.ts';
import { badEventFilter } from './badEventFilter.ts';
import { BAD_EVENT_NOUN } from './badEventList.ts';
import { loadBadEvent } from './loadBadEvent.ts';

const DONE: Record<BadEventDecision, string> = { retry: 'put back into the queue', discard: 'discarded' };
const VERB: Record<BadEventDecision, string> = { retry: 'Retry', discard: 'Discard' };
const TEXT: Record<BadEventDecision, string> = {
  retry: 'They are put back into the queue and tried at once; those that still cannot be applied come back here.',
  discard:
    'What the computers reported in them is lost for good; they do not send it again. What was applied before stays.',
};
/** Reasons that the question names. */
const NAMED_REASONS = 10;

export function registerDecideBadEvents(router: Router, context: AppContext): void {
  for (const decision of ['retry', 'discard'] as const) {
    router.post(`/events/bad/${decision}`, requirePrivilege('write'), async (request, response) => {
      const body = (request.body ?? {}) as Record<string, unknown>;
      const isAll = body.all === '1' && typeof body.only !== 'string';
      if (isAll) return decideAll(context, request, response, decision);
      const ids = chosenIds(body);
      if (decision === 'retry' || isConfirmed(request)) await act(context, request, response, decision, ids);
      else await ask(request, response, ids);
    });

    router.post(`/events/bad/:id/${decision}`, requirePrivilege('write'), async (request, response) => {
      const { id } = await loadBadEvent(context.queue, request);
      if (decision === 'retry') await act(context, request, response, decision, [id]);
      else await ask(request, response, [id]);
    });
  }
}

/** Ticked rows, the row of a button, or those that a question was about. @throws PageError when nothing is chosen */
function chosenIds({ only, id, ids }: Record<string, unknown>): number[] {
  const texts =
    typeof only === 'string' ? [only] : typeof ids === 'string' && ids !== '' ? ids.split(',') : [id ?? []].flat();
  if (texts.length > 0) return texts.map(Number).filter((each) => Number.isSafeInteger(each) && each > 0);
  throw new PageError(
    422,
    'Nothing is chosen',
    'No bad event was ticked, so nothing was changed.',
    'Go back and tick at least one.',
  );
}

async function act(
  context: AppContext,
  request: Request,
  response: Response,
  decision: BadEventDecision,
  ids: readonly number[],
): Promise<void> {
  const changed = await decideBadEvents(context, actorOf(request), decision, ids);
  const gone = ids.length - changed;
  const rest = gone === 0 ? '' : ` ${counted(gone, BAD_EVENT_NOUN)} had gone meanwhile.`;
  notify(request, `${counted(changed, BAD_EVENT_NOUN)} ${DONE[decision]}.${rest}`, changed > 0 ? 'ok' : 'bad');
  response.redirect(303, at('/events/bad'));
}

function ask(request: Request, response: Response, ids: readonly number[]): Promise<void> {
  const events = counted(ids.length, BAD_EVENT_NOUN);
  const what = ids.length === 1 ? `bad event ${ids[0]}` : events;
  const question = {
    title: `Discard ${what}?`,
    text: TEXT.discard,
    action: at('/events/bad/discard'),
    hidden: [['ids', ids.join()] as const],
    submit: `Discard ${events}`,
    danger: true,
    cancel: at('/events/bad'),
  };
  return askFirst(request, response, question, { breadcrumb: [badEventCrumb] });
}

/** Asks with number and reasons, then decides about those that were there when it was asked. */
async function decideAll(
  context: AppContext,
  request: Request,
  response: Response,
  decision: BadEventDecision,
): Promise<void> {
  const body = (request.body ?? {}) as Record<string, unknown>;
  const matching = String(body.matching ?? '');
  const filter = await badEventFilter(context, new URLSearchParams(matching));
  const upTo = Number(body.upTo);
  if (!isConfirmed(request)) return askAboutAll(context, request, response, decision, matching, filter);
  // Without it "all" would mean those that nobody has seen, too.
  if (!Number.isSafeInteger(upTo) || upTo < 1)
    throw new PageError(
      422,
      'Nothing is chosen',
      'The question was not answered as it was asked.',
      'Go back and ask anew.',
    );
  const changed = await decideMatchingBadEvents(context, actorOf(request), decision, { ...filter, upTo });
  notify(request, `${counted(changed, BAD_EVENT_NOUN)} ${DONE[decision]}.`, changed > 0 ? 'ok' : 'bad');
  response.redirect(303, at('/events/bad'));
}

async function askAboutAll(
  { queue }: AppContext,
  request: Request,
  response: Response,
  decision: BadEventDecision,
  matching: string,
  filter: BadEventFilter,
): Promise<void> {
  const { total, events } = await queue.listBad(0, 1, filter);
  const [newest] = events;
  if (newest === undefined) {
    notify(request, 'No bad event matches any more; nothing was changed.', 'bad');
    return response.redirect(303, at('/events/bad'));
  }
  const { reasons } = await queue.badGroups(filter);
  const subject = counted(total, BAD_EVENT_NOUN);
  const question = {
    title: `${VERB[decision]} ${subject}?`,
    text: TEXT[decision],
    items: reasons.slice(0, NAMED_REASONS).map(({ value, count }) => `${formatNumber(count)} × ${value}`),
    action: at(`/events/bad/${decision}`),
    hidden: [
      ['all', '1'],
      ['matching', matching],
      ['upTo', String(newest.id)],
    ] as const,
    submit: `${VERB[decision]} ${subject}`,
    danger: decision === 'discard',
    cancel: at('/events/bad'),
  };
  await askFirst(request, response, question, { breadcrumb: [badEventCrumb] });
}
