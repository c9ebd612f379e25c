/** The rows of a data class as they are in its table, of many resources at once. */
import type { Guid } from '../../wire/guid.ts';
import { readMatching } from '../cmdb/bulk.ts';
import type { Session } from '../cmdb/types.ts';
import type { DataClass } from './dataClasses.ts';
import type { ClassRow } from './inventoryRows.ts';

/** In the order in which they were written; a resource without rows is left out. */
export async function classRowsOf(
  session: Session,
  dataClass: DataClass,
  resources: readonly Guid[],
): Promise<Map<Guid, ClassRow[]>> {
  const names = dataClass.columns.flatMap((column) => (column === undefined ? [] : [column.name]));
  const found = await readMatching<ClassRow & { _ResourceGuid: Guid }>(
    session,
    dataClass.table,
    ['_ResourceGuid', ...names],
    ['_ResourceGuid'],
    resources.map((resource) => [resource]),
    '_id',
  );
  const rows = new Map<Guid, ClassRow[]>();
  for (const { _ResourceGuid: resource, ...row } of found) {
    const list = rows.get(resource);
    if (list === undefined) rows.set(resource, [row]);
    else list.push(row);
  }
  return rows;
}
