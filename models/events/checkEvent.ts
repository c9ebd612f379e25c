/** What is checked before an event is accepted: that it is XML, and nothing more (house.md, "answers to events"). */
import { eventLimits, readXml, XmlError } from '../../wire/xml.ts';
import { eventText, type EventBody } from './eventText.ts';

export interface EventCheck {
  /** The envelope's `priority`; 0 when it has none. */
  priority: number;
}

/** @throws XmlError */
export function checkEvent(body: EventBody): EventCheck {
  let priority = '';
  let inPriority = false;
  readXml(
    nonEmpty(eventText(body, { stripped: false })),
    {
      open: (name, _attributes, depth) => {
        inPriority = depth === 1 && name === 'priority';
      },
      text: (chunk) => {
        if (inPriority) priority += chunk;
      },
    },
    eventLimits,
  );
  const number = Number(priority);
  return { priority: Number.isInteger(number) ? number : 0 };
}

/** Says plainly what a body is that does not even begin like XML, compressed in a way we do not know for example. */
function* nonEmpty(chunks: Iterable<string>): Generator<string> {
  let started = false;
  for (const chunk of chunks) {
    if (!started && chunk.trim() !== '') {
      started = true;
      if (!chunk.trimStart().startsWith('<')) throw new XmlError('the body does not begin with <', 1, 0);
    }
    yield chunk;
  }
}
