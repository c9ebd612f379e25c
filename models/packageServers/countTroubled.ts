import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { SILENT_AFTER_MS } from './packageServerIndex.ts';

export interface ServerCounts {
  /** With the service switched on. */
  all: number;
  /** Silent, or not reached by the last look. */
  troubled: number;
}

/** From the tables: what every node knows. One that has never reported is not in trouble, it has not begun. */
export async function countServers({ db }: Session, clock: Clock): Promise<ServerCounts> {
  const servers = db
    .selectFrom('PackageServer as w')
    .innerJoin('Resource as r', 'r.Guid', 'w.ResourceGuid')
    .where('w.IsEnabled', '=', 1)
    .where('r.DeletedAt', 'is', null);
  const all = await servers.select((is) => is.fn.countAll().as('Total')).executeTakeFirstOrThrow();
  const troubled = await servers
    .innerJoin('PackageServerReport as t', 't.ResourceGuid', 'w.ResourceGuid')
    .where((row) =>
      row.or([
        row('t.ReportedAt', '<', utc(clock.now() - SILENT_AFTER_MS)),
        row.and([row('w.IsProbed', '=', 1), row('t.ProbeProblem', '<>', '')]),
      ]),
    )
    .select((is) => is.fn.countAll().as('Total'))
    .executeTakeFirstOrThrow();
  return { all: Number(all.Total), troubled: Number(troubled.Total) };
}
