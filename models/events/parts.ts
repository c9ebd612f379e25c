/** An event taken apart by the resources that its rows are about. */
import type { NseEvent, NseResource } from './nseEvent.ts';

/** One resource's rows; `undefined`: the event names none, so they are the sender's. */
export interface EventPart {
  resource: NseResource | undefined;
  event: NseEvent;
}

/** Nearly every event is about one computer: it is its own only part. */
export function partsOf(event: NseEvent): EventPart[] {
  const first = event.blocks[0]?.resource;
  if (event.blocks.every((block) => block.resource === first)) return [{ resource: first ?? event.from, event }];
  const parts = new Map<string | NseResource | undefined, EventPart>();
  for (const block of event.blocks) {
    const resource = block.resource ?? event.from;
    // A resource that is described twice is one, when both descriptions give its GUID.
    const key = resource?.guid ?? resource;
    const part = parts.get(key);
    if (part === undefined) parts.set(key, { resource, event: { ...event, blocks: [block] } });
    else part.event.blocks.push(block);
  }
  return [...parts.values()];
}
