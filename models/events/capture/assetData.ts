/**
 * Asset data: rows of inventory classes and associations of resources of any type (sample 24). What the CMDB does not
 * have yet, users or locations say, comes into being when the sender may write for others.
 */
import { DATA_CLASS, ASSOCIATION_TYPE, CAPTURE_ITEM } from '../../../wire/wellKnown.ts';
import type { Guid } from '../../../wire/guid.ts';
import { findByGuid, findResources } from '../../associations/findResources.ts';
import { findOrMakeResources, readResourceTypes, whyNotMade } from '../../associations/makeResources.ts';
import { readAssociationTypes, writeAssociations, type Association } from '../../associations/writeAssociations.ts';
import { ownershipRows } from '../../associations/ownership.ts';
import type { Session } from '../../cmdb/types.ts';
import type { DataClass } from '../../inventory/dataClasses.ts';
import { classData, type ClassData } from '../../inventory/inventoryRows.ts';
import { writeInventory } from '../../inventory/writeInventory.ts';
import type { AdmitFacts, ApplyContext, CaptureItem, StagedEvent } from '../captureItem.ts';
import { EventRejected } from '../eventRejected.ts';
import type { NseAssociation, NseEnd, NseEvent, NseResource } from '../nseEvent.ts';
import { partsOf } from '../parts.ts';
import { stageClasses } from './basicInventory.ts';
import { noteFlags } from './statusEvents.ts';

/** More would make a transaction that others wait for too long. */
const MOST_RESOURCES = 2000;
const MOST_ASSOCIATIONS = 5000;

interface AssetData {
  /** `undefined`: the sender's. */
  parts: { resource: NseResource | undefined; classes: ClassData[] }[];
  associations: NseAssociation[];
  /** Every resource that the event describes, those that only an association names among them. */
  resources: NseResource[];
  ownership: DataClass | undefined;
  biasMinutes: number;
}

export const assetData: CaptureItem<AssetData> = {
  guid: CAPTURE_ITEM.asset,
  name: 'Asset data',
  stage: (event, { classes, flags }) => {
    checkSize(event);
    const parts = event.blocks.length === 0 ? [] : partsOf(event);
    return {
      parts: parts.map(({ resource, event: part }) => ({ resource, classes: stageClasses(part, classes, flags) })),
      associations: event.associations,
      resources: [...new Set([...event.resources, ...event.blocks.flatMap((block) => block.resource ?? [])])],
      ownership: classes.get(DATA_CLASS.ownershipDetails),
      biasMinutes: event.biasMinutes,
    };
  },
  admit,
  apply,
};

function checkSize({ resources, associations }: NseEvent): void {
  if (resources.length > MOST_RESOURCES)
    throw new EventRejected(`The event describes ${resources.length} resources; at most ${MOST_RESOURCES} are taken.`);
  if (associations.length > MOST_ASSOCIATIONS)
    throw new EventRejected(
      `The event carries ${associations.length} associations; at most ${MOST_ASSOCIATIONS} are taken.`,
    );
}

async function admit(facts: AdmitFacts, data: AssetData): Promise<string | undefined> {
  const types = await readAssociationTypes(facts.session);
  const unknown = data.associations.find(({ typeGuid }) => !types.has(typeGuid));
  if (unknown !== undefined) return `The CMDB has no association type ${unknown.typeGuid}.`;
  return (await whyMissing(facts, data)) ?? (facts.mayWriteForOthers ? undefined : whyForeign(facts, data));
}

const isGuid = (end: NseEnd): end is Guid => typeof end === 'string';
const ends = ({ associations }: AssetData): NseEnd[] => associations.flatMap(({ parent, child }) => [parent, child]);

