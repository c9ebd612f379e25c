/** Tells all nodes that computers changed: one by one for a few, all at once for many. */
import type { Guid } from '../../wire/guid.ts';
import { recordChange, type ChangeKind } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { servicesAmong } from '../packageServers/serviceRows.ts';

/** More than that are read anew quicker all together. */
const ONE_BY_ONE = 50;

/** @param computers at most 1,000 */
export async function noteChanges(
  session: Session,
  clock: Clock,
  kinds: readonly ChangeKind[],
  computers: readonly Guid[],
): Promise<void> {
  for (const kind of kinds) {
    if (computers.length > ONE_BY_ONE) await recordChange(session, clock, kind);
    else for (const guid of computers) await recordChange(session, clock, kind, guid);
  }
  // Agents must not be sent to a package server that is deleted, and are again to one that is restored.
  for (const guid of await servicesAmong(session, computers)) await recordChange(session, clock, 'packageServer', guid);
}
