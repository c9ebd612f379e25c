import type { Request } from 'express';
import type { Session } from '../../../models/cmdb/types.ts';
import { getConflict, type ConflictDetail } from '../../../models/resources/conflictList.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { notFound } from '../pageError.ts';

/** The conflict that the address names. @throws PageError */
export async function loadConflict(session: Session, request: Request): Promise<ConflictDetail> {
  const guid = parseGuid(String(request.params.guid));
  const conflict = guid && (await getConflict(session, guid));
  if (conflict === undefined) throw notFound('conflict');
  return conflict;
}
