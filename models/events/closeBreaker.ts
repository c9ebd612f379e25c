/** A person's decision to listen to a computer again whose last events were all bad. */
import type { Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import type { EventQueue } from './queue.ts';

interface Deps {
  cmdb: Session;
  clock: Clock;
  queue: Pick<EventQueue, 'closeBreaker'>;
}

/** False when it was not open. Breakers are no part of the CMDB: the audit entry follows the deed. */
export async function closeBreaker(
  { cmdb, clock, queue }: Deps,
  actor: Actor,
  sender: Guid,
  name: string,
): Promise<boolean> {
  if (!(await queue.closeBreaker(sender))) return false;
  await recordAudit(cmdb, clock, actor, {
    action: 'close breaker',
    objectKind: 'computer',
    objectGuid: sender,
    objectName: name,
  });
  return true;
}
