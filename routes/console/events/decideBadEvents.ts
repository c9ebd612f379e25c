/** Retry and discard: of the ticked events, of all, or of the one whose page it is. Discarding asks first. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { decideBadEvents, type BadEventDecision } from '../../../models/events/decideBadEvents.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { counted } from '../format.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { selection } from '../selection.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { BAD_EVENT_NOUN, badEventList } from './badEventList.ts';
import { badEventCrumb } from './badEvent.ts';
import { loadBadEvent } from './loadBadEvent.ts';

const DONE: Record<BadEventDecision, string> = { retry: 'put back into the queue', discard: 'discarded' };

export function registerDecideBadEvents(router: Router, context: AppContext): void {
  const act = async (request: Request, response: Response, decision: BadEventDecision, ids: readonly number[]) => {
    const changed = await decideBadEvents(context, actorOf(request), decision, ids);
    const gone = ids.length - changed;
    const rest = gone === 0 ? '' : ` ${counted(gone, BAD_EVENT_NOUN)} had gone meanwhile.`;
    notify(request, `${counted(changed, BAD_EVENT_NOUN)} ${DONE[decision]}.${rest}`, changed > 0 ? 'ok' : 'bad');
    response.redirect(303, at('/events/bad'));
  };

  router.post('/events/bad/retry', requirePrivilege('write'), async (request, response) => {
    await act(request, response, 'retry', await chosen(context, request));
  });

  router.post('/events/bad/discard', requirePrivilege('write'), async (request, response) => {
    const ids = await chosen(context, request);
    if (isConfirmed(request)) await act(request, response, 'discard', ids);
    else await ask(request, response, ids);
  });

  router.post('/events/bad/:id/retry', requirePrivilege('write'), async (request, response) => {
    const { id } = await loadBadEvent(context.queue, request);
    await act(request, response, 'retry', [id]);
  });

  router.post('/events/bad/:id/discard', requirePrivilege('write'), async (request, response) => {
    const { id } = await loadBadEvent(context.queue, request);
    await ask(request, response, [id]);
  });
}

async function chosen(context: AppContext, request: Request): Promise<number[]> {
  return (await selection(request, badEventList(context))).map(Number).filter(Number.isSafeInteger);
}

function ask(request: Request, response: Response, ids: readonly number[]): Promise<void> {
  const events = counted(ids.length, BAD_EVENT_NOUN);
  const what = ids.length === 1 ? `bad event ${ids[0]}` : events;
  const question = {
    title: `Discard ${what}?`,
    text: 'What the computers reported in them is lost for good; they do not send it again. What was applied before stays.',
    action: at('/events/bad/discard'),
    hidden: [['ids', ids.join()] as const],
    submit: `Discard ${events}`,
    danger: true,
    cancel: at('/events/bad'),
  };
  return askFirst(request, response, question, { breadcrumb: [badEventCrumb] });
}
