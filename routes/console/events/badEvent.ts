/** One bad event: who sent it, why it was put aside, and what it says. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { utc } from '../../../models/clock.ts';
import type { BadEvent } from '../../../models/events/queue.ts';
import { computerNames } from '../../../models/items/names.ts';
import type { Cell } from '../cells.ts';
import { formatBytes } from '../format.ts';
import { at } from '../paths.ts';
import { render, type PageAction } from '../render.ts';
import { may, MISSING_PRIVILEGE } from '../signedIn.ts';
import { computerCell } from './badEventList.ts';
import { markFault } from './faultPosition.ts';
import { loadBadEvent } from './loadBadEvent.ts';

/** More than a browser scrolls with ease; the rest is a download. */
const SHOWN_BYTES = 256 * 1024;

export const badEventCrumb = { label: 'Bad events', href: at('/events/bad') };

export function registerBadEventPage(router: Router, { cmdb, queue }: AppContext): void {
  router.get('/events/bad/:id', async (request, response) => {
    const event = await loadBadEvent(queue, request);
    const sender = event.sender === null ? undefined : (await computerNames(cmdb, [event.sender])).get(event.sender);
    const payload = await queue.payload(event.id, SHOWN_BYTES);
    const shown = payload?.cut === true ? `The first ${formatBytes(SHOWN_BYTES)} of ${formatBytes(event.size)}.` : '';
    await render(request, response, 'events/badEvent', {
      title: `Bad event ${event.id}`,
      state: 'bad',
      breadcrumb: [badEventCrumb],
      actions: actionsFor(event, may(request, 'write') ? undefined : MISSING_PRIVILEGE.write),
      reason: event.reason,
      facts: factsOf(event, sender),
      shown,
      text: markFault(payload?.text ?? '', event.reason),
    });
  });

  router.get('/events/bad/:id/payload', async (request, response) => {
    const event = await loadBadEvent(queue, request);
    const payload = await queue.payload(event.id, event.size);
    // As text and as a file: whatever is in it, no browser runs it.
    response.set('Cache-Control', 'no-store').attachment(`event-${event.id}.xml`).type('text/plain');
    response.send(payload?.text ?? '');
  });
}

function actionsFor({ id }: BadEvent, disabled: string | undefined): PageAction[] {
  return [
    { label: 'Retry', href: at(`/events/bad/${id}/retry`), icon: 'refresh', post: true, primary: true, disabled },
    { label: 'Download', href: at(`/events/bad/${id}/payload`), icon: 'download' },
    { label: 'Discard', href: at(`/events/bad/${id}/discard`), icon: 'trash', post: true, danger: true, disabled },
  ];
}

function factsOf(event: BadEvent, sender: string | undefined): { label: string; cell: Cell }[] {
  return [
    { label: 'Computer', cell: computerCell(event.sender, sender) },
    { label: 'Received', cell: { kind: 'time', at: utc(event.receivedAt) } },
    { label: 'Size', cell: { kind: 'bytes', bytes: event.size } },
    { label: 'Failed attempts', cell: event.attempts },
  ];
}
