/**
 * Failed sign-ins by user and address. A lock holds for the address that guesses: one for the whole account would let
 * anybody keep an administrator out.
 */
import ipaddr from 'ipaddr.js';
import type { Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import { insertIfMissing } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

export const FAILURES_UNTIL_LOCK = 5;
export const LOCK_MS = 15 * 60_000;
/** An address from which somebody has signed in within this time is known. */
const KNOWN_FOR_MS = 30 * 24 * 60 * 60_000;

const NEVER = '1970-01-01T00:00:00.000Z';

/** A household or a machine holds 64 bits of IPv6 addresses: they count as one. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address.slice(0, 45);
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${(parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}

export interface AddressState {
  isLocked: boolean;
  /** Somebody has signed in from there: not a stranger's. */
  isKnown: boolean;
}

export async function addressState(
  { db }: Session,
  clock: Clock,
  userGuid: Guid,
  network: string,
): Promise<AddressState> {
  const row = await db
    .selectFrom('SignInAddress')
    .select(['LockedUntilAt', 'LastSignInAt'])
    .where('UserGuid', '=', userGuid)
    .where('Network', '=', network)
    .executeTakeFirst();
  const now = clock.now();
  return {
    isLocked: Date.parse(row?.LockedUntilAt ?? NEVER) > now,
    isKnown: Date.parse(row?.LastSignInAt ?? NEVER) > now - KNOWN_FOR_MS,
  };
}

/** Forgets failures, remembers the address, and forgets addresses that nobody uses any more. */
export async function noteSuccess(session: Session, clock: Clock, userGuid: Guid, network: string): Promise<void> {
  const now = utc(clock.now());
  await ensureRow(session, userGuid, network, now);
  await session.db
    .updateTable('SignInAddress')
    .set({ FailedSignIns: 0, LockedUntilAt: null, LastSignInAt: now, LastSeenAt: now })
    .where('UserGuid', '=', userGuid)
    .where('Network', '=', network)
    .execute();
  await session.db
    .deleteFrom('SignInAddress')
    .where('UserGuid', '=', userGuid)
    .where('LastSeenAt', '<', utc(clock.now() - KNOWN_FOR_MS))
    .execute();
}

/** Counts a failure; answers whether the address is locked by it, or `undefined` when it was locked before. */
export async function noteFailure(
  session: Session,
  clock: Clock,
  userGuid: Guid,
  network: string,
): Promise<'counted' | 'locked' | undefined> {
  const now = utc(clock.now());
  await ensureRow(session, userGuid, network, now);
  const counted = await session.db
    .updateTable('SignInAddress')
    .set((row) => ({ FailedSignIns: row('FailedSignIns', '+', 1), LockedUntilAt: null, LastSeenAt: now }))
    .where('UserGuid', '=', userGuid)
    .where('Network', '=', network)
    .where((is) => is.or([is('LockedUntilAt', 'is', null), is('LockedUntilAt', '<=', now)]))
    .executeTakeFirst();
  // Guesses during a lock neither lengthen it nor fill the audit log.
  if (Number(counted.numUpdatedRows) === 0) return undefined;
  const locked = await session.db
    .updateTable('SignInAddress')
    .set({ FailedSignIns: 0, LockedUntilAt: utc(clock.now() + LOCK_MS) })
    .where('UserGuid', '=', userGuid)
    .where('Network', '=', network)
    .where('FailedSignIns', '>=', FAILURES_UNTIL_LOCK)
    .executeTakeFirst();
  return Number(locked.numUpdatedRows) > 0 ? 'locked' : 'counted';
}

async function ensureRow(session: Session, userGuid: Guid, network: string, now: string): Promise<void> {
  await insertIfMissing(session, 'SignInAddress', ['UserGuid', 'Network'], {
    UserGuid: userGuid,
    Network: network,
    FailedSignIns: 0,
    LockedUntilAt: null,
    LastSignInAt: null,
    LastSeenAt: now,
  });
}

/** Lifts every lock of a user; where the user signs in from stays known. */
export async function liftLocks({ db }: Session, userGuid: Guid): Promise<void> {
  await db
    .updateTable('SignInAddress')
    .set({ FailedSignIns: 0, LockedUntilAt: null })
    .where('UserGuid', '=', userGuid)
    .execute();
}
