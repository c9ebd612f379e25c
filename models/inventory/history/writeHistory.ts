/** Keeps what changed, in the transaction of the change. */
import type { Guid } from '../../../wire/guid.ts';
import { utc } from '../../clock.ts';
import type { Session } from '../../cmdb/types.ts';
import type { InventoryDifference } from './changeOf.ts';

export interface HistoryEntry {
  resource: Guid;
  dataClass: Guid;
  /** Milliseconds since 1970: when it is applied … */
  at: number;
  /** … and when the event was sent. */
  eventAt: number;
  difference: InventoryDifference;
}

export async function addToHistory(session: Session, entries: readonly HistoryEntry[]): Promise<void> {
  await session.insertMany(
    'InventoryHistory',
    entries.map(({ resource, dataClass, at, eventAt, difference }) => ({
      ResourceGuid: resource,
      InventoryClassGuid: dataClass,
      At: utc(at),
      EventAt: utc(eventAt),
      Change: JSON.stringify(difference),
    })),
  );
}
