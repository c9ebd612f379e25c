/** The people of the seeded company as resources of their own: primary users of their computers. */
import type { Guid } from '../../wire/guid.ts';
import { ASSOCIATION_TYPE, RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { utc } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import type { SeededComputer } from './computers.ts';
import type { Random } from './random.ts';
import type { RowWriter } from './rowWriter.ts';

/** Users by `user.domain` in lower case. */
export type SeededUsers = Map<string, Guid>;

/** Those that an earlier seed has left: people work at the same company. */
export async function presentUsers({ db }: Session): Promise<SeededUsers> {
  const rows = await db
    .selectFrom('ResourceKey as k')
    .innerJoin('Resource as r', 'r.Guid', 'k.ResourceGuid')
    .select(['k.KeyValue', 'r.Guid'])
    .where('r.ResourceTypeGuid', '=', RESOURCE_TYPE.user)
    .where('k.KeyName', '=', 'name.domain')
    .execute();
  return new Map(rows.map((row) => [row.KeyValue.toLowerCase(), row.Guid]));
}

export function addPrimaryUser(writer: RowWriter, random: Random, users: SeededUsers, computer: SeededComputer): void {
  if (computer.user === '') return;
  const at = utc(computer.registeredAt);
  const key = `${computer.user}.${computer.site.office.domain}`.toLowerCase();
  let user = users.get(key);
  if (user === undefined) {
    user = random.guid();
    users.set(key, user);
    writer.add('Resource', {
      Guid: user,
      Name: `${computer.site.office.domain}\\${computer.user}`,
      ResourceTypeGuid: RESOURCE_TYPE.user,
      IsManaged: 0,
      CreatedAt: at,
      ModifiedAt: at,
      DeletedAt: null,
    });
    writer.add('ResourceKey', { ResourceGuid: user, KeyName: 'name.domain', KeyValue: key });
  }
  writer.add('ResourceAssociation', {
    ResourceAssociationTypeGuid: ASSOCIATION_TYPE.primaryUser,
    ParentResourceGuid: computer.guid,
    ChildResourceGuid: user,
    CreatedAt: at,
  });
}
