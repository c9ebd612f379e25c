import type { Session } from '../../../models/cmdb/types.ts';
import { getComputer } from '../../../models/computers/computerStore.ts';
import type { Guid } from '../../../wire/guid.ts';
import { found } from '../problem.ts';

/** The computer's own GUID, also when it was asked for by that of one it took in. @throws Problem 404 */
export async function survivingComputer(session: Session, guid: Guid): Promise<Guid> {
  return found(await getComputer(session, guid), 'computer').Guid;
}
