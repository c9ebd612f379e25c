/** Two computers with rows in every table that knows computers, and everything that is stored about them. */
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import type { Session } from '../../models/cmdb/types.ts';
import { untyped } from '../../models/cmdb/untyped.ts';
import { utc } from '../../models/clock.ts';
import { sql } from 'kysely';
import { inventoryTables, LOG_TABLES, RELATION_TABLES, STATE_TABLES } from '../../models/resources/resourceTables.ts';
import { readRows, rowText, type Row } from '../../models/resources/keptRows.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { DATA_CLASS, RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { NOON } from '../agents/support.ts';

const HOUR = 3600_000;

export interface FullOptions {
  name: string;
  /** Hours before noon of its last contact, inventory and events. */
  hours?: number;
  keys?: Record<string, string>;
  state?: string;
  policy?: Guid;
  targets?: Guid[];
  software?: number;
}

export async function newTarget(session: Session, name: string): Promise<Guid> {
  const guid = newGuid();
  const times = { CreatedAt: utc(NOON), CreatedBy: 'jane', ModifiedAt: utc(NOON), ModifiedBy: 'jane' };
  const ClassGuid = '7f0c3b1e-2d54-4c8a-8f10-000000000003' as Guid;
  const item = { Guid: guid, Name: name, Description: '', ClassGuid, ProductGuid: null, Attributes: 0, ...times };
  await session.db.insertInto('Item').values(item).execute();
  await session.db.insertInto('Target').values({ Guid: guid, Kind: 'list' }).execute();
  return guid;
}

/** A computer with at least a row in each table. */
export async function fullComputer(cmdb: AnyCmdb, options: FullOptions): Promise<Guid> {
  const { name, hours = 0, keys = { uniqueid: `board-${name}`, 'name.domain': `${name}.EXAMPLE` } } = options;
  const guid = newGuid();
  const at = utc(NOON - hours * HOUR);
  const of = { ResourceGuid: guid };
  await cmdb.transaction(async (session) => {
    const { db } = session;
    await db
      .insertInto('Resource')
      .values({
        Guid: guid,
        Name: name,
        ResourceTypeGuid: RESOURCE_TYPE.computer,
        IsManaged: 1,
        CreatedAt: utc(NOON - (hours + 1000) * HOUR),
        ModifiedAt: at,
        DeletedAt: null,
      })
      .execute();
    await db
      .insertInto('Computer')
      .values({
        ...of,
        Name: name,
        Domain: 'EXAMPLE',
        Fqdn: `${name.toLowerCase()}.example.test`,
        OsName: 'Windows 11',
        OsVersion: '10.0',
        SystemType: 'x64',
        IpAddress: '10.1.2.3',
        MacAddress: '00:11:22:33:44:55',
        AgentVersion: '8.8',
        UserName: 'anna',
        SiteGuid: null,
        LastInventoryAt: at,
      })
      .execute();
    await db
      .insertInto('ComputerContact')
      .values({ ...of, LastContactAt: at, LastPolicyAt: at, LastEventAt: null, LastAddress: `10.0.0.${hours % 250}` })
      .execute();
    for (const [KeyName, KeyValue] of Object.entries(keys)) {
      await db
        .insertInto('ResourceKey')
        .values({ ...of, KeyName, KeyValue })
        .execute();
    }
    await db.insertInto('ResourceAlias').values({ AliasGuid: newGuid(), ResourceGuid: guid, CreatedAt: at }).execute();
    await db
      .insertInto('AgentRegistration')
      .values({
        Guid: newGuid(),
        ...of,
        Name: name,
        Domain: 'EXAMPLE',
        Fqdn: '',
        Address: '10.1.2.3',
        MacAddress: '',
        UserName: '',
        KeyHash: `hash-${guid}`,
        State: options.state ?? 'allowed',
        Reason: 'A rule decided.',
        DuplicateOfGuid: null,
        DecidedBy: 'jane',
        DecidedAt: at,
        FirstSeenAt: at,
        LastSeenAt: at,
        RequestCount: 3,
        PolicyKey: `key-${guid}`,
        RequestXml: '<resource/>',
      })
      .execute();
    for (const target of options.targets ?? []) {
      await db
        .insertInto('TargetMember')
        .values({ TargetGuid: target, ...of })
        .execute();
    }
    await db
      .insertInto('Delivery')
      .values({
        PolicyGuid: options.policy ?? newGuid(),
        ...of,
        PackageGuid: null,
        PackageVersion: 1,
        Status: 'succeeded',
        ReturnCode: 0,
        Detail: name,
        UpdatedAt: at,
      })
      .execute();
    await session.insertMany('HardwareSeen', [
      {
        ...of,
        KeysHash: `hash-of-${name}`,
        ComputerName: name,
        Address: '10.1.2.3',
        FirstSeenAt: at,
        LastSeenAt: at,
        TimesSeen: 2,
        IsCurrent: 1,
        Keys: JSON.stringify([`uniqueid=board-${name.toLowerCase()}`]),
      },
    ]);
    await logs(session, guid, name, at);
    await inventory(session, guid, name, at, options.software ?? 2);
  });
  return guid;
}

