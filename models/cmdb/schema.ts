/**
 * Tables of the CMDB as TypeScript sees them. `sql/migrations` is the truth; a test compares the two.
 *
 * Conventions that the engines' drivers rely on (see types.ts): a column whose name ends in `Guid` or `Id`-of-an-item
 * holds a GUID, one that ends in `At` or `FileTime` a UTC time, one that begins with `Is` a bit.
 */
import type { Generated } from 'kysely';
import type { Guid } from '../../wire/guid.ts';

/** ISO 8601 with milliseconds and `Z`, so that text order is time order. */
export type Utc = string;
export type Bit = 0 | 1;

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

/** What other nodes must forget; trimmed after a day. */
export interface ChangeLogTable {
  Id: Generated<number>;
  Kind: string;
  ItemGuid: Guid | null;
  At: Utc;
}

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

export interface ItemClassTable {
  Guid: Guid;
  Name: string;
}

export interface ItemTable {
  Guid: Guid;
  Name: string;
  Description: string;
  ClassGuid: Guid;
  ProductGuid: Guid | null;
  Attributes: number;
  CreatedAt: Utc;
  CreatedBy: string;
  ModifiedAt: Utc;
  ModifiedBy: string;
}

export interface ResourceTypeTable {
  Guid: Guid;
  Name: string;
}

export interface ResourceTypeHierarchyTable {
  ResourceTypeGuid: Guid;
  BaseResourceTypeGuid: Guid;
}

/** Strength: a weak key never merges against a strong one that contradicts it. */
export interface ResourceTypeMergeKeyTable {
  ResourceTypeGuid: Guid;
  KeyName: string;
  Strength: number;
}

export interface ResourceTable {
  Guid: Guid;
  Name: string;
  ResourceTypeGuid: Guid;
  IsManaged: Bit;
  CreatedAt: Utc;
  ModifiedAt: Utc;
  DeletedAt: Utc | null;
  RetiredAt: Generated<Utc | null>;
  DeletedBy: Generated<string | null>;
}

export interface ResourceKeyTable {
  ResourceGuid: Guid;
  KeyName: string;
  KeyValue: string;
}

/** Sets of hardware keys that came under a GUID. Keys: JSON array of "name=value". IsCurrent: the one that came last. */
export interface HardwareSeenTable {
  ResourceGuid: Guid;
  KeysHash: string;
  ComputerName: string;
  Address: string;
  FirstSeenAt: Utc;
  LastSeenAt: Utc;
  TimesSeen: number;
  IsCurrent: Bit;
  Keys: string;
}

/** Kind: shared or duplicate (the smaller GUID first). State: open, ignored, resolved. Evidence: JSON. */
export interface IdentityConflictTable {
  Guid: Guid;
  Kind: string;
  ResourceGuid: Guid;
  OtherGuid: Guid;
  ResourceName: string;
  OtherName: string;
  State: string;
  FirstSeenAt: Utc;
  LastSeenAt: Utc;
  TimesSeen: number;
  DecidedAt: Utc | null;
  DecidedBy: string | null;
  Decision: string;
  Evidence: string;
}

/** Kind: merge (OtherGuid into ResourceGuid) or split (OtherGuid off ResourceGuid). Kept: gzipped JSON, to undo it. */
export interface IdentityChangeTable {
  Guid: Guid;
  Kind: string;
  ResourceGuid: Guid;
  OtherGuid: Guid;
  ResourceName: string;
  OtherName: string;
  ConflictGuid: Guid | null;
  MadeAt: Utc;
  MadeBy: string;
  UndoneAt: Utc | null;
  UndoneBy: string | null;
  Kept: Uint8Array | null;
}

/** A machine that is to get a GUID of its own when it registers. KeeperKeys, OtherKeys: JSON arrays of "name=value". */
export interface ResourceSplitTable {
  NewGuid: Guid;
  ResourceGuid: Guid;
  ChangeGuid: Guid;
  CreatedAt: Utc;
  CreatedBy: string;
  DoneAt: Utc | null;
  KeeperKeys: string;
  OtherKeys: string;
}

/** A deleted computer in the recycle bin. Kept: gzipped JSON of the rows that were taken away. */
export interface RecycledResourceTable {
  ResourceGuid: Guid;
  Name: string;
  Domain: string;
  LastContactAt: Utc | null;
  DeletedAt: Utc;
  DeletedBy: string;
  Reason: string;
  IsPurging: Bit;
  Kept: Uint8Array;
}

