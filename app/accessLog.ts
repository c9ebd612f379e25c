/**
 * Access log in the W3C extended format with the field names and order of IIS, so that the tools that read the logs of
 * such servers read ours. Lines are gathered and written once a second: a log must not cost a system call a request.
 */
import { closeSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { PACKAGE_SHARE } from '../wire/paths.ts';

const FIELDS =
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken';
const FLUSH_MS = 1000;
const FLUSH_CHARACTERS = 64 * 1024;

/** Query parameters whose value is a secret: the download token of a snapshot address. */
const SECRET_QUERY = /((?:^|&)(?:token|t|code)=)[^&]*/gi;
const SECRET_FIRST = /^(?:token|t|code)=/i;

export class AccessLog {
  readonly #folder: string;
  readonly #onError: (error: unknown) => void;
  #lines = '';
  #day = '';
  #second = 0;
  #stamp = '';
  #file: number | undefined;
  #failed = false;
  readonly #timer: NodeJS.Timeout;

  /** `onError` is called once for a row of failures: a full disk must not fill the other log as well. */
  constructor(folder: string, onError: (error: unknown) => void) {
    this.#folder = folder;
    this.#onError = onError;
    mkdirSync(folder, { recursive: true });
    this.#timer = setInterval(() => this.flush(), FLUSH_MS);
    this.#timer.unref();
  }

  /** Logs a request when its answer has gone out or its client has gone. */
  watch(request: IncomingMessage, response: ServerResponse, clientAddress: string): void {
    const startedAt = Date.now();
    response.on('close', () => this.#add(request, response, clientAddress, startedAt));
  }

  #add(request: IncomingMessage, response: ServerResponse, clientAddress: string, startedAt: number): void {
    const now = Date.now();
    if (now - this.#second >= 1000 || now < this.#second) this.#tick(now);
    // Whom passport signed in, if anybody.
    const user = (request as { user?: { name?: string } }).user?.name;
    const url = (request as { originalUrl?: string }).originalUrl ?? request.url ?? '/';
    const at = url.indexOf('?');
    const stem = redactStem(at === -1 ? url : url.slice(0, at));
    const query = at === -1 ? '-' : field(redactQuery(url.slice(at + 1)));
    const socket = request.socket as TLSSocket;
    const status = response.writableEnded || response.headersSent ? response.statusCode : 0;
    // 64 is what IIS writes (ERROR_NETNAME_DELETED) when the client went before the answer was complete.
    const win32 = response.writableFinished ? 0 : 64;
    this.#lines += `${this.#stamp} ${field(socket.localAddress)} ${request.method} ${field(stem)} ${query} ${
      socket.localPort ?? '-'
    } ${field(user)} ${field(clientAddress)} ${field(request.headers['user-agent'])} ${status} 0 ${win32} ${now - startedAt}\n`;
    if (this.#lines.length > FLUSH_CHARACTERS) this.flush();
  }

  /** Date and time are written out once a second. */
  #tick(now: number): void {
    const stamp = new Date(now).toISOString();
    this.#second = now - (now % 1000);
    this.#stamp = `${stamp.slice(0, 10)} ${stamp.slice(11, 19)}`;
    if (stamp.slice(0, 10) !== this.#day) this.#turn(stamp.slice(0, 10));
  }

  #turn(day: string): void {
    this.flush();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#day = day;
  }

  /** Writes what was gathered; a failure drops it and is reported once: requests go on. */
  flush(): void {
    if (this.#lines === '') return;
    const lines = this.#lines;
    this.#lines = '';
    try {
      this.#file ??= this.#open();
      writeSync(this.#file, lines);
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#onError(error);
      this.#failed = true;
    }
  }

  #open(): number {
    // u_exYYMMDD.log is the name that IIS gives.
    const path = join(this.#folder, `u_ex${this.#day.slice(2).replaceAll('-', '')}.log`);
    const file = openSync(path, 'a', 0o640);
    if (statSync(path).size === 0) {
      writeSync(
        file,
        `#Software: notification-server\n#Version: 1.0\n#Date: ${this.#day} 00:00:00\n#Fields: ${FIELDS}\n`,
      );
    }
    return file;
  }

  close(): void {
    clearInterval(this.#timer);
    this.flush();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

const BLANK = /[\u0000-\u0020\u007f]/;

/** A field holds no blank and is never empty: IIS writes `+` for a blank and `-` for nothing. */
function field(value: string | undefined): string {
  if (value === undefined || value === '') return '-';
  const text = value.startsWith('::ffff:') ? value.slice(7) : value;
  return BLANK.test(text) ? text.replace(new RegExp(BLANK, 'g'), '+') : text;
}

/** The long `xml=` of the agents is a query of one parameter, and not searched from end to end on each request. */
function redactQuery(query: string): string {
  return query.includes('&') || SECRET_FIRST.test(query) ? query.replace(SECRET_QUERY, '$1***') : query;
}

/** Cuts the download token out of a package share path. */
export function redactStem(stem: string): string {
  const prefix = PACKAGE_SHARE.length;
  if (stem.length < prefix || stem.slice(0, prefix).toLowerCase() !== PACKAGE_SHARE.toLowerCase()) return stem;
  const end = stem.indexOf('/', prefix);
  return `${stem.slice(0, prefix)}***${end === -1 ? '' : stem.slice(end)}`;
}
