import type { Request } from 'express';
import type { Session } from '../../../models/cmdb/types.ts';
import { getUser, type ConsoleUser } from '../../../models/security/users.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { notFound } from '../pageError.ts';

/** The user that the address names. @throws PageError */
export async function loadUser(session: Session, request: Request): Promise<ConsoleUser> {
  const guid = parseGuid(String(request.params.guid));
  const user = guid && (await getUser(session, guid));
  if (user === undefined) throw notFound('user');
  return user;
}
