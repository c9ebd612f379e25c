/** What the server keeps of itself: settings, keys, changes, leases, counts and the purge. */
import type { Generated } from 'kysely';
import type { Guid } from '../../../wire/guid.ts';
import type { Bit, Utc } from './values.ts';

/** Settings changed in the console; environment and coresettings.json win over them. */
export interface SettingTable {
  Name: string;
  Value: string;
  ModifiedAt: Utc;
  ModifiedBy: string;
}

/** Keys shared by all nodes, wrapped by the master key, which lives outside the CMDB. */
export interface SecretTable {
  Name: string;
  Wrapped: string;
  PublicPart: string | null;
  CreatedAt: Utc;
  RetiredAt: Utc | null;
}

/** Which key signs now and which signed before. Text is what is signed: see wire/signingKeys.ts. */
export interface SigningStatementTable {
  Number: number;
  KeyName: string;
  Text: string;
  Signature: string;
  /** By the key before, when the statement brings a new one; else empty. */
  Endorsement: string;
  MadeAt: Utc;
  MadeBy: string;
}

/** What other nodes must forget; trimmed after a day. */
export interface ChangeLogTable {
  Id: Generated<number>;
  Kind: string;
  ItemGuid: Guid | null;
  At: Utc;
}

/** Which node does what only one may do at a time. */
export interface NodeLeaseTable {
  Name: string;
  Owner: string;
  UntilAt: Utc;
}

export interface MinuteCounterTable {
  Name: string;
  MinuteAt: Utc;
  Total: number;
}

/** How long a log without a data class is kept; days and rows null: for ever. No row: as the program was delivered. */
export interface RetentionRuleTable {
  Name: string;
  KeepDays: number | null;
  KeepRows: number | null;
  ModifiedAt: Utc;
  ModifiedBy: string;
}

/** State: requested, running, done, interrupted, overran, failed. SeenAt: when its node last wrote progress. Detail: JSON. */
export interface PurgeRunTable {
  Id: Generated<number>;
  State: string;
  RequestedBy: string;
  RequestedAt: Utc;
  StartedAt: Utc | null;
  SeenAt: Utc | null;
  EndedAt: Utc | null;
  Node: string;
  Step: string;
  Planned: number;
  Removed: number;
  Detail: string;
}

/** Rows and bytes (indexes included) of a table on a day. IsEstimate: sampled, not counted. */
export interface SpaceSampleTable {
  DayAt: Utc;
  TableName: string;
  RowCount: number;
  Bytes: number;
  IsEstimate: Bit;
}

/** A saved report. SqlText: one SELECT. Parameters, Chart: JSON, see models/reports/definition.ts. */
export interface ReportTable {
  Guid: Guid;
  Name: string;
  Description: string;
  Folder: string;
  Tags: string;
  IsBuiltIn: Bit;
  RowLimit: number;
  TimeLimitSeconds: number;
  CreatedAt: Utc;
  CreatedBy: string;
  ModifiedAt: Utc;
  ModifiedBy: string;
  LastRunAt: Utc | null;
  LastRunBy: string | null;
  LastRunRows: number | null;
  LastRunMilliseconds: number | null;
  Chart: string | null;
  Parameters: string;
  SqlText: string;
}

export interface ServerTables {
  Setting: SettingTable;
  Secret: SecretTable;
  SigningStatement: SigningStatementTable;
  ChangeLog: ChangeLogTable;
  MinuteCounter: MinuteCounterTable;
  RetentionRule: RetentionRuleTable;
  PurgeRun: PurgeRunTable;
  NodeLease: NodeLeaseTable;
  SpaceSample: SpaceSampleTable;
  Report: ReportTable;
}
