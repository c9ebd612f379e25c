/** Which computer, or other resource, do keys name? (agent-contract.md 4.1) */
import type { Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import type { Session } from '../cmdb/types.ts';
import type { ResourceKeyValue } from './registrationRequest.ts';

/** Key name (lower case) to strength: 3 tells machines apart (`uniqueid`), 1 is easily shared (`macaddress`). */
export type KeyStrengths = ReadonlyMap<string, number>;

/**
 * The candidate that `claimed` keys name. The strongest equal key decides, then the number of equal keys. A candidate
 * is out when a stronger key that both sides have differs: two computers that share a MAC or a name stay two.
 */
export function matchByKeys(
  claimed: readonly ResourceKeyValue[],
  candidates: ReadonlyMap<Guid, readonly ResourceKeyValue[]>,
  strengths: KeyStrengths,
): Guid | undefined {
  const scored = [...candidates]
    .map(([guid, keys]) => ({ guid, ...score(claimed, keys, strengths) }))
    .filter(({ strength, contradicted }) => strength > 0 && !contradicted)
    .sort((a, b) => b.strength - a.strength || b.equal - a.equal || (a.guid < b.guid ? -1 : 1));
  return scored[0]?.guid;
}

function score(claimed: readonly ResourceKeyValue[], known: readonly ResourceKeyValue[], strengths: KeyStrengths) {
  let [strength, equal, strongestDifference] = [0, 0, 0];
  for (const [name, weight] of strengths) {
    // One value per network adapter (`uniqueid`): one in common is enough.
    const [ours, theirs] = [valuesOf(claimed, name), valuesOf(known, name)];
    const common = [...ours].filter((value) => theirs.has(value)).length;
    equal += common;
    if (common > 0) strength = Math.max(strength, weight);
    else if (ours.size > 0 && theirs.size > 0) strongestDifference = Math.max(strongestDifference, weight);
  }
  return { strength, equal, contradicted: strongestDifference > strength };
}

function valuesOf(keys: readonly ResourceKeyValue[], name: string): Set<string> {
  return new Set(keys.filter((key) => key.name === name).map((key) => key.value.toLowerCase()));
}

/** The computer in the CMDB that the keys name, if any. */
export function computerByKeys(session: Session, claimed: readonly ResourceKeyValue[]): Promise<Guid | undefined> {
  return resourceByKeys(session, RESOURCE_TYPE.computer, claimed);
}

/** The resource of a type that the keys name, if any: strong keys are asked first. Key names in lower case. */
export async function resourceByKeys(
  session: Session,
  type: Guid,
  claimed: readonly ResourceKeyValue[],
): Promise<Guid | undefined> {
  const strengths = await readStrengths(session, type);
  const levels = [...new Set(strengths.values())].filter((strength) => strength > 0).sort((a, b) => b - a);
  for (const level of levels) {
    const telling = claimed.filter(({ name }) => strengths.get(name) === level);
    if (telling.length === 0) continue;
    const match = matchByKeys(claimed, await candidatesFor(session, type, telling), strengths);
    if (match !== undefined) return match;
  }
  return undefined;
}

async function readStrengths({ db }: Session, type: Guid): Promise<KeyStrengths> {
  const rows = await db
    .selectFrom('ResourceTypeMergeKey')
    .select(['KeyName', 'Strength'])
    .where('ResourceTypeGuid', '=', type)
    .execute();
  return new Map(rows.map((row) => [row.KeyName.toLowerCase(), row.Strength]));
}

/** A value that more computers share tells nobody apart: the rest is not read. */
const MOST_CANDIDATES = 500;

async function candidatesFor(
  { db }: Session,
  type: Guid,
  keys: readonly ResourceKeyValue[],
): Promise<Map<Guid, ResourceKeyValue[]>> {
  const equal = await db
    .selectFrom('ResourceKey as k')
    .innerJoin('Resource as r', 'r.Guid', 'k.ResourceGuid')
    .select('k.ResourceGuid')
    .distinct()
    .where('r.ResourceTypeGuid', '=', type)
    .where('r.DeletedAt', 'is', null)
    .where((row) =>
      row.or(keys.map(({ name, value }) => row.and([row('k.KeyName', '=', name), row('k.KeyValue', '=', value)]))),
    )
    .execute();
  const candidates = new Map<Guid, ResourceKeyValue[]>();
  for (const { ResourceGuid } of equal.slice(0, MOST_CANDIDATES)) candidates.set(ResourceGuid, []);
  if (candidates.size === 0) return candidates;
  const all = await db
    .selectFrom('ResourceKey')
    .select(['ResourceGuid', 'KeyName', 'KeyValue'])
    .where('ResourceGuid', 'in', [...candidates.keys()])
    .execute();
  for (const row of all)
    candidates.get(row.ResourceGuid)!.push({ name: row.KeyName.toLowerCase(), value: row.KeyValue });
  return candidates;
}
