/** What only one node may do at a time: held under a name until it is let go or its time is over. */
import { utc, type Clock } from '../clock.ts';
import { insertIfMissing } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

/** Takes the lease or makes it last longer; false while another owner has it. The conditional UPDATE decides. */
export async function takeLease(
  session: Session,
  clock: Clock,
  name: string,
  owner: string,
  milliseconds: number,
): Promise<boolean> {
  const now = clock.now();
  const row = { Owner: owner, UntilAt: utc(now + milliseconds) };
  const { numUpdatedRows } = await session.db
    .updateTable('NodeLease')
    .set(row)
    .where('Name', '=', name)
    .where((is) => is.or([is('Owner', '=', owner), is('UntilAt', '<', utc(now))]))
    .executeTakeFirst();
  if (Number(numUpdatedRows) > 0) return true;
  return insertIfMissing(session, 'NodeLease', ['Name'], { Name: name, ...row });
}

export async function endLease({ db }: Session, name: string, owner: string): Promise<void> {
  await db.deleteFrom('NodeLease').where('Name', '=', name).where('Owner', '=', owner).execute();
}
