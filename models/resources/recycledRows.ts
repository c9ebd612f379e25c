/** What a computer leaves when it goes into the recycle bin, and how it gets it back. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { untyped } from '../cmdb/untyped.ts';
import { rowsThatFit } from './fittingRows.ts';
import { putBack, readRows, type KeptRows, type Row } from './keptRows.ts';
import { inventoryTables } from './resourceTables.ts';

/** By these rows lists, counts, policies and reports find it. Keys, associations and what happened stay where they are. */
const TAKEN = ['Computer', 'ComputerContact', 'TargetMember', 'Delivery', 'ResourceUpdate'] as const;

export interface Recycled {
  retiredAt: string | null;
  rows: KeptRows;
  inventory: KeptRows;
  /** Registrations that were allowed until then. */
  registrations: Row[];
}

/** Takes the rows of computers (at most 100) away; answers them by computer. */
export async function takeRows(
  session: Session,
  computers: readonly { Guid: Guid; RetiredAt: string | null }[],
): Promise<Map<Guid, Recycled>> {
  const guids = computers.map((row) => row.Guid);
  const taken = new Map<Guid, Recycled>(
    computers.map((row) => [row.Guid, { retiredAt: row.RetiredAt, rows: {}, inventory: {}, registrations: [] }]),
  );
  for (const table of TAKEN) {
    for (const [guid, rows] of await removed(session, table, 'ResourceGuid', guids))
      taken.get(guid)!.rows[table] = rows;
  }
  for (const { table } of await inventoryTables(session)) {
    for (const [guid, rows] of await removed(session, table, '_ResourceGuid', guids)) {
      taken.get(guid)!.inventory[table] = rows;
    }
  }
  const registrations = await session.db
    .selectFrom('AgentRegistration')
    .select(['Guid', 'ResourceGuid', 'State', 'Reason', 'DecidedBy', 'DecidedAt'])
    .where('ResourceGuid', 'in', guids)
    .where('State', '=', 'allowed')
    .execute();
  for (const row of registrations) taken.get(row.ResourceGuid)!.registrations.push({ ...row });
  return taken;
}

async function removed(
  session: Session,
  table: string,
  column: string,
  guids: readonly Guid[],
): Promise<Map<Guid, Row[]>> {
  const rows = await readRows(session, table, column, guids);
  if (rows.length > 0) await untyped(session).deleteFrom(table).where(column, 'in', guids).execute();
  return Map.groupBy(rows, (row) => row[column] as Guid);
}

/** Puts back what still fits: targets, sites and data classes may be gone by now. */
export async function putRowsBack(session: Session, computer: Guid, { rows, inventory }: Recycled): Promise<void> {
  for (const table of TAKEN) {
    // On SQL Server an event that was being applied may have left some.
    await untyped(session).deleteFrom(table).where('ResourceGuid', '=', computer).execute();
    await putBack(session, table, await rowsThatFit(session, table, rows[table] ?? []));
  }
  for (const { table } of await inventoryTables(session)) {
    await untyped(session).deleteFrom(table).where('_ResourceGuid', '=', computer).execute();
    await putBack(session, table, inventory[table] ?? []);
  }
}
