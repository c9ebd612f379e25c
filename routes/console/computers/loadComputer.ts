import type { Request } from 'express';
import type { Session } from '../../../models/cmdb/types.ts';
import { getComputer, type ComputerDetail } from '../../../models/computers/computerStore.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { notFound } from '../pageError.ts';

/** The computer that the address names. @throws PageError */
export async function loadComputer(session: Session, request: Request): Promise<ComputerDetail> {
  const guid = parseGuid(String(request.params.guid));
  const computer = guid && (await getComputer(session, guid));
  if (computer === undefined) throw notFound('computer');
  return computer;
}
