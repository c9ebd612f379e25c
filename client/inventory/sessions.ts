/**
 * Who was logged on and how long, as far as looking now and then tells (the original watches log-ons themselves). Each
 * second of a session is told once: with the log-off, or after a day of a session that goes on. 28 days are remembered
 * for the primary user, as PrimaryUserRecordDays says.
 */
import { join } from 'node:path';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { LOG_ON_EVENT } from '../../wire/nse.ts';
import { readJson, writeJson } from '../base/files.ts';
import type { UserName } from './facts.ts';

const DAY = 24 * 3600_000;
const RECORD_DAYS = 28;
/** Who was not looked at for so long may have logged off and on again: the time between is nobody's. */
const LONGEST_GAP_MS = 3 * 3600_000;

export interface LogOnNews {
  msgId: Guid;
  /** Milliseconds since 1970. */
  at: number;
  user: string;
  domain: string;
  event: string;
  logOnAt: number;
  logOffAt: number | undefined;
  /** Seconds that no other event tells of. */
  seconds: number | undefined;
}

interface OpenSession extends UserName {
  onAt: number;
  seenAt: number;
  /** Up to when events have told of it. */
  toldTo: number;
}

interface State {
  open: OpenSession[];
  /** Seconds by day and user. */
  days: Record<string, Record<string, number>>;
  /** On their way into the event queue: should it end in between, they go once more, as the same events. */
  news: LogOnNews[];
}

const keyOf = ({ user, domain }: UserName): string => `${domain}\\${user}`;
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

export class SessionLog {
  readonly #path: string;
  readonly #state: State;

  constructor(stateFolder: string) {
    this.#path = join(stateFolder, 'sessions.json');
    this.#state = readJson<State>(this.#path) ?? { open: [], days: {}, news: [] };
  }

  /** Notes who is logged on now. */
  see(users: readonly UserName[], now: number): void {
    const state = this.#state;
    const present = new Map(users.map((user) => [keyOf(user), user]));
    const going: OpenSession[] = [];
    for (const session of state.open) {
      const isThere = present.delete(keyOf(session)) && now - session.seenAt <= LONGEST_GAP_MS && now >= session.seenAt;
      if (isThere) {
        this.#count(session, now);
        session.seenAt = now;
        if (now - session.toldTo >= DAY) this.#tell(session, LOG_ON_EVENT.session, now);
        going.push(session);
      } else {
        this.#tell(session, LOG_ON_EVENT.off, session.seenAt);
        const back = users.find((user) => keyOf(user) === keyOf(session));
        if (back !== undefined) present.set(keyOf(back), back);
      }
    }
    for (const { user, domain } of present.values()) {
      const session = { user, domain, onAt: now, seenAt: now, toldTo: now };
      this.#tell(session, LOG_ON_EVENT.on, now);
      going.push(session);
    }
    state.open = going;
    const oldest = dayOf(now - RECORD_DAYS * DAY);
    for (const day of Object.keys(state.days)) if (day < oldest) delete state.days[day];
    writeJson(this.#path, state);
  }

  #count(session: OpenSession, now: number): void {
    const day = (this.#state.days[dayOf(now)] ??= {});
    day[keyOf(session)] = (day[keyOf(session)] ?? 0) + Math.round((now - session.seenAt) / 1000);
  }

  #tell(session: OpenSession, event: string, at: number): void {
    const { user, domain, onAt, toldTo } = session;
    const isOn = event === LOG_ON_EVENT.on;
    this.#state.news.push({
      msgId: newGuid(),
      at,
      user,
      domain,
      event,
      logOnAt: onAt,
      logOffAt: event === LOG_ON_EVENT.off ? at : undefined,
      seconds: isOn ? undefined : Math.round((at - toldTo) / 1000),
    });
    session.toldTo = at;
  }

  /** Hands what is new to `put`, which keeps it for good, and forgets it then. */
  report(put: (news: LogOnNews) => void): void {
    if (this.#state.news.length === 0) return;
    this.#state.news.forEach(put);
    this.#state.news = [];
    writeJson(this.#path, this.#state);
  }

  /** Who was logged on longest within 28 days; of equals the first by name. */
  get primaryUser(): UserName | undefined {
    const totals = new Map<string, number>();
    for (const day of Object.values(this.#state.days))
      for (const [key, seconds] of Object.entries(day)) totals.set(key, (totals.get(key) ?? 0) + seconds);
    const [longest] = [...totals].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    if (longest === undefined) return undefined;
    const [domain = '', user = ''] = longest[0].split('\\');
    return { user, domain };
  }
}
