/** Events that a computer makes on purpose to hold up the server. */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utc } from '../../models/clock.ts';
import { openCmdb, type AnyCmdb } from '../../models/cmdb/open.ts';
import { migrate } from '../../models/cmdb/migrate.ts';
import { stageEvent } from '../../models/events/process.ts';
import { DataClasses } from '../../models/inventory/dataClasses.ts';
import type { ClassData } from '../../models/inventory/inventoryRows.ts';
import { resourceNamedIn } from '../../routes/agent/eventBody.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import { fixedClock, inventory, process, queued, rowsOf, WKS_042 } from '../events/support.ts';

const NAME = 'AeX AC Client Agent';

describe('events made to hold up the server', () => {
  const clock = fixedClock('2031-02-03T04:05:06.000Z');
  let folder: string;
  let cmdb: AnyCmdb;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ns-attack-'));
    cmdb = await openCmdb(`sqlite:${join(folder, 'cmdb.sqlite')}`);
    await migrate(cmdb);
  });
  after(async () => {
    await cmdb.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('look for the GUID of an unknown caller within one element', () => {
    const named = (text: string) => resourceNamedIn(Buffer.from(text));
    expect(named(`<message><resource ref="1" guid="{${WKS_042}}"/>`)).to.equal(WKS_042);
    // Over element ends, thousands of open elements would each be searched to the end, for anybody who asks.
    expect(named(`<resource <resource <a guid="{${WKS_042}}"/>`)).to.equal(undefined);
  });

  it('take a block a row for as many rows, without copying those before', async () => {
    const count = 300_000;
    const blocks = '<resource resourceRef="1"/><row c0="A"/>'.repeat(count);
    const body = `<message><to>${CAPTURE_ITEM.basicInventory}</to><body><inventory><resources><resource guid="${WKS_042}" ref="1"/></resources><inventoryClass name="${NAME}"><data>${blocks}</data></inventoryClass></inventory></body></message>`;
    const ready = stageEvent({ classes: await DataClasses.load(cmdb), spoolFolder: '' }, queued(body));
    const [written] = (ready.parts[0]!.data as { classes: ClassData[] }).classes;
    expect(written!.rows).to.have.length(count);
  });

  it('put aside an event with more resources than could be its sender, before any is looked up', async () => {
    expect((await process(cmdb, clock, [queued(inventory('WKS-042', keyed()))]))[0]).to.include({ kind: 'done' });
    const before = await stored();
    const key = '<key name="fqdn" value="wks-042.example.test"/>';
    const resources = Array.from({ length: 101 }, (_, ref) => `<resource ref="${ref}">${key}</resource>`).join('');
    const blocks = Array.from({ length: 101 }, (_, ref) => `<resource resourceRef="${ref}"><row c0="A"/></resource>`);
    const body = `<message><to>${CAPTURE_ITEM.basicInventory}</to><body><inventory><resources>${resources}</resources><inventoryClass name="${NAME}"><data>${blocks.join('')}</data></inventoryClass></inventory></body></message>`;
    const [outcome] = await process(cmdb, clock, [queued(body)]);
    expect(outcome).to.deep.include({
      kind: 'bad',
      reason: 'The event names 101 resources; at most 100 are taken.',
    });
    expect(await stored()).to.deep.equal(before);
  });

  it('cannot be shut out by data from a time when the clock was wrong', async () => {
    const years = { receivedAt: '2039-01-01T00:00:00.000Z' };
    const at = (time: string, name: string) => inventory(name, { time: new Date(time) });
    await process(cmdb, fixedClock(years.receivedAt), [queued(at(years.receivedAt, 'WRONG'), years)]);
    await process(cmdb, clock, [queued(at('2031-02-03T04:00:00.000Z', 'RIGHT'), { receivedAt: utc(clock.now()) })]);
    const names = async () => (await rowsOf(cmdb, 'Inv_AeX_AC_Identification')).map((row) => row.Name);
    expect(await names()).to.deep.equal(['RIGHT']);
    // From then on order counts again.
    await process(cmdb, clock, [queued(at('2031-02-03T03:00:00.000Z', 'OLD'), { receivedAt: utc(clock.now()) })]);
    expect(await names()).to.deep.equal(['RIGHT']);
  });

  const keyed = () => ({
    resource: { guid: WKS_042, name: 'WKS-042', keys: [{ name: 'fqdn', value: 'wks-042.example.test' }] },
  });
  const stored = async () => [
    await rowsOf(cmdb, 'AppliedEvent'),
    await rowsOf(cmdb, 'Inv_AeX_AC_Client_Agent'),
    await rowsOf(cmdb, 'ResourceUpdate'),
  ];
});
