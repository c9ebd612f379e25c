/** One bad event: who sent it, why it was put aside, and what it says, with the place of the fault. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { utc } from '../../../models/clock.ts';
import type { BadEvent } from '../../../models/events/badEvent.ts';
import { computerNames } from '../../../models/items/names.ts';
import type { Cell } from '../cells.ts';
import { formatBytes, formatNumber } from '../format.ts';
import { at } from '../paths.ts';
import { render, type PageAction } from '../render.ts';
import { may, MISSING_PRIVILEGE } from '../signedIn.ts';
import { captureName } from './badEventList.ts';
import { computerCell } from './computerCell.ts';
import { markFault, windowOf } from './faultPosition.ts';
import { hexView, looksLikeText } from './hexView.ts';
import { loadBadEvent } from './loadBadEvent.ts';

/** More than a browser scrolls with ease; the rest is a download. */
const SHOWN_BYTES = 256 * 1024;
/** So much is looked through for the place of the fault. */
const READ_BYTES = 8 * 1024 * 1024;
const HEX_BYTES = 16 * 1024;

export const badEventCrumb = { label: 'Bad events', href: at('/events/bad') };

export function registerBadEventPage(router: Router, { cmdb, queue }: AppContext): void {
  router.get('/events/bad/:id', async (request, response) => {
    const event = await loadBadEvent(queue, request);
    const sender = event.sender === null ? undefined : (await computerNames(cmdb, [event.sender])).get(event.sender);
    const payload = await queue.payload(event.id, READ_BYTES);
    const isHex = wantsHex(request, payload?.text ?? '');
    const address = at(`/events/bad/${event.id}`);
    await render(request, response, 'events/badEvent', {
      title: `Bad event ${event.id}`,
      state: 'bad',
      breadcrumb: [badEventCrumb],
      actions: actionsFor(event, may(request, 'write') ? undefined : MISSING_PRIVILEGE.write),
      reason: event.reason,
      alike: at('/events/bad', { reason: event.reasonGroup }),
      facts: factsOf(event, sender),
      views: [
        { label: 'Text', href: `${address}?view=text`, current: !isHex },
        { label: 'Bytes', href: `${address}?view=hex`, current: isHex },
      ],
      ...(isHex ? bytesOf(payload?.bytes ?? new Uint8Array(), event) : textOf(payload?.text ?? '', event)),
    });
  });

  router.get('/events/bad/:id/payload', async (request, response) => {
    const event = await loadBadEvent(queue, request);
    const payload = await queue.payload(event.id, event.size);
    // As text and as a file: whatever is in it, no browser runs it.
    response.set('Cache-Control', 'no-store').attachment(`event-${event.id}.xml`);
    response.set('Content-Type', 'text/plain');
    response.end(payload?.bytes ?? '');
  });
}

const wantsHex = ({ query }: Request, text: string): boolean =>
  query.view === 'hex' || (query.view !== 'text' && text !== '' && !looksLikeText(text));

function textOf(whole: string, event: BadEvent) {
  const { text, cutBefore, cutAfter } = windowOf(markFault(whole, event.reason), SHOWN_BYTES);
  const part = `${formatBytes(SHOWN_BYTES)} of ${formatBytes(event.size)}.`;
  const isCut = cutAfter || cutBefore || event.size > READ_BYTES;
  const shown = !isCut ? '' : cutBefore ? `${part.replace(' of', ' around the fault, of')}` : `The first ${part}`;
  const place = text.fault === '' ? '' : `Line ${formatNumber(text.line)}, column ${formatNumber(text.column)}`;
  return { shown, text, place, hex: undefined };
}

function bytesOf(bytes: Uint8Array, event: BadEvent) {
  const shown = event.size > HEX_BYTES ? `The first ${formatBytes(HEX_BYTES)} of ${formatBytes(event.size)}.` : '';
  return { shown, hex: hexView(bytes, HEX_BYTES), text: undefined, place: '' };
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
    { label: 'For', cell: captureName(event.sentTo) },
    { label: 'Data class', cell: event.classLabel || null },
    { label: 'Received', cell: { kind: 'time', at: utc(event.receivedAt) } },
    { label: 'Put aside', cell: { kind: 'time', at: utc(event.putAsideAt) } },
    { label: 'Size', cell: { kind: 'bytes', bytes: event.size } },
    { label: 'Queue', cell: event.queueClass },
    { label: 'Failed attempts', cell: event.attempts },
  ];
}
