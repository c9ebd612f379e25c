import type { Session } from '../../../models/cmdb/types.ts';
import { getSite } from '../../../models/sites/listSites.ts';
import type { Guid } from '../../../wire/guid.ts';
import { camelCase } from '../json.ts';
import { found } from '../problem.ts';

/** A site as the API shows it. @throws Problem 404 */
export async function siteView(session: Session, guid: Guid) {
  return camelCase(found(await getSite(session, guid), 'site'));
}
