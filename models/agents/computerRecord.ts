/** A computer comes into being when its registration is allowed, never before. */
import type { Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { utc, type Clock } from '../clock.ts';
import { insertIfMissing } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { isTellingKey } from '../resources/noteDuplicates.ts';
import { takeOut } from '../resources/recycleBin.ts';
import type { RegistrationRequest, ResourceKeyValue } from './registrationRequest.ts';

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
 * into, retired, or deleted and back) keeps what inventory told of it and gains the keys.
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
  const why = isNew ? await deletedTwin(session, claims.keys) : await comesBack(session, clock, guid);
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
    .values({ ResourceGuid: guid, At: now, Kind: 'registered', Detail: `Registered from ${address}.${why}` })
    .execute();
}

/** It was there before: retired or deleted, it is managed again with all that it had. Answers why, for its timeline. */
async function comesBack(session: Session, clock: Clock, guid: Guid): Promise<string> {
  const { RetiredAt } = await session.db
    .selectFrom('Resource')
    .select('RetiredAt')
    .where('Guid', '=', guid)
    .executeTakeFirstOrThrow();
  const out = await takeOut(session, clock, guid);
  await session.db
    .updateTable('Resource')
    .set({ IsManaged: 1, ModifiedAt: utc(clock.now()), DeletedAt: null, DeletedBy: null, RetiredAt: null })
    .where('Guid', '=', guid)
    .execute();
  if (out !== undefined) {
    const deleted = `It was deleted on ${out.deletedAt.slice(0, 10)} by ${out.deletedBy}: ${out.reason}`;
    return ` It came back because its registration was allowed. ${deleted}`;
  }
  return RetiredAt === null ? '' : ` It came back because it registered. It was retired on ${RetiredAt.slice(0, 10)}.`;
}

/** A computer that lies in the recycle bin and had the same hardware or name: it comes back under another GUID. */
async function deletedTwin({ db }: Session, keys: readonly ResourceKeyValue[]): Promise<string> {
  const telling = keys.filter(isTellingKey);
  if (telling.length === 0) return '';
  const row = await db
    .selectFrom('ResourceKey as k')
    .innerJoin('RecycledResource as b', 'b.ResourceGuid', 'k.ResourceGuid')
    .select(['b.Name', 'b.DeletedAt', 'b.DeletedBy'])
    .where((each) =>
      each.or(
        telling.map(({ name, value }) => each.and([each('k.KeyName', '=', name), each('k.KeyValue', '=', value)])),
      ),
    )
    .executeTakeFirst();
  if (row === undefined) return '';
  return ` ${row.Name} in the recycle bin had the same hardware or name; it was deleted on ${row.DeletedAt.slice(0, 10)} by ${row.DeletedBy}.`;
}
