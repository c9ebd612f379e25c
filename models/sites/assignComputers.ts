import { setImmediate as turn } from 'node:timers/promises';
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { top } from '../cmdb/sql.ts';
import type { Cmdb } from '../cmdb/types.ts';
import { SiteIndex } from './siteIndex.ts';

/** Computers read, and written, at a time. */
const BATCH = 500;

/**
 * Gives computers their site, by hand or by address: all of them after subnets or assignments have changed, or those that
 * sent an inventory since an instant. In slices, so that agents' events are applied in between. Answers how many changed their site.
 */
export async function assignComputers(cmdb: Cmdb, inventoriedSince?: Utc): Promise<number> {
  const index = await SiteIndex.load(cmdb);
  let changed = 0;
  for (let after: Guid | undefined; ;) {
    let query = cmdb.db
      .selectFrom('Computer')
      .select(['ResourceGuid', 'IpAddress', 'SiteGuid'])
      .orderBy('ResourceGuid');
    if (inventoriedSince !== undefined) query = query.where('LastInventoryAt', '>=', inventoriedSince);
    if (after !== undefined) query = query.where('ResourceGuid', '>', after);
    const computers = await top(cmdb, query, BATCH).execute();
    const bySite = new Map<Guid | null, Guid[]>();
    for (const { ResourceGuid, IpAddress, SiteGuid } of computers) {
      const site = index.placesOf(ResourceGuid, [IpAddress]).site.site?.guid ?? null;
      if (site === SiteGuid) continue;
      bySite.set(site, [...(bySite.get(site) ?? []), ResourceGuid]);
      changed++;
    }
    for (const [SiteGuid, guids] of bySite) {
      await cmdb.db.updateTable('Computer').set({ SiteGuid }).where('ResourceGuid', 'in', guids).execute();
    }
    after = computers.at(-1)?.ResourceGuid;
    if (computers.length < BATCH) return changed;
    await turn();
  }
}
