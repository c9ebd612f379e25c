/** Fields of the task agent settings policy. */
import type { TaskAgentInput } from '../../../models/policies/policyInput.ts';
import type { TaskAgentSettings } from '../../../models/policies/settings.ts';
import { textOf, type FieldSection, type FormValues } from '../form.ts';
import { numberOf } from './agentSettingsForm.ts';

const SELECTION: readonly { value: TaskAgentSettings['serverSelection']; label: string; help: string }[] = [
  {
    value: 'AvailableCapacity',
    label: 'Available capacity',
    help: 'Shares of the servers decide; old agents take the fewest computers.',
  },
  { value: 'FewestComputers', label: 'Fewest computers', help: 'The server with the fewest registered computers.' },
  { value: 'FastestConnection', label: 'Fastest connection', help: 'The server that answers first.' },
];

export const TASK_AGENT_SECTIONS: readonly FieldSection[] = [
  {
    fields: [
      { name: 'description', label: 'Description', kind: 'textarea', rows: 2, maxLength: 2000 },
      { name: 'isEnabled', label: 'On', kind: 'checkbox' },
      { name: 'serverSelection', label: 'How agents choose their task server', kind: 'radio', options: SELECTION },
      { name: 'timeoutSeconds', label: 'Time-out', kind: 'number', unit: 'seconds', min: 1, max: 3600 },
      {
        name: 'reportingIntervalSeconds',
        label: 'Report tasks every',
        kind: 'number',
        unit: 'seconds',
        min: 1,
        max: 3600,
      },
    ],
  },
];

export function taskAgentValues(settings: TaskAgentSettings): FormValues {
  return {
    serverSelection: settings.serverSelection,
    timeoutSeconds: String(settings.timeoutSeconds),
    reportingIntervalSeconds: String(settings.reportingIntervalSeconds),
  };
}

/** What the form says, for the models, which say at the field what is wrong with it. */
export function taskAgentInput(values: FormValues, version: string): TaskAgentInput {
  return {
    description: textOf(values, 'description'),
    isEnabled: textOf(values, 'isEnabled') === '1',
    version: Number(version),
    serverSelection: textOf(values, 'serverSelection'),
    timeoutSeconds: numberOf(textOf(values, 'timeoutSeconds')),
    reportingIntervalSeconds: numberOf(textOf(values, 'reportingIntervalSeconds')),
  } as TaskAgentInput;
}
