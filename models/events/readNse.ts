/** Reads an event's body, in any published form (events-nse.md section 3). */
import { NseReader } from './read/nseReader.ts';
import { readEventXml } from './read/readEventXml.ts';
import type { EventBody, TextFlags } from './eventText.ts';
import type { NseBlock, NseEvent } from './nseEvent.ts';

export type { NseAssociation, NseBlock, NseEnd, NseEvent, NseResource, NseRow } from './nseEvent.ts';
export { rowsByName } from './read/rowset.ts';

/**
 * @throws EventRejected when it is another kind of document, lacks what an event needs, or refers to what it does not hold
 * @throws XmlError when it is no XML
 */
export function readNse(body: EventBody): NseEvent {
  const flags: TextFlags = { stripped: false };
  const event = readEventXml(body, flags, () => new NseReader()).finish();
  if (flags.stripped) event.flags.add('Characters that XML does not allow were left out.');
  return event;
}

/** How an event names a class: for the sentence about one that is not known. */
export function classLabel(block: NseBlock): string {
  const parts = [block.className === '' ? '' : `"${block.className.slice(0, 100)}"`, block.classGuid ?? ''];
  return parts.filter((part) => part !== '').join(' ') || 'without GUID and name';
}
