/** Rows that a merge or a deletion takes away, as they were: kept packed, so that they can be put back. */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { untyped } from '../cmdb/untyped.ts';

export type Row = Record<string, unknown>;
/** By table. */
export type KeptRows = Record<string, Row[]>;

export const pack = (kept: object): Buffer => gzipSync(JSON.stringify(kept));

export const unpack = <T>(packed: Uint8Array): T => JSON.parse(gunzipSync(packed).toString('utf8')) as T;

/** Numbers that the engine gave to rows are drawn anew when they are put back. */
const OWN_NUMBER = '_id';

/** Rows of a table whose column holds one of the GUIDs (at most 1,000). */
export async function readRows(
  session: Session,
  table: string,
  column: string,
  guids: readonly Guid[],
): Promise<Row[]> {
  const rows: Row[] = await untyped(session).selectFrom(table).selectAll().where(column, 'in', guids).execute();
  return rows.map((row) => {
    const { [OWN_NUMBER]: _number, ...rest } = row;
    return rest;
  });
}

/** Rows in one INSERT or load: all have the same columns. */
export async function putBack(session: Session, table: string, rows: readonly Row[]): Promise<void> {
  await session.insertMany(table as never, rows);
}

/** Text by which two versions of a row are compared. */
export const rowText = (row: Row): string =>
  JSON.stringify(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)));
