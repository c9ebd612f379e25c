/** The computer that somebody typed: its GUID, or its name when only one has it. */
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';

/** @throws InvalidInput at the field `computer` */
export async function findComputer(session: Session, typed: string): Promise<Guid> {
  const guid = parseGuid(typed);
  const query = session.db
    .selectFrom('Resource')
    .select('Guid')
    .where('ResourceTypeGuid', '=', RESOURCE_TYPE.computer)
    .where('DeletedAt', 'is', null);
  const named = guid === undefined ? query.where('Name', '=', typed.trim()) : query.where('Guid', '=', guid);
  const [found, another] = await top(session, named, 2).execute();
  const fault = (message: string) => new InvalidInput([{ field: 'computer', message }]);
  if (found === undefined) throw fault('There is no such computer.');
  if (another !== undefined) throw fault('Several computers have this name: enter the GUID of the one you mean.');
  return found.Guid;
}
