/** The resource that somebody typed: by GUID, or by its whole name. */
import { parseGuid } from '../../wire/guid.ts';
import { top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { readResource, type ResourceDetail } from './readResource.ts';

/** Up to two: more than one means that the name does not tell. */
export async function readNamed(session: Session, text: string): Promise<ResourceDetail[]> {
  const guid = parseGuid(text);
  if (guid !== undefined) {
    const found = await readResource(session, guid);
    return found === undefined ? [] : [found];
  }
  const query = session.db
    .selectFrom('Resource')
    .select('Guid')
    .where('Name', '=', text)
    .where('DeletedAt', 'is', null)
    .orderBy('Guid');
  const rows = text === '' ? [] : await top(session, query, 2).execute();
  const found = await Promise.all(rows.map((row) => readResource(session, row.Guid)));
  return found.filter((resource) => resource !== undefined);
}