/** Every resource that the event uses must be there, or be one that may be made. */
async function whyMissing(
  { session, sender, mayWriteForOthers }: AdmitFacts,
  data: AssetData,
): Promise<string | undefined> {
  const guids = ends(data).filter(isGuid);
  const byGuid = await findByGuid(session, guids);
  for (const guid of guids) {
    const found = byGuid.get(guid);
    if (found === undefined && guid !== sender) return `The CMDB has no resource ${guid}, which an association names.`;
    if (found?.isDeleted === true) return `The resource ${guid}, which an association names, was deleted.`;
  }
  const found = await findResources(session, data.resources);
  const types = await readResourceTypes(session);
  for (const resource of data.resources) {
    if (resource.guid === sender) continue;
    const there = found.get(resource);
    if (there?.isDeleted === true) return `The resource ${there.guid} was deleted.`;
    if (there !== undefined) continue;
    const reason = whyNotMade(resource, types);
    if (reason !== undefined) return reason;
    if (!mayWriteForOthers)
      return `The CMDB has no resource ${resource.guid ?? `"${resource.name.slice(0, 100)}"`}, and the computer that sent the event may not bring any.`;
  }
  return undefined;
}

/** A computer without the right brings rows and associations of its own only; what they lead to may be another's. */
async function whyForeign({ session, sender }: AdmitFacts, data: AssetData): Promise<string | undefined> {
  const owners = [
    ...data.parts.flatMap(({ resource }) => resource ?? []),
    ...data.associations.map(({ parent }) => parent),
  ];
  const resolve = resolver(sender, await findResources(session, data.resources), await aliases(session, data));
  for (const owner of owners) {
    const resource = resolve(owner);
    if (resource !== sender) return `The event is about ${resource}, which is not the computer that sent it.`;
  }
  return undefined;
}

async function aliases(session: Session, data: AssetData): Promise<ReadonlyMap<Guid, { guid: Guid }>> {
  return findByGuid(session, ends(data).filter(isGuid));
}

function resolver(
  sender: Guid,
  described: ReadonlyMap<NseResource, { guid: Guid }>,
  named: ReadonlyMap<Guid, { guid: Guid }>,
): (end: NseEnd | undefined) => Guid {
  return (end) => {
    if (end === undefined) return sender;
    if (isGuid(end)) return named.get(end)?.guid ?? end;
    return described.get(end)?.guid ?? end.guid ?? sender;
  };
}

async function apply(context: ApplyContext, events: readonly StagedEvent<AssetData>[]): Promise<void> {
  for (const event of events) await applyOne(context, event);
  await noteFlags(context.session, events, 'Asset data');
}

async function applyOne(
  { session, clock }: ApplyContext,
  { computer, at, data, flags }: StagedEvent<AssetData>,
): Promise<void> {
  const others = data.resources.filter(({ guid }) => guid !== computer);
  const made = await findOrMakeResources(session, clock, others);
  const described = new Map([...made].map(([resource, guid]) => [resource, { guid }]));
  const resolve = resolver(computer, described, await aliases(session, data));
  const associations = data.associations.map(({ typeGuid, parent, child }): Association => ({
    type: typeGuid,
    parent: resolve(parent),
    child: resolve(child),
  }));
  await writeAssociations(session, [{ at, associations }]);
  const rows = data.parts.flatMap(({ resource, classes }) =>
    classes.map((each) => ({ resource: resolve(resource), eventAt: at, data: each })),
  );
  await writeInventory(session, clock.now(), [...rows, ...ownershipOf(data, associations, rows, at, flags)]);
}

/** Ownership details are written together with the owner; an event that brings them itself knows the shares. */
function ownershipOf(
  { ownership, biasMinutes }: AssetData,
  associations: readonly Association[],
  rows: readonly { resource: Guid; data: ClassData }[],
  at: number,
  flags: Set<string>,
) {
  if (ownership === undefined) return [];
  const told = new Set(
    rows.filter(({ data }) => data.dataClass.guid === ownership.guid).map(({ resource }) => resource),
  );
  const owners = new Map<Guid, Guid[]>();
  for (const { type, parent, child } of associations) {
    if (type !== ASSOCIATION_TYPE.assetUserOwner || told.has(parent)) continue;
    owners.set(parent, [...(owners.get(parent) ?? []), child]);
  }
  return [...owners].map(([resource, children]) => ({
    resource,
    eventAt: at,
    data: classData(ownership, ownershipRows(ownership, children), biasMinutes, flags),
  }));
}
