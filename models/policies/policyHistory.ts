/**
 * The timeline's record of policy changes: a row when the set of policies that a computer is answered differs from the
 * one before. Noted in memory by the request, written in batches later.
 */
import type { Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';

export const TIMELINE_KIND = 'policy';

interface Note {
  hash: string;
  count: number;
}

const BATCH = 500;
const HASH = /\b[0-9A-F]{32}\b/;

export class PolicyHistory {
  /** What each computer was answered last, as far as this process knows. */
  readonly #answered = new Map<Guid, string>();
  #waiting = new Map<Guid, Note>();
  #turn: Promise<void> = Promise.resolve();

  /** Costs a map look-up while nothing changes. */
  note(computer: Guid, set: { hash: string; size: number }): void {
    if (this.#answered.get(computer) === set.hash) return;
    this.#answered.set(computer, set.hash);
    this.#waiting.set(computer, { hash: set.hash, count: set.size });
  }

  /** Writes what changed since the last call, after a call that is under way. A failure keeps the notes for the next. */
  flush(cmdb: Cmdb, clock: Clock): Promise<void> {
    const done = this.#turn.then(() => this.#write(cmdb, clock));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #write(cmdb: Cmdb, clock: Clock): Promise<void> {
    if (this.#waiting.size === 0) return;
    const notes = [...this.#waiting];
    this.#waiting = new Map();
    try {
      for (let at = 0; at < notes.length; at += BATCH) {
        const batch = new Map(notes.slice(at, at + BATCH));
        await cmdb.transaction((session) => writeBatch(session, clock, batch));
      }
    } catch (error) {
      for (const [computer, note] of notes) if (!this.#waiting.has(computer)) this.#waiting.set(computer, note);
      throw error;
    }
  }
}

/** After a restart, or where another node answered before, the timeline itself says what was answered last. */
async function writeBatch(session: Session, clock: Clock, notes: Map<Guid, Note>): Promise<void> {
  const { db } = session;
  const guids = [...notes.keys()];
  const latest = db
    .selectFrom('Timeline')
    .select((row) => row.fn.max('Id').as('Id'))
    .where('ResourceGuid', 'in', guids)
    .where('Kind', '=', TIMELINE_KIND)
    .groupBy('ResourceGuid');
  const rows = await db.selectFrom('Timeline').select(['ResourceGuid', 'Detail']).where('Id', 'in', latest).execute();
  const known = new Map(rows.map(({ ResourceGuid, Detail }) => [ResourceGuid, HASH.exec(Detail)?.[0]]));
  const resources = await db.selectFrom('Resource').select('Guid').where('Guid', 'in', guids).execute();
  const at = utc(clock.now());
  const fresh = resources
    .map(({ Guid }) => ({ guid: Guid, note: notes.get(Guid)! }))
    .filter(({ guid, note }) => known.get(guid) !== note.hash)
    .map(({ guid, note }) => ({ ResourceGuid: guid, At: at, Kind: TIMELINE_KIND, Detail: sentence(note) }));
  if (fresh.length > 0) await session.insertMany('Timeline', fresh);
}

function sentence({ hash, count }: Note): string {
  return `${count === 1 ? '1 policy applies' : `${count} policies apply`}, set ${hash}.`;
}
