/** A computer presents an enrolment token: is it good, and is there a use left? */
import { timingSafeEqual } from 'node:crypto';
import { guid as guidOf, type Guid } from '../../wire/guid.ts';
import type { EnrolmentTokenParts } from '../../wire/proof.ts';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { secretHash, tokenState } from './enrolmentTokens.ts';

/** What a presented token is worth. `reason` tells an administrator why it let nobody in. */
export type TokenCheck = { valid: true; guid: Guid; name: string } | { valid: false; reason: string };

export async function checkEnrolmentToken(
  session: Session,
  clock: Clock,
  parts: EnrolmentTokenParts,
): Promise<TokenCheck> {
  const guid = guidOf(parts.id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
  const row = await session.db
    .selectFrom('EnrolmentToken')
    .select(['Name', 'SecretHash', 'MaxUses', 'UsedCount', 'ExpiresAt', 'RevokedAt'])
    .where('Guid', '=', guid)
    .executeTakeFirst();
  const isSecret =
    row !== undefined &&
    timingSafeEqual(Buffer.from(row.SecretHash, 'hex'), Buffer.from(secretHash(parts.secret), 'hex'));
  if (!isSecret) return { valid: false, reason: 'The enrolment token is unknown.' };
  const state = tokenState(row, clock);
  if (state !== 'active') return { valid: false, reason: `The enrolment token "${row.Name}" is ${state}.` };
  return { valid: true, guid, name: row.Name };
}

/**
 * Counts one use, if there is one left; the condition is part of the UPDATE, so that of two computers that come at once
 * with the last use only one gets it. Call it in the transaction that lets the computer in.
 */
export async function useEnrolmentToken({ db }: Session, clock: Clock, guid: Guid): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('EnrolmentToken')
    .set((row) => ({ UsedCount: row('UsedCount', '+', 1) }))
    .where('Guid', '=', guid)
    .where('RevokedAt', 'is', null)
    .where((row) => row.or([row('ExpiresAt', 'is', null), row('ExpiresAt', '>', utc(clock.now()))]))
    .where((row) => row.or([row('MaxUses', 'is', null), row('UsedCount', '<', row.ref('MaxUses'))]))
    .executeTakeFirst();
  return Number(numUpdatedRows) === 1;
}
