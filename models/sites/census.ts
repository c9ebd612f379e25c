/**
 * Counts from addresses: how many computers take their site from each subnet, and which networks inventory has seen. In
 * slices, off the path of events: what comes in meanwhile is counted the next time.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Guid } from '../../wire/guid.ts';
import { deleteMatching, readMatching, updateMany } from '../cmdb/bulk.ts';
import type { SeenNetworkTable, SubnetUseTable, Utc } from '../cmdb/schema.ts';
import { isUniqueViolation, top } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { adapterNetwork, type AdapterNetwork } from './adapterNetwork.ts';
import { addressBytes } from './address.ts';
import { PrefixTable } from './prefixTable.ts';

const BATCH = 500;

interface Located {
  ResourceGuid: Guid;
  IpAddress: string;
  LastInventoryAt: Utc | null;
}

/** Counts the computers of every subnet anew. */
export async function countSubnets(cmdb: Cmdb): Promise<void> {
  const count = await subnetCounter(cmdb);
  for await (const slice of computers(cmdb)) slice.forEach(count.add);
  await count.write(cmdb);
}

/** Counts the computers of every subnet, and looks through inventory for networks. */
export async function takeCensus(cmdb: Cmdb): Promise<void> {
  const count = await subnetCounter(cmdb);
  const seen = new Map<string, SeenNetworkTable>();
  for await (const slice of computers(cmdb)) {
    slice.forEach(count.add);
    const seenAt = new Map(slice.map(({ ResourceGuid, LastInventoryAt }) => [ResourceGuid, LastInventoryAt]));
    for (const [guid, networks] of await adaptersOf(cmdb, [...seenAt.keys()])) {
      for (const network of networks.values()) note(seen, network, seenAt.get(guid) ?? null);
    }
  }
  await count.write(cmdb);
  await writeSeen(cmdb, seen);
}

async function* computers(cmdb: Cmdb): AsyncGenerator<Located[]> {
  for (let after: Guid | undefined; ;) {
    let query = cmdb.db
      .selectFrom('Computer')
      .select(['ResourceGuid', 'IpAddress', 'LastInventoryAt'])
      .orderBy('ResourceGuid');
    if (after !== undefined) query = query.where('ResourceGuid', '>', after);
    const slice = await top(cmdb, query, BATCH).execute();
    if (slice.length > 0) yield slice;
    if (slice.length < BATCH) return;
    after = slice.at(-1)!.ResourceGuid;
    await turn();
  }
}

async function subnetCounter({ db }: Session) {
  const subnets = await db.selectFrom('Subnet').select(['Guid', 'Network', 'PrefixLength']).execute();
  const tries = { 4: new PrefixTable<SubnetUseTable>(), 16: new PrefixTable<SubnetUseTable>() };
  const uses = subnets.map(({ Guid, Network, PrefixLength }) => {
    const use: SubnetUseTable = { SubnetGuid: Guid, Computers: 0, LastSeenAt: null };
    const bytes = addressBytes(Network);
    if (bytes !== undefined) tries[bytes.length as 4 | 16].add(bytes, PrefixLength, use);
    return use;
  });
  return {
    add: ({ IpAddress, LastInventoryAt }: Located): void => {
      const bytes = IpAddress === '' ? undefined : addressBytes(IpAddress);
      const use = bytes && tries[bytes.length as 4 | 16].find(bytes);
      if (use === undefined) return;
      use.Computers++;
      use.LastSeenAt = later(use.LastSeenAt, LastInventoryAt);
    },
    write: (cmdb: Cmdb): Promise<void> =>
      replaceChanged(
        cmdb,
        'SubnetUse',
        ['SubnetGuid'],
        uses.filter((use) => use.Computers > 0),
      ),
  };
}

const later = (one: Utc | null, other: Utc | null): Utc | null =>
  one === null || (other !== null && other > one) ? other : one;

type Value = string | number | null;

