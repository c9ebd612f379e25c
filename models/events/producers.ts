/**
 * Who sends how much: counted in memory by the threads that process events, added to hourly rows every so often. However
 * many computers there are, only those that matter get a row; all others are one.
 */
import { sql, type RawBuilder } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import { timeParam, type Cmdb, type Session } from '../cmdb/types.ts';
import type { CaptureItem } from './captureItem.ts';
import type { NseEvent } from './nseEvent.ts';
import type { Outcome, QueuedEvent } from './outcome.ts';

export type ProducerKind = 'computer' | 'captureItem' | 'dataClass' | 'policy';
export const PRODUCER_KINDS: readonly ProducerKind[] = ['computer', 'captureItem', 'dataClass', 'policy'];

/** Stands for all that have no row of their own. */
export const OTHERS = '';

const HOUR = 3600_000;
/** Rows of a kind that a flush writes, by each of events, bytes and bad events. */
const TOP = 50;
/** Subjects of a kind that are told apart in an hour; a million computers are no reason to hold a million counts. */
const MOST_SUBJECTS = 50_000;
const LONGEST_SUBJECT = 200;
const ROWS_A_STATEMENT = 100;

interface Count {
  events: number;
  bytes: number;
  bad: number;
}

const NOTHING: Readonly<Count> = { events: 0, bytes: 0, bad: 0 };

interface KindCounts {
  total: Count;
  subjects: Map<string, Count>;
  /** What rows hold of it already, by subject, `OTHERS` included. */
  written: Map<string, Count>;
}

/** What is known of an event that was read. */
export interface KnownEvent {
  id: number;
  item: Pick<CaptureItem, 'guid'>;
  event: Pick<NseEvent, 'blocks'>;
  parts: readonly { data: unknown }[];
}

interface TallyRow extends Count {
  kind: ProducerKind;
  hour: number;
  subject: string;
}

export class ProducerTally {
  readonly #clock: Clock;
  readonly #sizeOf: (event: QueuedEvent) => number;
  readonly #hours = new Map<number, Map<ProducerKind, KindCounts>>();

  /** @param sizeOf bytes of an event's body, which may be in a file */
  constructor(clock: Clock, sizeOf: (event: QueuedEvent) => number) {
    this.#clock = clock;
    this.#sizeOf = sizeOf;
  }

  /** Counts events by what became of them; those that are tried again later count when they are through. */
  count(events: readonly QueuedEvent[], known: readonly KnownEvent[], outcomes: readonly Outcome[]): void {
    const hour = Math.floor(this.#clock.now() / HOUR) * HOUR;
    const kinds = new Map(outcomes.map(({ id, kind }) => [id, kind]));
    const byId = new Map(known.map((each) => [each.id, each]));
    for (const event of events) {
      const outcome = kinds.get(event.id);
      if (outcome === undefined || outcome === 'later') continue;
      this.#countOne(hour, event.sender, byId.get(event.id), this.#sizeOf(event), outcome === 'bad' ? 1 : 0);
    }
  }

  /** Counts what was refused at the door: it is bad, and nobody knows what it was about. */
  countRefused(sender: Guid, bytes: number): void {
    const hour = Math.floor(this.#clock.now() / HOUR) * HOUR;
    this.#add(hour, 'computer', sender, 1, bytes, 1);
  }

  #countOne(hour: number, sender: Guid | null, known: KnownEvent | undefined, bytes: number, bad: 0 | 1): void {
    if (sender !== null) this.#add(hour, 'computer', sender, 1, bytes, bad);
    if (known === undefined) return;
    this.#add(hour, 'captureItem', known.item.guid, 1, bytes, bad);
    const policies = policiesOf(known);
    for (const policy of policies) this.#add(hour, 'policy', policy, 1, bytes / policies.size, bad);
    this.#addClasses(hour, known, bytes, bad);
  }

  /** Its bytes are shared out by rows: an event has several classes, and a large one is large by its rows. */
  #addClasses(hour: number, { event }: KnownEvent, bytes: number, bad: 0 | 1): void {
    const classes = new Map<string, number>();
    let total = 0;
    for (const block of event.blocks) {
      const subject = block.classGuid ?? block.className;
      if (subject === '') continue;
      const weight = block.rows.length + 1;
      classes.set(subject, (classes.get(subject) ?? 0) + weight);
      total += weight;
    }
    for (const [subject, weight] of classes) this.#add(hour, 'dataClass', subject, 1, (bytes * weight) / total, bad);
  }

