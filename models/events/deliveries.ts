/** The latest state of each policy on each computer (Delivery), kept from software-delivery events. */
import type { Guid } from '../../wire/guid.ts';
import { SUCCESS_CODES } from '../../wire/wellKnown.ts';
import { CLOCKS_APART_MS, utc } from '../clock.ts';
import type { DeliveryTable } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { unique } from '../inventory/writeInventory.ts';

export type DeliveryStatus =
  'received' | 'downloading' | 'downloaded' | 'download_failed' | 'running' | 'succeeded' | 'failed';

/** Status texts and the state of a delivery that they mean; the first that fits. */
const STATES: readonly (readonly [RegExp, DeliveryStatus])[] = [
  [/policy received/i, 'received'],
  [/download.*failed|failed.*download/i, 'download_failed'],
  [/downloaded/i, 'downloaded'],
  [/downloading/i, 'downloading'],
  [/running/i, 'running'],
  [/\bfailed\b/i, 'failed'],
  [/\bsucceeded\b/i, 'succeeded'],
];

/** The state that a status text means; `undefined`: it changes none. */
export function deliveryState(status: string): DeliveryStatus | undefined {
  return STATES.find(([pattern]) => pattern.test(status))?.[1];
}

export interface DeliveryChange {
  policy: Guid;
  computer: Guid;
  packageGuid: Guid | null;
  /** `null` leaves the version that is known. */
  packageVersion: number | null;
  status: DeliveryStatus;
  returnCode: number | null;
  detail: string;
  /** Milliseconds since 1970. */
  at: number;
}

const LONGEST_DETAIL = 400;

/**
 * Applies changes in order of arrival. An event that is older than what is known changes nothing, and a policy that the
 * CMDB does not know gets no row: its events are kept, but there is nothing to show a state of.
 * @param now milliseconds since 1970: known states from later than that are not believed
 */
export async function writeDeliveries(
  session: Session,
  changes: readonly DeliveryChange[],
  now = Infinity,
): Promise<void> {
  const policies = await knownPolicies(session, unique(changes.map((change) => change.policy)));
  const counting = changes.filter((change) => policies.has(change.policy));
  if (counting.length === 0) return;
  const known = await readDeliveries(session, counting);
  const before = new Set(known.keys());
  const touched = new Map<string, DeliveryTable>();
  for (const change of counting) {
    const key = `${change.policy} ${change.computer}`;
    const row = known.get(key);
    const rowAt = row === undefined ? 0 : Date.parse(row.UpdatedAt);
    // A state from a time to come was written while this server's clock was wrong: what is true now follows it.
    if (rowAt > change.at && rowAt <= now + CLOCKS_APART_MS) continue;
    const next = nextState(change, row);
    known.set(key, next);
    touched.set(key, next);
  }
  await session.insertMany(
    'Delivery',
    [...touched].filter(([key]) => !before.has(key)).map(([, row]) => row),
  );
  for (const [key, row] of touched) if (before.has(key)) await updateDelivery(session, row);
}

function nextState(change: DeliveryChange, before: DeliveryTable | undefined): DeliveryTable {
  return {
    PolicyGuid: change.policy,
    ResourceGuid: change.computer,
    PackageGuid: change.packageGuid ?? before?.PackageGuid ?? null,
    PackageVersion: change.packageVersion ?? before?.PackageVersion ?? null,
    Status: change.status,
    ReturnCode: change.returnCode,
    Detail: change.detail.slice(0, LONGEST_DETAIL),
    UpdatedAt: utc(change.at),
  };
}

async function updateDelivery({ db }: Session, row: DeliveryTable): Promise<void> {
  const { PolicyGuid, ResourceGuid, ...values } = row;
  await db
    .updateTable('Delivery')
    .set(values)
    .where('PolicyGuid', '=', PolicyGuid)
    .where('ResourceGuid', '=', ResourceGuid)
    .execute();
}

async function readDeliveries(
  { db }: Session,
  changes: readonly DeliveryChange[],
): Promise<Map<string, DeliveryTable>> {
  const rows = await db
    .selectFrom('Delivery')
    .selectAll()
    .where('ResourceGuid', 'in', unique(changes.map((change) => change.computer)))
    .where('PolicyGuid', 'in', unique(changes.map((change) => change.policy)))
    .execute();
  return new Map(rows.map((row) => [`${row.PolicyGuid} ${row.ResourceGuid}`, row]));
}

async function knownPolicies({ db }: Session, policies: readonly Guid[]): Promise<Set<Guid>> {
  if (policies.length === 0) return new Set();
  const rows = await db.selectFrom('Policy').select('Guid').where('Guid', 'in', policies).execute();
  return new Set(rows.map((row) => row.Guid));
}

/** Windows exit codes are written as unsigned numbers too; events bring them signed (4294967295 is -1). */
const signed = (code: string): number => Number(code) | 0;

/** Which return codes mean success, by policy: those of its program, else the usual ones. */
export async function successCodes(
  { db }: Session,
  policies: readonly Guid[],
): Promise<(policy: Guid | undefined) => readonly number[]> {
  const codes = new Map<Guid, number[]>();
  if (policies.length > 0) {
    const rows = await db
      .selectFrom('Policy as p')
      .innerJoin('Program as g', 'g.Guid', 'p.ProgramGuid')
      .select(['p.Guid', 'g.SuccessCodes'])
      .where('p.Guid', 'in', policies)
      .execute();
    for (const row of rows) codes.set(row.Guid, (row.SuccessCodes.match(/-?\d+/g) ?? []).map(signed));
  }
  return (policy) => {
    const own = policy === undefined ? undefined : codes.get(policy);
    return own === undefined || own.length === 0 ? SUCCESS_CODES : own;
  };
}
