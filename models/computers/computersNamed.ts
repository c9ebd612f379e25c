import type { Guid } from '../../wire/guid.ts';
import { contains, top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

/** Enough to look for what computers sent; a text that more of them bear is no name. */
const MOST = 50;

/** Computers whose name holds a text. */
export async function computersNamed(session: Session, text: string): Promise<Guid[]> {
  const query = session.db
    .selectFrom('Computer')
    .select('ResourceGuid')
    .where(contains(session, 'Name', text))
    .orderBy('Name');
  return (await top(session, query, MOST).execute()).map((row) => row.ResourceGuid);
}
