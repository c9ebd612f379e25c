/**
 * Sign-in sessions in the CMDB, so that any node can serve any request. What is kept is the SHA-256 of the cookie's
 * session id: who reads the table cannot continue a session.
 */
import { createHash } from 'node:crypto';
import type { Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import { insertOrUpdate } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

export const sessionKey = (sessionId: string): string => createHash('sha256').update(sessionId).digest('hex');

export interface StoredSession {
  /** JSON as express-session made it. */
  data: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

export type KeptSession = StoredSession & { userGuid: Guid | null };

/** A session that has not expired. */
export async function readSession(
  { db }: Session,
  clock: Clock,
  sessionId: string,
): Promise<StoredSession | undefined> {
  const row = await db
    .selectFrom('SignInSession')
    .select(['Data', 'ExpiresAt'])
    .where('Id', '=', sessionKey(sessionId))
    .where('ExpiresAt', '>', utc(clock.now()))
    .executeTakeFirst();
  return row && { data: row.Data, expiresAt: Date.parse(row.ExpiresAt) };
}

/** Writes a session that is new. */
export async function addSession(session: Session, sessionId: string, stored: KeptSession): Promise<void> {
  await insertOrUpdate(session, 'SignInSession', ['Id'], {
    Id: sessionKey(sessionId),
    UserGuid: stored.userGuid,
    Data: stored.data,
    ExpiresAt: utc(stored.expiresAt),
  });
}

/** Writes changes of a session that was read before: one that was ended meanwhile stays ended. */
export async function updateSession({ db }: Session, sessionId: string, stored: KeptSession): Promise<void> {
  await db
    .updateTable('SignInSession')
    .set({ UserGuid: stored.userGuid, Data: stored.data, ExpiresAt: utc(stored.expiresAt) })
    .where('Id', '=', sessionKey(sessionId))
    .execute();
}

/** Moves the expiry only: a session that was ended meanwhile stays ended. */
export async function touchSession({ db }: Session, sessionId: string, expiresAt: number): Promise<void> {
  await db
    .updateTable('SignInSession')
    .set({ ExpiresAt: utc(expiresAt) })
    .where('Id', '=', sessionKey(sessionId))
    .execute();
}

export async function endSession({ db }: Session, sessionId: string): Promise<void> {
  await db.deleteFrom('SignInSession').where('Id', '=', sessionKey(sessionId)).execute();
}

/** Ends a user's sessions everywhere, `exceptSessionId` left alone. */
export async function endSessionsOf({ db }: Session, userGuid: Guid, exceptSessionId?: string): Promise<void> {
  let sessions = db.deleteFrom('SignInSession').where('UserGuid', '=', userGuid);
  if (exceptSessionId !== undefined) sessions = sessions.where('Id', '<>', sessionKey(exceptSessionId));
  await sessions.execute();
}
