/** express-session's store on the CMDB table SignInSession. */
import { Store, type SessionData } from 'express-session';
import type { Guid } from '../../wire/guid.ts';
import type { Clock } from '../../models/clock.ts';
import type { Cmdb } from '../../models/cmdb/types.ts';
import { addSession, endSession, readSession, touchSession, updateSession } from '../../models/security/sessions.ts';

declare module 'express-session' {
  interface SessionData {
    /** When it ends without another click, milliseconds since 1970; set on a session that was read from the CMDB. */
    expiresAt?: number;
    csrf?: string;
    notice?: { tone: 'ok' | 'bad'; text: string };
    /** Where the person wanted to go before signing in. */
    returnTo?: string;
    passport?: { user?: string };
  }
}

/** A session nobody has signed in with holds only what a sign-in form needs: it need not last. */
const ANONYMOUS_MS = 30 * 60_000;
/** A click moves the expiry at most this often: a write for every page would be the busiest write of the console. */
const TOUCH_EVERY_MS = 60_000;

type Done<T = void> = (error?: unknown, value?: T) => void;

export class CmdbSessionStore extends Store {
  readonly #cmdb: Cmdb;
  readonly #clock: Clock;
  readonly #lifeMs: number;

  constructor(cmdb: Cmdb, clock: Clock, hours: number) {
    super();
    this.#cmdb = cmdb;
    this.#clock = clock;
    this.#lifeMs = hours * 3600_000;
  }

  override get(id: string, done: Done<SessionData | null>): void {
    readSession(this.#cmdb, this.#clock, id).then((stored) => {
      if (stored === undefined) return done(null, null);
      done(null, { ...(JSON.parse(stored.data) as SessionData), expiresAt: stored.expiresAt });
    }, done);
  }

  override set(id: string, data: SessionData, done: Done = () => undefined): void {
    const { expiresAt, ...kept } = data;
    const stored = {
      data: JSON.stringify(kept),
      expiresAt: this.#expiry(data),
      userGuid: (data.passport?.user ?? null) as Guid | null,
    };
    const write = expiresAt === undefined ? addSession : updateSession;
    write(this.#cmdb, id, stored).then(() => done(), done);
  }

  override touch(id: string, data: SessionData, done: () => void = () => undefined): void {
    const next = this.#expiry(data);
    if (data.expiresAt !== undefined && next - data.expiresAt < TOUCH_EVERY_MS) return done();
    // A session that could not be prolonged still has the rest of its time.
    touchSession(this.#cmdb, id, next).then(done, done);
  }

  override destroy(id: string, done: Done = () => undefined): void {
    endSession(this.#cmdb, id).then(() => done(), done);
  }

  #expiry(data: SessionData): number {
    return this.#clock.now() + (data.passport?.user === undefined ? ANONYMOUS_MS : this.#lifeMs);
  }
}
