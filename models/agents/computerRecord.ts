/** A computer comes into being when its registration is allowed, never before. */
import type { Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { utc, type Clock } from '../clock.ts';
import { insertIfMissing } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import type { RegistrationRequest } from './registrationRequest.ts';

/** What a GUID is to the CMDB. `free`: nothing has it. `taken`: something that is no computer. */
export type GuidUse = 'free' | 'computer' | 'taken';

export async function useOfGuid({ db }: Session, guid: Guid): Promise<GuidUse> {
  const resource = await db
    .selectFrom('Resource')
    .select('ResourceTypeGuid')
    .where('Guid', '=', guid)
    .executeTakeFirst();
  if (resource !== undefined) return resource.ResourceTypeGuid === RESOURCE_TYPE.computer ? 'computer' : 'taken';
  const item = await db.selectFrom('Item').select('Guid').where('Guid', '=', guid).executeTakeFirst();
  return item === undefined ? 'free' : 'taken';
}

/** The computer that took the place of a merged one; the GUID itself when it was never merged. */
export async function survivorOf({ db }: Session, guid: Guid): Promise<Guid> {
  const alias = await db
    .selectFrom('ResourceAlias')
    .select('ResourceGuid')
    .where('AliasGuid', '=', guid)
    .executeTakeFirst();
  return alias?.ResourceGuid ?? guid;
}

/**
 * Writes resource, keys, computer row and the timeline's entry. A computer that is there already (imported, merged
 * into, or deleted and back) keeps what inventory told of it and gains the keys.
 */
export async function makeComputer(
  session: Session,
  clock: Clock,
  guid: Guid,
  claims: RegistrationRequest,
  address: string,
): Promise<void> {
  const now = utc(clock.now());
  const isNew = await insertIfMissing(session, 'Resource', ['Guid'], {
    Guid: guid,
    Name: claims.name,
    ResourceTypeGuid: RESOURCE_TYPE.computer,
    IsManaged: 1,
    CreatedAt: now,
    ModifiedAt: now,
    DeletedAt: null,
  });
  if (!isNew) {
    await session.db
      .updateTable('Resource')
      .set({ IsManaged: 1, ModifiedAt: now, DeletedAt: null })
      .where('Guid', '=', guid)
      .execute();
  }
  for (const { name, value } of claims.keys) {
    const key = { ResourceGuid: guid, KeyName: name, KeyValue: value };
    await insertIfMissing(session, 'ResourceKey', ['ResourceGuid', 'KeyName', 'KeyValue'], key);
  }
  await insertIfMissing(session, 'Computer', ['ResourceGuid'], {
    ResourceGuid: guid,
    Name: claims.name,
    Domain: claims.domain,
    Fqdn: claims.fqdn,
    OsName: '',
    OsVersion: '',
    SystemType: '',
    IpAddress: address.slice(0, 45),
    MacAddress: claims.macAddress,
    AgentVersion: '',
    UserName: claims.userName,
    SiteGuid: null,
    LastInventoryAt: null,
  });
  await session.db
    .insertInto('Timeline')
    .values({ ResourceGuid: guid, At: now, Kind: 'registered', Detail: `Registered from ${address}.` })
    .execute();
}
