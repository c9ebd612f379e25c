/** What it takes to undo a merge: rows of both computers before it and after it, and which rows of logs were moved. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { readRows, rowText, type KeptRows, type Row } from './keptRows.ts';
import type { MergePlan } from './mergePlan.ts';
import { RELATION_TABLES, STATE_TABLES } from './resourceTables.ts';

export interface MergeState {
  /** Rows of both computers by table: what holds now, relations, registrations. */
  rows: KeptRows;
  /** Rows of data classes by table; the winner's only where they give way. */
  inventory: KeptRows;
  /** Registrations of others that ask for the loser's place. */
  rivals: Guid[];
}

export interface MergeRecord {
  before: MergeState;
  /** Without inventory: whether that has changed since, ResourceUpdate tells. */
  after: MergeState;
  /** Numbers of the loser's rows by table. */
  logs: Record<string, number[]>;
  /** Conflicts that the merge closed. */
  conflictGuids: Guid[];
}

export async function readMergeState(
  session: Session,
  { winner, loser, classes }: Pick<MergePlan, 'winner' | 'loser' | 'classes'>,
): Promise<MergeState> {
  const both = [winner, loser];
  const rows: KeptRows = { Resource: await readRows(session, 'Resource', 'Guid', both) };
  for (const [table, column] of Object.entries(STATE_TABLES))
    rows[table] = await readRows(session, table, column, both);
  for (const [table, columns] of Object.entries(RELATION_TABLES)) {
    const ends: Row[] = [];
    for (const column of columns) ends.push(...(await readRows(session, table, column, both)));
    rows[table] = [...new Map(ends.map((row) => [rowText(row), row])).values()];
  }
  rows.AgentRegistration = await readRows(session, 'AgentRegistration', 'ResourceGuid', both);
  const inventory: KeptRows = {};
  for (const { table, keeps } of classes) {
    inventory[table] = await readRows(session, table, '_ResourceGuid', keeps === 'loser' ? both : [loser]);
  }
  return { rows, inventory, rivals: await rivalsOf(session, loser) };
}

async function rivalsOf({ db }: Session, loser: Guid): Promise<Guid[]> {
  const rows = await db.selectFrom('AgentRegistration').select('Guid').where('DuplicateOfGuid', '=', loser).execute();
  return rows.map((row) => row.Guid);
}