async function logs({ db }: Session, guid: Guid, name: string, at: string): Promise<void> {
  const of = { ResourceGuid: guid };
  const swd = { AdvertisementId: newGuid(), AdvertisementName: name, PackageId: newGuid(), PackageName: name };
  await db
    .insertInto('Timeline')
    .values({ ...of, At: at, Kind: 'registered', Detail: name })
    .execute();
  const history = { InventoryClassGuid: DATA_CLASS.identification, At: at, EventAt: at, Change: '{"added":[]}' };
  await db
    .insertInto('InventoryHistory')
    .values({ ...of, ...history })
    .execute();
  const execution = { ...of, EventAt: at, ...swd, ProgramName: 'setup', Status: 'succeeded', StartAt: at, EndAt: at };
  await db
    .insertInto('SwdExecution')
    .values([
      { ...execution, ReturnCode: 0 },
      { ...execution, ReturnCode: 3010 },
    ])
    .execute();
  await db
    .insertInto('SwdStatus')
    .values({ ...of, EventAt: at, ...swd, Status: 'succeeded', Detail: '', ReturnCode: 0 })
    .execute();
}

async function inventory(session: Session, guid: Guid, name: string, at: string, rows: number): Promise<void> {
  const add = async (classGuid: Guid, table: string, list: object[]): Promise<void> => {
    await session.insertMany(
      table as never,
      list.map((row) => ({ _ResourceGuid: guid, ...row })),
    );
    await session.db
      .insertInto('ResourceUpdate')
      .values({
        ResourceGuid: guid,
        InventoryClassGuid: classGuid,
        CreatedAt: at,
        ModifiedAt: at,
        EventAt: at,
        RowCount: list.length,
        DataHash: `${name} ${table}`,
      })
      .execute();
  };
  await add(DATA_CLASS.identification, 'Inv_AeX_AC_Identification', [{ Name: name, Domain: 'EXAMPLE' }]);
  await add(
    DATA_CLASS.clientAgent,
    'Inv_AeX_AC_Client_Agent',
    Array.from({ length: rows }, (_, index) => ({ 'Agent Name': `Agent ${index}`, 'Product Version': name })),
  );
}

/** All that is stored about computers, by table, in one order; row numbers that are drawn anew are left out. */
export async function everything(cmdb: AnyCmdb): Promise<Record<string, Row[]>> {
  const tables = [
    'Resource',
    'AgentRegistration',
    'IdentityConflict',
    'AppliedEvent',
    ...LOG_TABLES.map(({ table }) => table),
    ...Object.keys(STATE_TABLES),
    ...Object.keys(RELATION_TABLES),
    ...(await inventoryTables(cmdb)).map(({ table }) => table),
  ];
  const all: Record<string, Row[]> = {};
  for (const table of tables) {
    const rows = await untyped(cmdb).selectFrom(table).selectAll().execute();
    all[table] = rows
      .map(({ _id, ...row }) => row)
      .filter((row) => !(table === 'Timeline' && ['merged', 'mergeUndone'].includes(String(row.Kind))))
      .toSorted((a, b) => (rowText(a) < rowText(b) ? -1 : 1));
  }
  return all;
}

/** Numbers of rows of a computer by table; tables without any are left out. */
export async function rowCounts(cmdb: AnyCmdb, guid: Guid): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const note = async (table: string, column: string): Promise<void> => {
    const rows = await readRows(cmdb, table, column, [guid]);
    if (rows.length > 0) counts[table] = (counts[table] ?? 0) + rows.length;
  };
  await note('Resource', 'Guid');
  await note('AgentRegistration', 'ResourceGuid');
  for (const { table, column } of LOG_TABLES) await note(table, column);
  for (const [table, column] of Object.entries(STATE_TABLES)) await note(table, column);
  for (const { table } of await inventoryTables(cmdb)) await note(table, '_ResourceGuid');
  return counts;
}

export async function mark(cmdb: AnyCmdb, sender: Guid, msgId: Guid): Promise<void> {
  await cmdb.db
    .insertInto('AppliedEvent')
    .values({ SenderGuid: sender, MsgId: msgId, BodyHash: 'h', AppliedAt: utc(NOON - HOUR) })
    .execute();
}

export async function relate(cmdb: AnyCmdb, parent: Guid, child: Guid): Promise<void> {
  const type = 'ed35a8d1-bf60-4771-9dde-092c146c485a' as Guid;
  await cmdb.db
    .insertInto('ResourceAssociation')
    .values({
      ResourceAssociationTypeGuid: type,
      ParentResourceGuid: parent,
      ChildResourceGuid: child,
      CreatedAt: utc(NOON),
    })
    .execute();
}

export async function newUser(cmdb: AnyCmdb, name: string): Promise<Guid> {
  const guid = newGuid();
  const times = { CreatedAt: utc(NOON), ModifiedAt: utc(NOON), DeletedAt: null };
  await cmdb.db
    .insertInto('Resource')
    .values({ Guid: guid, Name: name, ResourceTypeGuid: RESOURCE_TYPE.user, IsManaged: 0, ...times })
    .execute();
  return guid;
}

export const countOf = async (cmdb: AnyCmdb, table: string): Promise<number> =>
  Number((await sql<{ n: number }>`SELECT COUNT(*) AS n FROM ${sql.table(table)}`.execute(cmdb.db)).rows[0]!.n);
