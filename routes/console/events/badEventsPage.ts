/** The page of bad events: what they have in common first, then one by one. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { utc } from '../../../models/clock.ts';
import type { BadEventGroups } from '../../../models/events/badEvent.ts';
import { keepFor } from '../../../models/metrics/keepFor.ts';
import { answerList } from '../list.ts';
import { at } from '../paths.ts';
import { lockOf } from '../signedIn.ts';
import { addressParameters, badEventFilter } from './badEventFilter.ts';
import { badEventList } from './badEventList.ts';

/** Groups that are shown above the list; the filter offers more. */
const SHOWN_GROUPS = 8;
const GROUPS_KEPT_MS = 3000;

export function registerBadEventsPage(router: Router, context: AppContext): void {
  const allGroups = keepFor(context.clock, GROUPS_KEPT_MS, () => context.queue.badGroups({}));

  router.get('/events/bad', async (request, response) => {
    const parameters = addressParameters(request);
    const groups = await allGroups();
    // Those of a chosen computer or class are others than those of all.
    const isNarrowed =
      parameters.has('sender') || parameters.has('to') || parameters.has('queue') || parameters.has('q');
    const filter = await badEventFilter(context, parameters);
    const shown = isNarrowed ? await context.queue.badGroups(filter) : groups;
    await answerList(request, response, await badEventList(context, groups, parameters), {
      title: 'Bad events',
      template: 'events/badEvents',
      reasons: parameters.has('reason') ? [] : reasonRows(shown, parameters),
      lock: lockOf(request, 'write'),
    });
  });
}

function reasonRows({ reasons }: BadEventGroups, parameters: URLSearchParams) {
  if (reasons.length < 2) return [];
  return reasons.slice(0, SHOWN_GROUPS).map(({ value, count, latestAt }) => {
    const narrowing = Object.fromEntries(
      ['q', 'sender', 'to', 'queue'].flatMap((key) => {
        const chosen = parameters.get(key);
        return chosen === null || chosen === '' ? [] : [[key, chosen]];
      }),
    );
    const matching = { ...narrowing, reason: value };
    return {
      reason: value,
      count,
      latestAt: utc(latestAt),
      href: at('/events/bad', matching),
      matching: new URLSearchParams(matching).toString(),
    };
  });
}
