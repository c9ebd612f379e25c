/** Which policies need a package or a program: what must not be deleted under them. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';

const NAMED = 5;

export interface UsingPolicy {
  Guid: Guid;
  Name: string;
  IsEnabled: 0 | 1;
}

export async function policiesUsing(
  session: Session,
  column: 'PackageGuid' | 'ProgramGuid',
  guid: Guid,
): Promise<UsingPolicy[]> {
  return session.db
    .selectFrom('Policy as y')
    .innerJoin('Item as i', 'i.Guid', 'y.Guid')
    .select(['y.Guid', 'i.Name', 'y.IsEnabled'])
    .where(`y.${column}`, '=', guid)
    .orderBy('i.Name')
    .execute();
}

/** @throws InvalidInput that names the policies */
export async function rejectUsed(session: Session, column: 'PackageGuid' | 'ProgramGuid', guid: Guid): Promise<void> {
  const policies = await policiesUsing(session, column, guid);
  if (policies.length === 0) return;
  const names = policies.slice(0, NAMED).map(({ Name }) => `"${Name}"`);
  if (policies.length > NAMED) names.push(`${policies.length - NAMED} more`);
  const message = `Used by ${policies.length === 1 ? 'the policy' : 'the policies'} ${names.join(', ')}: change or delete ${
    policies.length === 1 ? 'it' : 'them'
  } first.`;
  throw new InvalidInput([{ field: '', message }]);
}
