/** Resources that come into being because an event names them: users, assets, locations. */
import { createHash } from 'node:crypto';
import { guid, type Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import { insertIfMissing } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { findResources, plainKeys, type ResourceName } from './findResources.ts';

/** Types of resources with the names of the keys that tell their resources apart, the strongest first. */
export type ResourceTypes = ReadonlyMap<Guid, readonly string[]>;

export async function readResourceTypes({ db }: Session): Promise<ResourceTypes> {
  const types = await db.selectFrom('ResourceType').select('Guid').execute();
  const keys = await db.selectFrom('ResourceTypeMergeKey').selectAll().orderBy('Strength', 'desc').execute();
  return new Map(
    types.map(({ Guid: type }) => [
      type,
      keys.filter((key) => key.ResourceTypeGuid === type).map((key) => key.KeyName.toLowerCase()),
    ]),
  );
}

/** Why such a resource cannot be made; `undefined` when it can. */
export function whyNotMade(name: ResourceName, types: ResourceTypes): string | undefined {
  const label = name.name === '' ? 'a resource' : `"${name.name.slice(0, 100)}"`;
  if (name.typeGuid === undefined)
    return `The CMDB has no resource ${name.guid ?? label}, and the event gives no type.`;
  if (!types.has(name.typeGuid)) return `The CMDB has no resource type ${name.typeGuid}.`;
  if (guidFor(name, types) === undefined) return `The event names ${label} by neither a GUID nor a key of its type.`;
  return undefined;
}

/** The GUID given, else one made of the strongest key: two nodes that make the same resource at once make one. */
function guidFor(name: ResourceName, types: ResourceTypes): Guid | undefined {
  if (name.guid !== undefined) return name.guid;
  const keys = plainKeys(name.keys);
  for (const keyName of types.get(name.typeGuid!) ?? []) {
    const key = keys.find((candidate) => candidate.name === keyName);
    if (key !== undefined) return guidOfKey(name.typeGuid!, key.name, key.value);
  }
  return undefined;
}

export function guidOfKey(type: Guid, keyName: string, value: string): Guid {
  const hex = createHash('sha256').update(`${type}\n${keyName}\n${value.toLowerCase()}`).digest('hex');
  return guid(
    [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-'),
  );
}

/**
 * The GUIDs of resources, those made that the CMDB does not have; names and keys of others than computers follow what
 * the event says. Ask `whyNotMade` of each that is not there before.
 */
export async function findOrMakeResources<N extends ResourceName>(
  session: Session,
  clock: Clock,
  names: readonly N[],
): Promise<Map<N, Guid>> {
  const types = await readResourceTypes(session);
  const known = await findResources(session, names);
  const guids = new Map<N, Guid>();
  for (const name of names) {
    const found = known.get(name);
    if (found !== undefined) await follow(session, clock, found, name);
    guids.set(name, found?.guid ?? (await make(session, clock, name, guidFor(name, types)!)));
  }
  return guids;
}

const LONGEST_NAME = 255;

async function make(session: Session, clock: Clock, name: ResourceName, made: Guid): Promise<Guid> {
  // A merge may have put another in the place of what the keys name.
  const [found] = (await findResources(session, [{ ...name, guid: made, keys: [] }])).values();
  if (found !== undefined) return found.guid;
  const at = utc(clock.now());
  const shown = (name.name || plainKeys(name.keys)[0]?.value || made).slice(0, LONGEST_NAME);
  const isComputer = name.typeGuid === RESOURCE_TYPE.computer;
  await insertIfMissing(session, 'Resource', ['Guid'], {
    Guid: made,
    Name: shown,
    ResourceTypeGuid: name.typeGuid!,
    IsManaged: 0,
    CreatedAt: at,
    ModifiedAt: at,
    DeletedAt: null,
  });
  if (isComputer) await makeComputerRow(session, clock, made, shown);
  await addKeys(session, made, name);
  return made;
}

/** Lists of computers read this row: one that no agent speaks for has a name and nothing more. */
async function makeComputerRow(session: Session, clock: Clock, made: Guid, name: string): Promise<void> {
  await insertIfMissing(session, 'Computer', ['ResourceGuid'], {
    ResourceGuid: made,
    Name: name,
    Domain: '',
    Fqdn: '',
    OsName: '',
    OsVersion: '',
    SystemType: '',
    IpAddress: '',
    MacAddress: '',
    AgentVersion: '',
    UserName: '',
    SiteGuid: null,
    LastInventoryAt: null,
  });
  await recordChange(session, clock, 'computer', made);
}

/** A computer's name and keys are its agent's to tell. */
async function follow(
  session: Session,
  clock: Clock,
  found: { guid: Guid; type: Guid },
  name: ResourceName,
): Promise<void> {
  if (found.type === RESOURCE_TYPE.computer) return;
  await addKeys(session, found.guid, name);
  const shown = name.name.trim().slice(0, LONGEST_NAME);
  if (shown === '') return;
  await session.db
    .updateTable('Resource')
    .set({ Name: shown, ModifiedAt: utc(clock.now()) })
    .where('Guid', '=', found.guid)
    .where('Name', '<>', shown)
    .execute();
}

async function addKeys(session: Session, resource: Guid, name: ResourceName): Promise<void> {
  for (const { name: keyName, value } of plainKeys(name.keys)) {
    if (keyName.length > 100 || value.length > 255) continue;
    const key = { ResourceGuid: resource, KeyName: keyName, KeyValue: value };
    await insertIfMissing(session, 'ResourceKey', ['ResourceGuid', 'KeyName', 'KeyValue'], key);
  }
}
