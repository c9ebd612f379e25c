import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';

const BATCH = 500;

/** Writes when packages were last asked for; gathered in memory (catalogue.ts), so that no request costs a write. */
export async function markUsed({ db }: Session, at: Utc, guids: readonly Guid[]): Promise<void> {
  for (let from = 0; from < guids.length; from += BATCH) {
    const some = guids.slice(from, from + BATCH);
    await db.updateTable('Package').set({ LastUsedAt: at }).where('Guid', 'in', some).execute();
  }
}
