/** What must be known of an event file before it is accepted: that it is an event, whose it is, and how it is named. */
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { eventLimits, openXmlReader, type XmlHandlers } from '../../../wire/xml.ts';
import type { XmlAttributes } from '../../../wire/xmlAttributes.ts';
import { eventText } from '../eventText.ts';
import { beginsAsXml } from '../read/readEventXml.ts';

/** Keys beyond these tell nobody apart. */
const MOST_KEYS = 64;

export interface Survey {
  /** Name of the root element. */
  root: string;
  hasMsgId: boolean;
  /** GUID and keys of the first resource that is described, else the GUID that rows name first. */
  guid: Guid | undefined;
  keys: { name: string; value: string }[];
}

class Surveyor implements XmlHandlers {
  readonly result: Survey = { root: '', hasMsgId: false, guid: undefined, keys: [] };
  #resources = 0;
  #describing = false;

  open(name: string, attributes: XmlAttributes, depth: number): void {
    if (depth === 0) this.result.root = name;
    else if (depth === 1 && name.toLowerCase() === 'msgid') this.result.hasMsgId = true;
    else if (name === 'resource') {
      this.#describing = ++this.#resources === 1;
      if (this.#describing) this.result.guid = parseGuid(attributes.get('guid') ?? attributes.get('resourceGuid'));
    } else if (name === 'key' && this.#describing && this.result.keys.length < MOST_KEYS) {
      const [key, value] = [attributes.get('name'), attributes.get('value')];
      if (key !== undefined && value !== undefined)
        this.result.keys.push({ name: key.trim().toLowerCase(), value: value.trim() });
    }
  }
}

/** Reads the whole file, in pieces between which other work of the thread goes on. @throws XmlError when it is not whole */
export async function surveyFile(file: string): Promise<Survey> {
  const surveyor = new Surveyor();
  const reader = openXmlReader(surveyor, eventLimits);
  for (const chunk of beginsAsXml(eventText({ file }, { stripped: false }))) {
    reader.write(chunk);
    await yieldToOthers();
  }
  reader.close();
  return surveyor.result;
}
