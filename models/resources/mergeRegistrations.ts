/** Whose agent goes on after a merge: one key is allowed, that of the side that was heard of last. */
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { registrationsOf, setState, type RegistrationRow } from '../agents/registrationStore.ts';
import type { MergePlan } from './mergePlan.ts';

/**
 * Moves the loser's registrations to the winner. First out, then in: the CMDB holds at most one allowed key a computer at
 * every instant. Who asked for the loser's place asks for the winner's.
 */
export async function mergeRegistrations(session: Session, clock: Clock, plan: MergePlan): Promise<void> {
  const { db } = session;
  const { winner, loser, liveSide } = plan;
  const [ours, theirs] = [await registrationsOf(session, winner), await registrationsOf(session, loser)];
  const isAllowed = ({ State }: RegistrationRow): boolean => State === 'allowed';
  const kept = (liveSide === 'loser' ? theirs : ours).find(isAllowed);
  for (const row of [...ours, ...theirs].filter(isAllowed)) {
    if (row.Guid !== kept?.Guid) await revoke(session, clock, plan, row);
  }
  for (const row of theirs) {
    const twin = ours.find(({ KeyHash }) => KeyHash === row.KeyHash);
    if (twin === undefined) {
      await db.updateTable('AgentRegistration').set({ ResourceGuid: winner }).where('Guid', '=', row.Guid).execute();
      continue;
    }
    // The same key under both: one registration is enough, and it has the better state of the two.
    await db.deleteFrom('AgentRegistration').where('Guid', '=', row.Guid).execute();
    if (row.Guid === kept?.Guid) await allow(session, clock, plan, twin);
  }
  await db
    .updateTable('AgentRegistration')
    .set({ DuplicateOfGuid: winner })
    .where('DuplicateOfGuid', '=', loser)
    .execute();
  await recordChange(session, clock, 'registration', winner);
}

const ruling = (clock: Clock, state: 'allowed' | 'revoked', reason: string) => ({
  state,
  reason,
  decidedBy: 'merge',
  at: utc(clock.now()),
});

async function revoke(session: Session, clock: Clock, plan: MergePlan, row: RegistrationRow): Promise<void> {
  const reason = `${plan.loserName} was merged into ${plan.winnerName}, and the other key was in use later.`;
  await setState(session, row.Guid, ruling(clock, 'revoked', reason));
}

async function allow(session: Session, clock: Clock, plan: MergePlan, row: RegistrationRow): Promise<void> {
  await setState(session, row.Guid, ruling(clock, 'allowed', `${plan.loserName} was merged into ${plan.winnerName}.`));
}
