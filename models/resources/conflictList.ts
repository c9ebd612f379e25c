/** Conflicts of identity for the console: the list, and one with its evidence. */
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import type { ConflictKind, ConflictState } from './conflicts.ts';
import { machinesUnder, type Machine } from './machines.ts';

export interface ConflictRow {
  guid: Guid;
  kind: ConflictKind;
  resourceGuid: Guid;
  resourceName: string;
  /** The same as `resourceGuid` when machines share it. */
  otherGuid: Guid;
  otherName: string;
  state: ConflictState;
  firstSeenAt: Utc;
  lastSeenAt: Utc;
  timesSeen: number;
  decidedAt: Utc | null;
  decidedBy: string | null;
  decision: string;
  /** Keys that both have, as `name=value`. */
  keys: string[];
}

export const CONFLICT_SORTS = ['ResourceName', 'Kind', 'FirstSeenAt', 'LastSeenAt', 'TimesSeen'] as const;

export interface ConflictQuery {
  state?: ConflictState | undefined;
  kind?: ConflictKind | undefined;
  search?: string;
  sort: (typeof CONFLICT_SORTS)[number];
  descending: boolean;
  offset: number;
  limit: number;
}

const COLUMNS = [
  'c.Guid as guid',
  'c.Kind as kind',
  'c.ResourceGuid as resourceGuid',
  'c.ResourceName as resourceName',
  'c.OtherGuid as otherGuid',
  'c.OtherName as otherName',
  'c.State as state',
  'c.FirstSeenAt as firstSeenAt',
  'c.LastSeenAt as lastSeenAt',
  'c.TimesSeen as timesSeen',
  'c.DecidedAt as decidedAt',
  'c.DecidedBy as decidedBy',
  'c.Decision as decision',
  'c.Evidence as evidence',
] as const;

interface Evidence {
  keys: string[];
  /** As they were when the GUID was split. */
  machines?: SplitMachine[];
}

type SplitMachine = Omit<Machine, 'hardware'> & { keys: string[] };

export async function listConflicts(
  session: Session,
  { state, kind, search = '', sort, descending, offset, limit }: ConflictQuery,
): Promise<{ rows: ConflictRow[]; total: number }> {
  let found = session.db.selectFrom('IdentityConflict as c');
  if (state !== undefined) found = found.where('c.State', '=', state);
  if (kind !== undefined) found = found.where('c.Kind', '=', kind);
  const text = search.trim();
  if (text !== '') {
    found = found.where((row) =>
      row.or([contains(session, 'c.ResourceName', text), contains(session, 'c.OtherName', text)]),
    );
  }
  const { total } = await found.select((row) => row.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const direction = descending ? 'desc' : 'asc';
  const sorted = found.select(COLUMNS).orderBy(`c.${sort}`, direction).orderBy('c.Guid', direction);
  const rows = await page(session, sorted, offset, limit).execute();
  return { rows: rows.map(rowOf), total: Number(total) };
}

function rowOf({
  evidence,
  ...row
}: { evidence: string; kind: string; state: string } & Omit<ConflictRow, 'kind' | 'state' | 'keys'>) {
  const { keys } = JSON.parse(evidence) as Evidence;
  return { ...row, kind: row.kind as ConflictKind, state: row.state as ConflictState, keys };
}

export interface ConflictDetail extends ConflictRow {
  /** Machines under the shared GUID: of now, or as they were when it was split. */
  machines: SplitMachine[];
}

export async function getConflict(session: Session, guid: Guid): Promise<ConflictDetail | undefined> {
  const row = await session.db
    .selectFrom('IdentityConflict as c')
    .select(COLUMNS)
    .where('c.Guid', '=', guid)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { machines } = JSON.parse(row.evidence) as Evidence;
  const conflict = rowOf(row);
  if (conflict.kind !== 'shared') return { ...conflict, machines: [] };
  if (conflict.state === 'resolved' && machines !== undefined) return { ...conflict, machines };
  const now = await machinesUnder(session, conflict.resourceGuid);
  return { ...conflict, machines: now.map(({ hardware, ...machine }) => ({ ...machine, keys: [...hardware.keys] })) };
}
