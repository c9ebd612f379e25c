/** Random streams of events, and what a CMDB holds after them. */
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../models/cmdb/migrate.ts';
import { openSqlite } from '../../models/cmdb/sqlite.ts';
import type { Cmdb } from '../../models/cmdb/types.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { nseClass, SWD_PACKAGE_STATUS, type NseMessage } from '../../wire/nse.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import { fixedClock, message, process as apply, queued, rowsOf } from '../events/support.ts';

/** Made anew in each run of a test: two runs share nothing. */
export const SENDERS = Array.from({ length: 3 }, newGuid);

export interface Sent {
  sender: Guid;
  body: string;
}

interface Part {
  kind: Kind;
  sender: Guid;
  value: string;
  /** Minutes that its time is ahead of the first: streams go back and forth. */
  jump: number;
}

const asPartial = (body: string): string =>
  body.replaceAll('<inventoryClass ', '<inventoryClass partialUpdate="true" ');
const letters = (value: string): string[] => value.split('');

/** Bodies by kind. Names of what is wrong with them where something is. */
const BODIES = {
  identity: ({ value }: Part, base: Partial<NseMessage>) =>
    message({
      ...base,
      classes: [nseClass('identification', [{ name: value, osName: value, clientDate: `${Math.random()}` }])],
    }),
  'part of identity': ({ value }: Part, base: Partial<NseMessage>) =>
    asPartial(message({ ...base, classes: [nseClass('identification', [{ osVersion: value }])] })),
  adapters: ({ value }: Part, base: Partial<NseMessage>) =>
    message({
      ...base,
      classes: [
        nseClass(
          'tcpip',
          letters(value).map((hostName) => ({ hostName, subnet: value })),
        ),
      ],
    }),
  'some adapters': ({ value }: Part, base: Partial<NseMessage>) =>
    asPartial(
      message({
        ...base,
        classes: [
          nseClass(
            'tcpip',
            letters(value).map((hostName) => ({ hostName, subnetMask: value })),
          ),
        ],
      }),
    ),
  'two classes': ({ value }: Part, base: Partial<NseMessage>) =>
    message({
      ...base,
      classes: [
        nseClass(
          'clientAgent',
          letters(value).map((agentName) => ({ agentName, productVersion: value })),
        ),
        nseClass('location', [{ site: value }]),
      ],
    }),
  'none of a class': (_part: Part, base: Partial<NseMessage>) =>
    message({ ...base, classes: [{ ...nseClass('tcpip', []), rows: [] }] }),
  'too long': ({ value }: Part, base: Partial<NseMessage>) =>
    message({
      ...base,
      classes: [nseClass('virtualMachine', [{ isVirtual: value.repeat(20), hypervisor: '\u0003' }])],
    }),
  run: ({ value, jump }: Part, base: Partial<NseMessage>) =>
    message({
      ...base,
      to: CAPTURE_ITEM.swdExecution,
      classes: [nseClass('swdExecution', [{ advertisementName: value, returnCode: String(jump) }])],
    }),
  download: ({ value }: Part, base: Partial<NseMessage>) =>
    message({
      ...base,
      to: CAPTURE_ITEM.swdPackage,
      classes: [nseClass('swdPackage', [{ packageName: value, status: SWD_PACKAGE_STATUS.downloaded }])],
    }),
  foreign: ({ value }: Part, base: Partial<NseMessage>) =>
    message({
      ...base,
      resource: { ...base.resource!, guid: newGuid() },
      classes: [nseClass('location', [{ site: value }])],
    }),
  'unknown class': ({ value }: Part, base: Partial<NseMessage>) =>
    message({ ...base, classes: [{ guid: newGuid(), name: value, rows: [[value]] }] }).replace(
      /guid="\{[^"]*\}" name="(\w+)"><data>/,
      'name="$1"><data>',
    ),
} satisfies Record<string, (part: Part, base: Partial<NseMessage>) => string>;

type Kind = keyof typeof BODIES | 'nameless' | 'again' | 'conflict';

