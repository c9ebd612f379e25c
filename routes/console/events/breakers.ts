/** Computers whose events are refused because their last ones were all bad, and the button that lets them in again. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { closeBreaker } from '../../../models/events/closeBreaker.ts';
import type { QueueState } from '../../../models/events/queue.ts';
import { computerNames } from '../../../models/items/names.ts';
import { parseGuid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { formatNumber, formatSpan } from '../format.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { computerCell } from './computerCell.ts';

/** A noisy fleet must not make the page endless. */
const MOST_SHOWN = 100;

/** A table for views/partials/table.ejs; undefined when nobody is held. */
export async function breakerRows({ cmdb, clock }: AppContext, request: Request, { breakers }: QueueState) {
  if (breakers.length === 0) return undefined;
  const shown = breakers.slice(0, MOST_SHOWN);
  const names = await computerNames(
    cmdb,
    shown.map(({ sender }) => sender),
  );
  const disabled = lockOf(request, 'write');
  const rest = breakers.length - shown.length;
  return {
    note: rest === 0 ? '' : `And ${formatNumber(rest)} more.`,
    table: {
      caption: 'Computers that are refused',
      columns: [
        { label: 'Computer' },
        { label: 'Bad in a row', numeric: true },
        { label: 'Refused' },
        { label: 'Action' },
      ],
      rows: shown.map(({ sender, badInARow, openUntil }): Cell[] => [
        computerCell(sender, names.get(sender)),
        badInARow,
        openUntil > clock.now() ? `for another ${formatSpan(openUntil - clock.now())}` : 'until its next event decides',
        { kind: 'post', label: 'Close the breaker', href: at(`/events/breakers/${sender}/close`), disabled },
      ]),
    },
  };
}

export function registerBreakerActions(router: Router, context: AppContext): void {
  router.post('/events/breakers/:sender/close', requirePrivilege('write'), async (request, response) => {
    const sender = parseGuid(String(request.params.sender));
    if (sender === undefined) throw notFound('computer');
    const name = (await computerNames(context.cmdb, [sender])).get(sender) ?? sender;
    if (await closeBreaker(context, actorOf(request), sender, name))
      notify(request, `Events of ${name} are taken again.`);
    else notify(request, `The breaker of ${name} was not open any more.`, 'bad');
    response.redirect(303, at('/events'));
  });
}
