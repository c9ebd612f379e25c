/** "Update distribution points": has packages refreshed now, by whichever node comes to it first. */
import type { Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import { top } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { nextRegularRefresh } from './packageState.ts';
import { readPackageRow } from './packageRow.ts';

/** Answers how many packages were asked for: not those that are switched off, being refreshed, or not there. */
export async function requestRefresh(cmdb: Cmdb, clock: Clock, actor: Actor, guids: readonly Guid[]): Promise<number> {
  return cmdb.transaction(async (session) => {
    let asked = 0;
    for (const guid of guids) {
      const row = await readPackageRow(session, guid);
      if (row === undefined) continue;
      const updated = await session.db
        .updateTable('Package')
        .set({ NextRefreshAt: utc(clock.now()) })
        .where('Guid', '=', guid)
        .where('IsEnabled', '=', 1)
        .where('State', '<>', 'refreshing')
        .executeTakeFirst();
      if (Number(updated.numUpdatedRows) === 0) continue;
      await recordAudit(session, clock, actor, {
        action: 'refresh',
        objectKind: 'package',
        objectGuid: guid,
        objectName: row.Name,
      });
      asked++;
    }
    return asked;
  });
}

/**
 * Stops a refresh that is under way, on whichever node: its builder finds that the package is not its own any more
 * (claim.ts). The source is looked at again at the next regular time, or when asked. False when none was under way.
 * @param refreshHours the setting: hours between looks at the source, 0 for none
 */
export async function cancelRefresh(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  refreshHours: number,
): Promise<boolean> {
  return cmdb.transaction(async (session) => {
    const row = await readPackageRow(session, guid);
    if (row === undefined || row.State !== 'refreshing') return false;
    await session.db
      .updateTable('Package')
      .set({
        State: row.CurrentVersion === null ? 'new' : 'valid',
        StateDetail: 'The last refresh was cancelled.',
        NextRefreshAt: nextRegularRefresh(clock.now(), refreshHours),
      })
      .where('Guid', '=', guid)
      .execute();
    await recordAudit(session, clock, actor, {
      action: 'cancel refresh',
      objectKind: 'package',
      objectGuid: guid,
      objectName: row.Name,
    });
    return true;
  });
}

/**
 * Has a watched package looked at because its folder has changed; nobody asked, so nothing is recorded. Another node may
 * have done the same. False while a refresh is under way, which may have read the folder before it changed: ask again.
 */
export async function refreshChanged(session: Session, clock: Clock, guid: Guid): Promise<boolean> {
  await session.db
    .updateTable('Package')
    .set({ NextRefreshAt: utc(clock.now()) })
    .where('Guid', '=', guid)
    .where('IsEnabled', '=', 1)
    .where('IsWatched', '=', 1)
    .where('State', '<>', 'refreshing')
    .executeTakeFirst();
  return (await readPackageRow(session, guid))?.State !== 'refreshing';
}

/**
 * Who waits for whom. `first`: packages without a snapshot, which never wait behind the large ones that are only looked
 * at again; `again`: those; `fetched`: from the web, somebody else's server, and as slow as that likes to be.
 */
export type RefreshLane = 'first' | 'again' | 'fetched';

/** The package whose turn it is. */
export async function nextDuePackage(session: Session, clock: Clock, lane: RefreshLane): Promise<Guid | undefined> {
  const due = session.db
    .selectFrom('Package')
    .select('Guid')
    .where('NextRefreshAt', '<=', utc(clock.now()))
    .where('IsEnabled', '=', 1)
    .where('SourceKind', lane === 'fetched' ? '=' : '<>', 'url')
    .$if(lane === 'first', (query) => query.where('CurrentVersion', 'is', null))
    .$if(lane === 'again', (query) => query.where('CurrentVersion', 'is not', null))
    .orderBy('NextRefreshAt');
  return (await top(session, due, 1).executeTakeFirst())?.Guid;
}