/** Times differ by the index at least, so that no two are equal. */
function build(part: Part, index: number, earlier: readonly Sent[]): Sent {
  const { kind, sender, value, jump } = part;
  const base = {
    time: new Date(Date.parse('2020-06-01T00:00:00Z') + jump * 60_000 + index),
    resource: {
      guid: sender,
      name: `PC-${SENDERS.indexOf(sender)}`,
      keys: [{ name: 'fqdn', value: `${value}.${sender}.test` }],
    },
  };
  const mine = earlier.filter((event) => event.sender === sender).at(-1);
  if (kind === 'nameless') return { sender, body: BODIES.identity(part, base).replace(/<msgId>.*<\/msgId>/, '') };
  if (kind === 'again') return mine ?? { sender, body: BODIES.identity(part, base) };
  if (kind === 'conflict') {
    const msgId = /<msgId>\{(.*)\}<\/msgId>/.exec(mine?.body ?? '')?.[1] as Guid | undefined;
    return {
      sender,
      body: BODIES.identity(part, msgId === undefined ? base : ({ ...base, msgId } as Partial<NseMessage>)),
    };
  }
  return { sender, body: BODIES[kind](part, base) };
}

const KINDS = [...(Object.keys(BODIES) as Kind[]), 'nameless', 'again', 'conflict'] as const;

export const stream = (minLength: number, maxLength: number): fc.Arbitrary<Sent[]> =>
  fc
    .array(
      fc.record({
        kind: fc.constantFrom(...KINDS),
        sender: fc.constantFrom(...SENDERS),
        value: fc.constantFrom('a', 'abc', 'dcba'),
        // Mostly in order: what is older than the data changes nothing.
        jump: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5) }),
      }),
      { minLength, maxLength },
    )
    .map((parts) => {
      const events: Sent[] = [];
      for (const [index, part] of parts.entries()) events.push(build(part, index, events));
      return events;
    });

const TABLES = [
  'Resource',
  'ResourceKey',
  'Computer',
  'ResourceUpdate',
  'InventoryHistory',
  'Inv_AeX_AC_Identification',
  'Inv_AeX_AC_TCPIP',
  'Inv_AeX_AC_Client_Agent',
  'Inv_AeX_AC_Location',
  'Inv_AeX_AC_VirtualMachine',
  'SwdExecution',
  'SwdPackageEvent',
  'Timeline',
];
const WHEN = ['CreatedAt', 'ModifiedAt', 'LastInventoryAt'];

/** Everything that events can change, less the moments at which it was changed. */
export async function contents(cmdb: Cmdb): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const table of TABLES) {
    const when = table === 'InventoryHistory' ? [...WHEN, 'At'] : WHEN;
    const rows = (await rowsOf(cmdb, table)).map((row) =>
      JSON.stringify(row, (key, value: unknown) => (when.includes(key) ? undefined : value)),
    );
    all[table] = rows.sort();
  }
  const marks = await cmdb.db.selectFrom('AppliedEvent').select(['SenderGuid', 'BodyHash']).execute();
  all.AppliedEvent = marks.map((mark) => `${mark.SenderGuid} ${mark.BodyHash}`).sort();
  return all;
}

export interface Ending {
  cmdb: Record<string, string[]>;
  /** Why events were put aside. */
  bad: string[];
}

export const withoutIds = (reasons: readonly string[]): string[] =>
  reasons.map((reason) => reason.replace(/[0-9a-f-]{36}/g, '…')).sort();

/** The clean run: every event in its turn, each in a slice of its own. */
export async function oneByOne(cmdb: Cmdb, events: readonly Sent[]): Promise<Ending> {
  const bad: string[] = [];
  for (const { body, sender } of events) {
    const [outcome] = await apply(cmdb, fixedClock('2021-01-01T00:00:00Z'), [queued(body, { sender })]);
    if (outcome!.kind !== 'done') bad.push(outcome!.reason);
  }
  return { cmdb: await contents(cmdb), bad: withoutIds(bad) };
}

export async function cleanRun(events: readonly Sent[]): Promise<Ending> {
  const folder = mkdtempSync(join(tmpdir(), 'ns-clean-'));
  const cmdb = openSqlite(join(folder, 'cmdb.sqlite'));
  try {
    await migrate(cmdb);
    return await oneByOne(cmdb, events);
  } finally {
    await cmdb.close();
    rmSync(folder, { recursive: true });
  }
}
