/**
 * How many computers fetched what, day by day (UTC): the summary that a package server sends of its web log (packages.md
 * section 5). Kept in a small database, so that a restart counts nobody twice and a busy day needs no memory.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Guid } from '../../wire/guid.ts';
import { ALL_PACKAGES, type ClientDay } from '../../wire/packageServer.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The figures of a day that goes on are told so often. */
const TELL_MS = HOUR;
/** So many are told at once: the server writes each. */
const MOST_TOLD = 500;
/** Written down at the latest when so many are noted; a report comes sooner on most servers. */
const MOST_NOTED = 2000;
const MOST_WAITING = 20_000;
/** Until a server that cannot be reached for so long is told. */
const KEPT_DAYS = 35;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS Fetched (Day TEXT, Package TEXT, Computer TEXT, PRIMARY KEY (Day, Package, Computer)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS Total (
    Day TEXT, Package TEXT, Clients INTEGER NOT NULL, Requests INTEGER NOT NULL, Bytes INTEGER NOT NULL,
    ToldRequests INTEGER NOT NULL DEFAULT 0, ToldAt INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (Day, Package)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS Seen (Computer TEXT PRIMARY KEY, At INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS SeenAt ON Seen (At);
`;

interface Noted {
  day: string;
  packageGuid: Guid;
  computer: Guid;
  at: number;
  requests: number;
  bytes: number;
}

export class ClientCounts {
  readonly #now: () => number;
  readonly #database: DatabaseSync;
  readonly #fetched: StatementSync;
  readonly #total: StatementSync;
  readonly #seen: StatementSync;
  #noted = new Map<string, Noted>();
  #tidiedOn = '';

  constructor(stateFolder: string, now: () => number = Date.now) {
    this.#now = now;
    this.#database = opened(join(stateFolder, 'clients.sqlite'));
    this.#fetched = this.#database.prepare('INSERT OR IGNORE INTO Fetched VALUES (?, ?, ?)');
    this.#total = this.#database.prepare(
      `INSERT INTO Total (Day, Package, Clients, Requests, Bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
         Clients = Clients + excluded.Clients, Requests = Requests + excluded.Requests, Bytes = Bytes + excluded.Bytes`,
    );
    this.#seen = this.#database.prepare(
      'INSERT INTO Seen VALUES (?, ?) ON CONFLICT DO UPDATE SET At = max(At, excluded.At)',
    );
  }

  /** A computer has fetched so many bytes of a package. */
  note(computer: Guid, packageGuid: Guid, bytes: number): void {
    const at = this.#now();
    const day = dayOf(at);
    const key = `${day}${packageGuid}${computer}`;
    const noted = this.#noted.get(key);
    if (noted === undefined) this.#noted.set(key, { day, packageGuid, computer, at, requests: 1, bytes });
    else {
      noted.at = at;
      noted.requests++;
      noted.bytes += bytes;
    }
    if (this.#noted.size % MOST_NOTED === 0) this.#write();
  }

  /** Different computers that fetched something within the last day. */
  get lastDay(): number {
    this.#write();
    const row = this.#database.prepare('SELECT count(*) AS Count FROM Seen WHERE At > ?').get(this.#now() - DAY);
    return Number(row!.Count);
  }

  /** Figures that the server does not know yet; those of a day that goes on come an hour after the last ones. */
  untold(): ClientDay[] {
    this.#write();
    const now = this.#now();
    const rows = this.#database
      .prepare(
        'SELECT * FROM Total WHERE Requests <> ToldRequests AND (Day < ? OR ToldAt <= ?) ORDER BY Day, Package LIMIT ?',
      )
      .all(dayOf(now), now - TELL_MS, MOST_TOLD);
    return rows.map((row) => ({
      packageGuid: row.Package as Guid,
      day: String(row.Day),
      clients: Number(row.Clients),
      requests: Number(row.Requests),
      bytes: Number(row.Bytes),
    }));
  }

  /** The server has taken them in. */
  told(days: readonly ClientDay[]): void {
    const mark = this.#database.prepare('UPDATE Total SET ToldRequests = ?, ToldAt = ? WHERE Day = ? AND Package = ?');
    const now = this.#now();
    this.#atOnce(() => {
      for (const { day, packageGuid, requests } of days) mark.run(requests, now, day, packageGuid);
    });
  }

  close(): void {
    this.#write();
    this.#database.close();
  }

  #write(): void {
    const noted = this.#noted;
    this.#noted = new Map();
    try {
      this.#atOnce(() => this.#add(noted.values()));
    } catch {
      // A full disk: what was noted waits, up to a point; nobody is refused a file for a count.
      if (noted.size < MOST_WAITING) this.#noted = noted;
    }
  }

  #add(noted: Iterable<Noted>): void {
    for (const { day, packageGuid, computer, at, requests, bytes } of noted) {
      for (const each of [packageGuid, ALL_PACKAGES]) {
        const { changes } = this.#fetched.run(day, each, computer);
        this.#total.run(day, each, changes, requests, bytes);
      }
      this.#seen.run(computer, at);
    }
    this.#tidy();
  }
  /** Who fetched is needed for as long as the day's count may grow. */
  #tidy(): void {
    const now = this.#now();
    const today = dayOf(now);
    if (this.#tidiedOn === today) return;
    this.#tidiedOn = today;
    this.#database.prepare('DELETE FROM Fetched WHERE Day < ?').run(dayOf(now - DAY));
    this.#database.prepare('DELETE FROM Total WHERE Day < ?').run(dayOf(now - KEPT_DAYS * DAY));
    this.#database.prepare('DELETE FROM Seen WHERE At <= ?').run(now - DAY);
  }

  #atOnce(work: () => void): void {
    this.#database.exec('BEGIN');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Counts are worth less than the service: a file that is damaged gives way to a new one. */
function opened(file: string): DatabaseSync {
  try {
    return made(file);
  } catch {
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    return made(file);
  }
}

function made(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    database.exec(SCHEMA);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
