/**
 * The connection on which a report runs on SQLite: the CMDB attached read-only, T-SQL's functions added, and an
 * authorizer that SQLite asks about every column while it compiles a query. Runs in the child process only.
 *
 * A view reads its tables for the query. SQLite tells which view it is expanding, but a WITH clause may borrow a view's
 * name, so that alone proves nothing: inside something that has a name, columns that the views show anyway may be read,
 * and no others.
 */
import { constants, DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { isReadable, NEVER_READ, SHADOW_PREFIX } from './readable.ts';
import { addSqlServerFunctions } from './sqlServerFunctions.ts';

export interface Source {
  /** The CMDB's file. */
  database: string;
  /** Milliseconds since 1970: what GETDATE() answers. */
  now: number;
  /** Rows of the view EventQueue, whose table lies in a file that only the server may open. */
  queues: readonly QueueRow[];
}

export type QueueRow = readonly [name: string, waiting: number, bytes: number, oldest: string | null];

/** Longest text or blob that a query may make, in bytes. */
const LONGEST_VALUE = 8 * 1024 * 1024;

/** The types of Node do not know the option yet. */
const LIMITED = { limits: { length: LONGEST_VALUE, attach: 2, exprDepth: 500, vdbeOp: 1_000_000 } };

const FORBIDDEN_FUNCTIONS = new Set(['load_extension', 'fts3_tokenizer', 'readfile', 'writefile', 'edit']);
const TABLE_FUNCTIONS = new Set(['json_each', 'json_tree']);

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export class ReadOnlyConnection {
  readonly database: DatabaseSync;
  /** `database.table.column`, lower-case, that the readable views read, and `table` alone. */
  readonly #behindViews = new Set<string>();
  /** Names, lower-case, whose table has a view of ours in front: what the view leaves out is not for reports. */
  readonly #shadowed = new Set<string>();
  /** Every table and view there is, lower-case. */
  readonly #existing = new Set<string>();

  constructor(source: Source) {
    this.database = new DatabaseSync(':memory:', LIMITED as object);
    const file = `${pathToFileURL(source.database).href}?mode=ro`;
    this.database.exec(`ATTACH '${file.replaceAll("'", "''")}' AS cmdb; ATTACH ':memory:' AS INFORMATION_SCHEMA;`);
    this.database.exec('PRAGMA busy_timeout = 5000; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;');
    addSqlServerFunctions(this.database, new Date(source.now));
    this.#shadow(source);
    this.#learnColumns();
    this.database.exec('PRAGMA query_only = ON; PRAGMA trusted_schema = ON;');
    this.database.setAuthorizer((action, one, two, database, inside) =>
      this.#allows(action, one ?? '', two ?? '', database ?? '', inside) ? constants.SQLITE_OK : constants.SQLITE_DENY,
    );
  }

  close(): void {
    this.database.setAuthorizer(null);
    this.database.close();
  }

  /** Asks as the program itself, without the authorizer: about the plan of a query that was allowed. */
  unguarded<T>(work: () => T): T {
    this.database.setAuthorizer(null);
    return work();
  }

  /** Names in the temp database come before those of the CMDB. */
  #shadow({ queues }: Source): void {
    const { database } = this;
    const views = database
      .prepare("SELECT name, sql FROM cmdb.sqlite_master WHERE type = 'view' AND (name GLOB ? OR name = ?)")
      .all(`${SHADOW_PREFIX}*`, 'SWDPackageCodebase') as { name: string; sql: string }[];
    for (const { name } of views.filter((view) => view.name.startsWith(SHADOW_PREFIX))) {
      const shadowed = name.slice(SHADOW_PREFIX.length);
      this.#shadowed.add(shadowed.toLowerCase());
      database.exec(`CREATE TEMP VIEW ${quote(shadowed)} AS SELECT * FROM cmdb.${quote(name)}`);
    }
    // The view of codebases needs one setting; this is all of that table that a report can reach.
    database.exec("CREATE TEMP TABLE Setting AS SELECT Name, Value FROM cmdb.Setting WHERE Name = 'server.publicUrl'");
    for (const { sql } of views.filter((view) => view.name === 'SWDPackageCodebase')) {
      database.exec(sql.replace(/^CREATE VIEW/i, 'CREATE TEMP VIEW'));
    }
    database.exec('CREATE TEMP TABLE EventQueue (Name TEXT, Waiting INTEGER, Bytes INTEGER, OldestEvent TEXT)');
    const insert = database.prepare('INSERT INTO temp.EventQueue VALUES (?, ?, ?, ?)');
    for (const row of queues) insert.run(...row);
  }

  #learnColumns(): void {
    const { database } = this;
    database.setAuthorizer((action, table, column, from) => {
      if (action !== constants.SQLITE_READ || this.#isForbidden(from ?? '', table ?? '')) return constants.SQLITE_OK;
      this.#behindViews.add(String(table).toLowerCase()).add(`${from}.${table}.${column}`.toLowerCase());
      return constants.SQLITE_OK;
    });
    for (const name of this.#names()) database.prepare(`SELECT * FROM ${quote(name)}`);
    for (const name of this.#allNames()) this.#existing.add(name.toLowerCase());
    database.setAuthorizer(null);
    database.exec(
      'CREATE TABLE INFORMATION_SCHEMA.COLUMNS (TABLE_CATALOG TEXT, TABLE_SCHEMA TEXT, TABLE_NAME TEXT, COLUMN_NAME TEXT, ORDINAL_POSITION INTEGER)',
    );
    database.exec('CREATE TABLE INFORMATION_SCHEMA.TABLES (TABLE_CATALOG TEXT, TABLE_SCHEMA TEXT, TABLE_NAME TEXT)');
    const columns = database.prepare("INSERT INTO INFORMATION_SCHEMA.COLUMNS VALUES ('Symantec_CMDB', 'dbo', ?, ?, ?)");
    const tables = database.prepare("INSERT INTO INFORMATION_SCHEMA.TABLES VALUES ('Symantec_CMDB', 'dbo', ?)");
    for (const name of this.#names()) {
      tables.run(name);
      const shown = database.prepare(`SELECT * FROM ${quote(name)}`).columns();
      shown.forEach((column, index) => columns.run(name, column.name, index + 1));
    }
  }

  /** Readable tables and views that this CMDB has. */
  #names(): string[] {
    return this.#allNames().filter(isReadable);
  }

  #allNames(): string[] {
    const rows = this.database
      .prepare(
        `SELECT name FROM cmdb.sqlite_master WHERE type IN ('table', 'view')
         UNION SELECT name FROM sqlite_temp_master ORDER BY 1`,
      )
      .all() as { name: string }[];
    return rows.map(({ name }) => name);
  }

  /** The copy of one setting in the temp database is no secret. */
  #isForbidden(database: string, table: string): boolean {
    return NEVER_READ.has(table.toLowerCase()) && database !== 'temp';
  }

  #allows(action: number, one: string, two: string, database: string, inside: string | null): boolean {
    switch (action) {
      case constants.SQLITE_SELECT:
      case constants.SQLITE_RECURSIVE:
        return true;
      case constants.SQLITE_FUNCTION:
        return !FORBIDDEN_FUNCTIONS.has(two.toLowerCase());
      case constants.SQLITE_READ:
        return this.#mayRead(one, two, database, inside);
      default:
        // Writing, attaching, pragmas, transactions, schema: everything that is not named above.
        return false;
    }
  }

  #mayRead(table: string, column: string, database: string, inside: string | null): boolean {
    if (this.#isForbidden(database, table)) return false;
    if (database === 'INFORMATION_SCHEMA' || TABLE_FUNCTIONS.has(table.toLowerCase())) return true;
    const isCovered = database === 'cmdb' && this.#shadowed.has(table.toLowerCase());
    if (isReadable(table) && !isCovered) return true;
    if (column === '') return this.#mayCount(table.toLowerCase());
    return inside !== null && this.#behindViews.has(`${database}.${table}.${column}`.toLowerCase());
  }

  /** COUNT(*) names no column, no database and no view: of a name that is no table it counts what a WITH clause made. */
  #mayCount(name: string): boolean {
    if (this.#behindViews.has(name)) return true;
    return !this.#existing.has(name) && !/^(sqlite_|pragma_|dbstat)/.test(name);
  }
}
