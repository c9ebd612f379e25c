/** Whose data may an event write? Only its sender's own (house.md, "agent identity"; events-nse.md section 5). */
import type { Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { computerByKeys } from '../agents/resourceKeys.ts';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { unique } from '../inventory/writeInventory.ts';
import { survivorsOf } from '../resources/survivors.ts';
import type { NseEvent, NseResource } from './readNse.ts';

export interface Settled<E> {
  /** Each under the computer that is there today, in the order given. */
  events: E[];
  /** Events of computers that lie in the recycle bin: restored, they can be tried again. */
  deleted: E[];
}

/**
 * Who the senders of queued events are today: a computer may have been merged into another, or deleted, after it sent.
 * Asked in the transaction that applies them, so that the GUID of a merged computer makes no computer again.
 */
export async function settleSenders<E extends { computer: Guid }>(
  session: Session,
  events: readonly E[],
): Promise<Settled<E>> {
  const survivors = await survivorsOf(session, unique(events.map(({ computer }) => computer)));
  const today = events.map((event) => {
    const survivor = survivors.get(event.computer);
    return survivor === undefined ? event : { ...event, computer: survivor };
  });
  const rows = await session.db
    .selectFrom('Resource')
    .select('Guid')
    .where('DeletedAt', 'is not', null)
    .where('Guid', 'in', unique(today.map(({ computer }) => computer)))
    .execute();
  if (rows.length === 0) return { events: today, deleted: [] };
  const gone = new Set(rows.map((row) => row.Guid));
  const [settled, deleted] = [[], []] as [E[], E[]];
  for (const event of today) (gone.has(event.computer) ? deleted : settled).push(event);
  return { events: settled, deleted };
}

/** An event is about its sender, and keys are looked up in the transaction: more names would only hold up everybody. */
const MOST_RESOURCES = 100;

/** Every resource that an event names as its sender or as the owner of rows. */
function resourcesOf(event: NseEvent): NseResource[] {
  const named = [event.from, ...event.blocks.map((block) => block.resource)];
  return unique(named.filter((resource) => resource !== undefined));
}

/**
 * A sentence when the event is about another resource than its sender; `undefined` when it may be applied. Resources
 * are found by GUID, then by keys (events-nse.md section 5); a merged computer may still go by its old GUID.
 */
export async function foreignResource(session: Session, sender: Guid, event: NseEvent): Promise<string | undefined> {
  const resources = resourcesOf(event);
  if (resources.length > MOST_RESOURCES)
    return `The event names ${resources.length} resources; at most ${MOST_RESOURCES} are taken.`;
  for (const resource of resources) {
    if (resource.guid === sender) continue;
    if (resource.typeGuid !== undefined && resource.typeGuid !== RESOURCE_TYPE.computer) {
      return `The event is about a resource of type ${resource.typeGuid}, which its capture item does not take.`;
    }
    const found = resource.guid === undefined ? await byKeys(session, resource) : await byAlias(session, resource.guid);
    if (found === sender) continue;
    if (resource.guid !== undefined)
      return `The event is about ${resource.guid}, which is not the computer that sent it.`;
    return found === undefined
      ? 'The event names its computer by neither a GUID nor keys that the CMDB knows.'
      : `The keys of the event are those of ${found}, which is not the computer that sent it.`;
  }
  return undefined;
}

async function byKeys(session: Session, resource: NseResource): Promise<Guid | undefined> {
  const keys = resource.keys.map(({ name, value }) => ({ name: name.trim().toLowerCase(), value: value.trim() }));
  return keys.length === 0 ? undefined : computerByKeys(session, keys.slice(0, 64));
}

async function byAlias({ db }: Session, guid: Guid): Promise<Guid | undefined> {
  const row = await db
    .selectFrom('ResourceAlias')
    .select('ResourceGuid')
    .where('AliasGuid', '=', guid)
    .executeTakeFirst();
  return row?.ResourceGuid;
}

/** Every sender is a resource before anything refers to it: a registered computer may not have been one so far. */
export async function ensureComputers(
  session: Session,
  clock: Clock,
  senders: ReadonlyMap<Guid, string>,
): Promise<void> {
  const rows = await session.db
    .selectFrom('Resource')
    .select('Guid')
    .where('Guid', 'in', [...senders.keys()])
    .execute();
  const known = new Set(rows.map((row) => row.Guid));
  const at = utc(clock.now());
  await session.insertMany(
    'Resource',
    [...senders]
      .filter(([guid]) => !known.has(guid))
      .map(([guid, name]) => ({
        Guid: guid,
        Name: (name || guid).slice(0, 255),
        ResourceTypeGuid: RESOURCE_TYPE.computer,
        IsManaged: 1,
        CreatedAt: at,
        ModifiedAt: at,
        DeletedAt: null,
      })),
  );
}