/** Losers of a merge; an import cannot recreate them. */
export interface ResourceAliasTable {
  AliasGuid: Guid;
  ResourceGuid: Guid;
  CreatedAt: Utc;
}

/** IsExclusive: the children that an event names for a parent take the place of those that were there. */
export interface ResourceAssociationTypeTable {
  Guid: Guid;
  Name: string;
  IsExclusive: Generated<Bit>;
}

export interface ResourceAssociationTable {
  ResourceAssociationTypeGuid: Guid;
  ParentResourceGuid: Guid;
  ChildResourceGuid: Guid;
  CreatedAt: Utc;
}

/** Kind: inventory or event. Days and rows null: kept for ever; KeepRows: rows of an event class kept of each resource. */
export interface DataClassTable {
  Guid: Guid;
  Name: string;
  DataTableName: string;
  Kind: string;
  IsMultiRow: Bit;
  Description: string;
  IsBuiltIn: Generated<Bit>;
  HasHistory: Generated<Bit>;
  HistoryKeepDays: number | null;
  KeepDays: number | null;
  KeepRows: number | null;
}

/** Position N is attribute cN of a row. DataType: text, int, time. IsVolatile: counts neither as a change nor in history. */
export interface DataClassColumnTable {
  DataClassGuid: Guid;
  Position: number;
  Name: string;
  DataType: string;
  MaxLength: number | null;
  IsVolatile: Generated<Bit>;
}

/** Base of the view ResourceUpdateSummary. EventAt: time of the event that wrote; an older one never overwrites. */
export interface ResourceUpdateTable {
  ResourceGuid: Guid;
  InventoryClassGuid: Guid;
  CreatedAt: Utc;
  ModifiedAt: Utc;
  EventAt: Utc;
  RowCount: number;
  DataHash: string;
}

/**
 * What changed in the data of a class, and when. `At`: when it was applied; `EventAt`: when it was sent. Change: JSON, read
 * and written by models/inventory/history.
 */
export interface InventoryHistoryTable {
  Id: Generated<number>;
  ResourceGuid: Guid;
  InventoryClassGuid: Guid;
  At: Utc;
  EventAt: Utc;
  Change: string;
}

/** Fallback: server, site or none; FallbackMinutes: how long an agent must have tried. */
export interface SiteTable {
  Guid: Guid;
  IsInternet: Bit;
  Fallback: string;
  FallbackSiteGuid: Generated<Guid | null>;
  FallbackMinutes: Generated<number>;
}

/** A computer with the package service: what people set. */
export interface PackageServerTable {
  ResourceGuid: Guid;
  KeySalt: string;
  IsEnabled: Bit;
  IsDraining: Bit;
  IsConstrained: Bit;
  IsProbed: Bit;
  IsHttpPublished: Bit;
  IsHttpsPublished: Bit;
  MinFreeDiskMb: number;
  UnusedAfterHours: number;
  KeepOldHours: number;
  ThrottleKb: number;
  VerifyCount: number;
  ResyncCount: number;
  CreatedAt: Utc;
  ModifiedAt: Utc;
}

export interface PackageServerSiteTable {
  ResourceGuid: Guid;
  SiteGuid: Guid;
}

/** What a package server says of itself, and what a look at it found. */
export interface PackageServerReportTable {
  ResourceGuid: Guid;
  ReportedAt: Utc;
  Version: string;
  Addresses: string;
  HttpUrl: string;
  HttpsUrl: string;
  Pin: string;
  FreeBytes: number;
  TotalBytes: number;
  StoredBytes: number;
  Digest: string;
  ClientCount: number;
  ProbedAt: Utc | null;
  ProbeProblem: string;
}

/** A package on a package server, as it says. State: ready, waiting, downloading or failed. */
export interface PackageHoldingTable {
  ResourceGuid: Guid;
  PackageGuid: Guid;
  HeldVersion: number | null;
  HeldHash: string;
  Versions: string;
  State: string;
  Detail: string;
  DoneBytes: number;
  TotalBytes: number;
  ChangedAt: Utc;
  ProbedAt: Utc | null;
  ProbeProblem: string;
}

/** Mode: all, servers, sites or automatic; a package without a row goes to all. */
export interface PackageDistributionTable {
  PackageGuid: Guid;
  Mode: string;
}

