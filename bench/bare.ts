/**
 * The yardstick: a bare node:http server, run as a process of its own. It reads the request with its body, answers
 * the bytes that it was given over the process channel, and appends a line with the fields of the access log, gathered
 * and written as the product does it. Whatever the product is slower than this, the product itself costs.
 */
import { openSync, writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface BareAnswer {
  status: number;
  headers: Record<string, string>;
  /** Base64. */
  body: string;
}

const log = openSync(process.argv[2]!, 'a');
let lines = '';
let answer: BareAnswer = { status: 404, headers: {}, body: '' };
let body: Buffer = Buffer.alloc(0);

function flush(): void {
  if (lines !== '') writeSync(log, lines);
  lines = '';
}
setInterval(flush, 1000).unref();

function logLine(request: IncomingMessage, response: ServerResponse, startedAt: number): void {
  const now = Date.now();
  const stamp = new Date(now).toISOString();
  const { socket } = request;
  const url = request.url!;
  const at = url.indexOf('?');
  const stem = at === -1 ? url : url.slice(0, at);
  const query = at === -1 ? '-' : url.slice(at + 1);
  lines += `${stamp.slice(0, 10)} ${stamp.slice(11, 19)} ${socket.localAddress} ${request.method} ${stem} ${query} ${socket.localPort} - ${socket.remoteAddress} ${request.headers['user-agent'] ?? '-'} ${response.statusCode} 0 0 ${now - startedAt}\n`;
  if (lines.length > 64 * 1024) flush();
}

function reply(response: ServerResponse): void {
  response.writeHead(answer.status, answer.headers);
  response.end(body);
}

const server = createServer({ keepAliveTimeout: 75_000, noDelay: true }, (request, response) => {
  const startedAt = Date.now();
  response.once('close', () => logLine(request, response, startedAt));
  if (request.method !== 'POST') {
    reply(response);
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    Buffer.concat(chunks);
    reply(response);
  });
});

process.on('message', (message: BareAnswer) => {
  answer = message;
  body = Buffer.from(message.body, 'base64');
  process.send!('ready');
});
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => process.send!((server.address() as { port: number }).port));
