import type { Session } from '../../../models/cmdb/types.ts';
import { getPolicy } from '../../../models/policies/policyStore.ts';
import { POLICY } from '../../../wire/wellKnown.ts';
import { found } from '../problem.ts';

/** The agent settings as they can be put back: what a program reads, changes and sends. @throws Problem 404 */
export async function agentSettingsView(session: Session) {
  const { description, isEnabled, version, settings } = found(
    await getPolicy(session, POLICY.agentSettings),
    'agent settings policy',
  );
  return { description, isEnabled, version, ...settings };
}