export interface PackageDistributionServerTable {
  PackageGuid: Guid;
  ResourceGuid: Guid;
}

export interface PackageDistributionSiteTable {
  PackageGuid: Guid;
  SiteGuid: Guid;
  IsAutomatic: Bit;
  AddedAt: Utc;
}

export interface SubnetTable {
  Guid: Guid;
  Network: string;
  PrefixLength: number;
  Name: string;
  SiteGuid: Guid | null;
  Source: string;
  ModifiedAt: Utc;
}

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
}

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

/** Base of the view Evt_AeX_SWD_Execution. */
export interface SwdExecutionTable {
  Id: Generated<number>;
  ResourceGuid: Guid;
  EventAt: Utc;
  AdvertisementId: Guid | null;
  AdvertisementName: string;
  PackageId: Guid | null;
  PackageName: string;
  ProgramName: string;
  Status: string;
  StartAt: Utc | null;
  EndAt: Utc | null;
  ReturnCode: number | null;
}

/** Base of the view Evt_AeX_SWD_Package. */
export interface SwdPackageEventTable {
  Id: Generated<number>;
  ResourceGuid: Guid;
  EventAt: Utc;
  PackageId: Guid | null;
  PackageName: string;
  PackageVersion: number | null;
  Status: string;
  AdvertisementId: Guid | null;
  Bytes: number | null;
  Source: string;
}

/** Base of the view Evt_AeX_SWD_Status: what a policy came to on a computer. */
export interface SwdStatusTable {
  Id: Generated<number>;
  ResourceGuid: Guid;
  EventAt: Utc;
  AdvertisementId: Guid | null;
  AdvertisementName: string;
  PackageId: Guid | null;
  PackageName: string;
  Status: string;
  Detail: string;
  ReturnCode: number | null;
}

/** Base of the view Evt_AeX_SWD_Package_Server_Status. */
export interface PackageServerEventTable {
  Id: Generated<number>;
  ResourceGuid: Guid;
  EventAt: Utc;
  PackageId: Guid | null;
  PackageVersion: number | null;
  Status: string;
  Codebase: string;
}

/** Base of the view Evt_AeX_Client_Task_Status. */
export interface TaskStatusEventTable {
  Id: Generated<number>;
  ResourceGuid: Guid;
  EventAt: Utc;
  TaskGuid: Guid | null;
  TaskInstanceGuid: Guid | null;
  TaskName: string;
  Status: string;
  StartAt: Utc | null;
  EndAt: Utc | null;
  ReturnCode: number | null;
  Detail: string;
}

/** Base of the view Evt_AeX_Client_LogOn. DurationSeconds counts once: a log-on row has none. */
export interface ClientLogOnTable {
  Id: Generated<number>;
  ResourceGuid: Guid;
  EventAt: Utc;
  UserName: string;
  UserDomain: string;
  Event: string;
  LogOnAt: Utc | null;
  LogOffAt: Utc | null;
  DurationSeconds: number | null;
}

/** Computers that may send data of other resources than themselves. */
export interface EventSenderRightTable {
  ResourceGuid: Guid;
  Note: string;
  CreatedAt: Utc;
  CreatedBy: string;
}

/** Exactly once: the mark commits in the transaction of the effects. */
export interface AppliedEventTable {
  SenderGuid: Guid;
  MsgId: Guid;
  BodyHash: string;
  AppliedAt: Utc;
}

