/** Associations between resources, written a set at a time. */
import type { Guid } from '../../wire/guid.ts';
import { utc } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';

export interface Association {
  type: Guid;
  parent: Guid;
  child: Guid;
}

export interface AssociationSet {
  /** When it was said, milliseconds since 1970; kept as the time since when an association is there. */
  at: number;
  associations: readonly Association[];
}

const keyOf = ({ type, parent, child }: Association): string => `${type} ${parent} ${child}`;
const endOf = ({ type, parent }: Omit<Association, 'child'>): string => `${type} ${parent}`;
const PARENTS_A_QUERY = 500;

/**
 * Writes sets in the order given. An association that is there stays as it is. Of an exclusive type (an asset has one
 * owner, one status) the children that a set names for a parent take the place of those that were there, unless one of
 * those was said later than this set. Resources and types must be in the CMDB.
 */
export async function writeAssociations(session: Session, sets: readonly AssociationSet[]): Promise<void> {
  const exclusive = await exclusiveTypes(session);
  const all = sets.flatMap((set) => set.associations);
  const before = await readAssociations(session, all);
  const now = new Map(before);
  for (const set of sets) applySet(now, set, exclusive);
  for (const [key, { association }] of before) if (!now.has(key)) await remove(session, association);
  await session.insertMany(
    'ResourceAssociation',
    [...now]
      .filter(([key]) => !before.has(key))
      .map(([, { association, since }]) => ({
        ResourceAssociationTypeGuid: association.type,
        ParentResourceGuid: association.parent,
        ChildResourceGuid: association.child,
        CreatedAt: utc(since),
      })),
  );
}

type Known = Map<string, { association: Association; since: number }>;

function applySet(known: Known, { at, associations }: AssociationSet, exclusive: ReadonlySet<Guid>): void {
  const ends = new Set(associations.filter(({ type }) => exclusive.has(type)).map(endOf));
  const named = new Set(associations.map(keyOf));
  const there = [...known.values()].filter(({ association }) => ends.has(endOf(association)));
  const newer = new Set(there.filter(({ since }) => since > at).map(({ association }) => endOf(association)));
  for (const { association } of there) {
    if (!named.has(keyOf(association)) && !newer.has(endOf(association))) known.delete(keyOf(association));
  }
  for (const association of associations) {
    if (newer.has(endOf(association)) || known.has(keyOf(association))) continue;
    known.set(keyOf(association), { association, since: at });
  }
}

async function exclusiveTypes({ db }: Session): Promise<ReadonlySet<Guid>> {
  const rows = await db.selectFrom('ResourceAssociationType').select('Guid').where('IsExclusive', '=', 1).execute();
  return new Set(rows.map((row) => row.Guid));
}

async function readAssociations({ db }: Session, associations: readonly Association[]): Promise<Known> {
  const known: Known = new Map();
  const types = [...new Set(associations.map(({ type }) => type))];
  const parents = [...new Set(associations.map(({ parent }) => parent))];
  for (let at = 0; at < parents.length; at += PARENTS_A_QUERY) {
    const rows = await db
      .selectFrom('ResourceAssociation')
      .selectAll()
      .where('ResourceAssociationTypeGuid', 'in', types)
      .where('ParentResourceGuid', 'in', parents.slice(at, at + PARENTS_A_QUERY))
      .execute();
    for (const row of rows) {
      const { ResourceAssociationTypeGuid: type, ParentResourceGuid: parent, ChildResourceGuid: child } = row;
      const association = { type, parent, child };
      known.set(keyOf(association), { association, since: Date.parse(row.CreatedAt) });
    }
  }
  return known;
}

async function remove({ db }: Session, { type, parent, child }: Association): Promise<void> {
  await db
    .deleteFrom('ResourceAssociation')
    .where('ResourceAssociationTypeGuid', '=', type)
    .where('ParentResourceGuid', '=', parent)
    .where('ChildResourceGuid', '=', child)
    .execute();
}

/** The types of associations that the CMDB defines. */
export async function readAssociationTypes({ db }: Session): Promise<ReadonlyMap<Guid, string>> {
  const rows = await db.selectFrom('ResourceAssociationType').select(['Guid', 'Name']).execute();
  return new Map(rows.map((row) => [row.Guid, row.Name]));
}
