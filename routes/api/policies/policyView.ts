import type { Session } from '../../../models/cmdb/types.ts';
import { getPolicy } from '../../../models/policies/policyStore.ts';
import type { Guid } from '../../../wire/guid.ts';
import { found } from '../problem.ts';

/** A policy as the API shows it. @throws Problem 404 */
export async function policyView(session: Session, guid: Guid) {
  const { ownList, ...policy } = found(await getPolicy(session, guid), 'policy');
  return { ...policy, ownList: ownList ?? null };
}
