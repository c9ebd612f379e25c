import type { Guid } from '../../wire/guid.ts';
import { top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

/** The ready package of a package server that is to be looked at next: one with a problem, or that of the oldest look. */
export async function nextProbed(session: Session, server: Guid): Promise<Guid | undefined> {
  const ready = () => {
    const rows = session.db
      .selectFrom('PackageHolding as h')
      .innerJoin('Package as p', 'p.Guid', 'h.PackageGuid')
      .select('h.PackageGuid')
      .where('h.ResourceGuid', '=', server)
      .where('h.State', '=', 'ready')
      .whereRef('h.HeldVersion', '=', 'p.CurrentVersion');
    // Never looked at comes first: both engines sort what is null before all else.
    return rows.orderBy('h.ProbedAt').orderBy('h.PackageGuid');
  };
  const troubled = await top(session, ready().where('h.ProbeProblem', '<>', ''), 1).executeTakeFirst();
  return (troubled ?? (await top(session, ready(), 1).executeTakeFirst()))?.PackageGuid;
}
