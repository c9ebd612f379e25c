import type { AppContext } from '../../../app/context.ts';
import type { ChangeKind } from '../../../models/changes/changeLog.ts';
import { getPolicy } from '../../../models/policies/policyStore.ts';
import type { Guid } from '../../../wire/guid.ts';

/**
 * Tells this node's policies in memory of a change that was just made, so that the page which follows shows it; other
 * nodes learn it from the change log, and this one once more.
 */
export async function showChange({ cmdb, policies }: AppContext, guid: Guid): Promise<void> {
  const tell = (Kind: ChangeKind, ItemGuid: Guid): Promise<void> =>
    policies.applyChange(cmdb, { Id: 0, Kind, ItemGuid });
  const ownList = (await getPolicy(cmdb, guid))?.ownList;
  await tell('policy', guid);
  if (ownList !== undefined) await tell('target', ownList);
}
