/** Registrations for people: the list with paging, sort and search, one in full, counts by state. */
import type { ExpressionBuilder } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { Schema, Utc } from '../cmdb/schema.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import type { RegistrationState } from './directory.ts';

export interface ListedRegistration {
  guid: Guid;
  resourceGuid: Guid;
  name: string;
  domain: string;
  fqdn: string;
  address: string;
  macAddress: string;
  userName: string;
  /** SHA-256 of the key blob, hex; empty without a key. */
  keyHash: string;
  state: RegistrationState;
  reason: string;
  /** The computer whose place it asks for. */
  duplicateOf: Guid | null;
  decidedBy: string | null;
  decidedAt: Utc | null;
  firstSeenAt: Utc;
  lastSeenAt: Utc;
  requestCount: number;
}

/** Sort names as they stand in addresses, and their columns. */
export const REGISTRATION_SORTS = {
  name: 'Name',
  fqdn: 'Fqdn',
  address: 'Address',
  macAddress: 'MacAddress',
  userName: 'UserName',
  state: 'State',
  decidedBy: 'DecidedBy',
  firstSeenAt: 'FirstSeenAt',
  lastSeenAt: 'LastSeenAt',
  requestCount: 'RequestCount',
} as const;

export type RegistrationSort = keyof typeof REGISTRATION_SORTS;

export interface RegistrationQuery {
  state?: RegistrationState;
  /** Finds name, FQDN, address, MAC, user or the beginning of the key's fingerprint. */
  search?: string;
  sort?: RegistrationSort;
  descending?: boolean;
  offset: number;
  /** At most 500 are answered. */
  limit: number;
}

const MOST_ROWS = 500;
const SEARCHED = ['Name', 'Fqdn', 'Address', 'MacAddress', 'UserName'] as const;

const COLUMNS = [
  'Guid as guid',
  'ResourceGuid as resourceGuid',
  'Name as name',
  'Domain as domain',
  'Fqdn as fqdn',
  'Address as address',
  'MacAddress as macAddress',
  'UserName as userName',
  'KeyHash as keyHash',
  'State as state',
  'Reason as reason',
  'DuplicateOfGuid as duplicateOf',
  'DecidedBy as decidedBy',
  'DecidedAt as decidedAt',
  'FirstSeenAt as firstSeenAt',
  'LastSeenAt as lastSeenAt',
  'RequestCount as requestCount',
] as const;

/** One page, by default newest request first, and how many there are in all. */
export async function listRegistrations(
  session: Session,
  query: RegistrationQuery,
): Promise<{ rows: ListedRegistration[]; total: number }> {
  const { db } = session;
  const condition = conditionOf(session, query);
  const { total } = await db
    .selectFrom('AgentRegistration')
    .select((row) => row.fn.countAll<number>().as('total'))
    .where(condition)
    .executeTakeFirstOrThrow();
  const { sort = 'lastSeenAt', descending = query.sort === undefined, offset } = query;
  const direction = descending ? 'desc' : 'asc';
  const sorted = db
    .selectFrom('AgentRegistration')
    .select('Guid')
    .where(condition)
    .orderBy(REGISTRATION_SORTS[sort], direction)
    .orderBy('Guid', direction);
  const found = await page(session, sorted, offset, Math.min(query.limit, MOST_ROWS)).execute();
  const guids = found.map((row) => row.Guid);
  return { rows: await readRows(session, guids), total: Number(total) };
}

/** In the order given. Rows are wide: sorting and skipping move no more than keys. */
async function readRows({ db }: Session, guids: readonly Guid[]): Promise<ListedRegistration[]> {
  if (guids.length === 0) return [];
  const rows = await db.selectFrom('AgentRegistration').select(COLUMNS).where('Guid', 'in', guids).execute();
  const byGuid = new Map(rows.map((row) => [row.guid, row as ListedRegistration]));
  return guids.map((guid) => byGuid.get(guid)).filter((row) => row !== undefined);
}

function conditionOf(session: Session, { state, search = '' }: RegistrationQuery) {
  return (row: ExpressionBuilder<Schema, 'AgentRegistration'>) => {
    const conditions = state === undefined ? [] : [row('State', '=', state)];
    const text = search.trim();
    if (text === '') return row.and(conditions);
    const found = SEARCHED.map((column) => contains(session, column, text));
    const isFingerprint = /^[0-9a-f]{8,64}$/i.test(text);
    const key = isFingerprint ? [row('KeyHash', 'like', `${text.toLowerCase()}%`)] : [];
    return row.and([...conditions, row.or([...found, ...key])]);
  };
}

export interface RegistrationDetail extends ListedRegistration {
  /** What the machine asked, without its key. */
  requestXml: string;
  policyKey: string;
  /** Every other registration of the same computer, or of the one whose place this one asks for. */
  rivals: ListedRegistration[];
}

export async function getRegistration({ db }: Session, guid: Guid): Promise<RegistrationDetail | undefined> {
  const found = await db
    .selectFrom('AgentRegistration')
    .select([...COLUMNS, 'RequestXml as requestXml', 'PolicyKey as policyKey'])
    .where('Guid', '=', guid)
    .executeTakeFirst();
  if (found === undefined) return undefined;
  const computers = found.duplicateOf === null ? [found.resourceGuid] : [found.resourceGuid, found.duplicateOf];
  const rivals = await db
    .selectFrom('AgentRegistration')
    .select(COLUMNS)
    .where('ResourceGuid', 'in', computers)
    .where('Guid', '!=', guid)
    .orderBy('FirstSeenAt')
    .execute();
  return { ...found, rivals } as RegistrationDetail;
}

export async function countByState({ db }: Session): Promise<Record<RegistrationState, number>> {
  const counts = { pending: 0, allowed: 0, blocked: 0, revoked: 0 };
  const rows = await db
    .selectFrom('AgentRegistration')
    .select((row) => ['State', row.fn.countAll<number>().as('total')])
    .groupBy('State')
    .execute();
  for (const { State, total } of rows) counts[State as RegistrationState] = Number(total);
  return counts;
}
