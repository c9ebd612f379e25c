/** The narrow Computer row that lists show and sort by, kept from basic inventory. */
import type { Guid } from '../../wire/guid.ts';
import { DATA_CLASS } from '../../wire/wellKnown.ts';
import { recordChanges } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import { readMatching, updateMany } from '../cmdb/bulk.ts';
import type { ComputerTable } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import type { ClassRow } from './inventoryRows.ts';
import { firstValue, type InventoryChange } from './writeInventory.ts';

type ComputerFields = Omit<ComputerTable, 'ResourceGuid' | 'SiteGuid' | 'LastInventoryAt'>;

/** What a computer's row takes from each data class. */
const SOURCES: Record<string, (rows: readonly ClassRow[]) => Partial<ComputerFields>> = {
  [DATA_CLASS.identification]: (rows) => ({
    Name: firstValue(rows, 'Name'),
    Domain: firstValue(rows, 'Domain'),
    Fqdn: firstValue(rows, 'FQDN'),
    OsName: firstValue(rows, 'OS Name'),
    OsVersion: firstValue(rows, 'OS Version'),
    SystemType: firstValue(rows, 'System Type'),
    UserName: firstValue(rows, 'Last Logon User'),
  }),
  [DATA_CLASS.tcpip]: (rows) => {
    const adapter = mainAdapter(rows);
    return { IpAddress: firstValue(adapter, 'IP Address'), MacAddress: firstValue(adapter, 'MAC Address') };
  },
  [DATA_CLASS.clientAgent]: (rows) => ({ AgentVersion: firstValue(coreAgent(rows), 'Product Version') }),
};

/** Longest text of each column on SQL Server; a data class may allow more. */
const LONGEST: Record<keyof ComputerFields, number> = {
  Name: 255,
  Domain: 255,
  Fqdn: 255,
  OsName: 255,
  OsVersion: 100,
  SystemType: 100,
  IpAddress: 45,
  MacAddress: 32,
  AgentVersion: 60,
  UserName: 255,
};

/** The first adapter with an address of use outside the machine, else the first with any. */
function mainAdapter(rows: readonly ClassRow[]): ClassRow[] {
  const addressed = rows.filter((row) => firstValue([row], 'IP Address') !== '');
  const outside = addressed.find((row) => !/^(127\.|169\.254\.|::1$|fe80:)/i.test(firstValue([row], 'IP Address')));
  const chosen = outside ?? addressed[0] ?? rows[0];
  return chosen === undefined ? [] : [chosen];
}

/** The class has a row for each plug-in; the core is listed under this name, else first. */
function coreAgent(rows: readonly ClassRow[]): ClassRow[] {
  const core =
    rows.find((row) => /^(altiris|symantec management) agent$/i.test(firstValue([row], 'Agent Name'))) ?? rows[0];
  return core === undefined ? [] : [core];
}

const FIELDS = Object.keys(LONGEST) as (keyof ComputerFields)[];
const COLUMNS = ['ResourceGuid', ...FIELDS, 'LastInventoryAt'] as const;

/**
 * Brings the rows of computers up to date after inventory.
 * @param heard every computer that sent basic inventory, by the name it gave itself: its LastInventoryAt moves on
 * @param changes data that changed, in order, as `writeInventory` answers it
 */
export async function updateComputers(
  session: Session,
  clock: Clock,
  heard: ReadonlyMap<Guid, string>,
  changes: readonly InventoryChange[],
): Promise<void> {
  const at = utc(clock.now());
  const known = await readComputers(session, [...heard.keys()]);
  const told = fieldsOf(changes);
  const fresh: ComputerTable[] = [];
  const changed: KnownComputer[] = [];
  const heardOnly: Guid[] = [];
  const renamed: [Guid, string][] = [];
  for (const [guid, name] of heard) {
    const before = known.get(guid);
    const fields = fitting(told.get(guid) ?? {});
    if (fields.Name !== undefined && fields.Name !== (before ?? newComputer(guid, name)).Name)
      renamed.push([guid, fields.Name]);
    if (before === undefined) fresh.push({ ...newComputer(guid, name), ...fields, LastInventoryAt: at });
    else if (differs(before, fields)) changed.push({ ...before, ...fields, LastInventoryAt: at });
    else heardOnly.push(guid);
  }
  await session.insertMany('Computer', fresh);
  await updateMany(
    session,
    'Computer',
    COLUMNS,
    1,
    changed.map((computer) => COLUMNS.map((name) => computer[name])),
  );
  await updateMany(
    session,
    'Computer',
    ['ResourceGuid', 'LastInventoryAt'],
    1,
    heardOnly.map((guid) => [guid, at]),
  );
  await updateMany(
    session,
    'Resource',
    ['Guid', 'Name', 'ModifiedAt'],
    1,
    renamed.map(([guid, name]) => [guid, name, at]),
  );
  await recordChanges(
    session,
    clock,
    'computer',
    [...fresh, ...changed].map((computer) => computer.ResourceGuid),
  );
}

type KnownComputer = Omit<ComputerTable, 'SiteGuid'>;

async function readComputers(session: Session, guids: readonly Guid[]): Promise<Map<Guid, KnownComputer>> {
  const rows = await readMatching<KnownComputer>(
    session,
    'Computer',
    COLUMNS,
    ['ResourceGuid'],
    guids.map((guid) => [guid]),
  );
  return new Map(rows.map((row) => [row.ResourceGuid, row]));
}

/** What the changes say of each computer; later ones win. */
function fieldsOf(changes: readonly InventoryChange[]): Map<Guid, Partial<ComputerFields>> {
  const told = new Map<Guid, Partial<ComputerFields>>();
  for (const { resource, data } of changes) {
    const fields = SOURCES[data.dataClass.guid]?.(data.rows);
    if (fields === undefined) continue;
    // A computer always has a name to show and to search by.
    if (fields.Name === '') delete fields.Name;
    told.set(resource, { ...told.get(resource), ...fields });
  }
  return told;
}

function fitting(fields: Partial<ComputerFields>): Partial<ComputerFields> {
  for (const name of FIELDS) if (name in fields) fields[name] = fields[name]!.slice(0, LONGEST[name]);
  return fields;
}

function differs(before: KnownComputer, fields: Partial<ComputerFields>): boolean {
  return FIELDS.some((name) => name in fields && fields[name] !== before[name]);
}

function newComputer(guid: Guid, name: string): Omit<ComputerTable, 'LastInventoryAt'> {
  const empty = {
    Domain: '',
    Fqdn: '',
    OsName: '',
    OsVersion: '',
    SystemType: '',
    IpAddress: '',
    MacAddress: '',
    AgentVersion: '',
    UserName: '',
  };
  return { ResourceGuid: guid, Name: name.slice(0, LONGEST.Name), ...empty, SiteGuid: null };
}
