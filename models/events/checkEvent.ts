/** What is checked before an event is accepted: that it is XML, and nothing more (house.md, "answers to events"). */
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { eventLimits, openXmlReader, XmlError } from '../../wire/xml.ts';
import { eventText } from './eventText.ts';

/** Reads the envelope's priority by the way; 0 when it has none. */
class Checker {
  readonly #reader = openXmlReader(
    {
      open: (name, _attributes, depth) => {
        this.#inPriority = depth === 1 && name === 'priority';
      },
      text: (chunk) => {
        if (this.#inPriority) this.#priority += chunk;
      },
    },
    eventLimits,
  );
  #inPriority = false;
  #priority = '';
  #started = false;

  write(chunk: string): void {
    if (!this.#started && chunk.trim() !== '') {
      this.#started = true;
      // Agents compress in a way that is not public (events-nse.md section 1): this is what it would look like.
      if (!chunk.trimStart().startsWith('<')) throw new XmlError('the body does not begin with <', 1, 0);
    }
    this.#reader.write(chunk);
  }

  close(): number {
    this.#reader.close();
    const priority = Number(this.#priority);
    return Number.isSafeInteger(priority) ? Math.max(-1000, Math.min(1000, priority)) : 0;
  }
}

/** Answers the event's priority. @throws XmlError */
export function checkBody(body: Uint8Array): number {
  const checker = new Checker();
  for (const chunk of eventText(body, { stripped: false })) checker.write(chunk);
  return checker.close();
}

/** The same for a file, in pieces between which other work of the thread goes on. @throws XmlError */
export async function checkFile(file: string): Promise<number> {
  const checker = new Checker();
  for (const chunk of eventText({ file }, { stripped: false })) {
    checker.write(chunk);
    await yieldToOthers();
  }
  return checker.close();
}
