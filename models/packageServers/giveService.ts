import type { Guid } from '../../wire/guid.ts';
import type { Actor } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { addPackageServer } from './changePackageServers.ts';
import { prerequisitesOf, type PrerequisiteDeps } from './prerequisites.ts';

/**
 * Gives a computer the package service if it has what that takes.
 * @throws InvalidInput with each prerequisite that fails, or with what is wrong with the settings
 */
export async function givePackageService(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  input: unknown,
  siteOf: PrerequisiteDeps['siteOf'],
): Promise<void> {
  const found = (await prerequisitesOf(cmdb, [guid], { now: clock.now(), siteOf })).get(guid);
  const failing = (found?.checks ?? []).filter(({ name, state }) => state === 'error' && name !== 'service');
  if (failing.length > 0) {
    throw new InvalidInput(failing.map(({ text, advice }) => ({ field: 'computer', message: `${text} ${advice}` })));
  }
  await addPackageServer(cmdb, clock, actor, guid, input);
}
