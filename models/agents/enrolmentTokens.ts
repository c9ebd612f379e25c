/**
 * Enrolment tokens: `id.secret.pin`, handed to new computers so that they are let in without a click (house.md,
 * "enrolment and trust"). The secret is kept as a hash and shown once; the pin is for the agent, who checks the server
 * by it, and means nothing here.
 */
import { createHash, randomBytes } from 'node:crypto';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput, type FieldError } from '../fieldErrors.ts';

export type EnrolmentTokenState = 'active' | 'used up' | 'expired' | 'revoked';

export interface EnrolmentToken {
  guid: Guid;
  name: string;
  /** Null: any number. */
  maxUses: number | null;
  usedCount: number;
  createdAt: Utc;
  createdBy: string;
  expiresAt: Utc | null;
  revokedAt: Utc | null;
  state: EnrolmentTokenState;
}

export interface EnrolmentTokenInput {
  name: string;
  /** Computers that it lets in; null or undefined: any number. */
  maxUses?: number | null;
  /** Milliseconds since 1970; undefined never expires. */
  expiresAt?: number;
}

/** The secret has 256 random bits: a plain hash keeps it, there is nothing to guess. */
export const secretHash = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/**
 * Makes a token; its text is answered here and never again.
 * @param pin SHA-256 of the server's TLS key (SPKI), lower-case hex
 * @throws InvalidInput `name`, `maxUses`, `expiresAt`
 */
export async function createEnrolmentToken(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  input: EnrolmentTokenInput,
  pin: string,
): Promise<{ guid: Guid; token: string }> {
  const faults = faultsOf(input, clock);
  if (faults.length > 0) throw new InvalidInput(faults);
  const guid = newGuid();
  const secret = randomBytes(32).toString('base64url');
  const maxUses = input.maxUses ?? null;
  const expiresAt = input.expiresAt === undefined ? null : utc(input.expiresAt);
  await cmdb.transaction(async (session) => {
    await session.db
      .insertInto('EnrolmentToken')
      .values({
        Guid: guid,
        Name: input.name,
        SecretHash: secretHash(secret),
        MaxUses: maxUses,
        UsedCount: 0,
        CreatedAt: utc(clock.now()),
        CreatedBy: actor.name,
        ExpiresAt: expiresAt,
        RevokedAt: null,
      })
      .execute();
    await audit(session, clock, actor, guid, input.name, { action: 'create', after: { maxUses, expiresAt } });
  });
  return { guid, token: `${guid.replaceAll('-', '')}.${secret}.${pin}` };
}

function faultsOf(input: EnrolmentTokenInput, clock: Clock): FieldError[] {
  const { name, maxUses, expiresAt } = input;
  const faults: FieldError[] = [];
  if (name.trim() === '' || name.length > 255) {
    faults.push({ field: 'name', message: 'Give a name of 1 to 255 characters.' });
  }
  if (typeof maxUses === 'number' && !(Number.isInteger(maxUses) && maxUses >= 1 && maxUses <= 1_000_000)) {
    faults.push({ field: 'maxUses', message: 'Give a whole number from 1 to 1000000, or none.' });
  }
  if (expiresAt !== undefined && !(expiresAt > clock.now())) {
    faults.push({ field: 'expiresAt', message: 'Choose a time to come.' });
  }
  return faults;
}

async function audit(
  session: Session,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  name: string,
  what: { action: string; after?: unknown },
): Promise<void> {
  await recordAudit(session, clock, actor, {
    ...what,
    objectKind: 'enrolment token',
    objectGuid: guid,
    objectName: name,
  });
}

type Row = Awaited<ReturnType<typeof readRows>>[number];

function readRows({ db }: Session) {
  return db
    .selectFrom('EnrolmentToken')
    .select(['Guid', 'Name', 'MaxUses', 'UsedCount', 'CreatedAt', 'CreatedBy', 'ExpiresAt', 'RevokedAt'])
    .orderBy('CreatedAt', 'desc')
    .execute();
}

/** Newest first; there are few. */
export async function listEnrolmentTokens(session: Session, clock: Clock): Promise<EnrolmentToken[]> {
  return (await readRows(session)).map((row) => ({
    guid: row.Guid,
    name: row.Name,
    maxUses: row.MaxUses,
    usedCount: row.UsedCount,
    createdAt: row.CreatedAt,
    createdBy: row.CreatedBy,
    expiresAt: row.ExpiresAt,
    revokedAt: row.RevokedAt,
    state: tokenState(row, clock),
  }));
}

type Limits = Pick<Row, 'MaxUses' | 'UsedCount' | 'ExpiresAt' | 'RevokedAt'>;

export function tokenState({ MaxUses, UsedCount, ExpiresAt, RevokedAt }: Limits, clock: Clock): EnrolmentTokenState {
  if (RevokedAt !== null) return 'revoked';
  if (ExpiresAt !== null && Date.parse(ExpiresAt) <= clock.now()) return 'expired';
  return MaxUses !== null && UsedCount >= MaxUses ? 'used up' : 'active';
}

/** True when a token that was not revoked yet is now. Computers that it let in stay. */
export async function revokeEnrolmentToken(cmdb: Cmdb, clock: Clock, actor: Actor, guid: Guid): Promise<boolean> {
  return cmdb.transaction(async (session) => {
    const { numUpdatedRows } = await session.db
      .updateTable('EnrolmentToken')
      .set({ RevokedAt: utc(clock.now()) })
      .where('Guid', '=', guid)
      .where('RevokedAt', 'is', null)
      .executeTakeFirst();
    if (Number(numUpdatedRows) === 0) return false;
    const { Name } = await session.db
      .selectFrom('EnrolmentToken')
      .select('Name')
      .where('Guid', '=', guid)
      .executeTakeFirstOrThrow();
    await audit(session, clock, actor, guid, Name, { action: 'revoke' });
    return true;
  });
}
