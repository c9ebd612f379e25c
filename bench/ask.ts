/** One request over a connection of its own, written and read as bytes. */
import { connect } from 'node:net';
import type { BareAnswer } from './bare.ts';

/** Headers that belong to the connection or to the moment: node:http sets its own. */
const NOT_REPEATED = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

/** Sends a complete request; answers status, headers and body (base64). */
export function askOnce(port: number, request: string): Promise<BareAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let bytes: Buffer = Buffer.alloc(0);
    socket.setTimeout(15_000, () => socket.destroy(new Error('no answer within 15 seconds')));
    socket.once('error', reject);
    socket.once('connect', () => socket.write(request.replace('{message}', crypto.randomUUID())));
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      const answer = readAnswer(bytes);
      if (answer === undefined) return;
      socket.destroy();
      resolve(answer);
    });
  });
}

function readAnswer(bytes: Buffer): BareAnswer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [first, ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const status = Number(first!.split(' ')[1]);
  const headers: Record<string, string> = {};
  let length = 0;
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    if (name.toLowerCase() === 'content-length') length = Number(line.slice(colon + 1));
    if (!NOT_REPEATED.has(name.toLowerCase())) headers[name] = line.slice(colon + 1).trim();
  }
  const body = bytes.subarray(headEnd + 4);
  if (status !== 304 && body.length < length) return undefined;
  return { status, headers, body: body.toString('base64') };
}
