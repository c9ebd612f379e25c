/** What is checked before an event is accepted: that it is XML, and nothing more (house.md, "answers to events"). */
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { eventLimits, openXmlReader, type XmlHandlers } from '../../wire/xml.ts';
import type { XmlAttributes } from '../../wire/xmlAttributes.ts';
import { eventText } from './eventText.ts';
import { beginsAsXml, readEventXml } from './read/readEventXml.ts';

/** Reads the envelope's priority by the way. */
class Envelope implements XmlHandlers {
  #inPriority = false;
  #text = '';

  open(name: string, _attributes: XmlAttributes, depth: number): void {
    this.#inPriority = depth === 1 && name === 'priority';
  }

  text(chunk: string): void {
    if (this.#inPriority) this.#text += chunk;
  }

  /** 0 when there is none that can be read. */
  get priority(): number {
    const priority = Number(this.#text);
    return Number.isSafeInteger(priority) ? Math.max(-1000, Math.min(1000, priority)) : 0;
  }
}

/** Answers the event's priority. @throws XmlError */
export function checkBody(body: Uint8Array): number {
  return readEventXml(body, { stripped: false }, () => new Envelope()).priority;
}

/** The same for a file, in pieces between which other work of the thread goes on. @throws XmlError */
export async function checkFile(file: string): Promise<number> {
  const envelope = new Envelope();
  const reader = openXmlReader(envelope, eventLimits);
  for (const chunk of beginsAsXml(eventText({ file }, { stripped: false }))) {
    reader.write(chunk);
    await yieldToOthers();
  }
  reader.close();
  return envelope.priority;
}
