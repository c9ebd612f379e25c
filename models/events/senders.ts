/** The senders of events: who they are today, and that they are resources (house.md, "agent identity"). */
import type { Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { unique } from '../inventory/writeInventory.ts';
import { survivorsOf } from '../resources/survivors.ts';

export interface Settled<E> {
  /** Each under the computer that is there today, in the order given. */
  events: E[];
  /** Events of computers that lie in the recycle bin: restored, they can be tried again. */
  deleted: E[];
}

/**
 * Who the senders of queued events are today: a computer may have been merged into another, or deleted, after it sent.
 * Asked in the transaction that applies them, so that the GUID of a merged computer makes no computer again.
 */
export async function settleSenders<E extends { computer: Guid }>(
  session: Session,
  events: readonly E[],
): Promise<Settled<E>> {
  const survivors = await survivorsOf(session, unique(events.map(({ computer }) => computer)));
  const today = events.map((event) => {
    const survivor = survivors.get(event.computer);
    return survivor === undefined ? event : { ...event, computer: survivor };
  });
  const rows = await session.db
    .selectFrom('Resource')
    .select('Guid')
    .where('DeletedAt', 'is not', null)
    .where('Guid', 'in', unique(today.map(({ computer }) => computer)))
    .execute();
  if (rows.length === 0) return { events: today, deleted: [] };
  const gone = new Set(rows.map((row) => row.Guid));
  const [settled, deleted] = [[], []] as [E[], E[]];
  for (const event of today) (gone.has(event.computer) ? deleted : settled).push(event);
  return { events: settled, deleted };
}

/**
 * Every sender is a resource before anything refers to it: a registered computer may not have been one so far.
 * @throws Error when one was merged away since `settleSenders` looked (SQL Server only): the slice is tried again
 */
export async function ensureComputers(
  session: Session,
  clock: Clock,
  senders: ReadonlyMap<Guid, string>,
): Promise<void> {
  const rows = await session.db
    .selectFrom('Resource')
    .select('Guid')
    .where('Guid', 'in', [...senders.keys()])
    .execute();
  const known = new Set(rows.map((row) => row.Guid));
  const missing = [...senders].filter(([guid]) => !known.has(guid));
  if (missing.length === 0) return;
  const merged = await survivorsOf(
    session,
    missing.map(([guid]) => guid),
  );
  if (merged.size > 0) throw new Error('a sender was merged into another computer meanwhile');
  const at = utc(clock.now());
  await session.insertMany(
    'Resource',
    missing.map(([guid, name]) => ({
      Guid: guid,
      Name: (name || guid).slice(0, 255),
      ResourceTypeGuid: RESOURCE_TYPE.computer,
      IsManaged: 1,
      CreatedAt: at,
      ModifiedAt: at,
      DeletedAt: null,
    })),
  );
}