  #add(hour: number, kind: ProducerKind, subject: string, events: number, bytes: number, bad: number): void {
    const { total, subjects } = this.#counts(hour, kind);
    add(total, { events, bytes, bad });
    const name = subject.slice(0, LONGEST_SUBJECT);
    let count = subjects.get(name);
    if (count === undefined) {
      if (subjects.size >= MOST_SUBJECTS) return;
      subjects.set(name, (count = { ...NOTHING }));
    }
    add(count, { events, bytes, bad });
  }

  #counts(hour: number, kind: ProducerKind): KindCounts {
    let kinds = this.#hours.get(hour);
    if (kinds === undefined) this.#hours.set(hour, (kinds = new Map()));
    let counts = kinds.get(kind);
    if (counts === undefined)
      kinds.set(kind, (counts = { total: { ...NOTHING }, subjects: new Map(), written: new Map() }));
    return counts;
  }

  /**
   * Adds what is new to the CMDB: the subjects that lead by now, and the rest as others, so that the sum is right. Hours
   * that are over are forgotten afterwards. A failure keeps the counts.
   */
  async flush(cmdb: Cmdb): Promise<void> {
    const thisHour = Math.floor(this.#clock.now() / HOUR) * HOUR;
    for (const [hour, kinds] of this.#hours) {
      for (const [kind, counts] of kinds) await writeNews(cmdb, kind, hour, counts);
      if (hour < thisHour) this.#hours.delete(hour);
    }
  }
}

function add(count: Count, more: Readonly<Count>): void {
  count.events += more.events;
  count.bytes += more.bytes;
  count.bad += more.bad;
}

/** Events about deliveries name their policy in every row that is staged of them. */
function policiesOf({ parts }: KnownEvent): Set<string> {
  const policies = new Set<string>();
  for (const { data } of parts) {
    if (!Array.isArray(data)) continue;
    for (const row of data as { advertisement?: unknown }[])
      if (typeof row?.advertisement === 'string') policies.add(row.advertisement);
  }
  return policies;
}

async function writeNews(cmdb: Cmdb, kind: ProducerKind, hour: number, counts: KindCounts): Promise<void> {
  const named = new Set([...leaders(counts.subjects), ...counts.written.keys()]);
  named.delete(OTHERS);
  const goals = new Map<string, Count>();
  const others = { ...counts.total };
  for (const name of named) {
    const goal = whole(counts.subjects.get(name) ?? NOTHING);
    goals.set(name, goal);
    add(others, { events: -goal.events, bytes: -goal.bytes, bad: -goal.bad });
  }
  goals.set(OTHERS, whole(others));
  const rows = [...goals].flatMap(([subject, goal]): TallyRow[] => {
    const written = counts.written.get(subject) ?? NOTHING;
    const news = {
      events: goal.events - written.events,
      bytes: goal.bytes - written.bytes,
      bad: goal.bad - written.bad,
    };
    return news.events === 0 && news.bytes === 0 && news.bad === 0 ? [] : [{ kind, hour, subject, ...news }];
  });
  for (let at = 0; at < rows.length; at += ROWS_A_STATEMENT) {
    const some = rows.slice(at, at + ROWS_A_STATEMENT);
    await cmdb.transaction((session) => addRows(session, some), { mayBeLost: true });
    for (const { subject } of some) counts.written.set(subject, goals.get(subject)!);
  }
}

const whole = ({ events, bytes, bad }: Readonly<Count>): Count => ({ events, bytes: Math.round(bytes), bad });

/** Those that lead by events, by bytes or by bad events. */
function leaders(subjects: ReadonlyMap<string, Count>): Set<string> {
  if (subjects.size <= TOP) return new Set(subjects.keys());
  const all = [...subjects];
  const chosen = new Set<string>();
  for (const measure of ['events', 'bytes', 'bad'] as const) {
    const sorted = all.toSorted((one, other) => other[1][measure] - one[1][measure]);
    for (const [name, count] of sorted.slice(0, TOP)) if (count[measure] > 0) chosen.add(name);
  }
  return chosen;
}

/** Several nodes and threads add to the same rows. */
async function addRows(session: Session, rows: readonly TallyRow[]): Promise<void> {
  const { db, engine } = session;
  const values = sql.join(
    rows.map(
      ({ kind, hour, subject, events, bytes, bad }): RawBuilder<unknown> =>
        sql`(${kind}, ${timeParam(utc(hour))}, ${subject}, ${events}, ${bytes}, ${bad})`,
    ),
  );
  if (engine === 'sqlite') {
    await sql`insert into EventTally (Kind, HourAt, Subject, Events, Bytes, Bad) values ${values}
      on conflict (Kind, HourAt, Subject) do update
      set Events = Events + excluded.Events, Bytes = Bytes + excluded.Bytes, Bad = Bad + excluded.Bad`.execute(db);
    return;
  }
  const news = sql`(values ${values}) as n (Kind, HourAt, Subject, Events, Bytes, Bad)`;
  const same = sql`t.Kind = n.Kind and t.HourAt = n.HourAt and t.Subject = n.Subject`;
  await sql`update t set Events = t.Events + n.Events, Bytes = t.Bytes + n.Bytes, Bad = t.Bad + n.Bad
    from EventTally as t join ${news} on ${same}`.execute(db);
  // A row that another node inserts in between violates the key: the transaction is undone, and tried at the next flush.
  await sql`insert into EventTally (Kind, HourAt, Subject, Events, Bytes, Bad)
    select n.Kind, n.HourAt, n.Subject, n.Events, n.Bytes, n.Bad from ${news}
    where not exists (select 1 from EventTally as t where ${same})`.execute(db);
}
