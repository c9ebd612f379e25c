/** Fields of the agent settings policy. A field is named by its path in the settings, so that faults find it. */
import type { Settings } from '../../../app/config.ts';
import type { AgentSettingsInput } from '../../../models/policies/policyInput.ts';
import type { AgentSettings } from '../../../models/policies/settings.ts';
import { textOf, type Field, type FieldSection, type FormValues } from '../form.ts';
import { formatSpan } from '../format.ts';
import { blockoutSections, blockoutValues, readBlockouts } from './blockoutForm.ts';

const number = (name: string, label: string, unit: string | undefined, help?: string): Field => ({
  name,
  label,
  kind: 'number',
  ...(unit === undefined ? {} : { unit }),
  ...(help === undefined ? {} : { help }),
  min: 0,
});

const flag = (name: string, label: string, help?: string): Field => ({
  name,
  label,
  kind: 'checkbox',
  ...(help === undefined ? {} : { help }),
});

const NUMBERS = [
  number(
    'bandwidthThreshold',
    'Bandwidth threshold',
    'bytes/s',
    'On slower connections agents leave multicast and large downloads alone.',
  ),
  number(
    'randomBlockoutMax',
    'At start-up and after a blockout wait up to',
    'minutes',
    'A random time, so that not all agents call at once.',
  ),
];

const FLAGS = [
  flag('throttlingUsesUtc', 'Times of throttling are UTC'),
  flag('blockoutUsesUtc', 'Times of blockouts are UTC'),
];

const MULTICAST = [
  flag('multicast.enabled', 'Multicast'),
  flag('multicast.byDefaultEnabled', 'On by default for packages'),
  number('multicast.dataLimit', 'Data limit', undefined),
  number('multicast.maxMasterMulticastSessions', 'Most sessions of a master', undefined),
  number('multicast.maxSessionsPerSegment', 'Most sessions of a network segment', undefined),
  number('multicast.maxTransmissions', 'Most transmissions', undefined),
  number('multicast.minClientsPerSession', 'Fewest clients of a session', undefined),
  number('multicast.minPackageSize', 'Smallest package', 'KB'),
  number('multicast.numClientsToBegin', 'Clients to begin with', undefined),
  number('multicast.sessionTimeout', 'Session time-out', 'seconds'),
];

const TICKLE = [
  flag('tickle.enabled', 'Tickle agents', 'A small packet tells agents that there is something to fetch.'),
  number('tickle.tcpPort', 'TCP port', undefined),
  { name: 'tickle.multicastAddress', label: 'Multicast address', code: true, maxLength: 15 } satisfies Field,
  number('tickle.multicastPort', 'Multicast port', undefined),
];

/** @param settings of the policy as it is; its blockouts have fields of their own, and one more stands empty */
export function agentSettingsSections(server: Settings, settings: AgentSettings): FieldSection[] {
  const interval = (name: string, label: string, seconds: number, env: string): Field => ({
    ...number(name, label, 'seconds', `Empty: ${formatSpan(seconds * 1000)}, as the setting ${env} says.`),
    placeholder: String(seconds),
    min: 1,
  });
  return [
    {
      fields: [
        { name: 'description', label: 'Description', kind: 'textarea', rows: 2, maxLength: 2000 },
        flag('isEnabled', 'On'),
      ],
    },
    {
      title: 'Intervals',
      fields: [
        interval('policyIntervalSeconds', 'Ask for policies every', server.policyIntervalSeconds, 'NS_POLICY_INTERVAL'),
        interval(
          'inventoryIntervalSeconds',
          'Send basic inventory every',
          server.inventoryIntervalSeconds,
          'NS_INVENTORY_INTERVAL',
        ),
      ],
    },
    { title: 'Downloads', fields: [...NUMBERS, ...FLAGS] },
    ...blockoutSections(settings.blockouts.length),
    { title: 'Multicast', fields: MULTICAST },
    { title: 'Tickle', fields: TICKLE },
  ];
}

export function agentSettingsValues(settings: AgentSettings): FormValues {
  const flat: Record<string, unknown> = { ...settings };
  for (const group of ['multicast', 'tickle'] as const) {
    for (const [name, value] of Object.entries(settings[group])) flat[`${group}.${name}`] = value;
  }
  const values: FormValues = {};
  for (const [name, value] of Object.entries(flat)) {
    if (typeof value === 'object' && value !== null) continue;
    values[name] = value === true ? '1' : value === false || value === null ? '' : String(value);
  }
  return { ...values, ...blockoutValues(settings.blockouts) };
}

/** What the form says, for the models. */
export function agentSettingsInput(values: FormValues, version: string): AgentSettingsInput {
  const group = (prefix: string, fields: readonly Field[]): Record<string, unknown> =>
    Object.fromEntries(fields.map((field) => [field.name.slice(prefix.length), valueOf(values, field)]));
  const interval = (name: string): unknown => (textOf(values, name) === '' ? null : numberOf(textOf(values, name)));
  return {
    description: textOf(values, 'description'),
    isEnabled: textOf(values, 'isEnabled') === '1',
    version: Number(version),
    policyIntervalSeconds: interval('policyIntervalSeconds'),
    inventoryIntervalSeconds: interval('inventoryIntervalSeconds'),
    ...group('', [...NUMBERS, ...FLAGS]),
    multicast: group('multicast.', MULTICAST),
    tickle: group('tickle.', TICKLE),
    blockouts: readBlockouts(values),
    // Texts that are no numbers go to the model as they are: it says at the field what is wrong with them.
  } as AgentSettingsInput;
}

function valueOf(values: FormValues, { name, kind }: Field): unknown {
  const text = textOf(values, name);
  if (kind === 'checkbox') return text === '1';
  return kind === 'number' ? numberOf(text) : text;
}

export const numberOf = (text: string): unknown => (/^-?\d{1,15}$/.test(text) ? Number(text) : text);