/** The queue on SQL Server; the embedded CMDB keeps it in queue.sqlite. ProcessingState: 0 pending, 1 leased, 2 bad. */
export interface EventQueueEntryTable {
  Id: Generated<number>;
  QueueName: string;
  Priority: number;
  SenderGuid: Guid | null;
  IsProven: Bit;
  ReceivedAt: Utc;
  Size: number;
  Body: Uint8Array | null;
  BodyFile: string | null;
  ProcessingState: number;
  LeasedUntilAt: Utc | null;
  LeaseOwner: string | null;
  Attempts: number;
  NextAttemptAt: Utc | null;
  Reason: string | null;
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

/** Which node does what only one may do at a time. */
export interface NodeLeaseTable {
  Name: string;
  Owner: string;
  UntilAt: Utc;
}

/** Rows and bytes (indexes included) of a table on a day. IsEstimate: sampled, not counted. */
export interface SpaceSampleTable {
  DayAt: Utc;
  TableName: string;
  RowCount: number;
  Bytes: number;
  IsEstimate: Bit;
}

/** Who sent how much in an hour. Kind: computer, captureItem, dataClass, policy. Subject empty: all others together. */
export interface EventTallyTable {
  Kind: string;
  HourAt: Utc;
  Subject: string;
  Events: number;
  Bytes: number;
  Bad: number;
}

/** The queue by minute and class: depth, bytes and age as last seen in it; entered and settled added up over all nodes. */
export interface QueueSampleTable {
  MinuteAt: Utc;
  QueueName: string;
  Depth: number;
  Bytes: number;
  OldestSeconds: number;
  Entered: number;
  Settled: number;
}

/** A narrow row for each bad event of EventQueueEntry, under its Id. ReasonGroup: the reason without names and numbers. */
export interface BadEventTable {
  Id: number;
  QueueName: string;
  SenderGuid: Guid | null;
  ReceivedAt: Utc;
  PutAsideAt: Utc;
  Size: number;
  Attempts: number;
  SentTo: string;
  ClassLabel: string;
  ReasonGroup: string;
  Reason: string;
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

/** The CMDB as Kysely sees it. Inventory tables (`Inv_*`) are reached by prepared text: their columns are data. */
export interface Schema {
  Setting: SettingTable;
  Secret: SecretTable;
  ChangeLog: ChangeLogTable;
  AuditEntry: AuditEntryTable;
  Role: RoleTable;
  ConsoleUser: ConsoleUserTable;
  SignInAddress: SignInAddressTable;
  SignInSession: SignInSessionTable;
  ApiToken: ApiTokenTable;
  EnrolmentToken: EnrolmentTokenTable;
  RegistrationRule: RegistrationRuleTable;
  ItemClass: ItemClassTable;
  Item: ItemTable;
  ResourceType: ResourceTypeTable;
  ResourceTypeHierarchy: ResourceTypeHierarchyTable;
  ResourceTypeMergeKey: ResourceTypeMergeKeyTable;
  Resource: ResourceTable;
  ResourceKey: ResourceKeyTable;
  ResourceAlias: ResourceAliasTable;
  HardwareSeen: HardwareSeenTable;
  IdentityConflict: IdentityConflictTable;
  IdentityChange: IdentityChangeTable;
  ResourceSplit: ResourceSplitTable;
  RecycledResource: RecycledResourceTable;
  ResourceAssociationType: ResourceAssociationTypeTable;
  ResourceAssociation: ResourceAssociationTable;
  DataClass: DataClassTable;
  DataClassColumn: DataClassColumnTable;
  ResourceUpdate: ResourceUpdateTable;
  InventoryHistory: InventoryHistoryTable;
  Site: SiteTable;
  Subnet: SubnetTable;
  PackageServer: PackageServerTable;
  PackageServerSite: PackageServerSiteTable;
  PackageServerReport: PackageServerReportTable;
  PackageHolding: PackageHoldingTable;
  PackageDistribution: PackageDistributionTable;
  PackageDistributionServer: PackageDistributionServerTable;
  PackageDistributionSite: PackageDistributionSiteTable;
  Computer: ComputerTable;
  ComputerContact: ComputerContactTable;
  Timeline: TimelineTable;
  AgentRegistration: AgentRegistrationTable;
  Package: PackageTable;
  Program: ProgramTable;
  Snapshot: SnapshotTable;
  SnapshotFile: SnapshotFileTable;
  Policy: PolicyTable;
  Target: TargetTable;
  TargetMember: TargetMemberTable;
  PolicyTarget: PolicyTargetTable;
  Delivery: DeliveryTable;
  SwdExecution: SwdExecutionTable;
  SwdPackageEvent: SwdPackageEventTable;
  SwdStatus: SwdStatusTable;
  PackageServerEvent: PackageServerEventTable;
  TaskStatusEvent: TaskStatusEventTable;
  ClientLogOn: ClientLogOnTable;
  EventSenderRight: EventSenderRightTable;
  AppliedEvent: AppliedEventTable;
  EventQueueEntry: EventQueueEntryTable;
  MinuteCounter: MinuteCounterTable;
  RetentionRule: RetentionRuleTable;
  PurgeRun: PurgeRunTable;
  NodeLease: NodeLeaseTable;
  SpaceSample: SpaceSampleTable;
  EventTally: EventTallyTable;
  QueueSample: QueueSampleTable;
  BadEvent: BadEventTable;
  Report: ReportTable;
}