/** Networks by their text, by computer: one that has two adapters in a network is in it once. */
async function adaptersOf(session: Session, guids: Guid[]): Promise<Map<Guid, Map<string, AdapterNetwork>>> {
  const keys = guids.map((guid) => [guid]);
  const read = (table: string, mask: string) =>
    readMatching<Record<string, Value>>(
      session,
      table,
      ['_ResourceGuid', 'IP Address', mask, 'Adapter'],
      ['_ResourceGuid'],
      keys,
    );
  const found = new Map<Guid, Map<string, AdapterNetwork>>();
  const take = (rows: readonly Record<string, Value>[], mask: string): void => {
    for (const row of rows) {
      const text = (column: string): string => String(row[column] ?? '');
      const network = adapterNetwork(text('IP Address'), text(mask), text('Adapter'));
      if (network === undefined) continue;
      const guid = row._ResourceGuid as Guid;
      const own = found.get(guid) ?? new Map<string, AdapterNetwork>();
      const key = `${network.network}/${network.prefixLength}`;
      if (own.get(key)?.kind !== 'network') own.set(key, network);
      found.set(guid, own);
    }
  };
  take(await read('Inv_AeX_AC_TCPIP', 'Subnet Mask'), 'Subnet Mask');
  take(await read('Inv_AeX_AC_TCPIPv6', 'Prefix Length'), 'Prefix Length');
  return found;
}

/** A network is virtual only when every adapter in it is. */
function note(seen: Map<string, SeenNetworkTable>, network: AdapterNetwork, at: Utc | null): void {
  const key = `${network.network}/${network.prefixLength}`;
  const { network: Network, prefixLength: PrefixLength, kind: Kind } = network;
  const known = seen.get(key) ?? { Network, PrefixLength, Kind, Computers: 0, LastSeenAt: null };
  if (Kind === 'network') known.Kind = Kind;
  known.Computers++;
  known.LastSeenAt = later(known.LastSeenAt, at);
  seen.set(key, known);
}

const writeSeen = (cmdb: Cmdb, seen: ReadonlyMap<string, SeenNetworkTable>): Promise<void> =>
  replaceChanged(cmdb, 'SeenNetwork', ['Network', 'PrefixLength'], [...seen.values()]);

type Counted = SubnetUseTable | SeenNetworkTable;

/** Rows of one transaction: events are applied in between. */
const SLICE = 500;

/** Makes the table hold `rows` and no others, writing only those that differ; another node may be counting, too. */
async function replaceChanged(
  cmdb: Cmdb,
  table: 'SubnetUse' | 'SeenNetwork',
  key: readonly string[],
  rows: readonly Counted[],
): Promise<void> {
  const keyOf = (row: object): string => key.map((name) => (row as Record<string, Value>)[name]).join('/');
  const before = (await cmdb.db.selectFrom(table).selectAll().execute()) as Counted[];
  const known = new Map(before.map((row) => [keyOf(row), row]));
  const wanted = new Set(rows.map(keyOf));
  const gone = before.filter((row) => !wanted.has(keyOf(row)));
  await inSlices(cmdb, gone, (session, some) => deleteRows(session, table, some));
  const fresh = rows.filter((row) => !known.has(keyOf(row)));
  await inSlices(cmdb, fresh, (session, some) => session.insertMany(table, some));
  const columns = Object.keys(rows[0] ?? {});
  const valuesOf = (row: object): Value[] => columns.map((name) => (row as Record<string, Value>)[name]!);
  const changed = rows.filter((row) => {
    const former = known.get(keyOf(row));
    return former !== undefined && valuesOf(former).join() !== valuesOf(row).join();
  });
  await inSlices(cmdb, changed, (session, some) => updateMany(session, table, columns, key.length, some.map(valuesOf)));
}

async function inSlices(
  cmdb: Cmdb,
  rows: readonly Counted[],
  write: (session: Session, rows: readonly Counted[]) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < rows.length; from += SLICE) {
    try {
      // What a power cut takes is counted again.
      await cmdb.transaction((session) => write(session, rows.slice(from, from + SLICE)), { mayBeLost: true });
    } catch (error) {
      // Another node counted at the same moment: its figures are as good.
      if (!isUniqueViolation(error)) throw error;
    }
    await turn();
  }
}

async function deleteRows(session: Session, table: 'SubnetUse' | 'SeenNetwork', rows: readonly Counted[]) {
  if (table === 'SubnetUse') {
    const subnets = (rows as readonly SubnetUseTable[]).map(({ SubnetGuid }) => SubnetGuid);
    return deleteMatching(session, table, 'SubnetGuid', subnets);
  }
  for (const [length, some] of Map.groupBy(rows as readonly SeenNetworkTable[], (row) => row.PrefixLength)) {
    const networks = some.map(({ Network }) => Network);
    const ofLength = session.db.deleteFrom('SeenNetwork').where('PrefixLength', '=', length);
    await ofLength.where('Network', 'in', networks).execute();
  }
}
