-- Tables of the CMDB. GUIDs are uniqueidentifier, times UTC (datetime2(3)), text nvarchar where the engine has types.

-- Setting: settings changed in the console; environment and coresettings.json win over them.
CREATE TABLE Setting (
  Name nvarchar(100) NOT NULL,
  Value nvarchar(max) NOT NULL,
  ModifiedAt datetime2(3) NOT NULL,
  ModifiedBy nvarchar(255) NOT NULL,
  CONSTRAINT PK_Setting PRIMARY KEY (Name)
);

-- Secret: keys shared by all nodes, wrapped by the master key, which lives outside the CMDB.
CREATE TABLE Secret (
  Name nvarchar(100) NOT NULL,
  Wrapped nvarchar(max) NOT NULL,
  PublicPart nvarchar(max) NULL,
  CreatedAt datetime2(3) NOT NULL,
  RetiredAt datetime2(3) NULL,
  CONSTRAINT PK_Secret PRIMARY KEY (Name)
);

-- ChangeLog: what other nodes must forget; trimmed after a day.
CREATE TABLE ChangeLog (
  Id bigint IDENTITY(1,1) NOT NULL,
  Kind nvarchar(40) NOT NULL,
  ItemGuid uniqueidentifier NULL,
  At datetime2(3) NOT NULL,
  CONSTRAINT PK_ChangeLog PRIMARY KEY (Id)
);
CREATE INDEX IX_ChangeLog_At ON ChangeLog (At);

CREATE TABLE AuditEntry (
  Id bigint IDENTITY(1,1) NOT NULL,
  At datetime2(3) NOT NULL,
  Actor nvarchar(255) NOT NULL,
  Action nvarchar(60) NOT NULL,
  ObjectKind nvarchar(60) NOT NULL,
  ObjectGuid uniqueidentifier NULL,
  ObjectName nvarchar(400) NOT NULL,
  Detail nvarchar(max) NULL,
  Address nvarchar(64) NOT NULL,
  CONSTRAINT PK_AuditEntry PRIMARY KEY (Id)
);
CREATE INDEX IX_AuditEntry_At ON AuditEntry (At);
CREATE INDEX IX_AuditEntry_ObjectGuid ON AuditEntry (ObjectGuid);

-- Role: Privileges: JSON array of names.
CREATE TABLE Role (
  Guid uniqueidentifier NOT NULL,
  Name nvarchar(255) NOT NULL,
  Description nvarchar(1000) NOT NULL,
  Privileges nvarchar(max) NOT NULL,
  CONSTRAINT PK_Role PRIMARY KEY (Guid)
);
CREATE UNIQUE INDEX IX_Role_Name ON Role (Name);

CREATE TABLE ConsoleUser (
  Guid uniqueidentifier NOT NULL,
  Name nvarchar(255) NOT NULL,
  DisplayName nvarchar(255) NOT NULL,
  PasswordHash nvarchar(400) NOT NULL,
  RoleGuid uniqueidentifier NOT NULL,
  IsEnabled bit NOT NULL,
  FailedSignIns int NOT NULL,
  LockedUntilAt datetime2(3) NULL,
  LastSignInAt datetime2(3) NULL,
  PasswordChangedAt datetime2(3) NOT NULL,
  CreatedAt datetime2(3) NOT NULL,
  CONSTRAINT PK_ConsoleUser PRIMARY KEY (Guid),
  CONSTRAINT FK_ConsoleUser_RoleGuid FOREIGN KEY (RoleGuid) REFERENCES Role (Guid)
);
CREATE UNIQUE INDEX IX_ConsoleUser_Name ON ConsoleUser (Name);
CREATE INDEX IX_ConsoleUser_RoleGuid ON ConsoleUser (RoleGuid);

-- SignInSession: Id: SHA-256 of the session id in the cookie.
CREATE TABLE SignInSession (
  Id nvarchar(64) NOT NULL,
  UserGuid uniqueidentifier NULL,
  Data nvarchar(max) NOT NULL,
  ExpiresAt datetime2(3) NOT NULL,
  CONSTRAINT PK_SignInSession PRIMARY KEY (Id),
  CONSTRAINT FK_SignInSession_UserGuid FOREIGN KEY (UserGuid) REFERENCES ConsoleUser (Guid)
);
CREATE INDEX IX_SignInSession_ExpiresAt ON SignInSession (ExpiresAt);
CREATE INDEX IX_SignInSession_UserGuid ON SignInSession (UserGuid);

CREATE TABLE ApiToken (
  Guid uniqueidentifier NOT NULL,
  Name nvarchar(255) NOT NULL,
  SecretHash nvarchar(64) NOT NULL,
  Scopes nvarchar(max) NOT NULL,
  CreatedAt datetime2(3) NOT NULL,
  CreatedBy nvarchar(255) NOT NULL,
  ExpiresAt datetime2(3) NULL,
  RevokedAt datetime2(3) NULL,
  LastUsedAt datetime2(3) NULL,
  CONSTRAINT PK_ApiToken PRIMARY KEY (Guid)
);

