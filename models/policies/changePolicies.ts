/** New policies and changes of policies. Each is one transaction with its audit record and its note to all nodes. */
import type { Guid } from '../../wire/guid.ts';
import { ITEM_CLASS } from '../../wire/wellKnown.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { readFields } from '../fieldTypes.ts';
import { insertItem, touchItem } from '../items/itemStore.ts';
import { setOwnList } from '../targets/ownList.ts';
import {
  agentSettingsInput,
  requireSoundPolicy,
  softwarePolicyInput,
  taskAgentInput,
  type AgentSettingsInput,
  type SoftwarePolicyInput,
  type TaskAgentInput,
} from './policyInput.ts';
import { getPolicy, type Policy } from './policyStore.ts';
import { SETTINGS_BY_KIND, type PolicyKind } from './settings.ts';

/** Makes a software-delivery policy. @throws InvalidInput with the fields of `SoftwarePolicyInput` */
export async function createSoftwarePolicy(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  input: SoftwarePolicyInput,
): Promise<Guid> {
  const policy = readFields(softwarePolicyInput, input);
  return cmdb.transaction(async (session) => {
    await requireSoundPolicy(session, policy, undefined);
    const { name, description } = policy;
    const guid = await insertItem(session, clock, actor, { name, description, classGuid: ITEM_CLASS.policy });
    await session.db
      .insertInto('Policy')
      .values({
        Guid: guid,
        Kind: 'softwareDelivery',
        IsEnabled: policy.isEnabled ? 1 : 0,
        PackageGuid: policy.packageGuid,
        ProgramGuid: policy.programGuid,
        Settings: settingsJson('softwareDelivery', policy),
        Version: 1,
      })
      .execute();
    await writeTargets(session, guid, policy.targets);
    await setOwnList(session, clock, actor, guid, policy.computers ?? []);
    await record(session, clock, actor, 'create', undefined, (await getPolicy(session, guid))!);
    return guid;
  });
}

/** False when there is no such policy. @throws InvalidInput with the fields of `SoftwarePolicyInput` */
export async function updateSoftwarePolicy(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  input: SoftwarePolicyInput,
): Promise<boolean> {
  const policy = readFields(softwarePolicyInput, input);
  return cmdb.transaction(async (session) => {
    const before = await getPolicy(session, guid);
    if (before?.kind !== 'softwareDelivery') return false;
    requireVersion(before, policy.version);
    await requireSoundPolicy(session, policy, { guid, hasOwnList: before.ownList !== undefined });
    await touchItem(session, clock, actor, guid, policy);
    await session.db
      .updateTable('Policy')
      .set({
        IsEnabled: policy.isEnabled ? 1 : 0,
        PackageGuid: policy.packageGuid,
        ProgramGuid: policy.programGuid,
        Settings: settingsJson('softwareDelivery', policy),
        Version: before.version + 1,
      })
      .where('Guid', '=', guid)
      .execute();
    await replaceTargets(session, before, policy.targets);
    if (policy.computers !== undefined) await setOwnList(session, clock, actor, guid, policy.computers);
    await record(session, clock, actor, 'update', before, (await getPolicy(session, guid))!);
    return true;
  });
}

/** False when the GUID is of no agent settings policy. @throws InvalidInput with the fields of `AgentSettingsInput` */
export async function updateAgentSettings(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  input: AgentSettingsInput,
): Promise<boolean> {
  return updateSettings(cmdb, clock, actor, guid, 'agentSettings', readFields(agentSettingsInput, input));
}

/** False when the GUID is of no task agent policy. @throws InvalidInput with the fields of `TaskAgentInput` */
export async function updateTaskAgent(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  input: TaskAgentInput,
): Promise<boolean> {
  return updateSettings(cmdb, clock, actor, guid, 'taskAgent', readFields(taskAgentInput, input));
}

async function updateSettings(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  kind: PolicyKind,
  input: { description: string; isEnabled: boolean; version?: number | undefined },
): Promise<boolean> {
  return cmdb.transaction(async (session) => {
    const before = await getPolicy(session, guid);
    if (before?.kind !== kind) return false;
    requireVersion(before, input.version);
    await touchItem(session, clock, actor, guid, { description: input.description });
    await session.db
      .updateTable('Policy')
      .set({
        IsEnabled: input.isEnabled ? 1 : 0,
        Settings: settingsJson(kind, input),
        Version: before.version + 1,
      })
      .where('Guid', '=', guid)
      .execute();
    await record(session, clock, actor, 'update', before, (await getPolicy(session, guid))!);
    return true;
  });
}

/** The settings among an input's fields. */
function settingsJson(kind: PolicyKind, input: object): string {
  return JSON.stringify(SETTINGS_BY_KIND[kind].parse(input));
}

function requireVersion(policy: Policy, seen: number | undefined): void {
  if (seen === undefined || seen === policy.version) return;
  const message = `${policy.modifiedBy} has changed the policy in the meantime: look at it again before you save.`;
  throw new InvalidInput([{ field: 'version', message }]);
}

async function writeTargets(session: Session, policy: Guid, targets: readonly Guid[]): Promise<void> {
  if (targets.length === 0) return;
  await session.insertMany(
    'PolicyTarget',
    targets.map((target) => ({ PolicyGuid: policy, TargetGuid: target })),
  );
}

/** The policy's own list stays: it has its own way (`setOwnList`). */
async function replaceTargets(session: Session, before: Policy, targets: readonly Guid[]): Promise<void> {
  const former = new Set(before.targets.map(({ guid }) => guid));
  const gone = [...former].filter((guid) => !targets.includes(guid));
  if (gone.length > 0) {
    await session.db
      .deleteFrom('PolicyTarget')
      .where('PolicyGuid', '=', before.guid)
      .where('TargetGuid', 'in', gone)
      .execute();
  }
  await writeTargets(
    session,
    before.guid,
    targets.filter((guid) => !former.has(guid)),
  );
}

/** What the audit log keeps of a policy: what somebody set, not what came of it. */
export function auditView(policy: Policy): object {
  const { name, description, isEnabled, packageGuid, programGuid, targets, computers, settings } = policy;
  return { name, description, isEnabled, packageGuid, programGuid, targets, computers, settings };
}

async function record(
  session: Session,
  clock: Clock,
  actor: Actor,
  action: string,
  before: Policy | undefined,
  after: Policy,
): Promise<void> {
  await recordAudit(session, clock, actor, {
    action,
    objectKind: 'policy',
    objectGuid: after.guid,
    objectName: after.name,
    before: before === undefined ? undefined : auditView(before),
    after: auditView(after),
  });
  await recordChange(session, clock, 'policy', after.guid);
}
