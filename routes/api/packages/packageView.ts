import { getPackage } from '../../../models/packages/getPackage.ts';
import type { Session } from '../../../models/cmdb/types.ts';
import type { Guid } from '../../../wire/guid.ts';
import { camelCase } from '../json.ts';
import { found } from '../problem.ts';

/** A package as the API shows it. @throws Problem 404 */
export async function packageView(session: Session, guid: Guid) {
  const { snapshot, ...detail } = found(await getPackage(session, guid), 'package');
  return { ...camelCase(detail), snapshot: snapshot === undefined ? null : camelCase(snapshot) };
}
