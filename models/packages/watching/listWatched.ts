import { top } from '../../cmdb/sql.ts';
import type { Session } from '../../cmdb/types.ts';
import type { Watched } from './watchThread.ts';

/** More than anybody watches; what is beyond is left to the schedule. */
const MOST_WATCHED = 2000;

/** Packages whose folder is to be watched: enabled ones, in an order that does not change. */
export async function listWatched(session: Session): Promise<Watched[]> {
  const query = session.db
    .selectFrom('Package')
    .select(['Guid as guid', 'SourceKind as kind', 'SourcePath as address'])
    .where('IsWatched', '=', 1)
    .where('IsEnabled', '=', 1)
    .where('SourceKind', 'in', ['folder', 'unc'])
    .orderBy('Guid');
  return top(session, query, MOST_WATCHED).execute();
}
