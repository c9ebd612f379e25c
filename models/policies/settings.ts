/**
 * What a policy says beside its name and its targets, by kind: the JSON of `Policy.Settings`. Each field has its
 * default, so that an empty object is a complete policy and older rows stay readable.
 */
import { z } from 'zod';
import { wholeNumber } from '../inputFields.ts';
import { scheduleInput } from './scheduleInput.ts';

/** Null: what the server's settings say. */
const interval = (most: number) => wholeNumber(1, most).nullable().default(null);

/** Elements and defaults as seen on 8.8 (policies-and-schedules.md section 1). */
const multicast = z.object({
  enabled: z.boolean().default(false),
  byDefaultEnabled: z.boolean().default(true),
  dataLimit: wholeNumber(0, 1_000_000).default(4),
  maxMasterMulticastSessions: wholeNumber(0, 1000).default(2),
  maxSessionsPerSegment: wholeNumber(0, 1000).default(10),
  maxTransmissions: wholeNumber(1, 100).default(3),
  minClientsPerSession: wholeNumber(1, 1000).default(1),
  minPackageSize: wholeNumber(0, 1_000_000_000).default(512),
  numClientsToBegin: wholeNumber(1, 100_000).default(100),
  sessionTimeout: wholeNumber(1, 86_400).default(1800),
});

/** Ports white paper: configurable from 1024 to 65535. */
const tickle = z.object({
  enabled: z.boolean().default(false),
  tcpPort: wholeNumber(1024, 65_535).default(52_028),
  multicastAddress: z
    .string()
    .regex(
      /^2(2[4-9]|3\d)(\.(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){3}$/,
      'Enter a multicast address such as 224.0.255.135.',
    )
    .default('224.0.255.135'),
  multicastPort: wholeNumber(1024, 65_535).default(52_029),
});

/** A period in which agents keep quiet (KB 179954): total, or for downloads only. Local time of the computer. */
const blockout = z.object({
  type: z.enum(['total', 'download']),
  start: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Enter a time as 22:30.'),
  durationMinutes: wholeNumber(1, 1440),
  /** 0 is Sunday. */
  days: z
    .array(z.int().min(0).max(6))
    .min(1, 'Choose at least one day of the week.')
    .transform((days) => [...new Set(days)].sort((a, b) => a - b)),
});

export const agentSettings = z.object({
  policyIntervalSeconds: interval(604_800),
  inventoryIntervalSeconds: interval(2_592_000),
  bandwidthThreshold: wholeNumber(0, 1_000_000_000).default(50_000),
  /** Most minutes of the random wait at start-up and after a blockout. */
  randomBlockoutMax: wholeNumber(0, 1440).default(0),
  throttlingUsesUtc: z.boolean().default(false),
  blockoutUsesUtc: z.boolean().default(false),
  multicast: multicast.prefault({}),
  tickle: tickle.prefault({}),
  blockouts: z.array(blockout).max(50, 'At most 50 blockouts.').default([]),
});

/** KB 150990. */
export const taskAgentSettings = z.object({
  timeoutSeconds: wholeNumber(1, 3600).default(30),
  reportingIntervalSeconds: wholeNumber(1, 3600).default(15),
  serverSelection: z.enum(['FewestComputers', 'FastestConnection', 'AvailableCapacity']).default('AvailableCapacity'),
});

export const softwareDeliverySettings = z.object({
  /** No triggers: it runs as soon as possible, or when the user starts it. */
  schedule: scheduleInput.prefault({ triggers: [] }),
  runAsSoonAsPossible: z.boolean().default(true),
  /** A start that was missed is not made up for. */
  onlyAtScheduledTime: z.boolean().default(false),
  notifyUser: z.boolean().default(false),
  warnBeforeRunning: z.boolean().default(false),
  multicast: z.boolean().default(true),
  verboseStatusEvents: z.boolean().default(true),
});

export type AgentSettings = z.output<typeof agentSettings>;
export type TaskAgentSettings = z.output<typeof taskAgentSettings>;
export type SoftwareDeliverySettings = z.output<typeof softwareDeliverySettings>;

export const SETTINGS_BY_KIND = {
  agentSettings,
  taskAgent: taskAgentSettings,
  softwareDelivery: softwareDeliverySettings,
} as const;

export type PolicyKind = keyof typeof SETTINGS_BY_KIND;
export type SettingsOf<K extends PolicyKind> = z.output<(typeof SETTINGS_BY_KIND)[K]>;

/** What may be handed in: fields that are left out take their defaults. */
export type SettingsInput<K extends PolicyKind> = z.input<(typeof SETTINGS_BY_KIND)[K]>;

/** Reads a row's JSON. @throws ZodError or SyntaxError for a row that was not written by this product */
export function readSettings<K extends PolicyKind>(kind: K, json: string): SettingsOf<K> {
  return SETTINGS_BY_KIND[kind].parse(JSON.parse(json)) as SettingsOf<K>;
}
