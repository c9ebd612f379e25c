/** Everything about the signing keys that somebody may want to know before changing one. */
import type { Session } from '../cmdb/types.ts';
import { countFollowers } from './followers.ts';
import type { SigningKey, SigningKeys } from './signingKeys.ts';

export interface ReportedKey extends SigningKey {
  /** Snapshots that carry its signature. */
  snapshots: number;
  /** Agents whose latest proof named it. */
  agents: number;
}

export interface KeyReport {
  /** The current one first, then the newest. */
  keys: ReportedKey[];
  /** Snapshots that name a key which this server never had: they are left as they are. */
  unknownSnapshots: number;
  /** Agents with a key of their own that have not named any yet. */
  unknownAgents: number;
  /** Agents that cannot prove anything: they take the key of each package's information. */
  unableAgents: number;
}

/** @param now milliseconds since 1970 */
export async function readKeyReport(session: Session, keys: SigningKeys, now: number): Promise<KeyReport> {
  const rows = await session.db
    .selectFrom('Snapshot')
    .select((row) => ['KeyName', row.fn.countAll<number>().as('snapshots')])
    .groupBy('KeyName')
    .execute();
  const snapshots = new Map(rows.map((row) => [row.KeyName, Number(row.snapshots)]));
  const known = keys.list(now);
  const own = known.reduce((sum, { name }) => sum + (snapshots.get(name) ?? 0), 0);
  const { byKey, unknown, unable } = await countFollowers(session);
  return {
    keys: known.map((key) => ({
      ...key,
      snapshots: snapshots.get(key.name) ?? 0,
      agents: byKey.get(key.name) ?? 0,
    })),
    unknownSnapshots: [...snapshots.values()].reduce((sum, count) => sum + count, 0) - own,
    unknownAgents: unknown,
    unableAgents: unable,
  };
}
