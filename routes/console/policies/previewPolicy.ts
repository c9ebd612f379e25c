/** What would come of a policy as it stands in the form: who gets it, who no longer, and when. */
import type { AppContext } from '../../../app/context.ts';
import { readFields } from '../../../models/fieldTypes.ts';
import { getPackage } from '../../../models/packages/getPackage.ts';
import { softwarePolicyInput as schema, type SoftwarePolicyInput } from '../../../models/policies/policyInput.ts';
import { membership } from '../../../models/targets/membership.ts';
import { countManagedComputers } from '../../../models/targets/targetStore.ts';
import { describeSchedule } from '../../../wire/schedule.ts';
import { counted, formatNumber, formatSpan } from '../format.ts';
import type { SoftwarePolicy } from './softwarePolicyForm.ts';

const COMPUTERS = ['computer', 'computers'] as const;

/** Sentences. Nothing is written. @throws InvalidInput */
export async function previewPolicy(
  { cmdb, settings }: AppContext,
  input: SoftwarePolicyInput,
  policy: SoftwarePolicy | undefined,
): Promise<string[]> {
  const wanted = readFields(schema, input);
  const kept = wanted.computers === undefined && policy?.ownList !== undefined ? [policy.ownList] : [];
  const computers = await membership(cmdb, [...wanted.targets, ...kept], wanted.computers ?? []);
  const total = await countManagedComputers(cmdb);
  const sentences = [`It applies to ${counted(computers.size, COMPUTERS)} of ${formatNumber(total)}.`];
  if (policy?.isEnabled === true) {
    const ownList = policy.ownList === undefined ? [] : [policy.ownList];
    const before = await membership(cmdb, [...policy.targets.map(({ guid }) => guid), ...ownList], []);
    const gained = [...computers].filter((guid) => !before.has(guid)).length;
    const lost = [...before].filter((guid) => !computers.has(guid)).length;
    if (gained > 0) sentences.push(`${counted(gained, ['computer is', 'computers are'])} new.`);
    if (lost > 0) sentences.push(`${counted(lost, ['computer gets', 'computers get'])} it no longer.`);
  }
  if (!wanted.isEnabled) return [...sentences, 'It is switched off: nobody gets it until it is switched on.'];
  const software = await getPackage(cmdb, wanted.packageGuid);
  if (software?.IsEnabled === 0) sentences.push(`Nobody gets it while package ${software.Name} is disabled.`);
  else if (software !== undefined && software.snapshot === undefined && software.SourceKind !== 'none') {
    sentences.push(`Nobody gets it until package ${software.Name} has its first snapshot.`);
  }
  const interval = formatSpan(settings.policyIntervalSeconds * 1000);
  sentences.push(`Running agents ask for policies every ${interval}, unless the agent settings say otherwise.`);
  return [...sentences, whenItRuns(wanted)];
}

function whenItRuns({ schedule, runAsSoonAsPossible }: ReturnType<typeof schema.parse>): string {
  const described = describeSchedule(schedule);
  if (schedule.triggers.length === 0) {
    return runAsSoonAsPossible
      ? 'It runs once, as soon as the package has arrived.'
      : 'It runs when the user starts it.';
  }
  return `It runs: ${described}${runAsSoonAsPossible ? '; and once as soon as possible' : ''}.`;
}
