/** What the capture items of status events have in common: rows with their computer and time, and flags. */
import type { Guid } from '../../../wire/guid.ts';
import { utc } from '../../clock.ts';
import type { Session } from '../../cmdb/types.ts';
import { addToTimeline } from '../../computers/timeline.ts';
import type { StagedEvent } from '../captureItem.ts';

/** Every row with the computer and the time of its event. */
export function rowsOf<R extends object>(
  events: readonly StagedEvent<readonly R[]>[],
): (R & { computer: Guid; at: number })[] {
  return events.flatMap(({ computer, at, data }) => data.map((row) => ({ ...row, computer, at })));
}

export const utcOrNull = (at: number | null): string | null => (at === null ? null : utc(at));

/** Says in the computers' timelines what was mended in their events. */
export async function noteFlags(
  session: Session,
  events: readonly StagedEvent<unknown>[],
  what: string,
): Promise<void> {
  const flagged = events.filter((event) => event.flags.size > 0);
  await addToTimeline(
    session,
    flagged.map(({ computer, at, flags }) => ({
      computer,
      at,
      kind: 'flagged',
      detail: `${what}: ${[...flags].join(' ')}`,
    })),
  );
}
