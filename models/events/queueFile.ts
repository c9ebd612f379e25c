/** `queue.sqlite`: the file behind the embedded queue, its tables and its two kinds of commit. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { QueueUnavailable } from './queueStore.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS QueueMeta (Name TEXT PRIMARY KEY, Value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS EventQueueEntry (
    Id INTEGER PRIMARY KEY AUTOINCREMENT,
    QueueName TEXT NOT NULL,
    ProcessingState INTEGER NOT NULL,
    Priority INTEGER NOT NULL,
    SenderGuid TEXT,
    IsProven INTEGER NOT NULL,
    ReceivedAt INTEGER NOT NULL,
    Size INTEGER NOT NULL,
    Attempts INTEGER NOT NULL,
    NextAttemptAt INTEGER NOT NULL,
    Reason TEXT,
    BodyFile TEXT,
    Body BLOB
  ) STRICT;
  CREATE INDEX IF NOT EXISTS IX_EventQueueEntry_Work ON EventQueueEntry (ProcessingState, QueueName, Id);
  CREATE INDEX IF NOT EXISTS IX_EventQueueEntry_BodyFile ON EventQueueEntry (BodyFile) WHERE BodyFile IS NOT NULL;
`;

export class QueueFile {
  /** For tests that fill the disk or look behind the scenes. */
  readonly database: DatabaseSync;
  /** Makes the ids of two queue files differ. */
  readonly id: string;
  readonly #statements = new Map<string, StatementSync>();

  /** Opens or makes the file. @throws QueueUnavailable, also while another process has it open */
  constructor(dataDir: string) {
    try {
      this.database = new DatabaseSync(join(dataDir, 'queue.sqlite'));
      // FULL: a commit is on disk when it returns. EXCLUSIVE: two servers on one data folder would apply events twice.
      // Pages of 8 KB hold three events of 2 KB, where two of 4 KB hold one each: a quarter less goes to the disk.
      this.database.exec(
        `PRAGMA page_size = 8192; PRAGMA busy_timeout = 5000; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         PRAGMA cache_size = -8000; PRAGMA wal_autocheckpoint = 2000;`,
      );
      this.database.exec(SCHEMA);
      this.prepare('INSERT INTO QueueMeta (Name, Value) VALUES (?, ?) ON CONFLICT DO NOTHING').run(
        'queueId',
        randomUUID(),
      );
      this.id = String(this.prepare('SELECT Value FROM QueueMeta WHERE Name = ?').get('queueId')!.Value);
    } catch (error) {
      throw new QueueUnavailable(error);
    }
  }

  /** Prepared once, kept. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** All or nothing, and on disk when it returns. @throws QueueUnavailable */
  durable<T>(work: () => T): T {
    try {
      this.database.exec('BEGIN IMMEDIATE');
      const result = work();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite undoes some failures by itself (disk full); then there is nothing left to undo.
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      throw new QueueUnavailable(error);
    }
  }

  /** All or nothing; a power cut may undo it until the next durable commit. @throws QueueUnavailable */
  quick<T>(work: () => T): T {
    this.database.exec('PRAGMA synchronous = NORMAL');
    try {
      return this.durable(work);
    } finally {
      this.database.exec('PRAGMA synchronous = FULL');
    }
  }

  close(): void {
    this.database.close();
  }
}
