/** Who took the place of computers that were merged away: their GUIDs keep arriving, and must never make a computer again. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';

/** For each of the GUIDs (at most 1,000) that was merged away, the computer in its place; others are left out. */
export async function survivorsOf({ db }: Session, guids: readonly Guid[]): Promise<Map<Guid, Guid>> {
  if (guids.length === 0) return new Map();
  const rows = await db
    .selectFrom('ResourceAlias')
    .select(['AliasGuid', 'ResourceGuid'])
    .where('AliasGuid', 'in', guids)
    .execute();
  return new Map(rows.map((row) => [row.AliasGuid, row.ResourceGuid]));
}

/** Every GUID that was merged away, with the computer in its place. */
export async function allSurvivors({ db }: Session): Promise<Map<Guid, Guid>> {
  const rows = await db.selectFrom('ResourceAlias').select(['AliasGuid', 'ResourceGuid']).execute();
  return new Map(rows.map((row) => [row.AliasGuid, row.ResourceGuid]));
}
