/** Which agents have proved to believe which signing key: the key that their latest proof named. */
import type { ExpressionBuilder } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { Schema, Utc } from '../cmdb/schema.ts';
import { contains, page } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';

/** One write for each agent and key. */
export async function noteFollower(cmdb: Cmdb, registrationGuid: Guid, keyName: string): Promise<void> {
  await cmdb.transaction(
    async ({ db }) => {
      await db
        .updateTable('AgentRegistration')
        .set({ SigningKeyName: keyName })
        .where('Guid', '=', registrationGuid)
        .execute();
    },
    // An agent proves its key every hour.
    { mayBeLost: true },
  );
}

export interface FollowerCounts {
  /** Agents that named the key in their latest proof, by its name. */
  byKey: Map<string, number>;
  /** Agents with a key of their own that have not proved anything since such things are noted. */
  unknown: number;
  /** Agents that cannot prove anything, as the original ones: they take the key of each package's information. */
  unable: number;
}

type AgentExpression = ExpressionBuilder<Schema, 'AgentRegistration'>;

/** Allowed, with a key that can prove itself. */
const isAble = (row: AgentExpression) =>
  row.and([row('State', '=', 'allowed'), row('IsKeyOpaque', '=', 0), row('KeyHash', '!=', '')]);

export async function countFollowers({ db }: Session): Promise<FollowerCounts> {
  const rows = await db
    .selectFrom('AgentRegistration')
    .select((row) => ['SigningKeyName', row.fn.countAll<number>().as('agents')])
    .where(isAble)
    .groupBy('SigningKeyName')
    .execute();
  const { all } = await db
    .selectFrom('AgentRegistration')
    .select((row) => row.fn.countAll<number>().as('all'))
    .where('State', '=', 'allowed')
    .executeTakeFirstOrThrow();
  const byKey = new Map<string, number>();
  let unknown = 0;
  for (const { SigningKeyName, agents } of rows) {
    if (SigningKeyName === null) unknown = Number(agents);
    else byKey.set(SigningKeyName, Number(agents));
  }
  const able = [...byKey.values()].reduce((sum, agents) => sum + agents, unknown);
  return { byKey, unknown, unable: Number(all) - able };
}

/** A computer that has not confirmed the current key. */
export interface Laggard {
  guid: Guid;
  name: string;
  address: string;
  /** The key that it named last; null: none yet. */
  keyName: string | null;
  lastContactAt: Utc | null;
}

export const LAGGARD_SORTS = {
  name: 'a.Name',
  address: 'a.Address',
  keyName: 'a.SigningKeyName',
  lastContactAt: 'c.LastContactAt',
} as const;

export interface LaggardQuery {
  offset: number;
  limit: number;
  sort?: keyof typeof LAGGARD_SORTS | undefined;
  descending?: boolean | undefined;
  search?: string | undefined;
}

/** Agents with a key of their own that have not named `current` in a proof; one page, and how many there are. */
export async function listLaggards(
  session: Session,
  current: string,
  { offset, limit, sort = 'name', descending = false, search = '' }: LaggardQuery,
): Promise<{ rows: Laggard[]; total: number }> {
  const text = search.trim();
  const found = session.db
    .selectFrom('AgentRegistration as a')
    .leftJoin('ComputerContact as c', 'c.ResourceGuid', 'a.ResourceGuid')
    .where((row) =>
      row.and([
        row('a.State', '=', 'allowed'),
        row('a.IsKeyOpaque', '=', 0),
        row('a.KeyHash', '!=', ''),
        row.or([row('a.SigningKeyName', 'is', null), row('a.SigningKeyName', '!=', current)]),
        ...(text === '' ? [] : [row.or([contains(session, 'a.Name', text), contains(session, 'a.Address', text)])]),
      ]),
    );
  const { total } = await found.select((row) => row.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const direction = descending ? 'desc' : 'asc';
  const sorted = found
    .select(['a.ResourceGuid', 'a.Name', 'a.Address', 'a.SigningKeyName', 'c.LastContactAt'])
    .orderBy(LAGGARD_SORTS[sort], direction)
    .orderBy('a.Guid', direction);
  const rows = await page(session, sorted, offset, limit).execute();
  return {
    rows: rows.map((row) => ({
      guid: row.ResourceGuid,
      name: row.Name,
      address: row.Address,
      keyName: row.SigningKeyName,
      lastContactAt: row.LastContactAt,
    })),
    total: Number(total),
  };
}
