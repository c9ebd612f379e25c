import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';

/** Managed computers that are in one of the targets (at most 1,000), or among the chosen ones. */
export async function membership(
  { db }: Session,
  targets: readonly Guid[],
  chosen: readonly Guid[],
): Promise<Set<Guid>> {
  const computers = new Set(chosen);
  if (targets.length === 0) return computers;
  const kinds = await db.selectFrom('Target').select(['Guid', 'Kind']).where('Guid', 'in', targets).execute();
  const members = kinds.some(({ Kind }) => Kind === 'all')
    ? db
        .selectFrom('Computer as c')
        .innerJoin('Resource as r', 'r.Guid', 'c.ResourceGuid')
        .select('c.ResourceGuid')
        .where('r.IsManaged', '=', 1)
    : db
        .selectFrom('TargetMember as m')
        .innerJoin('Computer as c', 'c.ResourceGuid', 'm.ResourceGuid')
        .innerJoin('Resource as r', 'r.Guid', 'c.ResourceGuid')
        .select('m.ResourceGuid')
        .where('r.IsManaged', '=', 1)
        .where('m.TargetGuid', 'in', targets);
  for (const { ResourceGuid } of await members.execute()) computers.add(ResourceGuid);
  return computers;
}
