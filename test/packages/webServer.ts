/** A web server of a test's own: files with ETag, conditions and ranges, and whatever a hostile one would do. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  path: string;
  /** `if-none-match`, `range` and so on, as they came. */
  headers: IncomingMessage['headers'];
  status: number;
  /** Of the body. */
  bytes: number;
}

export class WebServer {
  readonly asked: Asked[] = [];
  /** By path, decoded. */
  readonly files = new Map<string, Buffer>();
  readonly modified = new Map<string, string>();
  /** Answers itself when it returns true. */
  hostile: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  #server!: Server;

  static async start(): Promise<WebServer> {
    const web = new WebServer();
    web.#server = createServer((request, response) => web.#answer(request, response));
    await new Promise<void>((resolve) => web.#server.listen(0, '127.0.0.1', resolve));
    return web;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  set(path: string, content: string | Buffer): void {
    this.files.set(path, Buffer.from(content));
  }

  /** A list as sha256sum writes it, of what lies in the folder. */
  listIn(folder: string): void {
    const lines = [...this.files]
      .filter(([path]) => path.startsWith(folder) && !path.endsWith('SHA256SUMS'))
      .map(([path, body]) => `${sha256(body)}  ${path.slice(folder.length)}\n`);
    this.set(`${folder}SHA256SUMS`, lines.join(''));
  }

  /** What was asked since the last call. */
  take(): Asked[] {
    return this.asked.splice(0);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(new URL(request.url!, this.url).pathname);
    const asked: Asked = { path, headers: request.headers, status: 0, bytes: 0 };
    this.asked.push(asked);
    if (this.hostile(request, response)) return;
    const body = this.files.get(path);
    const etag = body === undefined ? '' : `"${sha256(body).slice(0, 16)}"`;
    const time = this.modified.get(path);
    const send = (status: number, headers: Record<string, string | number>, content: Buffer): void => {
      Object.assign(asked, { status, bytes: content.length });
      response.writeHead(status, headers).end(content);
    };
    if (body === undefined) return send(404, {}, Buffer.from('not here'));
    const headers = { etag, ...(time === undefined ? {} : { 'last-modified': time }) };
    if (request.headers['if-none-match'] === etag) return send(304, headers, Buffer.alloc(0));
    const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    if (from !== undefined && request.headers['if-range'] === etag) {
      const part = body.subarray(Number(from));
      const range = `bytes ${from}-${body.length - 1}/${body.length}`;
      return send(206, { ...headers, 'content-range': range, 'content-length': part.length }, part);
    }
    send(200, { ...headers, 'content-length': body.length }, body);
  }
}

export const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');
