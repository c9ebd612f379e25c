/** One computer: what its page shows first. */
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { openConflictsOf } from '../resources/conflicts.ts';
import type { ComputerRow } from './computerList.ts';

export interface ComputerDetail extends ComputerRow {
  /** The open conflict of identity that it is in. */
  ConflictGuid: Guid | null;
  SiteGuid: Guid | null;
  CreatedAt: Utc;
  LastAddress: string | null;
  keys: { KeyName: string; KeyValue: string }[];
}

/** The computer, or that which a merge put in its place; `undefined` when there is none. */
export async function getComputer(session: Session, computer: Guid): Promise<ComputerDetail | undefined> {
  const { db } = session;
  const alias = await db
    .selectFrom('ResourceAlias')
    .select('ResourceGuid')
    .where('AliasGuid', '=', computer)
    .executeTakeFirst();
  const guid = alias?.ResourceGuid ?? computer;
  const row = await db
    .selectFrom('Computer as c')
    .innerJoin('Resource as r', 'r.Guid', 'c.ResourceGuid')
    .leftJoin('ComputerContact as k', 'k.ResourceGuid', 'c.ResourceGuid')
    .leftJoin('Item as s', 's.Guid', 'c.SiteGuid')
    .select([
      'c.ResourceGuid as Guid',
      'c.Name',
      'c.Domain',
      'c.Fqdn',
      'c.OsName',
      'c.OsVersion',
      'c.SystemType',
      'c.IpAddress',
      'c.MacAddress',
      'c.AgentVersion',
      'c.UserName',
      'c.SiteGuid',
      's.Name as SiteName',
      'c.LastInventoryAt',
      'k.LastContactAt',
      'k.LastPolicyAt',
      'k.LastEventAt',
      'k.LastAddress',
      'r.CreatedAt',
      'r.RetiredAt',
    ])
    .where('c.ResourceGuid', '=', guid)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const keys = await db
    .selectFrom('ResourceKey')
    .select(['KeyName', 'KeyValue'])
    .where('ResourceGuid', '=', guid)
    .orderBy('KeyName')
    .execute();
  const ConflictGuid = (await openConflictsOf(session, [guid])).get(guid) ?? null;
  return { ...row, ConflictGuid, keys };
}
