/** Tokens of programs that use the admin API: `nst_<id>_<secret>`, shown once, kept as a hash. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { newGuid, parseGuid, type Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import type { Utc } from '../cmdb/schema.ts';
import { CmdbUnavailable, type Cmdb, type Session } from '../cmdb/types.ts';
import { rejectFaults } from './faults.ts';

/** `security`: changes that decide who is trusted; who may only `write` makes none of them, as in the console. */
export type ApiScope = 'read' | 'write' | 'security';
export const API_SCOPES: readonly ApiScope[] = ['read', 'write', 'security'];

export interface ApiToken {
  guid: Guid;
  name: string;
  scopes: readonly ApiScope[];
  createdAt: Utc;
  createdBy: string;
  expiresAt: Utc | null;
  revokedAt: Utc | null;
  lastUsedAt: Utc | null;
}

export type ApiTokenState = 'active' | 'expired' | 'revoked';

export function apiTokenState({ expiresAt, revokedAt }: ApiToken, clock: Clock): ApiTokenState {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && Date.parse(expiresAt) <= clock.now() ? 'expired' : 'active';
}

export interface ApiTokenInput {
  name: string;
  scopes: readonly string[];
  /** Milliseconds since 1970; undefined never expires. */
  expiresAt?: number;
}

// The secret has 256 random bits: a plain hash keeps it, there is nothing to guess.
const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** Makes a token; its text is answered here and never again. @throws InvalidInput `name`, `scopes`, `expiresAt` */
export async function createApiToken(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  input: ApiTokenInput,
): Promise<{ guid: Guid; token: string }> {
  rejectFaults(faultsOf(input, clock));
  const guid = newGuid();
  const secret = randomBytes(32).toString('base64url');
  const scopes = API_SCOPES.filter((scope) => input.scopes.includes(scope));
  await cmdb.transaction(async (session) => {
    await session.db
      .insertInto('ApiToken')
      .values({
        Guid: guid,
        Name: input.name,
        SecretHash: hashOf(secret),
        Scopes: JSON.stringify(scopes),
        CreatedAt: utc(clock.now()),
        CreatedBy: actor.name,
        ExpiresAt: input.expiresAt === undefined ? null : utc(input.expiresAt),
        RevokedAt: null,
        LastUsedAt: null,
      })
      .execute();
    await recordAudit(session, clock, actor, {
      action: 'create',
      objectKind: 'API token',
      objectGuid: guid,
      objectName: input.name,
      after: { scopes, expiresAt: input.expiresAt === undefined ? null : utc(input.expiresAt) },
    });
  });
  return { guid, token: `nst_${guid.replaceAll('-', '')}_${secret}` };
}

function faultsOf(input: ApiTokenInput, clock: Clock): Record<string, string> {
  const faults: Record<string, string> = {};
  if (input.name.trim() === '' || input.name.length > 255) faults.name = 'Give a name of 1 to 255 characters.';
  if (input.scopes.length === 0 || input.scopes.some((scope) => !(API_SCOPES as readonly string[]).includes(scope))) {
    faults.scopes = `Choose among ${API_SCOPES.join(', ')}.`;
  }
  if (input.expiresAt !== undefined && !(input.expiresAt > clock.now())) faults.expiresAt = 'Choose a time to come.';
  return faults;
}

/** Newest first; there are few. */
export async function listApiTokens({ db }: Session): Promise<ApiToken[]> {
  const rows = await db
    .selectFrom('ApiToken')
    .select(['Guid', 'Name', 'Scopes', 'CreatedAt', 'CreatedBy', 'ExpiresAt', 'RevokedAt', 'LastUsedAt'])
    .orderBy('CreatedAt', 'desc')
    .execute();
  return rows.map((row) => ({
    guid: row.Guid,
    name: row.Name,
    scopes: JSON.parse(row.Scopes) as ApiScope[],
    createdAt: row.CreatedAt,
    createdBy: row.CreatedBy,
    expiresAt: row.ExpiresAt,
    revokedAt: row.RevokedAt,
    lastUsedAt: row.LastUsedAt,
  }));
}

/** True when a token that still worked was revoked. */
export async function revokeApiToken(cmdb: Cmdb, clock: Clock, actor: Actor, guid: Guid): Promise<boolean> {
  return cmdb.transaction(async (session) => {
    const { numUpdatedRows } = await session.db
      .updateTable('ApiToken')
      .set({ RevokedAt: utc(clock.now()) })
      .where('Guid', '=', guid)
      .where('RevokedAt', 'is', null)
      .executeTakeFirst();
    if (Number(numUpdatedRows) === 0) return false;
    const { Name } = await session.db
      .selectFrom('ApiToken')
      .select('Name')
      .where('Guid', '=', guid)
      .executeTakeFirstOrThrow();
    await recordAudit(session, clock, actor, {
      action: 'revoke',
      objectKind: 'API token',
      objectGuid: guid,
      objectName: Name,
    });
    return true;
  });
}

export interface ApiCaller {
  guid: Guid;
  name: string;
  scopes: readonly ApiScope[];
}

const TOKEN = /^nst_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/;
const USE_NOTED_EVERY_MS = 60_000;

/** The token's owner, or undefined when it is unknown, revoked or expired. */
export async function verifyApiToken(session: Session, clock: Clock, token: string): Promise<ApiCaller | undefined> {
  const match = TOKEN.exec(token);
  if (match === null) return undefined;
  const guid = parseGuid(match[1]!.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))!;
  const row = await session.db
    .selectFrom('ApiToken')
    .select(['Name', 'SecretHash', 'Scopes', 'ExpiresAt', 'RevokedAt', 'LastUsedAt'])
    .where('Guid', '=', guid)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const now = clock.now();
  const isSecret = timingSafeEqual(Buffer.from(row.SecretHash, 'hex'), Buffer.from(hashOf(match[2]!), 'hex'));
  const isOver = row.RevokedAt !== null || (row.ExpiresAt !== null && Date.parse(row.ExpiresAt) <= now);
  if (!isSecret || isOver) return undefined;
  if (row.LastUsedAt === null || Date.parse(row.LastUsedAt) < now - USE_NOTED_EVERY_MS) {
    await noteUse(session, guid, now);
  }
  return { guid, name: row.Name, scopes: JSON.parse(row.Scopes) as ApiScope[] };
}

/** A CMDB that takes no writes for the moment still answers who only reads. */
async function noteUse({ db }: Session, guid: Guid, now: number): Promise<void> {
  try {
    await db
      .updateTable('ApiToken')
      .set({ LastUsedAt: utc(now) })
      .where('Guid', '=', guid)
      .execute();
  } catch (error) {
    if (!(error instanceof CmdbUnavailable)) throw error;
  }
}
