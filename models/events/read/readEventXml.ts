/** Runs handlers over the XML of an event: the quick way where it serves, else mended and strictly. */
import { eventLimits, readXml, XmlError, type XmlHandlers } from '../../../wire/xml.ts';
import { scanXml } from '../../../wire/xmlScan.ts';
import { decodeBody, eventText, type EventBody, type TextFlags } from '../eventText.ts';

/**
 * Answers the handlers that have heard the whole document. `make` is called twice where the quick way gives up.
 * @throws XmlError, and what the handlers throw
 */
export function readEventXml<H extends XmlHandlers>(body: EventBody, flags: TextFlags, make: () => H): H {
  if (body instanceof Uint8Array) {
    const quick = make();
    if (scanXml(decodeBody(body), quick, eventLimits)) return quick;
  }
  const strict = make();
  readXml(beginsAsXml(eventText(body, flags)), strict, eventLimits);
  return strict;
}

/**
 * Agents compress in a way that is not public (events-nse.md section 1): what that looks like is told apart here.
 * @throws XmlError
 */
export function* beginsAsXml(chunks: Iterable<string>): Generator<string> {
  let begun = false;
  for (const chunk of chunks) {
    if (!begun && chunk.trim() !== '') {
      begun = true;
      if (!chunk.trimStart().startsWith('<')) throw new XmlError('the body does not begin with <', 1, 0);
    }
    yield chunk;
  }
}
