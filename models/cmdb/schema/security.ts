/** Who may do what: users, roles, sessions, tokens and the audit log. */
import type { Generated } from 'kysely';
import type { Guid } from '../../../wire/guid.ts';
import type { Bit, Utc } from './values.ts';

export interface AuditEntryTable {
  Id: Generated<number>;
  At: Utc;
  Actor: string;
  Action: string;
  ObjectKind: string;
  ObjectGuid: Guid | null;
  ObjectName: string;
  Detail: string | null;
  Address: string;
}

/** Privileges: JSON array of names. */
export interface RoleTable {
  Guid: Guid;
  Name: string;
  Description: string;
  Privileges: string;
}

export interface ConsoleUserTable {
  Guid: Guid;
  Name: string;
  DisplayName: string;
  PasswordHash: string;
  RoleGuid: Guid;
  IsEnabled: Bit;
  FailedSignIns: number;
  LockedUntilAt: Utc | null;
  LastSignInAt: Utc | null;
  PasswordChangedAt: Utc;
  CreatedAt: Utc;
}

export interface SignInAddressTable {
  UserGuid: Guid;
  /** IPv4 address, or the first 64 bits of an IPv6 address. */
  Network: string;
  FailedSignIns: number;
  LockedUntilAt: Utc | null;
  LastSignInAt: Utc | null;
  LastSeenAt: Utc;
}

/** Id: SHA-256 of the session id in the cookie. */
export interface SignInSessionTable {
  Id: string;
  UserGuid: Guid | null;
  Data: string;
  ExpiresAt: Utc;
}

export interface ApiTokenTable {
  Guid: Guid;
  Name: string;
  SecretHash: string;
  Scopes: string;
  CreatedAt: Utc;
  CreatedBy: string;
  ExpiresAt: Utc | null;
  RevokedAt: Utc | null;
  LastUsedAt: Utc | null;
}

/** MaxUses NULL: any number. */
export interface EnrolmentTokenTable {
  Guid: Guid;
  Name: string;
  SecretHash: string;
  MaxUses: number | null;
  UsedCount: number;
  CreatedAt: Utc;
  CreatedBy: string;
  ExpiresAt: Utc | null;
  RevokedAt: Utc | null;
}

export interface SecurityTables {
  AuditEntry: AuditEntryTable;
  Role: RoleTable;
  ConsoleUser: ConsoleUserTable;
  SignInAddress: SignInAddressTable;
  SignInSession: SignInSessionTable;
  ApiToken: ApiTokenTable;
  EnrolmentToken: EnrolmentTokenTable;
}
