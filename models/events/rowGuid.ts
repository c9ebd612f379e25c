/** The id of an event that brings none. */
import { createHash } from 'node:crypto';
import { guid, type Guid } from '../../wire/guid.ts';

/**
 * A GUID that names one row of one queue for ever (a row's Id is never used again), so that an event without msgId is
 * found to be applied when its row is read a second time.
 */
export function rowGuid(queueId: string, rowId: number): Guid {
  const hex = createHash('sha256').update(`${queueId} ${rowId}`).digest('hex');
  return guid(
    [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(12, 15)}`, `8${hex.slice(15, 18)}`, hex.slice(18, 30)].join('-'),
  );
}
