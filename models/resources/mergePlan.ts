/** Which side's data a merge keeps: decided in one place, for the preview and for the merge itself. */
import type { Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { inventoryTables, type InventoryTable } from './resourceTables.ts';

export type Side = 'winner' | 'loser';

export interface MergePair {
  /** The computer that stays. */
  winner: Guid;
  /** The computer that goes; its GUID leads to the winner from then on. */
  loser: Guid;
}

export interface ClassDecision extends InventoryTable {
  /** When the data was sent; undefined when that side has none. */
  winnerAt: Utc | undefined;
  loserAt: Utc | undefined;
  winnerRows: number;
  loserRows: number;
  /** Whose rows stay: the newer ones. */
  keeps: Side;
}

export interface MergePlan extends MergePair {
  winnerName: string;
  loserName: string;
  /** The side whose agent was heard of last: its key stays the allowed one. Undefined: neither has one. */
  liveSide: Side | undefined;
  /** Whose row in lists stays: that of the newer inventory. */
  computerRow: Side;
  contactRow: Side;
  classes: ClassDecision[];
}

/** @throws InvalidInput when the two cannot be merged */
export async function planMerge(session: Session, { winner, loser }: MergePair): Promise<MergePlan> {
  const [winnerName, loserName] = await requireTwoComputers(session, winner, loser);
  const computers = await session.db
    .selectFrom('Computer')
    .select(['ResourceGuid', 'LastInventoryAt'])
    .where('ResourceGuid', 'in', [winner, loser])
    .execute();
  const contacts = await session.db
    .selectFrom('ComputerContact')
    .select(['ResourceGuid', 'LastContactAt'])
    .where('ResourceGuid', 'in', [winner, loser])
    .execute();
  const newer = <R extends { ResourceGuid: Guid }>(rows: readonly R[], time: (row: R) => Utc | null): Side => {
    const [ours, theirs] = [winner, loser].map((guid) => rows.find((row) => row.ResourceGuid === guid));
    if (ours === undefined || theirs === undefined)
      return ours === undefined && theirs !== undefined ? 'loser' : 'winner';
    return (time(theirs) ?? '') > (time(ours) ?? '') ? 'loser' : 'winner';
  };
  const contactRow = newer(contacts, ({ LastContactAt }) => LastContactAt);
  return {
    winner,
    loser,
    winnerName,
    loserName,
    liveSide: await liveSide(session, winner, loser, contactRow),
    computerRow: newer(computers, ({ LastInventoryAt }) => LastInventoryAt),
    contactRow,
    classes: await decideClasses(session, winner, loser),
  };
}

async function requireTwoComputers({ db }: Session, winner: Guid, loser: Guid): Promise<[string, string]> {
  const refused = (message: string): never => {
    throw new InvalidInput([{ field: '', message }]);
  };
  if (winner === loser) refused('Choose two different computers.');
  const rows = await db
    .selectFrom('Resource')
    .select(['Guid', 'Name', 'ResourceTypeGuid', 'DeletedAt'])
    .where('Guid', 'in', [winner, loser])
    .execute();
  const names = [winner, loser].map((guid) => {
    const row = rows.find((candidate) => candidate.Guid === guid);
    if (row === undefined || row.ResourceTypeGuid !== RESOURCE_TYPE.computer)
      return refused(`There is no computer ${guid} any more.`);
    if (row.DeletedAt !== null) return refused(`${row.Name} lies in the recycle bin: restore it first.`);
    return row.Name;
  });
  return names as [string, string];
}

async function liveSide({ db }: Session, winner: Guid, loser: Guid, heardLast: Side): Promise<Side | undefined> {
  const rows = await db
    .selectFrom('AgentRegistration')
    .select('ResourceGuid')
    .where('ResourceGuid', 'in', [winner, loser])
    .where('State', '=', 'allowed')
    .execute();
  const has = (guid: Guid): boolean => rows.some((row) => row.ResourceGuid === guid);
  if (has(winner) && has(loser)) return heardLast;
  if (has(winner)) return 'winner';
  return has(loser) ? 'loser' : undefined;
}

async function decideClasses(session: Session, winner: Guid, loser: Guid): Promise<ClassDecision[]> {
  const updates = await session.db
    .selectFrom('ResourceUpdate')
    .select(['ResourceGuid', 'InventoryClassGuid', 'EventAt', 'RowCount'])
    .where('ResourceGuid', 'in', [winner, loser])
    .execute();
  const updateOf = (guid: Guid, classGuid: Guid) =>
    updates.find((row) => row.ResourceGuid === guid && row.InventoryClassGuid === classGuid);
  return (await inventoryTables(session)).flatMap((table) => {
    const ours = updateOf(winner, table.classGuid);
    const theirs = updateOf(loser, table.classGuid);
    if (ours === undefined && theirs === undefined) return [];
    const keeps: Side =
      theirs !== undefined && (ours === undefined || theirs.EventAt > ours.EventAt) ? 'loser' : 'winner';
    return {
      ...table,
      winnerAt: ours?.EventAt,
      loserAt: theirs?.EventAt,
      winnerRows: ours?.RowCount ?? 0,
      loserRows: theirs?.RowCount ?? 0,
      keeps,
    };
  });
}
