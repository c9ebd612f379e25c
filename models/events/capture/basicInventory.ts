/** Basic inventory: who the computer is and what it runs (events-nse.md section 4). */
import type { Guid } from '../../../wire/guid.ts';
import { CAPTURE_ITEM } from '../../../wire/wellKnown.ts';
import { addToTimeline } from '../../computers/timeline.ts';
import { updateComputers } from '../../inventory/computerRow.ts';
import type { DataClass, DataClasses } from '../../inventory/dataClasses.ts';
import { classData, type ClassData } from '../../inventory/inventoryRows.ts';
import { writeResourceKeys } from '../../inventory/resourceKeys.ts';
import { writeInventory } from '../../inventory/writeInventory.ts';
import type { ApplyContext, CaptureItem, StagedEvent } from '../captureItem.ts';
import { EventRejected } from '../eventRejected.ts';
import { classLabel, rowsByName, type NseEvent, type NseRow } from '../readNse.ts';

interface BasicInventory {
  /** As the computer names itself in the envelope. */
  name: string;
  keys: { name: string; value: string }[];
  classes: ClassData[];
}

export const basicInventory: CaptureItem<BasicInventory> = {
  guid: CAPTURE_ITEM.basicInventory,
  name: 'Basic inventory',
  stage: (event, { classes, flags }) => {
    if (event.associations.length > 0) flags.add('Associations are no part of basic inventory and were left out.');
    const resources = event.blocks
      .map((block) => block.resource ?? event.from)
      .filter((resource) => resource !== undefined);
    return {
      name: resources[0]?.name ?? '',
      keys: [...new Set(resources)].flatMap((resource) => resource.keys),
      classes: stageClasses(event, classes, flags),
    };
  },
  apply,
};

/** All classes or none: what is half known could not be corrected by sending the event again. */
export function stageClasses(event: NseEvent, classes: DataClasses, flags: Set<string>): ClassData[] {
  const unknown = new Set<string>();
  const replacing = new Map<DataClass, NseRow[]>();
  const merging = new Map<DataClass, NseRow[]>();
  for (const block of event.blocks) {
    const dataClass = classes.find(block.classGuid, block.className);
    if (dataClass === undefined || dataClass.kind !== 'inventory') unknown.add(classLabel(block));
    else {
      const rows = block.partial ? merging : replacing;
      const known = rows.get(dataClass);
      const names = block.columns === undefined ? [] : dataClass.columns.map((column) => column?.name);
      const placed = rowsByName(block, names, flags);
      if (known === undefined) rows.set(dataClass, [...placed]);
      // Added to and never copied: an event may hold a block a row.
      else for (const row of placed) known.push(row);
    }
  }
  if (unknown.size > 0)
    throw new EventRejected(`The CMDB has no inventory class ${[...unknown].slice(0, 5).join(', ')}.`);
  const staged = (rows: ReadonlyMap<DataClass, NseRow[]>, partial: boolean): ClassData[] =>
    [...rows].map(([dataClass, list]) => classData(dataClass, list, event.biasMinutes, flags, partial));
  return [...staged(replacing, false), ...staged(merging, true)];
}

async function apply(context: ApplyContext, events: readonly StagedEvent<BasicInventory>[]): Promise<void> {
  const { session, clock } = context;
  const heard = new Map<Guid, string>(events.map((event) => [event.computer, event.data.name]));
  const changes = await writeInventory(
    session,
    clock.now(),
    events.flatMap(({ computer, at, data }) =>
      data.classes.map((each) => ({ resource: computer, eventAt: at, data: each })),
    ),
  );
  await writeResourceKeys(
    session,
    clock,
    events.map(({ computer, data, flags }) => ({ resource: computer, name: data.name, keys: data.keys, flags })),
  );
  await updateComputers(session, clock, heard, changes);
  // A computer that sends the same faulty inventory every day is flagged once.
  const changed = new Set(changes.map((change) => change.sent));
  const flagged = events.filter(({ data, flags }) => flags.size > 0 && data.classes.some((each) => changed.has(each)));
  await addToTimeline(
    session,
    flagged.map(({ computer, at, flags }) => ({
      computer,
      at,
      kind: 'flagged',
      detail: `Inventory: ${[...flags].join(' ')}`,
    })),
  );
}
