import type { AppContext } from '../../../app/context.ts';
import { readPackageServerInput } from '../../../models/packageServers/changePackageServers.ts';
import { listServers, packagesOf, readiness, type ServerRow } from '../../../models/packageServers/overview.ts';
import type { KnownServer } from '../../../models/packageServers/placement.ts';
import type { Guid } from '../../../wire/guid.ts';
import { found } from '../problem.ts';

/** A package server of the list, with what it has ready. */
export function rowView(context: AppContext, row: ServerRow) {
  const server = context.packageServers.get(row.guid);
  return { ...row, ...(server === undefined ? { ready: 0, assigned: 0 } : readiness(packagesOf(server, context))) };
}

/** What another node has changed within the last second is read first. @throws Problem 404 */
export async function knownServer({ cmdb, packageServers }: AppContext, guid: Guid): Promise<KnownServer> {
  await packageServers.refreshServer(cmdb, guid);
  return found(packageServers.get(guid), 'package server');
}

/** One, with its settings. @throws Problem 404 */
export async function packageServerView(context: AppContext, guid: Guid) {
  await knownServer(context, guid);
  const [row] = await listServers(context.cmdb, context, { search: guid });
  const settings = await readPackageServerInput(context.cmdb, guid);
  return { ...rowView(context, found(row, 'package server')), settings: found(settings, 'package server') };
}
