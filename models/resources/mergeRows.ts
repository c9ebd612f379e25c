/** Moves the rows of one computer to another, a few statements a table however many rows there are. */
import { sql } from 'kysely';
import { guidParam, type Session } from '../cmdb/types.ts';
import { untyped } from '../cmdb/untyped.ts';
import type { MergePair, MergePlan, Side } from './mergePlan.ts';
import { logTables, RELATION_TABLES } from './resourceTables.ts';

/** All that happened to the loser happened to the winner. Answers the numbers of the rows that moved. */
export async function moveLogs(session: Session, { winner, loser }: MergePair): Promise<Record<string, number[]>> {
  const moved: Record<string, number[]> = {};
  const db = untyped(session);
  for (const { table, column, id } of await logTables(session)) {
    const rows = (await db.selectFrom(table).select(id).where(column, '=', loser).execute()) as Record<
      string,
      number
    >[];
    if (rows.length === 0) continue;
    moved[table] = rows.map((row) => Number(row[id]));
    await db
      .updateTable(table)
      .set({ [column]: winner })
      .where(column, '=', loser)
      .execute();
  }
  await copyMarks(session, winner, loser);
  return moved;
}

/** An event whose answer was lost comes again, under the winner now: it must be known there, too. */
async function copyMarks({ db }: Session, winner: string, loser: string): Promise<void> {
  await sql`
    INSERT INTO AppliedEvent (SenderGuid, MsgId, BodyHash, AppliedAt)
    SELECT ${guidParam(winner)}, m.MsgId, m.BodyHash, m.AppliedAt
    FROM AppliedEvent AS m
    WHERE m.SenderGuid = ${guidParam(loser)}
      AND NOT EXISTS (SELECT 1 FROM AppliedEvent AS o WHERE o.SenderGuid = ${guidParam(winner)} AND o.MsgId = m.MsgId)`.execute(
    db,
  );
}

/** Of each data class the newer data stays. */
export async function moveInventory(session: Session, { winner, loser, classes }: MergePlan): Promise<void> {
  const db = untyped(session);
  for (const { table, classGuid, keeps } of classes) {
    await db
      .deleteFrom(table)
      .where('_ResourceGuid', '=', keeps === 'loser' ? winner : loser)
      .execute();
    await session.db
      .deleteFrom('ResourceUpdate')
      .where('ResourceGuid', '=', keeps === 'loser' ? winner : loser)
      .where('InventoryClassGuid', '=', classGuid)
      .execute();
    if (keeps === 'winner') continue;
    await db.updateTable(table).set({ _ResourceGuid: winner }).where('_ResourceGuid', '=', loser).execute();
    await session.db
      .updateTable('ResourceUpdate')
      .set({ ResourceGuid: winner })
      .where('ResourceGuid', '=', loser)
      .where('InventoryClassGuid', '=', classGuid)
      .execute();
  }
}

/** Lists, keys, deliveries, contacts: joined where both can be, else the newer row stays. */
export async function moveState(session: Session, plan: MergePlan): Promise<void> {
  const { winner, loser } = plan;
  const { db } = session;
  await keepOne(session, 'Computer', plan, plan.computerRow);
  await keepOne(session, 'ComputerContact', plan, plan.contactRow);
  // The machine that is not heard of any more must not look like a second one under this GUID.
  await keepOne(session, 'HardwareSeen', plan, plan.liveSide ?? 'winner');
  await join(session, 'ResourceKey', ['KeyName', 'KeyValue'], plan);
  await join(session, 'TargetMember', ['TargetGuid'], plan);
  await sql`
    DELETE FROM Delivery
    WHERE ResourceGuid = ${guidParam(winner)} AND EXISTS (
      SELECT 1 FROM Delivery AS d
      WHERE d.ResourceGuid = ${guidParam(loser)} AND d.PolicyGuid = Delivery.PolicyGuid AND d.UpdatedAt > Delivery.UpdatedAt)`.execute(
    db,
  );
  await join(session, 'Delivery', ['PolicyGuid'], plan);
  await db.updateTable('ResourceAlias').set({ ResourceGuid: winner }).where('ResourceGuid', '=', loser).execute();
}

async function keepOne(
  session: Session,
  table: 'Computer' | 'ComputerContact' | 'HardwareSeen',
  { winner, loser }: MergePair,
  keeps: Side,
): Promise<void> {
  const db = untyped(session);
  await db
    .deleteFrom(table)
    .where('ResourceGuid', '=', keeps === 'loser' ? winner : loser)
    .execute();
  if (keeps === 'loser') {
    await db.updateTable(table).set({ ResourceGuid: winner }).where('ResourceGuid', '=', loser).execute();
  }
}

/** Rows that the winner has already go; all others become its own. */
async function join(
  session: Session,
  table: 'ResourceKey' | 'TargetMember' | 'Delivery',
  key: readonly string[],
  { winner, loser }: MergePair,
): Promise<void> {
  const same = sql.join(
    key.map((column) => sql`${sql.ref(`o.${column}`)} = ${sql.ref(`${table}.${column}`)}`),
    sql` AND `,
  );
  await sql`
    UPDATE ${sql.table(table)} SET ResourceGuid = ${guidParam(winner)}
    WHERE ResourceGuid = ${guidParam(loser)} AND NOT EXISTS (
      SELECT 1 FROM ${sql.table(table)} AS o WHERE o.ResourceGuid = ${guidParam(winner)} AND ${same})`.execute(
    session.db,
  );
  await untyped(session).deleteFrom(table).where('ResourceGuid', '=', loser).execute();
}

/** A relation between the two themselves ends. */
export async function moveRelations(session: Session, { winner, loser }: MergePair): Promise<void> {
  const { db } = session;
  for (const [mine, other] of [RELATION_TABLES.ResourceAssociation, RELATION_TABLES.ResourceAssociation.toReversed()]) {
    const [own, far] = [sql.ref(mine!), sql.ref(other!)];
    await sql`
      DELETE FROM ResourceAssociation
      WHERE ${own} = ${guidParam(loser)} AND (${far} = ${guidParam(winner)} OR ${far} = ${guidParam(loser)} OR EXISTS (
        SELECT 1 FROM ResourceAssociation AS o
        WHERE o.ResourceAssociationTypeGuid = ResourceAssociation.ResourceAssociationTypeGuid
          AND ${sql.ref(`o.${mine}`)} = ${guidParam(winner)}
          AND ${sql.ref(`o.${other}`)} = ${sql.ref(`ResourceAssociation.${other}`)}))`.execute(db);
    await sql`UPDATE ResourceAssociation SET ${own} = ${guidParam(winner)} WHERE ${own} = ${guidParam(loser)}`.execute(
      db,
    );
  }
}
