/** What a form or an API body says of a policy, and what of it must agree with the CMDB. */
import { z } from 'zod';
import type { Guid } from '../../wire/guid.ts';
import { ITEM_CLASS } from '../../wire/wellKnown.ts';
import type { Session } from '../cmdb/types.ts';
import { InvalidInput, type FieldError } from '../fieldErrors.ts';
import { descriptionField, guidField, guidList, nameField, wholeNumber } from '../inputFields.ts';
import { isNameTaken } from '../items/itemStore.ts';
import { MOST_COMPUTERS } from '../targets/targetMembers.ts';
import { agentSettings, softwareDeliverySettings, taskAgentSettings } from './settings.ts';

const common = {
  description: descriptionField,
  isEnabled: z.boolean('Say whether the policy is switched on.'),
  /** The version that the form was filled from: a policy that has changed since is not overwritten. */
  version: wholeNumber(1, 2 ** 31 - 1).optional(),
};

const applied = {
  /** Named targets. */
  targets: guidList(1000, 'Choose at most 1000 targets.').default([]),
  /** "These computers", beside the targets; left out: as they are. */
  computers: guidList(MOST_COMPUTERS, `Choose at most ${MOST_COMPUTERS} computers.`).optional(),
};

export const softwarePolicyInput = z.object({
  name: nameField,
  ...common,
  ...applied,
  packageGuid: guidField('Choose a package.'),
  programGuid: guidField('Choose a program.'),
  ...softwareDeliverySettings.shape,
});

export const agentSettingsInput = z.object({ ...common, ...agentSettings.shape });
export const taskAgentInput = z.object({ ...common, ...taskAgentSettings.shape });

export type SoftwarePolicyInput = z.input<typeof softwarePolicyInput>;
export type AgentSettingsInput = z.input<typeof agentSettingsInput>;
export type TaskAgentInput = z.input<typeof taskAgentInput>;

/** @throws InvalidInput with the fields `name`, `packageGuid`, `programGuid`, `targets` */
export async function requireSoundPolicy(
  session: Session,
  policy: z.output<typeof softwarePolicyInput>,
  self: { guid: Guid; hasOwnList: boolean } | undefined,
): Promise<void> {
  const errors: FieldError[] = [];
  if (await isNameTaken(session, ITEM_CLASS.policy, policy.name, self?.guid)) {
    errors.push({ field: 'name', message: 'Another policy has this name.' });
  }
  errors.push(...(await packageFaults(session, policy)), ...(await targetFaults(session, policy.targets)));
  const hasOwnList = policy.computers === undefined ? self?.hasOwnList === true : policy.computers.length > 0;
  if (policy.isEnabled && policy.targets.length === 0 && !hasOwnList) {
    errors.push({ field: 'targets', message: 'Choose a target or computers, or switch the policy off.' });
  }
  if (errors.length > 0) throw new InvalidInput(errors);
}

async function packageFaults({ db }: Session, policy: { packageGuid: Guid; programGuid: Guid }): Promise<FieldError[]> {
  const found = await db.selectFrom('Package').select('Guid').where('Guid', '=', policy.packageGuid).executeTakeFirst();
  if (found === undefined) return [{ field: 'packageGuid', message: 'There is no such package.' }];
  const program = await db
    .selectFrom('Program')
    .select('Guid')
    .where('Guid', '=', policy.programGuid)
    .where('PackageGuid', '=', policy.packageGuid)
    .executeTakeFirst();
  return program === undefined ? [{ field: 'programGuid', message: 'The package has no such program.' }] : [];
}

async function targetFaults({ db }: Session, targets: readonly Guid[]): Promise<FieldError[]> {
  if (targets.length === 0) return [];
  const found = await db.selectFrom('Target').select('Guid').where('Guid', 'in', targets).execute();
  const missing = targets.length - found.length;
  return missing === 0 ? [] : [{ field: 'targets', message: `${missing} of the targets are gone: choose again.` }];
}
