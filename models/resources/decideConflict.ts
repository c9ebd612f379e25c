/** Ignoring a conflict, with a reason, and taking that back. */
import type { Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import type { ConflictState } from './conflicts.ts';

interface Deps {
  cmdb: Cmdb;
  clock: Clock;
}

const LONGEST_REASON = 400;

/** New evidence does not open it again. False when it is not open. @throws InvalidInput without a reason */
export async function ignoreConflict(deps: Deps, actor: Actor, guid: Guid, reason: string): Promise<boolean> {
  const text = reason.trim();
  if (text === '' || text.length > LONGEST_REASON) {
    const message = `Say why, in 1 to ${LONGEST_REASON} characters: the next person will ask.`;
    throw new InvalidInput([{ field: 'reason', message }]);
  }
  return change(deps, actor, guid, { action: 'ignore', from: ['open'], to: 'ignored', decision: text });
}

/** False when it is open already. */
export async function reopenConflict(deps: Deps, actor: Actor, guid: Guid): Promise<boolean> {
  return change(deps, actor, guid, { action: 'reopen', from: ['ignored', 'resolved'], to: 'open', decision: '' });
}

interface Step {
  action: string;
  from: ConflictState[];
  to: ConflictState;
  decision: string;
}

async function change({ cmdb, clock }: Deps, actor: Actor, guid: Guid, step: Step): Promise<boolean> {
  const isOpen = step.to === 'open';
  return cmdb.transaction(async (session) => {
    const before = await session.db
      .selectFrom('IdentityConflict')
      .select(['ResourceName', 'State', 'Decision'])
      .where('Guid', '=', guid)
      .executeTakeFirst();
    const changed = await session.db
      .updateTable('IdentityConflict')
      .set({
        State: step.to,
        Decision: step.decision,
        DecidedAt: isOpen ? null : utc(clock.now()),
        DecidedBy: isOpen ? null : actor.name.slice(0, 255),
      })
      .where('Guid', '=', guid)
      .where('State', 'in', step.from)
      .executeTakeFirst();
    if (before === undefined || Number(changed.numUpdatedRows) === 0) return false;
    await recordAudit(session, clock, actor, {
      action: step.action,
      objectKind: 'identity conflict',
      objectGuid: guid,
      objectName: before.ResourceName,
      before: { state: before.State, decision: before.Decision },
      after: { state: step.to, decision: step.decision },
    });
    return true;
  });
}
