/** Merges and splits that were made, for lists and for undoing them. */
import type { Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import type { Utc } from '../cmdb/schema.ts';
import { page, top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

export interface IdentityChangeRow {
  guid: Guid;
  kind: 'merge' | 'split';
  /** The computer that stayed, or that kept its GUID. */
  resourceGuid: Guid;
  resourceName: string;
  /** The computer that was merged away, or the GUID that was split off. */
  otherGuid: Guid;
  otherName: string;
  conflictGuid: Guid | null;
  madeAt: Utc;
  madeBy: string;
  undoneAt: Utc | null;
  undoneBy: string | null;
}

export interface IdentityChange extends IdentityChangeRow {
  /** Null when it was undone, or was too long ago. */
  kept: Uint8Array | null;
}

const COLUMNS = [
  'Guid as guid',
  'Kind as kind',
  'ResourceGuid as resourceGuid',
  'ResourceName as resourceName',
  'OtherGuid as otherGuid',
  'OtherName as otherName',
  'ConflictGuid as conflictGuid',
  'MadeAt as madeAt',
  'MadeBy as madeBy',
  'UndoneAt as undoneAt',
  'UndoneBy as undoneBy',
] as const;

export async function identityChange({ db }: Session, guid: Guid): Promise<IdentityChange | undefined> {
  const row = await db
    .selectFrom('IdentityChange')
    .select([...COLUMNS, 'Kept as kept'])
    .where('Guid', '=', guid)
    .executeTakeFirst();
  return row as IdentityChange | undefined;
}

/** Newest first. */
export async function listIdentityChanges(
  session: Session,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ rows: IdentityChangeRow[]; total: number }> {
  const { db } = session;
  const { total } = await db
    .selectFrom('IdentityChange')
    .select((row) => row.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const query = db.selectFrom('IdentityChange').select(COLUMNS).orderBy('MadeAt', 'desc').orderBy('Guid');
  return { rows: (await page(session, query, offset, limit).execute()) as IdentityChangeRow[], total: Number(total) };
}

/** Merges and splits of a computer, newest first. */
export async function identityChangesOf(session: Session, computer: Guid): Promise<IdentityChangeRow[]> {
  const query = session.db
    .selectFrom('IdentityChange')
    .select(COLUMNS)
    .where((row) => row.or([row('ResourceGuid', '=', computer), row('OtherGuid', '=', computer)]))
    .orderBy('MadeAt', 'desc');
  return (await top(session, query, 20).execute()) as IdentityChangeRow[];
}

/** Merges can be undone for so long. */
export const UNDO_DAYS = 90;

/** Forgets what old merges took away; the fact itself stays. */
export async function trimIdentityChanges({ db }: Session, clock: Clock): Promise<void> {
  await db
    .updateTable('IdentityChange')
    .set({ Kept: null })
    .where('MadeAt', '<', utc(clock.now() - UNDO_DAYS * 86_400_000))
    .where('Kept', 'is not', null)
    .execute();
}
