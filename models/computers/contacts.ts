/** Last contact of every computer: kept in memory, written in batches, because a row per check-in would be a storm. */
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb } from '../cmdb/types.ts';
import { comeBack } from '../resources/retire.ts';

export type ContactKind = 'policy' | 'event' | 'package' | 'register';

interface Contact {
  lastContactAt: number;
  lastPolicyAt: number;
  lastEventAt: number;
  address: string;
}

const BATCH = 2000;
const LONGEST_ADDRESS = 45;

export class ContactRecorder {
  readonly #cmdb: Cmdb;
  readonly #clock: Clock;
  #waiting = new Map<Guid, Contact>();

  constructor(cmdb: Cmdb, clock: Clock) {
    this.#cmdb = cmdb;
    this.#clock = clock;
  }

  /** Costs a map look-up; written by the next `flush`. */
  note(computer: Guid, kind: ContactKind, address: string): void {
    const now = this.#clock.now();
    let contact = this.#waiting.get(computer);
    if (contact === undefined) {
      contact = { lastContactAt: now, lastPolicyAt: 0, lastEventAt: 0, address };
      this.#waiting.set(computer, contact);
    }
    contact.lastContactAt = now;
    contact.address = address;
    if (kind === 'policy') contact.lastPolicyAt = now;
    else if (kind === 'event') contact.lastEventAt = now;
  }

  /** Writes what was noted since the last call. A failure keeps the notes for the next call. */
  async flush(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const notes = [...this.#waiting];
    this.#waiting = new Map();
    try {
      for (let at = 0; at < notes.length; at += BATCH) {
        await writeContacts(this.#cmdb, notes.slice(at, at + BATCH));
      }
      // Who was retired and is heard of again is managed again.
      await comeBack(
        { cmdb: this.#cmdb, clock: this.#clock },
        notes.map(([computer]) => computer),
      );
    } catch (error) {
      for (const [computer, contact] of notes) if (!this.#waiting.has(computer)) this.#waiting.set(computer, contact);
      throw error;
    }
  }
}

/**
 * One statement or two a batch, whatever its size: the batch travels as one JSON parameter. A computer that was deleted
 * meanwhile is left out.
 */
async function writeContacts(cmdb: Cmdb, notes: [Guid, Contact][]): Promise<void> {
  const iso = (milliseconds: number): string | null =>
    milliseconds === 0 ? null : new Date(milliseconds).toISOString();
  const batch = JSON.stringify(
    notes.map(([g, { lastContactAt, lastPolicyAt, lastEventAt, address }]) => ({
      g,
      c: iso(lastContactAt),
      p: iso(lastPolicyAt),
      e: iso(lastEventAt),
      a: address.slice(0, LONGEST_ADDRESS),
    })),
  );
  await cmdb.transaction(
    async ({ engine, db }) => {
      const statements = engine === 'sqlite' ? [upsertSqlite(batch)] : [updateMssql(batch), insertMssql(batch)];
      for (const statement of statements) await statement.execute(db);
    },
    { mayBeLost: true },
  );
}

const upsertSqlite = (batch: string) => sql`
  INSERT INTO ComputerContact (ResourceGuid, LastContactAt, LastPolicyAt, LastEventAt, LastAddress)
  SELECT r.Guid, j.value ->> 'c', j.value ->> 'p', j.value ->> 'e', j.value ->> 'a'
  FROM json_each(${batch}) AS j
  JOIN Resource AS r ON r.Guid = j.value ->> 'g'
  WHERE r.DeletedAt IS NULL
  ON CONFLICT (ResourceGuid) DO UPDATE SET
    LastContactAt = excluded.LastContactAt,
    LastPolicyAt = COALESCE(excluded.LastPolicyAt, LastPolicyAt),
    LastEventAt = COALESCE(excluded.LastEventAt, LastEventAt),
    LastAddress = excluded.LastAddress`;

/** The rows of a batch as T-SQL reads them. */
const rowsMssql = (batch: string) => sql`
  OPENJSON(${batch}) WITH (g uniqueidentifier '$.g', c datetime2(3) '$.c', p datetime2(3) '$.p', e datetime2(3) '$.e', a nvarchar(45) '$.a') AS j`;

const updateMssql = (batch: string) => sql`
  UPDATE k
  SET LastContactAt = j.c,
      LastPolicyAt = COALESCE(j.p, k.LastPolicyAt),
      LastEventAt = COALESCE(j.e, k.LastEventAt),
      LastAddress = j.a
  FROM ComputerContact AS k
  JOIN ${rowsMssql(batch)} ON j.g = k.ResourceGuid`;

/** Another node may write a computer's first contact at the same moment: then this batch fails, and comes again. */
const insertMssql = (batch: string) => sql`
  INSERT INTO ComputerContact (ResourceGuid, LastContactAt, LastPolicyAt, LastEventAt, LastAddress)
  SELECT r.Guid, j.c, j.p, j.e, j.a
  FROM ${rowsMssql(batch)}
  JOIN Resource AS r ON r.Guid = j.g
  WHERE r.DeletedAt IS NULL AND NOT EXISTS (SELECT 1 FROM ComputerContact AS k WHERE k.ResourceGuid = r.Guid)`;
