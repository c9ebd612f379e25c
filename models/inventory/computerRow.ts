/** The narrow Computer row that lists show and sort by, kept from basic inventory. */
import type { Guid } from '../../wire/guid.ts';
import { DATA_CLASS } from '../../wire/wellKnown.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import type { ComputerTable } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import type { ClassRow } from './inventoryRows.ts';
import { firstValue, unique, type InventoryChange } from './writeInventory.ts';

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

/**
 * Brings the rows of computers up to date after inventory.
 * @param heard every computer that sent basic inventory, by the name it gave itself: its LastInventoryAt moves on
 * @param changes data that changed, as `writeInventory` answers it
 */
export async function updateComputers(
  session: Session,
  clock: Clock,
  heard: ReadonlyMap<Guid, string>,
  changes: readonly InventoryChange[],
): Promise<void> {
  const guids = [...heard.keys()];
  const rows = await session.db.selectFrom('Computer').selectAll().where('ResourceGuid', 'in', guids).execute();
  const known = new Map(rows.map((row) => [row.ResourceGuid, row]));
  const at = utc(clock.now());
  const missing = guids.filter((guid) => !known.has(guid));
  await session.insertMany(
    'Computer',
    missing.map((guid) => newComputer(guid, heard.get(guid)!, at)),
  );
  for (const guid of unique([...missing, ...changes.map((change) => change.resource)])) {
    const before = known.get(guid) ?? newComputer(guid, heard.get(guid)!, at);
    await updateComputer(
      session,
      clock,
      before,
      changes.filter((change) => change.resource === guid),
      missing.includes(guid),
    );
  }
  await session.db.updateTable('Computer').set({ LastInventoryAt: at }).where('ResourceGuid', 'in', guids).execute();
}

function newComputer(guid: Guid, name: string, at: string): ComputerTable {
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
  return { ResourceGuid: guid, Name: name.slice(0, LONGEST.Name), ...empty, SiteGuid: null, LastInventoryAt: at };
}

async function updateComputer(
  session: Session,
  clock: Clock,
  before: ComputerTable,
  changes: readonly InventoryChange[],
  isNew: boolean,
): Promise<void> {
  const fields: Partial<ComputerFields> = {};
  for (const { data } of changes) Object.assign(fields, SOURCES[data.dataClass.guid]?.(data.rows));
  // A computer always has a name to show and to search by.
  if (fields.Name === '') delete fields.Name;
  const changed: Partial<ComputerFields> = {};
  for (const [name, value] of Object.entries(fields) as [keyof ComputerFields, string][]) {
    const fitting = value.slice(0, LONGEST[name]);
    if (fitting !== before[name]) changed[name] = fitting;
  }
  if (Object.keys(changed).length > 0) {
    await session.db.updateTable('Computer').set(changed).where('ResourceGuid', '=', before.ResourceGuid).execute();
    if (changed.Name !== undefined) await renameResource(session, clock, before.ResourceGuid, changed.Name);
  }
  if (isNew || Object.keys(changed).length > 0) await recordChange(session, clock, 'computer', before.ResourceGuid);
}

async function renameResource(session: Session, clock: Clock, guid: Guid, name: string): Promise<void> {
  await session.db
    .updateTable('Resource')
    .set({ Name: name, ModifiedAt: utc(clock.now()) })
    .where('Guid', '=', guid)
    .execute();
}
