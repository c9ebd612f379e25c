/** Rows that the figures of home and health are made of. */
import type { Session } from '../../models/cmdb/types.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE, POLICY } from '../../wire/wellKnown.ts';

const NO_TEXTS = {
  Domain: '',
  Fqdn: '',
  OsName: '',
  OsVersion: '',
  SystemType: '',
  IpAddress: '',
  MacAddress: '',
  AgentVersion: '',
  UserName: '',
};

export async function addComputer(
  { db }: Session,
  name: string,
  more: { lastContactAt?: string; isManaged?: 0 | 1; deletedAt?: string; texts?: Partial<typeof NO_TEXTS> } = {},
): Promise<Guid> {
  const guid = newGuid();
  const at = '2026-01-01T00:00:00.000Z';
  await db
    .insertInto('Resource')
    .values({
      Guid: guid,
      Name: name,
      ResourceTypeGuid: RESOURCE_TYPE.computer,
      IsManaged: more.isManaged ?? 1,
      CreatedAt: at,
      ModifiedAt: at,
      DeletedAt: more.deletedAt ?? null,
    })
    .execute();
  await db
    .insertInto('Computer')
    .values({ ResourceGuid: guid, Name: name, ...NO_TEXTS, ...more.texts, SiteGuid: null, LastInventoryAt: null })
    .execute();
  if (more.lastContactAt !== undefined) {
    await db
      .insertInto('ComputerContact')
      .values({
        ResourceGuid: guid,
        LastContactAt: more.lastContactAt,
        LastPolicyAt: null,
        LastEventAt: null,
        LastAddress: '',
      })
      .execute();
  }
  return guid;
}

export async function addDelivery({ db }: Session, computer: Guid, status: string, updatedAt: string): Promise<void> {
  await db
    .insertInto('Delivery')
    .values({
      PolicyGuid: POLICY.agentSettings,
      ResourceGuid: computer,
      PackageGuid: null,
      PackageVersion: null,
      Status: status,
      ReturnCode: null,
      Detail: '',
      UpdatedAt: updatedAt,
    })
    .execute();
}