-- EnrolmentToken: MaxUses NULL: any number.
CREATE TABLE EnrolmentToken (
  Guid uniqueidentifier NOT NULL,
  Name nvarchar(255) NOT NULL,
  SecretHash nvarchar(64) NOT NULL,
  MaxUses int NULL,
  UsedCount int NOT NULL,
  CreatedAt datetime2(3) NOT NULL,
  CreatedBy nvarchar(255) NOT NULL,
  ExpiresAt datetime2(3) NULL,
  RevokedAt datetime2(3) NULL,
  CONSTRAINT PK_EnrolmentToken PRIMARY KEY (Guid)
);

-- RegistrationRule: Action: allow or block. Masks: JSON arrays; kinds are ANDed, masks of a kind ORed.
CREATE TABLE RegistrationRule (
  Guid uniqueidentifier NOT NULL,
  Name nvarchar(255) NOT NULL,
  Position int NOT NULL,
  Action nvarchar(10) NOT NULL,
  NameMasks nvarchar(max) NOT NULL,
  AddressMasks nvarchar(max) NOT NULL,
  IsEnabled bit NOT NULL,
  ModifiedAt datetime2(3) NOT NULL,
  ModifiedBy nvarchar(255) NOT NULL,
  CONSTRAINT PK_RegistrationRule PRIMARY KEY (Guid)
);
CREATE INDEX IX_RegistrationRule_Position ON RegistrationRule (Position);

CREATE TABLE ItemClass (
  Guid uniqueidentifier NOT NULL,
  Name nvarchar(255) NOT NULL,
  CONSTRAINT PK_ItemClass PRIMARY KEY (Guid)
);

CREATE TABLE Item (
  Guid uniqueidentifier NOT NULL,
  Name nvarchar(255) NOT NULL,
  Description nvarchar(2000) NOT NULL,
  ClassGuid uniqueidentifier NOT NULL,
  ProductGuid uniqueidentifier NULL,
  Attributes int NOT NULL,
  CreatedAt datetime2(3) NOT NULL,
  CreatedBy nvarchar(255) NOT NULL,
  ModifiedAt datetime2(3) NOT NULL,
  ModifiedBy nvarchar(255) NOT NULL,
  CONSTRAINT PK_Item PRIMARY KEY (Guid),
  CONSTRAINT FK_Item_ClassGuid FOREIGN KEY (ClassGuid) REFERENCES ItemClass (Guid)
);
CREATE INDEX IX_Item_ClassGuid_Name ON Item (ClassGuid, Name);

CREATE TABLE ResourceType (
  Guid uniqueidentifier NOT NULL,
  Name nvarchar(255) NOT NULL,
  CONSTRAINT PK_ResourceType PRIMARY KEY (Guid)
);

CREATE TABLE ResourceTypeHierarchy (
  ResourceTypeGuid uniqueidentifier NOT NULL,
  BaseResourceTypeGuid uniqueidentifier NOT NULL,
  CONSTRAINT PK_ResourceTypeHierarchy PRIMARY KEY (ResourceTypeGuid, BaseResourceTypeGuid),
  CONSTRAINT FK_ResourceTypeHierarchy_ResourceTypeGuid FOREIGN KEY (ResourceTypeGuid) REFERENCES ResourceType (Guid),
  CONSTRAINT FK_ResourceTypeHierarchy_BaseResourceTypeGuid FOREIGN KEY (BaseResourceTypeGuid) REFERENCES ResourceType (Guid)
);
CREATE INDEX IX_ResourceTypeHierarchy_Base ON ResourceTypeHierarchy (BaseResourceTypeGuid);

-- ResourceTypeMergeKey: Strength: a weak key never merges against a strong one that contradicts it.
CREATE TABLE ResourceTypeMergeKey (
  ResourceTypeGuid uniqueidentifier NOT NULL,
  KeyName nvarchar(100) NOT NULL,
  Strength int NOT NULL,
  CONSTRAINT PK_ResourceTypeMergeKey PRIMARY KEY (ResourceTypeGuid, KeyName),
  CONSTRAINT FK_ResourceTypeMergeKey_ResourceTypeGuid FOREIGN KEY (ResourceTypeGuid) REFERENCES ResourceType (Guid)
);

