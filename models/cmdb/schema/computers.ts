/** Computers and their agents. */
import type { Generated } from 'kysely';
import type { Guid } from '../../../wire/guid.ts';
import type { Bit, Utc } from './values.ts';

/** One narrow row a computer: what lists show and sort by, kept from inventory. */
export interface ComputerTable {
  ResourceGuid: Guid;
  Name: string;
  Domain: string;
  Fqdn: string;
  OsName: string;
  OsVersion: string;
  SystemType: string;
  IpAddress: string;
  MacAddress: string;
  AgentVersion: string;
  UserName: string;
  SiteGuid: Guid | null;
  LastInventoryAt: Utc | null;
}

/** Hot and narrow; written in batches. */
export interface ComputerContactTable {
  ResourceGuid: Guid;
  LastContactAt: Utc;
  LastPolicyAt: Utc | null;
  LastEventAt: Utc | null;
  LastAddress: string;
}

/** Changes only: registered, policy set changed, delivered .... */
export interface TimelineTable {
  Id: Generated<number>;
  ResourceGuid: Guid;
  At: Utc;
  Kind: string;
  Detail: string;
}

/**
 * State: pending, allowed, blocked, revoked. At most one allowed key a GUID. No foreign key: a pending machine is no resource yet.
 * DuplicateOfGuid: the computer whose place it asks for. IsKeyOpaque: the key's format cannot prove possession. Wide columns come last.
 */
export interface AgentRegistrationTable {
  Guid: Guid;
  ResourceGuid: Guid;
  Name: string;
  Domain: string;
  Fqdn: string;
  Address: string;
  MacAddress: string;
  UserName: string;
  KeyHash: string;
  IsKeyOpaque: Generated<Bit>;
  State: string;
  Reason: string;
  DuplicateOfGuid: Guid | null;
  DecidedBy: string | null;
  DecidedAt: Utc | null;
  FirstSeenAt: Utc;
  LastSeenAt: Utc;
  RequestCount: number;
  PolicyKey: string;
  RequestXml: string;
  BoundAddress: Generated<string | null>;
  /** The signing key that the agent last proved to believe; null: none yet. */
  SigningKeyName: string | null;
}

/** Action: allow or block. Masks: JSON arrays; kinds are ANDed, masks of a kind ORed. */
export interface RegistrationRuleTable {
  Guid: Guid;
  Name: string;
  Position: number;
  Action: string;
  NameMasks: string;
  AddressMasks: string;
  IsEnabled: Bit;
  ModifiedAt: Utc;
  ModifiedBy: string;
}

export interface ComputersTables {
  RegistrationRule: RegistrationRuleTable;
  Computer: ComputerTable;
  ComputerContact: ComputerContactTable;
  Timeline: TimelineTable;
  AgentRegistration: AgentRegistrationTable;
}
