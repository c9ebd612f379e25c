import type { Request } from 'express';
import type { Session } from '../../../models/cmdb/types.ts';
import { getComputer, type ComputerDetail } from '../../../models/computers/computerStore.ts';
import { recycledComputer } from '../../../models/resources/recycleBin.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { notFound, PageError } from '../pageError.ts';

/** The computer that the address names. @throws PageError */
export async function loadComputer(session: Session, request: Request): Promise<ComputerDetail> {
  const guid = parseGuid(String(request.params.guid));
  const computer = guid && (await getComputer(session, guid));
  if (computer !== undefined) return computer;
  const deleted = guid && (await recycledComputer(session, guid));
  if (deleted === undefined) throw notFound('computer');
  throw new PageError(
    404,
    `${deleted.name} was deleted`,
    `It was deleted on ${deleted.deletedAt.slice(0, 10)} by ${deleted.deletedBy}, and lies in the recycle bin with all its data.`,
    'Restore it there.',
  );
}
