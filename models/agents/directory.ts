/** Every registered computer's state and key in memory: what each agent request is checked against, without SQL. */
import type { Guid } from '../../wire/guid.ts';
import type { Change } from '../changes/changeLog.ts';
import { top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { allSurvivors, survivorsOf } from '../resources/survivors.ts';

export type RegistrationState = 'pending' | 'allowed' | 'blocked' | 'revoked';

export interface AgentEntry {
  readonly guid: Guid;
  /** State of the registration that counts for this GUID: the allowed one if there is one. */
  readonly state: RegistrationState;
  /** SHA-256 (hex) of that registration's key blob; empty when it has none. */
  readonly keyHash: string;
  /** The key is of a kind that can prove itself: GUID alone must never stand in for it. */
  readonly canProve: boolean;
  /** While a shared GUID is being split: only from this address is it served; empty: from none. Else undefined. */
  readonly boundAddress: string | undefined;
}

/** Which registration counts when a GUID has several, best first. The array's strings are the ones that entries share. */
const PRECEDENCE: readonly RegistrationState[] = ['allowed', 'pending', 'blocked', 'revoked'];

const COLUMNS = ['Guid', 'ResourceGuid', 'State', 'KeyHash', 'IsKeyOpaque', 'BoundAddress'] as const;
const PAGE = 10_000;

interface Row {
  ResourceGuid: Guid;
  State: string;
  KeyHash: string;
  IsKeyOpaque: number;
  BoundAddress: string | null;
}

export class AgentDirectory {
  readonly #entries = new Map<Guid, AgentEntry>();
  /** GUIDs of merged computers, which agents may go on using, and the computers in their places. */
  #survivors = new Map<Guid, Guid>();
  #allowed = 0;
  // Readings may overtake each other: one that began earlier never overwrites what a later one found.
  #readings = 0;
  #inFlight = 0;
  readonly #freshest = new Map<Guid, number>();

  static async load(session: Session): Promise<AgentDirectory> {
    const directory = new AgentDirectory();
    await directory.#readAll(session);
    return directory;
  }

  /** The entry of a computer, or of the one that took its place in a merge. */
  get(guid: Guid): AgentEntry | undefined {
    return this.#entries.get(this.survivor(guid));
  }

  /** The computer that took the place of a merged one; the GUID itself when it was never merged. */
  survivor(guid: Guid): Guid {
    return this.#survivors.size === 0 ? guid : (this.#survivors.get(guid) ?? guid);
  }

  /** Number of allowed agents. */
  get size(): number {
    return this.#allowed;
  }

  /**
   * Reads one computer anew after its registration changed (here or on another node). Call it after the commit: what a
   * transaction has not committed is nobody's state yet.
   */
  async refresh(session: Session, guid: Guid): Promise<void> {
    await this.#reading(async (isFresh) => {
      const rows = await session.db
        .selectFrom('AgentRegistration')
        .select(COLUMNS)
        .where('ResourceGuid', '=', guid)
        .execute();
      const survivor = (await survivorsOf(session, [guid])).get(guid);
      if (!isFresh(guid)) return;
      this.#put(guid, rows.map(entryOf).reduce<AgentEntry | undefined>(better, undefined));
      if (survivor === undefined) this.#survivors.delete(guid);
      else this.#survivors.set(guid, survivor);
    });
  }

  async applyChange(session: Session, change: Change): Promise<void> {
    if (change.Kind !== 'registration') return;
    if (change.ItemGuid !== null) await this.refresh(session, change.ItemGuid);
    else await this.#readAll(session);
  }

  async #readAll(session: Session): Promise<void> {
    await this.#reading(async (isFresh) => {
      const found = await readEntries(session);
      this.#survivors = await allSurvivors(session);
      for (const guid of this.#entries.keys()) if (!found.has(guid) && isFresh(guid)) this.#put(guid, undefined);
      for (const [guid, entry] of found) if (isFresh(guid)) this.#put(guid, entry);
    });
  }

  /** `isFresh` says whether no reading that began later has written the entry already, and claims it. */
  async #reading(read: (isFresh: (guid: Guid) => boolean) => Promise<void>): Promise<void> {
    const number = ++this.#readings;
    this.#inFlight++;
    try {
      await read((guid) => {
        if (number < (this.#freshest.get(guid) ?? 0)) return false;
        // Alone, there is nobody to overtake.
        if (this.#inFlight > 1) this.#freshest.set(guid, number);
        return true;
      });
    } finally {
      if (--this.#inFlight === 0) this.#freshest.clear();
    }
  }

  #put(guid: Guid, entry: AgentEntry | undefined): void {
    if (this.#entries.get(guid)?.state === 'allowed') this.#allowed--;
    if (entry === undefined) this.#entries.delete(guid);
    else this.#entries.set(guid, entry);
    if (entry?.state === 'allowed') this.#allowed++;
  }
}

async function readEntries(session: Session): Promise<Map<Guid, AgentEntry>> {
  const found = new Map<Guid, AgentEntry>();
  let after: Guid | undefined;
  for (;;) {
    const query = session.db.selectFrom('AgentRegistration').select(COLUMNS).orderBy('Guid');
    const rows = await top(session, after === undefined ? query : query.where('Guid', '>', after), PAGE).execute();
    for (const row of rows) found.set(row.ResourceGuid, better(found.get(row.ResourceGuid), entryOf(row)));
    if (rows.length < PAGE) return found;
    after = rows.at(-1)!.Guid;
  }
}

function entryOf(row: Row): AgentEntry {
  return {
    guid: row.ResourceGuid,
    state: PRECEDENCE[PRECEDENCE.indexOf(row.State as RegistrationState)] ?? 'blocked',
    keyHash: row.KeyHash,
    canProve: row.KeyHash !== '' && row.IsKeyOpaque === 0,
    boundAddress: row.BoundAddress ?? undefined,
  };
}

function better(known: AgentEntry | undefined, other: AgentEntry): AgentEntry {
  if (known === undefined) return other;
  return PRECEDENCE.indexOf(other.state) < PRECEDENCE.indexOf(known.state) ? other : known;
}
