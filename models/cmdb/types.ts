/**
 * The one interface over both engines, and what both drivers agree on.
 *
 * Values as code sees them, whatever the engine: a GUID is lower-case text without braces, a time is ISO 8601 text in
 * UTC (`Utc`), a flag is 0 or 1, a whole number is a number, text is text, a body is a Uint8Array.
 */
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export type Engine = 'sqlite' | 'mssql';

/** What a store needs: the same inside a transaction and outside. */
export interface Session {
  readonly engine: Engine;
  readonly db: Kysely<Schema>;
  /**
   * Inserts many rows: prepared statements on SQLite, bulk load on SQL Server. One statement's worth of guarantees:
   * call it inside a transaction when a part must not stay behind.
   */
  insertMany<T extends keyof Schema & string>(table: T, rows: readonly object[]): Promise<void>;
}

export interface TransactionOptions {
  /**
   * True for what a power cut may take: last contacts, counts. On SQLite such a commit waits for no disk, which would
   * hold up the thread that answers agents; a killed process loses nothing. SQL Server keeps it like any other.
   */
  mayBeLost?: boolean;
}

export interface Cmdb extends Session {
  /** Where it is, without credentials: for logs and pages. */
  readonly location: string;
  /**
   * Runs `work` in one transaction; commits when it resolves, rolls back when it throws. On SQLite it takes the write
   * lock at once and other writers of this process wait their turn: keep it short, and inside it use the session that
   * is handed in, never the CMDB itself. On SQL Server a deadlock victim is run again, so `work` must have no effect
   * outside the session.
   */
  transaction<T>(work: (session: Session) => Promise<T>, options?: TransactionOptions): Promise<T>;
  close(): Promise<void>;
}

export type ColumnKind = 'guid' | 'time' | 'bit' | 'other';

const OTHER_GUID_COLUMNS = new Set(['Guid', '_ResourceGuid', 'MsgId', 'AdvertisementId', 'PackageId']);

/** A column's kind by its name: the naming rule of sql/migrations that lets drivers type their parameters. */
export function columnKind(column: string): ColumnKind {
  // A name with a blank is a column of an inventory table, whose values are text whatever it is called.
  if (column.includes(' ')) return 'other';
  if (OTHER_GUID_COLUMNS.has(column) || column.endsWith('Guid')) return 'guid';
  if (column === 'At' || column.endsWith('At') || column === 'FileTime') return 'time';
  if (/^Is[A-Z]/.test(column) || column === 'UserInputRequired') return 'bit';
  return 'other';
}

/** A parameter of raw SQL text that says its kind; parameters of built queries get theirs from the column. */
export class TypedParam {
  readonly kind: ColumnKind;
  readonly value: unknown;
  constructor(kind: ColumnKind, value: unknown) {
    this.kind = kind;
    this.value = value;
  }
}

/** For raw SQL: a GUID parameter. */
export const guidParam = (value: string | null): TypedParam => new TypedParam('guid', value);
/** For raw SQL: a time parameter. */
export const timeParam = (value: string | null): TypedParam => new TypedParam('time', value);

/** The CMDB cannot be reached or cannot take writes now; the caller may try again later. */
export class CmdbUnavailable extends Error {
  constructor(cause: unknown) {
    super('the CMDB is not available', { cause });
    this.name = 'CmdbUnavailable';
  }
}
