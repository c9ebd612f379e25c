/** Which resources do events speak of? By GUID, then by the keys of their type (events-nse.md section 5). */
import type { Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { resourceByKeys } from '../agents/resourceKeys.ts';
import type { Session } from '../cmdb/types.ts';

/** How an event names a resource. */
export interface ResourceName {
  guid: Guid | undefined;
  /** `undefined`: a computer. */
  typeGuid: Guid | undefined;
  name: string;
  keys: readonly { name: string; value: string }[];
}

export interface FoundResource {
  guid: Guid;
  type: Guid;
  isDeleted: boolean;
}

const GUIDS_A_QUERY = 500;
const MOST_KEYS = 64;

/**
 * What the CMDB has of them. A GUID that was merged into another finds that one, so that an import cannot recreate the
 * loser of a merge.
 */
export async function findResources<N extends ResourceName>(
  session: Session,
  names: readonly N[],
): Promise<Map<N, FoundResource>> {
  const byGuid = await findByGuid(
    session,
    names.flatMap(({ guid }) => guid ?? []),
  );
  const found = new Map<N, FoundResource>();
  for (const name of names) {
    const resource = (name.guid && byGuid.get(name.guid)) ?? (await findByKeys(session, name));
    if (resource !== undefined) found.set(name, resource);
  }
  return found;
}

export async function findByGuid(session: Session, guids: readonly Guid[]): Promise<Map<Guid, FoundResource>> {
  const found = new Map<Guid, FoundResource>();
  for (let at = 0; at < guids.length; at += GUIDS_A_QUERY) {
    const some = guids.slice(at, at + GUIDS_A_QUERY);
    for (const [asked, resource] of await readResources(session, some)) found.set(asked, resource);
  }
  return found;
}

async function readResources({ db }: Session, guids: readonly Guid[]): Promise<[Guid, FoundResource][]> {
  const own = await db
    .selectFrom('Resource')
    .select(['Guid as asked', 'Guid as guid', 'ResourceTypeGuid as type', 'DeletedAt as deletedAt'])
    .where('Guid', 'in', guids)
    .execute();
  const merged = await db
    .selectFrom('ResourceAlias as a')
    .innerJoin('Resource as r', 'r.Guid', 'a.ResourceGuid')
    .select(['a.AliasGuid as asked', 'r.Guid as guid', 'r.ResourceTypeGuid as type', 'r.DeletedAt as deletedAt'])
    .where('a.AliasGuid', 'in', guids)
    .execute();
  return [...own, ...merged].map(({ asked, guid, type, deletedAt }) => [
    asked,
    { guid, type, isDeleted: deletedAt !== null },
  ]);
}

async function findByKeys(session: Session, { typeGuid, keys }: ResourceName): Promise<FoundResource | undefined> {
  if (keys.length === 0) return undefined;
  const type = typeGuid ?? RESOURCE_TYPE.computer;
  const guid = await resourceByKeys(session, type, plainKeys(keys));
  return guid === undefined ? undefined : { guid, type, isDeleted: false };
}

/** Key names in lower case, as they are kept. */
export function plainKeys(keys: ResourceName['keys']): { name: string; value: string }[] {
  return keys
    .slice(0, MOST_KEYS)
    .map(({ name, value }) => ({ name: name.trim().toLowerCase(), value: value.trim() }))
    .filter(({ name, value }) => name !== '' && value !== '');
}
