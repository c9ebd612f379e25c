/** Kept rows that can still be put back: what they refer to may be gone by now. */
import type { Session } from '../cmdb/types.ts';
import { untyped } from '../cmdb/untyped.ts';
import { type Row } from './keptRows.ts';

/** Column to the table and column that it must be found in. Nullable ones are emptied, of others the row is left out. */
const REFERENCES: Record<string, readonly { column: string; table: string; key: string; nullable?: boolean }[]> = {
  Computer: [{ column: 'SiteGuid', table: 'Site', key: 'Guid', nullable: true }],
  TargetMember: [{ column: 'TargetGuid', table: 'Target', key: 'Guid' }],
  ResourceUpdate: [{ column: 'InventoryClassGuid', table: 'DataClass', key: 'Guid' }],
  ResourceAssociation: [
    { column: 'ResourceAssociationTypeGuid', table: 'ResourceAssociationType', key: 'Guid' },
    { column: 'ParentResourceGuid', table: 'Resource', key: 'Guid' },
    { column: 'ChildResourceGuid', table: 'Resource', key: 'Guid' },
  ],
};

const VALUES_A_QUERY = 500;

export async function rowsThatFit(session: Session, table: string, rows: readonly Row[]): Promise<Row[]> {
  let fitting = [...rows];
  for (const { column, table: referred, key, nullable } of REFERENCES[table] ?? []) {
    const there = await found(
      session,
      referred,
      key,
      fitting.map((row) => row[column]),
    );
    const fits = (row: Row): boolean => row[column] === null || there.has(row[column]);
    fitting = nullable ? fitting.map((row) => (fits(row) ? row : { ...row, [column]: null })) : fitting.filter(fits);
  }
  return fitting;
}

async function found(session: Session, table: string, key: string, wanted: readonly unknown[]): Promise<Set<unknown>> {
  const values = [...new Set(wanted)].filter((value) => value !== null);
  const there = new Set<unknown>();
  for (let at = 0; at < values.length; at += VALUES_A_QUERY) {
    const some = values.slice(at, at + VALUES_A_QUERY);
    const rows = await untyped(session).selectFrom(table).select(key).where(key, 'in', some).execute();
    for (const row of rows) there.add(row[key]);
  }
  return there;
}