CREATE TABLE Resource (
  Guid uniqueidentifier NOT NULL,
  Name nvarchar(255) NOT NULL,
  ResourceTypeGuid uniqueidentifier NOT NULL,
  IsManaged bit NOT NULL,
  CreatedAt datetime2(3) NOT NULL,
  ModifiedAt datetime2(3) NOT NULL,
  DeletedAt datetime2(3) NULL,
  CONSTRAINT PK_Resource PRIMARY KEY (Guid),
  CONSTRAINT FK_Resource_ResourceTypeGuid FOREIGN KEY (ResourceTypeGuid) REFERENCES ResourceType (Guid)
);
CREATE INDEX IX_Resource_Type_Name ON Resource (ResourceTypeGuid, Name);
CREATE INDEX IX_Resource_Name ON Resource (Name);

CREATE TABLE ResourceKey (
  ResourceGuid uniqueidentifier NOT NULL,
  KeyName nvarchar(100) NOT NULL,
  KeyValue nvarchar(255) NOT NULL,
  CONSTRAINT PK_ResourceKey PRIMARY KEY (ResourceGuid, KeyName, KeyValue),
  CONSTRAINT FK_ResourceKey_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_ResourceKey_Value ON ResourceKey (KeyName, KeyValue);

-- ResourceAlias: losers of a merge; an import cannot recreate them.
CREATE TABLE ResourceAlias (
  AliasGuid uniqueidentifier NOT NULL,
  ResourceGuid uniqueidentifier NOT NULL,
  CreatedAt datetime2(3) NOT NULL,
  CONSTRAINT PK_ResourceAlias PRIMARY KEY (AliasGuid),
  CONSTRAINT FK_ResourceAlias_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_ResourceAlias_ResourceGuid ON ResourceAlias (ResourceGuid);

CREATE TABLE ResourceAssociationType (
  Guid uniqueidentifier NOT NULL,
  Name nvarchar(255) NOT NULL,
  CONSTRAINT PK_ResourceAssociationType PRIMARY KEY (Guid)
);

CREATE TABLE ResourceAssociation (
  ResourceAssociationTypeGuid uniqueidentifier NOT NULL,
  ParentResourceGuid uniqueidentifier NOT NULL,
  ChildResourceGuid uniqueidentifier NOT NULL,
  CreatedAt datetime2(3) NOT NULL,
  CONSTRAINT PK_ResourceAssociation PRIMARY KEY (ResourceAssociationTypeGuid, ParentResourceGuid, ChildResourceGuid),
  CONSTRAINT FK_ResourceAssociation_ResourceAssociationTypeGuid FOREIGN KEY (ResourceAssociationTypeGuid) REFERENCES ResourceAssociationType (Guid),
  CONSTRAINT FK_ResourceAssociation_ParentResourceGuid FOREIGN KEY (ParentResourceGuid) REFERENCES Resource (Guid),
  CONSTRAINT FK_ResourceAssociation_ChildResourceGuid FOREIGN KEY (ChildResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_ResourceAssociation_Parent ON ResourceAssociation (ParentResourceGuid);
CREATE INDEX IX_ResourceAssociation_Child ON ResourceAssociation (ChildResourceGuid);

-- DataClass: Kind: inventory or event.
CREATE TABLE DataClass (
  Guid uniqueidentifier NOT NULL,
  Name nvarchar(255) NOT NULL,
  DataTableName nvarchar(128) NOT NULL,
  Kind nvarchar(20) NOT NULL,
  IsMultiRow bit NOT NULL,
  Description nvarchar(2000) NOT NULL,
  CONSTRAINT PK_DataClass PRIMARY KEY (Guid)
);
CREATE UNIQUE INDEX IX_DataClass_Name ON DataClass (Name);

-- DataClassColumn: Position N is attribute cN of a row. DataType: text, int, time.
CREATE TABLE DataClassColumn (
  DataClassGuid uniqueidentifier NOT NULL,
  Position int NOT NULL,
  Name nvarchar(100) NOT NULL,
  DataType nvarchar(20) NOT NULL,
  MaxLength int NULL,
  CONSTRAINT PK_DataClassColumn PRIMARY KEY (DataClassGuid, Position),
  CONSTRAINT FK_DataClassColumn_DataClassGuid FOREIGN KEY (DataClassGuid) REFERENCES DataClass (Guid)
);

-- ResourceUpdate: base of the view ResourceUpdateSummary. EventAt: time of the event that wrote; an older one never overwrites.
CREATE TABLE ResourceUpdate (
  ResourceGuid uniqueidentifier NOT NULL,
  InventoryClassGuid uniqueidentifier NOT NULL,
  CreatedAt datetime2(3) NOT NULL,
  ModifiedAt datetime2(3) NOT NULL,
  EventAt datetime2(3) NOT NULL,
  [RowCount] int NOT NULL,
  DataHash nvarchar(64) NOT NULL,
  CONSTRAINT PK_ResourceUpdate PRIMARY KEY (ResourceGuid, InventoryClassGuid),
  CONSTRAINT FK_ResourceUpdate_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid),
  CONSTRAINT FK_ResourceUpdate_InventoryClassGuid FOREIGN KEY (InventoryClassGuid) REFERENCES DataClass (Guid)
);
CREATE INDEX IX_ResourceUpdate_Class_Modified ON ResourceUpdate (InventoryClassGuid, ModifiedAt);

CREATE TABLE Site (
  Guid uniqueidentifier NOT NULL,
  IsInternet bit NOT NULL,
  Fallback nvarchar(20) NOT NULL,
  CONSTRAINT PK_Site PRIMARY KEY (Guid),
  CONSTRAINT FK_Site_Guid FOREIGN KEY (Guid) REFERENCES Item (Guid)
);

CREATE TABLE Subnet (
  Guid uniqueidentifier NOT NULL,
  Network nvarchar(45) NOT NULL,
  PrefixLength int NOT NULL,
  Name nvarchar(255) NOT NULL,
  SiteGuid uniqueidentifier NULL,
  Source nvarchar(20) NOT NULL,
  ModifiedAt datetime2(3) NOT NULL,
  CONSTRAINT PK_Subnet PRIMARY KEY (Guid),
  CONSTRAINT FK_Subnet_SiteGuid FOREIGN KEY (SiteGuid) REFERENCES Site (Guid)
);
CREATE UNIQUE INDEX IX_Subnet_Network ON Subnet (Network, PrefixLength);
CREATE INDEX IX_Subnet_SiteGuid ON Subnet (SiteGuid);

-- Computer: one narrow row a computer: what lists show and sort by, kept from inventory.
CREATE TABLE Computer (
  ResourceGuid uniqueidentifier NOT NULL,
  Name nvarchar(255) NOT NULL,
  Domain nvarchar(255) NOT NULL,
  Fqdn nvarchar(255) NOT NULL,
  OsName nvarchar(255) NOT NULL,
  OsVersion nvarchar(100) NOT NULL,
  SystemType nvarchar(100) NOT NULL,
  IpAddress nvarchar(45) NOT NULL,
  MacAddress nvarchar(32) NOT NULL,
  AgentVersion nvarchar(60) NOT NULL,
  UserName nvarchar(255) NOT NULL,
  SiteGuid uniqueidentifier NULL,
  LastInventoryAt datetime2(3) NULL,
  CONSTRAINT PK_Computer PRIMARY KEY (ResourceGuid),
  CONSTRAINT FK_Computer_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid),
  CONSTRAINT FK_Computer_SiteGuid FOREIGN KEY (SiteGuid) REFERENCES Site (Guid)
);
CREATE INDEX IX_Computer_Name ON Computer (Name);
CREATE INDEX IX_Computer_Domain ON Computer (Domain);
CREATE INDEX IX_Computer_OsName ON Computer (OsName);
CREATE INDEX IX_Computer_IpAddress ON Computer (IpAddress);
CREATE INDEX IX_Computer_MacAddress ON Computer (MacAddress);
CREATE INDEX IX_Computer_AgentVersion ON Computer (AgentVersion);
CREATE INDEX IX_Computer_UserName ON Computer (UserName);
CREATE INDEX IX_Computer_LastInventoryAt ON Computer (LastInventoryAt);
CREATE INDEX IX_Computer_SiteGuid ON Computer (SiteGuid);

-- ComputerContact: hot and narrow; written in batches.
CREATE TABLE ComputerContact (
  ResourceGuid uniqueidentifier NOT NULL,
  LastContactAt datetime2(3) NOT NULL,
  LastPolicyAt datetime2(3) NULL,
  LastEventAt datetime2(3) NULL,
  LastAddress nvarchar(45) NOT NULL,
  CONSTRAINT PK_ComputerContact PRIMARY KEY (ResourceGuid),
  CONSTRAINT FK_ComputerContact_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_ComputerContact_LastContactAt ON ComputerContact (LastContactAt);

-- Timeline: changes only: registered, policy set changed, delivered ....
CREATE TABLE Timeline (
  Id bigint IDENTITY(1,1) NOT NULL,
  ResourceGuid uniqueidentifier NOT NULL,
  At datetime2(3) NOT NULL,
  Kind nvarchar(40) NOT NULL,
  Detail nvarchar(1000) NOT NULL,
  CONSTRAINT PK_Timeline PRIMARY KEY (Id),
  CONSTRAINT FK_Timeline_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_Timeline_Resource_At ON Timeline (ResourceGuid, At);

-- AgentRegistration: State: pending, allowed, blocked, revoked. At most one allowed key a GUID. No foreign key: a pending machine is no resource yet.
-- DuplicateOfGuid: the computer whose place it asks for. IsKeyOpaque: the key's format cannot prove possession. Wide columns come last.
CREATE TABLE AgentRegistration (
  Guid uniqueidentifier NOT NULL,
  ResourceGuid uniqueidentifier NOT NULL,
  Name nvarchar(255) NOT NULL,
  Domain nvarchar(255) NOT NULL,
  Fqdn nvarchar(255) NOT NULL,
  Address nvarchar(45) NOT NULL,
  MacAddress nvarchar(32) NOT NULL,
  UserName nvarchar(255) NOT NULL,
  KeyHash nvarchar(64) NOT NULL,
  IsKeyOpaque bit NOT NULL CONSTRAINT DF_AgentRegistration_IsKeyOpaque DEFAULT 0,
  State nvarchar(10) NOT NULL,
  Reason nvarchar(400) NOT NULL,
  DuplicateOfGuid uniqueidentifier NULL,
  DecidedBy nvarchar(255) NULL,
  DecidedAt datetime2(3) NULL,
  FirstSeenAt datetime2(3) NOT NULL,
  LastSeenAt datetime2(3) NOT NULL,
  RequestCount int NOT NULL,
  PolicyKey nvarchar(max) NOT NULL,
  RequestXml nvarchar(max) NOT NULL,
  CONSTRAINT PK_AgentRegistration PRIMARY KEY (Guid)
);
CREATE INDEX IX_AgentRegistration_State_LastSeenAt ON AgentRegistration (State, LastSeenAt);
CREATE UNIQUE INDEX IX_AgentRegistration_Resource_Key ON AgentRegistration (ResourceGuid, KeyHash);
CREATE UNIQUE INDEX IX_AgentRegistration_Allowed ON AgentRegistration (ResourceGuid) WHERE State = N'allowed';
CREATE INDEX IX_AgentRegistration_KeyHash ON AgentRegistration (KeyHash);

-- Package: SourceKind: none, folder, unc, url. State: new, refreshing, valid, source_missing, access_denied, changed_while_scanning, failed, disabled.
CREATE TABLE Package (
  Guid uniqueidentifier NOT NULL,
  Publisher nvarchar(255) NOT NULL,
  Language nvarchar(60) NOT NULL,
  VersionText nvarchar(60) NOT NULL,
  SourceKind nvarchar(10) NOT NULL,
  SourcePath nvarchar(1000) NOT NULL,
  CleanupAfterMinutes int NOT NULL,
  Priority nvarchar(10) NOT NULL,
  IsEnabled bit NOT NULL,
  State nvarchar(30) NOT NULL,
  StateDetail nvarchar(1000) NOT NULL,
  CurrentVersion int NULL,
  FailureCount int NOT NULL,
  LastRefreshAt datetime2(3) NULL,
  NextRefreshAt datetime2(3) NULL,
  LastUsedAt datetime2(3) NULL,
  CONSTRAINT PK_Package PRIMARY KEY (Guid),
  CONSTRAINT FK_Package_Guid FOREIGN KEY (Guid) REFERENCES Item (Guid)
);
CREATE INDEX IX_Package_State ON Package (State);
CREATE INDEX IX_Package_NextRefreshAt ON Package (NextRefreshAt);

CREATE TABLE Program (
  Guid uniqueidentifier NOT NULL,
  PackageGuid uniqueidentifier NOT NULL,
  Position int NOT NULL,
  Name nvarchar(255) NOT NULL,
  Description nvarchar(2000) NOT NULL,
  CommandLine nvarchar(2000) NOT NULL,
  WorkingDirectory nvarchar(400) NOT NULL,
  SuccessCodes nvarchar(200) NOT NULL,
  FailureCodes nvarchar(200) NOT NULL,
  EstimatedDiskSpaceKb int NOT NULL,
  EstimatedRunTimeMinutes int NOT NULL,
  TerminateAfterMinutes int NOT NULL,
  AfterRunning nvarchar(20) NOT NULL,
  StartingWindow nvarchar(20) NOT NULL,
  RunAs nvarchar(20) NOT NULL,
  CanRun nvarchar(40) NOT NULL,
  UserInputRequired bit NOT NULL,
  MinimumConnectionSpeedKb int NOT NULL,
  CONSTRAINT PK_Program PRIMARY KEY (Guid),
  CONSTRAINT FK_Program_PackageGuid FOREIGN KEY (PackageGuid) REFERENCES Package (Guid)
);
CREATE INDEX IX_Program_PackageGuid ON Program (PackageGuid, Position);

-- Snapshot: immutable once written.
CREATE TABLE Snapshot (
  PackageGuid uniqueidentifier NOT NULL,
  Version int NOT NULL,
  Hash nvarchar(64) NOT NULL,
  FileCount int NOT NULL,
  TotalSize bigint NOT NULL,
  Signature nvarchar(400) NOT NULL,
  KeyName nvarchar(100) NOT NULL,
  CreatedAt datetime2(3) NOT NULL,
  RetiredAt datetime2(3) NULL,
  CONSTRAINT PK_Snapshot PRIMARY KEY (PackageGuid, Version),
  CONSTRAINT FK_Snapshot_PackageGuid FOREIGN KEY (PackageGuid) REFERENCES Package (Guid)
);

CREATE TABLE SnapshotFile (
  PackageGuid uniqueidentifier NOT NULL,
  Version int NOT NULL,
  Position int NOT NULL,
  Path nvarchar(1000) NOT NULL,
  Size bigint NOT NULL,
  FileTime datetime2(3) NOT NULL,
  Hash nvarchar(64) NOT NULL,
  IsExecutable bit NOT NULL,
  IsFolder bit NOT NULL,
  CONSTRAINT PK_SnapshotFile PRIMARY KEY (PackageGuid, Version, Position),
  CONSTRAINT FK_SnapshotFile_PackageGuid_Version FOREIGN KEY (PackageGuid, Version) REFERENCES Snapshot (PackageGuid, Version)
);
CREATE INDEX IX_SnapshotFile_Hash ON SnapshotFile (Hash);

-- Policy: Kind: agentSettings, taskAgent, softwareDelivery. Settings: JSON, its shape by kind.
CREATE TABLE Policy (
  Guid uniqueidentifier NOT NULL,
  Kind nvarchar(30) NOT NULL,
  IsEnabled bit NOT NULL,
  PackageGuid uniqueidentifier NULL,
  ProgramGuid uniqueidentifier NULL,
  Settings nvarchar(max) NOT NULL,
  Version int NOT NULL,
  CONSTRAINT PK_Policy PRIMARY KEY (Guid),
  CONSTRAINT FK_Policy_Guid FOREIGN KEY (Guid) REFERENCES Item (Guid),
  CONSTRAINT FK_Policy_PackageGuid FOREIGN KEY (PackageGuid) REFERENCES Package (Guid),
  CONSTRAINT FK_Policy_ProgramGuid FOREIGN KEY (ProgramGuid) REFERENCES Program (Guid)
);
CREATE INDEX IX_Policy_PackageGuid ON Policy (PackageGuid);
CREATE INDEX IX_Policy_ProgramGuid ON Policy (ProgramGuid);

-- Target: Kind: all or list.
CREATE TABLE Target (
  Guid uniqueidentifier NOT NULL,
  Kind nvarchar(10) NOT NULL,
  CONSTRAINT PK_Target PRIMARY KEY (Guid),
  CONSTRAINT FK_Target_Guid FOREIGN KEY (Guid) REFERENCES Item (Guid)
);

CREATE TABLE TargetMember (
  TargetGuid uniqueidentifier NOT NULL,
  ResourceGuid uniqueidentifier NOT NULL,
  CONSTRAINT PK_TargetMember PRIMARY KEY (TargetGuid, ResourceGuid),
  CONSTRAINT FK_TargetMember_TargetGuid FOREIGN KEY (TargetGuid) REFERENCES Target (Guid),
  CONSTRAINT FK_TargetMember_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_TargetMember_ResourceGuid ON TargetMember (ResourceGuid);

CREATE TABLE PolicyTarget (
  PolicyGuid uniqueidentifier NOT NULL,
  TargetGuid uniqueidentifier NOT NULL,
  CONSTRAINT PK_PolicyTarget PRIMARY KEY (PolicyGuid, TargetGuid),
  CONSTRAINT FK_PolicyTarget_PolicyGuid FOREIGN KEY (PolicyGuid) REFERENCES Policy (Guid),
  CONSTRAINT FK_PolicyTarget_TargetGuid FOREIGN KEY (TargetGuid) REFERENCES Target (Guid)
);
CREATE INDEX IX_PolicyTarget_TargetGuid ON PolicyTarget (TargetGuid);

-- Delivery: latest state of a policy on a computer: received, downloading, downloaded, download_failed, running, succeeded, failed.
CREATE TABLE Delivery (
  PolicyGuid uniqueidentifier NOT NULL,
  ResourceGuid uniqueidentifier NOT NULL,
  PackageGuid uniqueidentifier NULL,
  PackageVersion int NULL,
  Status nvarchar(30) NOT NULL,
  ReturnCode int NULL,
  Detail nvarchar(400) NOT NULL,
  UpdatedAt datetime2(3) NOT NULL,
  CONSTRAINT PK_Delivery PRIMARY KEY (PolicyGuid, ResourceGuid),
  CONSTRAINT FK_Delivery_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_Delivery_Resource ON Delivery (ResourceGuid, UpdatedAt, Status);
CREATE INDEX IX_Delivery_Status ON Delivery (Status, UpdatedAt);
CREATE INDEX IX_Delivery_UpdatedAt ON Delivery (UpdatedAt);
-- Counts by state and by day for lists and pages of policies and packages, five times faster than by the key.
CREATE INDEX IX_Delivery_Policy_Status ON Delivery (PolicyGuid, Status, UpdatedAt);
CREATE INDEX IX_Delivery_Package_Status ON Delivery (PackageGuid, Status, UpdatedAt);

-- SwdExecution: base of the view Evt_AeX_SWD_Execution.
CREATE TABLE SwdExecution (
  Id bigint IDENTITY(1,1) NOT NULL,
  ResourceGuid uniqueidentifier NOT NULL,
  EventAt datetime2(3) NOT NULL,
  AdvertisementId uniqueidentifier NULL,
  AdvertisementName nvarchar(255) NOT NULL,
  PackageId uniqueidentifier NULL,
  PackageName nvarchar(255) NOT NULL,
  ProgramName nvarchar(255) NOT NULL,
  Status nvarchar(255) NOT NULL,
  StartAt datetime2(3) NULL,
  EndAt datetime2(3) NULL,
  ReturnCode int NULL,
  CONSTRAINT PK_SwdExecution PRIMARY KEY (Id),
  CONSTRAINT FK_SwdExecution_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_SwdExecution_Resource_EventAt ON SwdExecution (ResourceGuid, EventAt);
CREATE INDEX IX_SwdExecution_EventAt ON SwdExecution (EventAt);
CREATE INDEX IX_SwdExecution_Advertisement ON SwdExecution (AdvertisementId, EventAt);

-- SwdPackageEvent: base of the view Evt_AeX_SWD_Package.
CREATE TABLE SwdPackageEvent (
  Id bigint IDENTITY(1,1) NOT NULL,
  ResourceGuid uniqueidentifier NOT NULL,
  EventAt datetime2(3) NOT NULL,
  PackageId uniqueidentifier NULL,
  PackageName nvarchar(255) NOT NULL,
  PackageVersion int NULL,
  Status nvarchar(255) NOT NULL,
  AdvertisementId uniqueidentifier NULL,
  Bytes bigint NULL,
  Source nvarchar(1000) NOT NULL,
  CONSTRAINT PK_SwdPackageEvent PRIMARY KEY (Id),
  CONSTRAINT FK_SwdPackageEvent_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_SwdPackageEvent_Resource_EventAt ON SwdPackageEvent (ResourceGuid, EventAt);
CREATE INDEX IX_SwdPackageEvent_EventAt ON SwdPackageEvent (EventAt);

-- AppliedEvent: exactly once: the mark commits in the transaction of the effects.
CREATE TABLE AppliedEvent (
  SenderGuid uniqueidentifier NOT NULL,
  MsgId uniqueidentifier NOT NULL,
  BodyHash nvarchar(64) NOT NULL,
  AppliedAt datetime2(3) NOT NULL,
  CONSTRAINT PK_AppliedEvent PRIMARY KEY (SenderGuid, MsgId)
);
CREATE INDEX IX_AppliedEvent_AppliedAt ON AppliedEvent (AppliedAt);

-- EventQueueEntry: the queue on SQL Server; the embedded CMDB keeps it in queue.sqlite. ProcessingState: 0 pending, 1 leased, 2 bad.
CREATE TABLE EventQueueEntry (
  Id bigint IDENTITY(1,1) NOT NULL,
  QueueName nvarchar(10) NOT NULL,
  Priority int NOT NULL,
  SenderGuid uniqueidentifier NULL,
  IsProven bit NOT NULL,
  ReceivedAt datetime2(3) NOT NULL,
  Size bigint NOT NULL,
  Body varbinary(max) NULL,
  BodyFile nvarchar(100) NULL,
  ProcessingState int NOT NULL,
  LeasedUntilAt datetime2(3) NULL,
  LeaseOwner nvarchar(100) NULL,
  Attempts int NOT NULL,
  NextAttemptAt datetime2(3) NULL,
  Reason nvarchar(1000) NULL,
  CONSTRAINT PK_EventQueueEntry PRIMARY KEY (Id)
);
CREATE INDEX IX_EventQueueEntry_Work ON EventQueueEntry (ProcessingState, QueueName, Id) INCLUDE (Size, ReceivedAt);
CREATE INDEX IX_EventQueueEntry_Sender ON EventQueueEntry (SenderGuid, ProcessingState);

CREATE TABLE MinuteCounter (
  Name nvarchar(60) NOT NULL,
  MinuteAt datetime2(3) NOT NULL,
  Total bigint NOT NULL,
  CONSTRAINT PK_MinuteCounter PRIMARY KEY (Name, MinuteAt)
);
CREATE INDEX IX_MinuteCounter_MinuteAt ON MinuteCounter (MinuteAt);

CREATE TABLE Inv_AeX_AC_Identification (
  _id bigint IDENTITY(1,1) NOT NULL,
  _ResourceGuid uniqueidentifier NOT NULL,
  [Name] nvarchar(256) NULL,
  [Domain] nvarchar(256) NULL,
  [FQDN] nvarchar(400) NULL,
  [OS Name] nvarchar(256) NULL,
  [OS Version] nvarchar(100) NULL,
  [System Type] nvarchar(100) NULL,
  [Last Logon User] nvarchar(256) NULL,
  [Client Date] nvarchar(60) NULL,
  [OS Build Number] nvarchar(60) NULL,
  [Time Zone] nvarchar(100) NULL,
  [UniqueID] nvarchar(256) NULL,
  [System Manufacturer] nvarchar(256) NULL,
  [System Model] nvarchar(256) NULL,
  CONSTRAINT PK_Inv_AeX_AC_Identification PRIMARY KEY (_id),
  CONSTRAINT FK_Inv_AeX_AC_Identification_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_Inv_AeX_AC_Identification_ResourceGuid ON Inv_AeX_AC_Identification (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_TCPIP (
  _id bigint IDENTITY(1,1) NOT NULL,
  _ResourceGuid uniqueidentifier NOT NULL,
  [Host Name] nvarchar(256) NULL,
  [Primary DNS Suffix] nvarchar(256) NULL,
  [IP Address] nvarchar(45) NULL,
  [Subnet Mask] nvarchar(45) NULL,
  [Subnet] nvarchar(45) NULL,
  [MAC Address] nvarchar(32) NULL,
  [Default Gateway] nvarchar(45) NULL,
  [DNS Server 1] nvarchar(45) NULL,
  [DNS Server 2] nvarchar(45) NULL,
  [Adapter] nvarchar(256) NULL,
  [DHCP Enabled] nvarchar(10) NULL,
  CONSTRAINT PK_Inv_AeX_AC_TCPIP PRIMARY KEY (_id),
  CONSTRAINT FK_Inv_AeX_AC_TCPIP_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_Inv_AeX_AC_TCPIP_ResourceGuid ON Inv_AeX_AC_TCPIP (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_Client_Agent (
  _id bigint IDENTITY(1,1) NOT NULL,
  _ResourceGuid uniqueidentifier NOT NULL,
  [Agent Name] nvarchar(256) NULL,
  [Product Version] nvarchar(60) NULL,
  [Build Number] nvarchar(60) NULL,
  [Install Path] nvarchar(512) NULL,
  [Agent Class Guid] nvarchar(64) NULL,
  CONSTRAINT PK_Inv_AeX_AC_Client_Agent PRIMARY KEY (_id),
  CONSTRAINT FK_Inv_AeX_AC_Client_Agent_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_Inv_AeX_AC_Client_Agent_ResourceGuid ON Inv_AeX_AC_Client_Agent (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_Primary_User (
  _id bigint IDENTITY(1,1) NOT NULL,
  _ResourceGuid uniqueidentifier NOT NULL,
  [Month] nvarchar(20) NULL,
  [Year] nvarchar(10) NULL,
  [User] nvarchar(256) NULL,
  [Domain] nvarchar(256) NULL,
  [Server Generated] nvarchar(10) NULL,
  CONSTRAINT PK_Inv_AeX_AC_Primary_User PRIMARY KEY (_id),
  CONSTRAINT FK_Inv_AeX_AC_Primary_User_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_Inv_AeX_AC_Primary_User_ResourceGuid ON Inv_AeX_AC_Primary_User (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_Location (
  _id bigint IDENTITY(1,1) NOT NULL,
  _ResourceGuid uniqueidentifier NOT NULL,
  [Location] nvarchar(256) NULL,
  [Site] nvarchar(256) NULL,
  [Time Zone] nvarchar(100) NULL,
  CONSTRAINT PK_Inv_AeX_AC_Location PRIMARY KEY (_id),
  CONSTRAINT FK_Inv_AeX_AC_Location_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_Inv_AeX_AC_Location_ResourceGuid ON Inv_AeX_AC_Location (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_VirtualMachine (
  _id bigint IDENTITY(1,1) NOT NULL,
  _ResourceGuid uniqueidentifier NOT NULL,
  [Is Virtual] nvarchar(10) NULL,
  [Hypervisor] nvarchar(100) NULL,
  [Host] nvarchar(256) NULL,
  CONSTRAINT PK_Inv_AeX_AC_VirtualMachine PRIMARY KEY (_id),
  CONSTRAINT FK_Inv_AeX_AC_VirtualMachine_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_Inv_AeX_AC_VirtualMachine_ResourceGuid ON Inv_AeX_AC_VirtualMachine (_ResourceGuid);
