import type { Session } from '../../../models/cmdb/types.ts';
import { readSubnet } from '../../../models/sites/changeSubnets.ts';
import type { Guid } from '../../../wire/guid.ts';
import { found } from '../problem.ts';

/** A subnet as the API shows it. @throws Problem 404 */
export async function subnetView(session: Session, guid: Guid) {
  return { guid, ...found(await readSubnet(session, guid), 'subnet') };
}
