/** Random streams of events end in the same CMDB, whether they are applied one by one or by threads that are killed. */
import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { migrate } from '../../models/cmdb/migrate.ts';
import { openSqlite } from '../../models/cmdb/sqlite.ts';
import type { Cmdb } from '../../models/cmdb/types.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { nseClass, SWD_PACKAGE_STATUS } from '../../wire/nse.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import { Pipeline } from './pipeline.ts';
import { fixedClock, message, process as apply, queued, rowsOf } from './support.ts';

const SENDERS = Array.from({ length: 4 }, newGuid);
const RUNS = Math.ceil(Number(process.env.FUZZ_RUNS ?? 500) / 200);

interface Sent {
  sender: Guid;
  body: string;
}

type Kind =
  'identity' | 'adapters' | 'run' | 'download' | 'foreign' | 'unknown class' | 'nameless' | 'again' | 'conflict';

/** Times differ by the index at least, so that no two are equal, but go back and forth. */
function build(index: number, kind: Kind, sender: Guid, value: string, jump: number, earlier: Sent[]): Sent {
  const time = new Date(Date.parse('2020-06-01T00:00:00Z') + jump * 60_000 + index);
  const resource = {
    guid: sender,
    name: `PC-${SENDERS.indexOf(sender)}`,
    keys: [{ name: 'fqdn', value: `${value}.${sender}.test` }],
  };
  const mine = earlier.filter((event) => event.sender === sender).at(-1);
  const identity = (changes = {}): string =>
    message({ time, resource, classes: [nseClass('identification', [{ name: value, osName: value }])], ...changes });
  const msgId = /<msgId>\{(.*)\}<\/msgId>/.exec(mine?.body ?? '')?.[1] as Guid | undefined;
  const bodies: Record<Kind, () => string> = {
    identity,
    adapters: () =>
      message({
        time,
        resource,
        classes: [
          nseClass(
            'tcpip',
            value.split('').map((letter) => ({ hostName: letter })),
          ),
        ],
      }),
    run: () =>
      message({
        to: CAPTURE_ITEM.swdExecution,
        time,
        resource,
        classes: [nseClass('swdExecution', [{ advertisementName: value, returnCode: String(jump) }])],
      }),
    download: () =>
      message({
        to: CAPTURE_ITEM.swdPackage,
        time,
        resource,
        classes: [nseClass('swdPackage', [{ packageName: value, status: SWD_PACKAGE_STATUS.downloaded }])],
      }),
    foreign: () => identity({ resource: { ...resource, guid: newGuid() } }),
    'unknown class': () =>
      message({ time, resource, classes: [{ guid: newGuid(), name: value, rows: [[value]] }] }).replace(
        /guid="\{[^"]*\}" name="(\w+)"><data>/,
        'name="$1"><data>',
      ),
    nameless: () => identity().replace(/<msgId>.*<\/msgId>/, ''),
    again: () => mine?.body ?? identity(),
    conflict: () => (msgId === undefined ? identity() : identity({ msgId })),
  };
  return { sender, body: bodies[kind]() };
}

const stream = fc
  .array(
    fc.record({
      kind: fc.constantFrom<Kind>(
        'identity',
        'identity',
        'adapters',
        'run',
        'run',
        'download',
        'foreign',
        'unknown class',
        'nameless',
        'again',
        'conflict',
      ),
      sender: fc.constantFrom(...SENDERS),
      value: fc.constantFrom('a', 'bb', 'abc', 'dcba'),
      jump: fc.integer({ min: 0, max: 5 }),
    }),
    { minLength: 50, maxLength: 200 },
  )
  .map((parts) => {
    const events: Sent[] = [];
    for (const [index, { kind, sender, value, jump }] of parts.entries())
      events.push(build(index, kind, sender, value, jump, events));
    return events;
  });

const TABLES = [
  'Resource',
  'ResourceKey',
  'Computer',
  'ResourceUpdate',
  'Inv_AeX_AC_Identification',
  'Inv_AeX_AC_TCPIP',
  'SwdExecution',
  'SwdPackageEvent',
  'Timeline',
];
const WHEN = ['CreatedAt', 'ModifiedAt', 'LastInventoryAt'];

/** Everything that events can change, less the moments at which it was changed. */
async function contents(cmdb: Cmdb): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const table of TABLES) {
    const rows = (await rowsOf(cmdb, table)).map((row) =>
      JSON.stringify(row, (key, value: unknown) => (WHEN.includes(key) ? undefined : value)),
    );
    all[table] = rows.sort();
  }
  const marks = await cmdb.db.selectFrom('AppliedEvent').select(['SenderGuid', 'BodyHash']).execute();
  all.AppliedEvent = marks.map((mark) => `${mark.SenderGuid} ${mark.BodyHash}`).sort();
  return all;
}

const withoutIds = (reasons: string[]): string[] =>
  reasons.map((reason) => reason.replace(/[0-9a-f-]{36}/g, '…')).sort();

async function oneByOne(events: readonly Sent[]): Promise<{ cmdb: Record<string, string[]>; bad: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'ns-clean-'));
  const cmdb = openSqlite(join(folder, 'cmdb.sqlite'));
  await migrate(cmdb);
  const bad: string[] = [];
  for (const { body, sender } of events) {
    const [outcome] = await apply(cmdb, fixedClock('2021-01-01T00:00:00Z'), [queued(body, { sender })]);
    if (outcome!.kind === 'bad') bad.push(outcome!.reason);
  }
  const result = { cmdb: await contents(cmdb), bad: withoutIds(bad) };
  await cmdb.close();
  rmSync(folder, { recursive: true });
  return result;
}

/** `crashes`: how much of the queue, in percent, is left when the thread is killed. */
async function withCrashes(
  events: readonly Sent[],
  crashes: readonly number[],
): Promise<{ cmdb: Record<string, string[]>; bad: string[] }> {
  const pipeline = await Pipeline.open();
  try {
    const accepting = events.map(({ body, sender }) => pipeline.accept(body, sender));
    await pipeline.startProcessing();
    await Promise.all(accepting);
    for (const left of [...crashes].sort().reverse()) {
      while ((await pipeline.queue.state()).depth > (events.length * left) / 100) await wait(1);
      await pipeline.killProcessing();
      await pipeline.startProcessing();
    }
    await pipeline.drained();
    const { events: bad } = await pipeline.queue.listBad(0, 1000);
    return { cmdb: await contents(pipeline.cmdb), bad: withoutIds(bad.map((event) => event.reason)) };
  } finally {
    await pipeline.close();
  }
}

describe('events and crashes', () => {
  it('end in the CMDB of the clean run', async function () {
    this.timeout(RUNS * 60_000);
    await fc.assert(
      fc.asyncProperty(
        stream,
        fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 3 }),
        async (events, crashes) => {
          const [clean, crashed] = [await oneByOne(events), await withCrashes(events, crashes)];
          expect(crashed).to.deep.equal(clean);
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
});
