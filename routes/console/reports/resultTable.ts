/** A part of a result as a table: computers that it names are links to their pages. */
import type { Session } from '../../../models/cmdb/types.ts';
import type { ResultValue } from '../../../models/reports/resultWriter.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { at } from '../paths.ts';

export interface ResultTable {
  caption: string;
  columns: { label: string; numeric?: boolean }[];
  rows: Cell[][];
  empty: string;
}

const MOST_GUIDS = 1000;
const GUID_TEXT = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
/** Numbers that count nothing: written without separators. */
const NO_QUANTITY = /(^|[^a-z])(year|port|code|version|id|number|prefix)([^a-z]|$)|(Year|Port|Code|Version|Id)$/;

export async function resultTable(
  session: Session,
  columns: readonly string[],
  rows: readonly (readonly ResultValue[])[],
): Promise<ResultTable> {
  const computers = await computersAmong(session, rows);
  const numeric = columns.map((_, index) => rows.some((row) => typeof row[index] === 'number'));
  const nameAt = columns.findIndex((column) => /^(computer|name|computer name|host name)$/i.test(column));
  return {
    caption: 'Result',
    columns: columns.map((label, index) => ({ label, ...(numeric[index] ? { numeric: true } : {}) })),
    rows: rows.map((row) => {
      const computer = row.map((value) => guidOf(value)).find((guid) => guid !== undefined && computers.has(guid));
      return row.map((value, index) =>
        cellOf(value, columns[index]!, computers, index === nameAt ? computer : undefined),
      );
    }),
    empty: 'No rows',
  };
}

function cellOf(value: ResultValue, column: string, computers: ReadonlySet<Guid>, named: Guid | undefined): Cell {
  if (value === null) return null;
  if (typeof value === 'number') return NO_QUANTITY.test(column) ? String(value) : { kind: 'number', value };
  const guid = guidOf(value);
  if (guid !== undefined && computers.has(guid)) {
    return { kind: 'link', text: guid.slice(0, 8), href: at(`/computers/${guid}`) };
  }
  if (guid !== undefined) return { kind: 'guid', guid };
  if (named !== undefined && value !== '') return { kind: 'link', text: value, href: at(`/computers/${named}`) };
  return value;
}

const guidOf = (value: ResultValue | undefined): Guid | undefined =>
  typeof value === 'string' && GUID_TEXT.test(value) ? parseGuid(value) : undefined;

/** Which of the GUIDs on this page are computers: one question, however many rows there are. */
async function computersAmong({ db }: Session, rows: readonly (readonly ResultValue[])[]): Promise<Set<Guid>> {
  const guids = [...new Set(rows.flat().flatMap((value) => guidOf(value) ?? []))].slice(0, MOST_GUIDS);
  if (guids.length === 0) return new Set();
  const found = await db.selectFrom('Computer').select('ResourceGuid').where('ResourceGuid', 'in', guids).execute();
  return new Set(found.map((row) => row.ResourceGuid));
}
