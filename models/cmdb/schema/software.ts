/** Packages, policies, targets and deliveries. */
import type { Generated } from 'kysely';
import type { Guid } from '../../../wire/guid.ts';
import type { Bit, Utc } from './values.ts';

/** SourceKind: none, folder, unc, url. State: new, refreshing, valid, source_missing, access_denied, changed_while_scanning, failed, disabled. */
export interface PackageTable {
  Guid: Guid;
  Publisher: string;
  Language: string;
  VersionText: string;
  SourceKind: string;
  SourcePath: string;
  CleanupAfterMinutes: number;
  Priority: string;
  IsEnabled: Bit;
  State: string;
  StateDetail: string;
  CurrentVersion: number | null;
  FailureCount: number;
  LastRefreshAt: Utc | null;
  NextRefreshAt: Utc | null;
  LastUsedAt: Utc | null;
  /** Whether a change in the source folder is published without waiting for the schedule. */
  IsWatched: Generated<Bit>;
  /** Who is asked when something is wrong with it. */
  Owner: Generated<string>;
  /** Since when refreshes fail; of use while FailureCount is above 0. */
  ProblemSince: Generated<Utc | null>;
}

export interface ProgramTable {
  Guid: Guid;
  PackageGuid: Guid;
  Position: number;
  Name: string;
  Description: string;
  CommandLine: string;
  WorkingDirectory: string;
  SuccessCodes: string;
  FailureCodes: string;
  EstimatedDiskSpaceKb: number;
  EstimatedRunTimeMinutes: number;
  TerminateAfterMinutes: number;
  AfterRunning: string;
  StartingWindow: string;
  RunAs: string;
  CanRun: string;
  UserInputRequired: Bit;
  MinimumConnectionSpeedKb: number;
}

/** Immutable once written. */
export interface SnapshotTable {
  PackageGuid: Guid;
  Version: number;
  Hash: string;
  FileCount: number;
  TotalSize: number;
  Signature: string;
  KeyName: string;
  CreatedAt: Utc;
  RetiredAt: Utc | null;
  LastUsedAt: Generated<Utc | null>;
  IsRemoved: Generated<Bit>;
}

export interface SnapshotFileTable {
  PackageGuid: Guid;
  Version: number;
  Position: number;
  Path: string;
  Size: number;
  FileTime: Utc;
  Hash: string;
  IsExecutable: Bit;
  IsFolder: Bit;
}

/** Kind: agentSettings, taskAgent, softwareDelivery. Settings: JSON, its shape by kind. */
export interface PolicyTable {
  Guid: Guid;
  Kind: string;
  IsEnabled: Bit;
  PackageGuid: Guid | null;
  ProgramGuid: Guid | null;
  Settings: string;
  Version: number;
}

/** Kind: all or list. */
export interface TargetTable {
  Guid: Guid;
  Kind: string;
}

export interface TargetMemberTable {
  TargetGuid: Guid;
  ResourceGuid: Guid;
}

export interface PolicyTargetTable {
  PolicyGuid: Guid;
  TargetGuid: Guid;
}

/** Latest state of a policy on a computer: received, downloading, downloaded, download_failed, running, succeeded, failed. */
export interface DeliveryTable {
  PolicyGuid: Guid;
  ResourceGuid: Guid;
  PackageGuid: Guid | null;
  PackageVersion: number | null;
  Status: string;
  ReturnCode: number | null;
  Detail: string;
  UpdatedAt: Utc;
}

export interface SoftwareTables {
  Package: PackageTable;
  Program: ProgramTable;
  Snapshot: SnapshotTable;
  SnapshotFile: SnapshotFileTable;
  Policy: PolicyTable;
  Target: TargetTable;
  TargetMember: TargetMemberTable;
  PolicyTarget: PolicyTargetTable;
  Delivery: DeliveryTable;
}
