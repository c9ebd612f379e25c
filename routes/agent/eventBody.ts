/** Reading the body of an event: in memory when it is small, straight to a file when it is not. */
import type { Readable } from 'node:stream';
import { SPOOL_BYTES } from '../../models/events/queueClasses.ts';
import { spoolBody } from '../../models/events/spool.ts';
import { ProtocolError, refuse } from '../../models/protocolErrors.ts';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { decodedBody, startThenRest } from './body.ts';
import type { AgentRequest } from './page.ts';

export interface EventBodyRules {
  /** Most bytes, of what is sent and again of what it expands to. */
  limit: number;
  spoolFolder: string;
  /** Called with the whole body or its first 512 KB, before anything is written. Throws to refuse it. */
  check: (start: Buffer) => void;
}

/** @throws ProtocolError tooLarge, unsupportedEncoding, badRequest, unavailable, and what `check` throws */
export async function readEventBody(
  request: AgentRequest,
  rules: EventBodyRules,
): Promise<Buffer | { file: string; size: number }> {
  const announced = request.headers['content-length'];
  const plain = request.headers['content-encoding'] === undefined;
  if (announced !== undefined && Number(announced) > rules.limit) refuse('tooLarge', `${announced} bytes announced`);
  if (plain && announced !== undefined && Number(announced) <= SPOOL_BYTES) {
    const body = await request.body(Math.min(SPOOL_BYTES, rules.limit));
    rules.check(body);
    return body;
  }
  const stream = decodedBody(request.raw);
  try {
    return await gatherOrSpool(stream, rules);
  } catch (error) {
    // The request itself stays: an answer is still to be sent over it.
    if (stream !== request.raw) stream.destroy();
    if (error instanceof ProtocolError) throw error;
    return refuse('badRequest', 'the body was cut off or is not as encoded', error);
  }
}

async function gatherOrSpool(
  stream: Readable,
  rules: EventBodyRules,
): Promise<Buffer | { file: string; size: number }> {
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  const gathered: Buffer[] = [];
  let size = 0;
  while (size <= SPOOL_BYTES) {
    const next = await chunks.next();
    if (next.done === true) {
      if (size > rules.limit) refuse('tooLarge', `${size} bytes`);
      const body = Buffer.concat(gathered, size);
      rules.check(body);
      return body;
    }
    gathered.push(next.value);
    size += next.value.length;
  }
  const start = Buffer.concat(gathered, size);
  rules.check(start);
  return spoolBody(rules.spoolFolder, startThenRest(start, chunks), rules.limit);
}

const START_BYTES = 16 * 1024;

/**
 * The GUID of the first resource in an event: the oldest agents name themselves nowhere else (events-nse.md section 1).
 * It is a claim, as good as the address that it comes from.
 */
export function resourceNamedIn(start: Buffer): Guid | undefined {
  // Without its zero bytes, UTF-16 reads like the rest as far as GUIDs go.
  const text = start.toString('latin1', 0, START_BYTES).replaceAll('\0', '');
  // No `<` inside an element: of many that are left open, each is looked at only up to the next.
  return parseGuid(/<resource\b[^<>]*?\sguid\s*=\s*["']([^"']{32,40})["']/i.exec(text)?.[1]);
}
