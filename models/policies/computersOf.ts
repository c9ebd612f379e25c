/** How many computers policies reach. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { countManagedComputers } from '../targets/targetStore.ts';

/** Managed computers that at least one of the policies applies to while switched on (at most 1,000 policies). */
export async function computersOf(session: Session, policies: readonly Guid[]): Promise<number> {
  if (policies.length === 0) return 0;
  const { db } = session;
  const forAll = await db
    .selectFrom('PolicyTarget as p')
    .innerJoin('Target as t', 't.Guid', 'p.TargetGuid')
    .select('t.Guid')
    .where('p.PolicyGuid', 'in', policies)
    .where('t.Kind', '=', 'all')
    .execute();
  if (forAll.length > 0) return countManagedComputers(session);
  const { count } = await db
    .selectFrom('PolicyTarget as p')
    .innerJoin('TargetMember as m', 'm.TargetGuid', 'p.TargetGuid')
    .innerJoin('Computer as c', 'c.ResourceGuid', 'm.ResourceGuid')
    .innerJoin('Resource as r', 'r.Guid', 'c.ResourceGuid')
    .select((row) => row.fn.count<number>('m.ResourceGuid').distinct().as('count'))
    .where('p.PolicyGuid', 'in', policies)
    .where('r.IsManaged', '=', 1)
    .executeTakeFirstOrThrow();
  return Number(count);
}
