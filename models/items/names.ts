/** Names of what pages know by GUID only; what is not there any more has no entry. At most 1,000 GUIDs. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';

export async function itemNames(session: Session, guids: readonly (Guid | null)[]): Promise<Map<Guid, string>> {
  return namesIn(session, 'Item', guids);
}

/** Of computers: by the GUID they have now. */
export async function computerNames(session: Session, guids: readonly (Guid | null)[]): Promise<Map<Guid, string>> {
  return namesIn(session, 'Resource', guids);
}

async function namesIn(
  { db }: Session,
  table: 'Item' | 'Resource',
  guids: readonly (Guid | null)[],
): Promise<Map<Guid, string>> {
  const wanted = [...new Set(guids)].filter((guid) => guid !== null);
  if (wanted.length === 0) return new Map();
  const rows = await db.selectFrom(table).select(['Guid', 'Name']).where('Guid', 'in', wanted).execute();
  return new Map(rows.map((row) => [row.Guid, row.Name]));
}
