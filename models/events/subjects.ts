/**
 * Whose data may an event write? Only its sender's own, unless an administrator allowed the sender more (house.md,
 * "agent identity"; events-nse.md section 5).
 */
import type { Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { findResources, type FoundResource } from '../associations/findResources.ts';
import { computerByKeys } from '../agents/resourceKeys.ts';
import type { Session } from '../cmdb/types.ts';
import type { NseResource } from './nseEvent.ts';

/** An event is about its sender, and keys are looked up in the transaction: more names would only hold up everybody. */
const MOST_RESOURCES = 100;
/** One event of an importer: more make a transaction that others wait for too long. */
const MOST_FOR_OTHERS = 2000;

/** For each resource that an event is about the computer that it is, or a sentence why the event may not be applied. */
export type Subjects = { computers: Guid[] } | { reason: string };

/**
 * Resources are found by GUID, then by keys; a merged computer may still go by its old GUID.
 * @param resources those that the event's rows are about; `undefined`: the sender
 * @param mayWriteForOthers asked only when the event is about others than its sender
 */
export async function subjectsOf(
  session: Session,
  sender: Guid,
  resources: readonly (NseResource | undefined)[],
  mayWriteForOthers: () => Promise<boolean>,
): Promise<Subjects> {
  if (resources.every((resource) => resource === undefined || resource.guid === sender))
    return { computers: resources.map(() => sender) };
  const reason = await whyForeign(session, sender, resources);
  if (reason === undefined) return { computers: resources.map(() => sender) };
  return (await mayWriteForOthers()) ? othersOf(session, sender, resources) : { reason };
}

/** A sentence when a resource is not the sender. */
async function whyForeign(
  session: Session,
  sender: Guid,
  resources: readonly (NseResource | undefined)[],
): Promise<string | undefined> {
  const named = new Set(resources.filter((resource) => resource !== undefined)).size;
  if (named > MOST_RESOURCES) return `The event names ${named} resources; at most ${MOST_RESOURCES} are taken.`;
  for (const resource of resources) {
    if (resource === undefined || resource.guid === sender) continue;
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

async function othersOf(
  session: Session,
  sender: Guid,
  resources: readonly (NseResource | undefined)[],
): Promise<Subjects> {
  if (resources.length > MOST_FOR_OTHERS)
    return { reason: `The event names ${resources.length} resources; at most ${MOST_FOR_OTHERS} are taken.` };
  const found = await findResources(
    session,
    resources.filter((resource) => resource !== undefined),
  );
  const computers: Guid[] = [];
  for (const resource of resources) {
    const computer = resource === undefined ? undefined : found.get(resource);
    const reason = resource === undefined ? undefined : whyNoComputer(resource, computer);
    if (reason !== undefined) return { reason };
    computers.push(computer?.guid ?? sender);
  }
  return { computers };
}

function whyNoComputer(resource: NseResource, found: FoundResource | undefined): string | undefined {
  const label = resource.guid ?? `"${resource.name.slice(0, 100)}"`;
  if (found === undefined) return `The event is about ${label}, which the CMDB does not have.`;
  if (found.isDeleted) return `The event is about ${label}, which was deleted.`;
  if (found.type !== RESOURCE_TYPE.computer)
    return `The event is about a resource of type ${found.type}, which its capture item does not take.`;
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
