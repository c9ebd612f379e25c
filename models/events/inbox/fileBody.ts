/**
 * The body of an event file as it goes into the queue. An event without an id of its own gets that of its file, so that
 * a file that is taken up again after a crash is found to be applied (appliedEvents.ts).
 */
import { createReadStream } from 'node:fs';
import { braces, type Guid } from '../../../wire/guid.ts';
import { CAPTURE_ITEM } from '../../../wire/wellKnown.ts';
import { EventRejected } from '../eventRejected.ts';
import { eventText } from '../eventText.ts';
import type { Survey } from './survey.ts';

const DECLARATION = /^\s*<\?xml[^>]*\?>/;

/** @param id of the file: the same whenever it is read. The stream throws EventRejected for an odd beginning. */
export function fileBody(file: string, { root, hasMsgId }: Survey, id: Guid): AsyncIterable<Uint8Array> {
  if (root === 'message' && hasMsgId) return createReadStream(file);
  const chunks = eventText({ file }, { stripped: false });
  return encoded(root === 'message' ? withMsgId(chunks, id) : inMessage(chunks, id));
}

/** UTF-8, whatever the file's declaration says: it is left out. */
async function* encoded(chunks: Iterable<string>): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

function* withMsgId(chunks: Iterable<string>, id: Guid): Generator<string> {
  for (const [text, isFirst] of undeclared(chunks)) {
    if (!isFirst) yield text;
    else {
      const end = endOfRootTag(text);
      yield `${text.slice(0, end)}<msgId>${braces(id)}</msgId>${text.slice(end)}`;
    }
  }
}

/** A rowset that is a document of its own (events-nse.md 3.4) has no envelope. */
function* inMessage(chunks: Iterable<string>, id: Guid): Generator<string> {
  yield `<message><to>${braces(CAPTURE_ITEM.basicInventory)}</to><msgId>${braces(id)}</msgId><body>`;
  for (const [text] of undeclared(chunks)) yield text;
  yield '</body></message>';
}

function* undeclared(chunks: Iterable<string>): Generator<[text: string, isFirst: boolean]> {
  let isFirst = true;
  for (const chunk of chunks) {
    yield [isFirst ? chunk.replace(DECLARATION, '') : chunk, isFirst];
    isFirst = false;
  }
}

const START_TAG = /<message(?:\s(?:[^>"']|"[^"]*"|'[^']*')*)?>/y;

/** Where the start tag of the root element ends, behind comments and processing instructions. @throws EventRejected */
function endOfRootTag(text: string): number {
  let at = 0;
  for (;;) {
    while (/\s/.test(text.charAt(at))) at++;
    const close = text.startsWith('<!--', at) ? '-->' : text.startsWith('<?', at) ? '?>' : undefined;
    if (close === undefined) break;
    const end = text.indexOf(close, at + 2);
    if (end === -1) break;
    at = end + close.length;
  }
  START_TAG.lastIndex = at;
  if (!START_TAG.test(text) || text.charAt(START_TAG.lastIndex - 2) === '/')
    throw new EventRejected('The beginning of the event cannot be understood.');
  return START_TAG.lastIndex;
}
