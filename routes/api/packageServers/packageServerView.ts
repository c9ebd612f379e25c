import type { AppContext } from '../../../app/context.ts';
import { readPackageServerInput } from '../../../models/packageServers/changePackageServers.ts';
import type { KnownServer } from '../../../models/packageServers/placement.ts';
import { readServer } from '../../../models/packageServers/serverRows.ts';
import type { Guid } from '../../../wire/guid.ts';
import { found } from '../problem.ts';

/** What another node has changed within the last second is read first. @throws Problem 404 */
export async function knownServer({ cmdb, packageServers }: AppContext, guid: Guid): Promise<KnownServer> {
  await packageServers.refreshServer(cmdb, guid);
  return found(packageServers.get(guid), 'package server');
}

/** One, with its settings. @throws Problem 404 */
export async function packageServerView(context: AppContext, guid: Guid) {
  await knownServer(context, guid);
  const row = await readServer(context.cmdb, context, guid, context.packageServerPolicies.of(guid)?.hash ?? '');
  const settings = await readPackageServerInput(context.cmdb, guid);
  return { ...found(row, 'package server'), settings: found(settings, 'package server') };
}
