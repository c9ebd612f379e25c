/** Last contact of every computer: kept in memory, written in batches, because a row per check-in would be a storm. */
import type { Guid } from '../../wire/guid.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb } from '../cmdb/types.ts';

export type ContactKind = 'policy' | 'event' | 'package' | 'register';

interface Contact {
  lastContactAt: number;
  lastPolicyAt: number;
  lastEventAt: number;
  address: string;
}

const BATCH = 500;

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
    } catch (error) {
      for (const [computer, contact] of notes) if (!this.#waiting.has(computer)) this.#waiting.set(computer, contact);
      throw error;
    }
  }
}

async function writeContacts(cmdb: Cmdb, notes: [Guid, Contact][]): Promise<void> {
  const iso = (milliseconds: number): string | null =>
    milliseconds === 0 ? null : new Date(milliseconds).toISOString();
  await cmdb.transaction(async ({ db }) => {
    const known = new Set<string>();
    const guids = notes.map(([computer]) => computer);
    const rows = await db.selectFrom('Resource').select('Guid').where('Guid', 'in', guids).execute();
    const resources = new Set<string>(rows.map((row) => row.Guid));
    for (const row of await db
      .selectFrom('ComputerContact')
      .select('ResourceGuid')
      .where('ResourceGuid', 'in', guids)
      .execute()) {
      known.add(row.ResourceGuid);
    }
    for (const [computer, contact] of notes) {
      const values = {
        LastContactAt: iso(contact.lastContactAt)!,
        LastAddress: contact.address,
        ...(contact.lastPolicyAt === 0 ? {} : { LastPolicyAt: iso(contact.lastPolicyAt) }),
        ...(contact.lastEventAt === 0 ? {} : { LastEventAt: iso(contact.lastEventAt) }),
      };
      if (known.has(computer)) {
        await db.updateTable('ComputerContact').set(values).where('ResourceGuid', '=', computer).execute();
      } else if (resources.has(computer)) {
        await db
          .insertInto('ComputerContact')
          .values({ ResourceGuid: computer, LastPolicyAt: null, LastEventAt: null, ...values })
          .execute();
      }
    }
  });
}
