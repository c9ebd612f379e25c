/** What was done to a package and its programs, from the audit log, with what changed. */
import type { Guid } from '../../wire/guid.ts';
import { inWords, readDetails, type AuditChange } from '../audit/changes.ts';
import type { Utc } from '../cmdb/schema.ts';
import { page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

export interface HistoryEntry {
  id: number;
  at: Utc;
  actor: string;
  action: string;
  objectKind: string;
  objectName: string;
  /** Fields that differ, with names in the place of GUIDs; all that is filled in of what was created or deleted. */
  changes: AuditChange[];
}

/** @param guids the package and its programs, at most 1,000 */
export async function packageHistory(
  session: Session,
  guids: readonly Guid[],
  { offset, limit }: { offset: number; limit: number },
): Promise<{ rows: HistoryEntry[]; total: number }> {
  const entries = session.db.selectFrom('AuditEntry').where('ObjectGuid', 'in', guids);
  const { total } = await entries.select((row) => row.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const ordered = entries
    .select(['Id', 'At', 'Actor', 'Action', 'ObjectKind', 'ObjectGuid', 'ObjectName', 'Detail'])
    .orderBy('Id', 'desc');
  const rows = await page(session, ordered, offset, Math.min(limit, 500)).execute();
  const details = await readDetails(session, rows);
  return {
    rows: rows.map((row, index) => ({
      id: row.Id,
      at: row.At,
      actor: row.Actor,
      action: row.Action,
      objectKind: row.ObjectKind,
      objectName: row.ObjectName,
      changes: inWords(details[index]!).filter(differs),
    })),
    total: Number(total),
  };
}

/** What a new thing leaves empty is no change. */
const differs = ({ before, after }: AuditChange): boolean => (before ?? '') !== (after ?? '');
