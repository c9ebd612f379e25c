import type { Guid } from '../../wire/guid.ts';
import { updateMany } from '../cmdb/bulk.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import type { UsedSnapshot } from './catalogue.ts';

const BATCH = 500;

/** Writes when packages were last asked for; gathered in memory (catalogue.ts), so that no request costs a write. */
export async function markUsed({ db }: Session, at: Utc, guids: readonly Guid[]): Promise<void> {
  for (let from = 0; from < guids.length; from += BATCH) {
    const some = guids.slice(from, from + BATCH);
    await db.updateTable('Package').set({ LastUsedAt: at }).where('Guid', 'in', some).execute();
  }
}

/** The same for older versions: as long as agents ask for one, it is kept (snapshotNeeds.ts). */
export async function markSnapshotsUsed(session: Session, at: Utc, used: readonly UsedSnapshot[]): Promise<void> {
  const columns = ['PackageGuid', 'Version', 'LastUsedAt'];
  for (let from = 0; from < used.length; from += BATCH) {
    const rows = used.slice(from, from + BATCH).map(({ packageGuid, version }) => [packageGuid, version, at]);
    await updateMany(session, 'Snapshot', columns, 2, rows);
  }
}
