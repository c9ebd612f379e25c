import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

export interface ComputerAt {
  Guid: Guid;
  Name: string;
  Domain: string;
  SiteName: string | null;
  LastContactAt: Utc | null;
}

/** Computers whose inventory has just this address, by name; at most `most`. Looked up by the index of addresses. */
export function computersAt(session: Session, address: string, most: number): Promise<ComputerAt[]> {
  const found = session.db
    .selectFrom('Computer as c')
    .leftJoin('ComputerContact as k', 'k.ResourceGuid', 'c.ResourceGuid')
    .leftJoin('Item as s', 's.Guid', 'c.SiteGuid')
    .select(['c.ResourceGuid as Guid', 'c.Name', 'c.Domain', 's.Name as SiteName', 'k.LastContactAt'])
    .where('c.IpAddress', '=', address)
    .orderBy('c.Name')
    .orderBy('c.ResourceGuid');
  return top(session, found, most).execute();
}
