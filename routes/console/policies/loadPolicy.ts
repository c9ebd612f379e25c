import type { Request } from 'express';
import type { Session } from '../../../models/cmdb/types.ts';
import { getPolicy, type Policy } from '../../../models/policies/policyStore.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { notFound } from '../pageError.ts';

/** The policy that the address names. @throws PageError */
export async function loadPolicy(session: Session, request: Request): Promise<Policy> {
  const guid = parseGuid(String(request.params.guid));
  const policy = guid && (await getPolicy(session, guid));
  if (policy === undefined) throw notFound('policy');
  return policy;
}
