-- Tables of the CMDB. GUIDs are lower-case text, times UTC (ISO 8601 text), text nvarchar where the engine has types.

-- Setting: settings changed in the console; environment and coresettings.json win over them.
CREATE TABLE Setting (
  Name TEXT NOT NULL COLLATE NOCASE,
  Value TEXT NOT NULL,
  ModifiedAt TEXT NOT NULL,
  ModifiedBy TEXT NOT NULL,
  CONSTRAINT PK_Setting PRIMARY KEY (Name)
) STRICT;

-- Secret: keys shared by all nodes, wrapped by the master key, which lives outside the CMDB.
CREATE TABLE Secret (
  Name TEXT NOT NULL,
  Wrapped TEXT NOT NULL,
  PublicPart TEXT,
  CreatedAt TEXT NOT NULL,
  RetiredAt TEXT,
  CONSTRAINT PK_Secret PRIMARY KEY (Name)
) STRICT;

-- ChangeLog: what other nodes must forget; trimmed after a day.
CREATE TABLE ChangeLog (
  Id INTEGER PRIMARY KEY AUTOINCREMENT,
  Kind TEXT NOT NULL,
  ItemGuid TEXT,
  At TEXT NOT NULL
) STRICT;
CREATE INDEX IX_ChangeLog_At ON ChangeLog (At);

CREATE TABLE AuditEntry (
  Id INTEGER PRIMARY KEY AUTOINCREMENT,
  At TEXT NOT NULL,
  Actor TEXT NOT NULL,
  Action TEXT NOT NULL,
  ObjectKind TEXT NOT NULL,
  ObjectGuid TEXT,
  ObjectName TEXT NOT NULL,
  Detail TEXT,
  Address TEXT NOT NULL
) STRICT;
CREATE INDEX IX_AuditEntry_At ON AuditEntry (At);
CREATE INDEX IX_AuditEntry_ObjectGuid ON AuditEntry (ObjectGuid);

-- Role: Privileges: JSON array of names.
CREATE TABLE Role (
  Guid TEXT NOT NULL,
  Name TEXT NOT NULL COLLATE NOCASE,
  Description TEXT NOT NULL,
  Privileges TEXT NOT NULL,
  CONSTRAINT PK_Role PRIMARY KEY (Guid)
) STRICT;
CREATE UNIQUE INDEX IX_Role_Name ON Role (Name);

CREATE TABLE ConsoleUser (
  Guid TEXT NOT NULL,
  Name TEXT NOT NULL COLLATE NOCASE,
  DisplayName TEXT NOT NULL,
  PasswordHash TEXT NOT NULL,
  RoleGuid TEXT NOT NULL,
  IsEnabled INTEGER NOT NULL,
  FailedSignIns INTEGER NOT NULL,
  LockedUntilAt TEXT,
  LastSignInAt TEXT,
  PasswordChangedAt TEXT NOT NULL,
  CreatedAt TEXT NOT NULL,
  CONSTRAINT PK_ConsoleUser PRIMARY KEY (Guid),
  CONSTRAINT FK_ConsoleUser_RoleGuid FOREIGN KEY (RoleGuid) REFERENCES Role (Guid)
) STRICT;
CREATE UNIQUE INDEX IX_ConsoleUser_Name ON ConsoleUser (Name);
CREATE INDEX IX_ConsoleUser_RoleGuid ON ConsoleUser (RoleGuid);

-- SignInSession: Id: SHA-256 of the session id in the cookie.
CREATE TABLE SignInSession (
  Id TEXT NOT NULL,
  UserGuid TEXT,
  Data TEXT NOT NULL,
  ExpiresAt TEXT NOT NULL,
  CONSTRAINT PK_SignInSession PRIMARY KEY (Id),
  CONSTRAINT FK_SignInSession_UserGuid FOREIGN KEY (UserGuid) REFERENCES ConsoleUser (Guid)
) STRICT;
CREATE INDEX IX_SignInSession_ExpiresAt ON SignInSession (ExpiresAt);
CREATE INDEX IX_SignInSession_UserGuid ON SignInSession (UserGuid);

CREATE TABLE ApiToken (
  Guid TEXT NOT NULL,
  Name TEXT NOT NULL,
  SecretHash TEXT NOT NULL,
  Scopes TEXT NOT NULL,
  CreatedAt TEXT NOT NULL,
  CreatedBy TEXT NOT NULL,
  ExpiresAt TEXT,
  RevokedAt TEXT,
  LastUsedAt TEXT,
  CONSTRAINT PK_ApiToken PRIMARY KEY (Guid)
) STRICT;

-- EnrolmentToken: MaxUses NULL: any number.
CREATE TABLE EnrolmentToken (
  Guid TEXT NOT NULL,
  Name TEXT NOT NULL,
  SecretHash TEXT NOT NULL,
  MaxUses INTEGER,
  UsedCount INTEGER NOT NULL,
  CreatedAt TEXT NOT NULL,
  CreatedBy TEXT NOT NULL,
  ExpiresAt TEXT,
  RevokedAt TEXT,
  CONSTRAINT PK_EnrolmentToken PRIMARY KEY (Guid)
) STRICT;

-- RegistrationRule: Action: allow or block. Masks: JSON arrays; kinds are ANDed, masks of a kind ORed.
CREATE TABLE RegistrationRule (
  Guid TEXT NOT NULL,
  Name TEXT NOT NULL COLLATE NOCASE,
  Position INTEGER NOT NULL,
  Action TEXT NOT NULL,
  NameMasks TEXT NOT NULL,
  AddressMasks TEXT NOT NULL,
  IsEnabled INTEGER NOT NULL,
  ModifiedAt TEXT NOT NULL,
  ModifiedBy TEXT NOT NULL,
  CONSTRAINT PK_RegistrationRule PRIMARY KEY (Guid)
) STRICT;
CREATE INDEX IX_RegistrationRule_Position ON RegistrationRule (Position);

CREATE TABLE ItemClass (
  Guid TEXT NOT NULL,
  Name TEXT NOT NULL COLLATE NOCASE,
  CONSTRAINT PK_ItemClass PRIMARY KEY (Guid)
) STRICT;

CREATE TABLE Item (
  Guid TEXT NOT NULL,
  Name TEXT NOT NULL COLLATE NOCASE,
  Description TEXT NOT NULL,
  ClassGuid TEXT NOT NULL,
  ProductGuid TEXT,
  Attributes INTEGER NOT NULL,
  CreatedAt TEXT NOT NULL,
  CreatedBy TEXT NOT NULL,
  ModifiedAt TEXT NOT NULL,
  ModifiedBy TEXT NOT NULL,
  CONSTRAINT PK_Item PRIMARY KEY (Guid),
  CONSTRAINT FK_Item_ClassGuid FOREIGN KEY (ClassGuid) REFERENCES ItemClass (Guid)
) STRICT;
CREATE INDEX IX_Item_ClassGuid_Name ON Item (ClassGuid, Name);

CREATE TABLE ResourceType (
  Guid TEXT NOT NULL,
  Name TEXT NOT NULL COLLATE NOCASE,
  CONSTRAINT PK_ResourceType PRIMARY KEY (Guid)
) STRICT;

CREATE TABLE ResourceTypeHierarchy (
  ResourceTypeGuid TEXT NOT NULL,
  BaseResourceTypeGuid TEXT NOT NULL,
  CONSTRAINT PK_ResourceTypeHierarchy PRIMARY KEY (ResourceTypeGuid, BaseResourceTypeGuid),
  CONSTRAINT FK_ResourceTypeHierarchy_ResourceTypeGuid FOREIGN KEY (ResourceTypeGuid) REFERENCES ResourceType (Guid),
  CONSTRAINT FK_ResourceTypeHierarchy_BaseResourceTypeGuid FOREIGN KEY (BaseResourceTypeGuid) REFERENCES ResourceType (Guid)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_ResourceTypeHierarchy_Base ON ResourceTypeHierarchy (BaseResourceTypeGuid);

-- ResourceTypeMergeKey: Strength: a weak key never merges against a strong one that contradicts it.
CREATE TABLE ResourceTypeMergeKey (
  ResourceTypeGuid TEXT NOT NULL,
  KeyName TEXT NOT NULL COLLATE NOCASE,
  Strength INTEGER NOT NULL,
  CONSTRAINT PK_ResourceTypeMergeKey PRIMARY KEY (ResourceTypeGuid, KeyName),
  CONSTRAINT FK_ResourceTypeMergeKey_ResourceTypeGuid FOREIGN KEY (ResourceTypeGuid) REFERENCES ResourceType (Guid)
) STRICT, WITHOUT ROWID;

CREATE TABLE Resource (
  Guid TEXT NOT NULL,
  Name TEXT NOT NULL COLLATE NOCASE,
  ResourceTypeGuid TEXT NOT NULL,
  IsManaged INTEGER NOT NULL,
  CreatedAt TEXT NOT NULL,
  ModifiedAt TEXT NOT NULL,
  DeletedAt TEXT,
  CONSTRAINT PK_Resource PRIMARY KEY (Guid),
  CONSTRAINT FK_Resource_ResourceTypeGuid FOREIGN KEY (ResourceTypeGuid) REFERENCES ResourceType (Guid)
) STRICT;
CREATE INDEX IX_Resource_Type_Name ON Resource (ResourceTypeGuid, Name);
CREATE INDEX IX_Resource_Name ON Resource (Name);

CREATE TABLE ResourceKey (
  ResourceGuid TEXT NOT NULL,
  KeyName TEXT NOT NULL COLLATE NOCASE,
  KeyValue TEXT NOT NULL COLLATE NOCASE,
  CONSTRAINT PK_ResourceKey PRIMARY KEY (ResourceGuid, KeyName, KeyValue),
  CONSTRAINT FK_ResourceKey_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_ResourceKey_Value ON ResourceKey (KeyName, KeyValue);

-- ResourceAlias: losers of a merge; an import cannot recreate them.
CREATE TABLE ResourceAlias (
  AliasGuid TEXT NOT NULL,
  ResourceGuid TEXT NOT NULL,
  CreatedAt TEXT NOT NULL,
  CONSTRAINT PK_ResourceAlias PRIMARY KEY (AliasGuid),
  CONSTRAINT FK_ResourceAlias_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_ResourceAlias_ResourceGuid ON ResourceAlias (ResourceGuid);

CREATE TABLE ResourceAssociationType (
  Guid TEXT NOT NULL,
  Name TEXT NOT NULL COLLATE NOCASE,
  CONSTRAINT PK_ResourceAssociationType PRIMARY KEY (Guid)
) STRICT;

CREATE TABLE ResourceAssociation (
  ResourceAssociationTypeGuid TEXT NOT NULL,
  ParentResourceGuid TEXT NOT NULL,
  ChildResourceGuid TEXT NOT NULL,
  CreatedAt TEXT NOT NULL,
  CONSTRAINT PK_ResourceAssociation PRIMARY KEY (ResourceAssociationTypeGuid, ParentResourceGuid, ChildResourceGuid),
  CONSTRAINT FK_ResourceAssociation_ResourceAssociationTypeGuid FOREIGN KEY (ResourceAssociationTypeGuid) REFERENCES ResourceAssociationType (Guid),
  CONSTRAINT FK_ResourceAssociation_ParentResourceGuid FOREIGN KEY (ParentResourceGuid) REFERENCES Resource (Guid),
  CONSTRAINT FK_ResourceAssociation_ChildResourceGuid FOREIGN KEY (ChildResourceGuid) REFERENCES Resource (Guid)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_ResourceAssociation_Parent ON ResourceAssociation (ParentResourceGuid);
CREATE INDEX IX_ResourceAssociation_Child ON ResourceAssociation (ChildResourceGuid);

-- DataClass: Kind: inventory or event.
CREATE TABLE DataClass (
  Guid TEXT NOT NULL,
  Name TEXT NOT NULL COLLATE NOCASE,
  DataTableName TEXT NOT NULL,
  Kind TEXT NOT NULL,
  IsMultiRow INTEGER NOT NULL,
  Description TEXT NOT NULL,
  CONSTRAINT PK_DataClass PRIMARY KEY (Guid)
) STRICT;
CREATE UNIQUE INDEX IX_DataClass_Name ON DataClass (Name);

-- DataClassColumn: Position N is attribute cN of a row. DataType: text, int, time.
CREATE TABLE DataClassColumn (
  DataClassGuid TEXT NOT NULL,
  Position INTEGER NOT NULL,
  Name TEXT NOT NULL COLLATE NOCASE,
  DataType TEXT NOT NULL,
  MaxLength INTEGER,
  CONSTRAINT PK_DataClassColumn PRIMARY KEY (DataClassGuid, Position),
  CONSTRAINT FK_DataClassColumn_DataClassGuid FOREIGN KEY (DataClassGuid) REFERENCES DataClass (Guid)
) STRICT, WITHOUT ROWID;

-- ResourceUpdate: base of the view ResourceUpdateSummary. EventAt: time of the event that wrote; an older one never overwrites.
CREATE TABLE ResourceUpdate (
  ResourceGuid TEXT NOT NULL,
  InventoryClassGuid TEXT NOT NULL,
  CreatedAt TEXT NOT NULL,
  ModifiedAt TEXT NOT NULL,
  EventAt TEXT NOT NULL,
  RowCount INTEGER NOT NULL,
  DataHash TEXT NOT NULL,
  CONSTRAINT PK_ResourceUpdate PRIMARY KEY (ResourceGuid, InventoryClassGuid),
  CONSTRAINT FK_ResourceUpdate_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid),
  CONSTRAINT FK_ResourceUpdate_InventoryClassGuid FOREIGN KEY (InventoryClassGuid) REFERENCES DataClass (Guid)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_ResourceUpdate_Class_Modified ON ResourceUpdate (InventoryClassGuid, ModifiedAt);

CREATE TABLE Site (
  Guid TEXT NOT NULL,
  IsInternet INTEGER NOT NULL,
  Fallback TEXT NOT NULL,
  CONSTRAINT PK_Site PRIMARY KEY (Guid),
  CONSTRAINT FK_Site_Guid FOREIGN KEY (Guid) REFERENCES Item (Guid)
) STRICT;

CREATE TABLE Subnet (
  Guid TEXT NOT NULL,
  Network TEXT NOT NULL,
  PrefixLength INTEGER NOT NULL,
  Name TEXT NOT NULL COLLATE NOCASE,
  SiteGuid TEXT,
  Source TEXT NOT NULL,
  ModifiedAt TEXT NOT NULL,
  CONSTRAINT PK_Subnet PRIMARY KEY (Guid),
  CONSTRAINT FK_Subnet_SiteGuid FOREIGN KEY (SiteGuid) REFERENCES Site (Guid)
) STRICT;
CREATE UNIQUE INDEX IX_Subnet_Network ON Subnet (Network, PrefixLength);
CREATE INDEX IX_Subnet_SiteGuid ON Subnet (SiteGuid);

-- Computer: one narrow row a computer: what lists show and sort by, kept from inventory.
CREATE TABLE Computer (
  ResourceGuid TEXT NOT NULL,
  Name TEXT NOT NULL COLLATE NOCASE,
  Domain TEXT NOT NULL COLLATE NOCASE,
  Fqdn TEXT NOT NULL COLLATE NOCASE,
  OsName TEXT NOT NULL COLLATE NOCASE,
  OsVersion TEXT NOT NULL,
  SystemType TEXT NOT NULL,
  IpAddress TEXT NOT NULL,
  MacAddress TEXT NOT NULL,
  AgentVersion TEXT NOT NULL,
  UserName TEXT NOT NULL COLLATE NOCASE,
  SiteGuid TEXT,
  LastInventoryAt TEXT,
  CONSTRAINT PK_Computer PRIMARY KEY (ResourceGuid),
  CONSTRAINT FK_Computer_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid),
  CONSTRAINT FK_Computer_SiteGuid FOREIGN KEY (SiteGuid) REFERENCES Site (Guid)
) STRICT;
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
  ResourceGuid TEXT NOT NULL,
  LastContactAt TEXT NOT NULL,
  LastPolicyAt TEXT,
  LastEventAt TEXT,
  LastAddress TEXT NOT NULL,
  CONSTRAINT PK_ComputerContact PRIMARY KEY (ResourceGuid),
  CONSTRAINT FK_ComputerContact_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_ComputerContact_LastContactAt ON ComputerContact (LastContactAt);

-- Timeline: changes only: registered, policy set changed, delivered ....
CREATE TABLE Timeline (
  Id INTEGER PRIMARY KEY AUTOINCREMENT,
  ResourceGuid TEXT NOT NULL,
  At TEXT NOT NULL,
  Kind TEXT NOT NULL,
  Detail TEXT NOT NULL,
  CONSTRAINT FK_Timeline_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_Timeline_Resource_At ON Timeline (ResourceGuid, At);

-- AgentRegistration: State: pending, allowed, blocked, revoked. At most one allowed key a GUID. No foreign key: a pending machine is no resource yet.
-- DuplicateOfGuid: the computer whose place it asks for. IsKeyOpaque: the key's format cannot prove possession. Wide columns come last.
CREATE TABLE AgentRegistration (
  Guid TEXT NOT NULL,
  ResourceGuid TEXT NOT NULL,
  Name TEXT NOT NULL COLLATE NOCASE,
  Domain TEXT NOT NULL COLLATE NOCASE,
  Fqdn TEXT NOT NULL COLLATE NOCASE,
  Address TEXT NOT NULL,
  MacAddress TEXT NOT NULL,
  UserName TEXT NOT NULL COLLATE NOCASE,
  KeyHash TEXT NOT NULL,
  IsKeyOpaque INTEGER NOT NULL DEFAULT 0,
  State TEXT NOT NULL,
  Reason TEXT NOT NULL,
  DuplicateOfGuid TEXT,
  DecidedBy TEXT,
  DecidedAt TEXT,
  FirstSeenAt TEXT NOT NULL,
  LastSeenAt TEXT NOT NULL,
  RequestCount INTEGER NOT NULL,
  PolicyKey TEXT NOT NULL,
  RequestXml TEXT NOT NULL,
  CONSTRAINT PK_AgentRegistration PRIMARY KEY (Guid)
) STRICT;
CREATE INDEX IX_AgentRegistration_State_LastSeenAt ON AgentRegistration (State, LastSeenAt);
CREATE UNIQUE INDEX IX_AgentRegistration_Resource_Key ON AgentRegistration (ResourceGuid, KeyHash);
CREATE UNIQUE INDEX IX_AgentRegistration_Allowed ON AgentRegistration (ResourceGuid) WHERE State = 'allowed';
CREATE INDEX IX_AgentRegistration_KeyHash ON AgentRegistration (KeyHash);

-- Package: SourceKind: none, folder, unc, url. State: new, refreshing, valid, source_missing, access_denied, changed_while_scanning, failed, disabled.
CREATE TABLE Package (
  Guid TEXT NOT NULL,
  Publisher TEXT NOT NULL,
  Language TEXT NOT NULL,
  VersionText TEXT NOT NULL,
  SourceKind TEXT NOT NULL,
  SourcePath TEXT NOT NULL,
  CleanupAfterMinutes INTEGER NOT NULL,
  Priority TEXT NOT NULL,
  IsEnabled INTEGER NOT NULL,
  State TEXT NOT NULL,
  StateDetail TEXT NOT NULL,
  CurrentVersion INTEGER,
  FailureCount INTEGER NOT NULL,
  LastRefreshAt TEXT,
  NextRefreshAt TEXT,
  LastUsedAt TEXT,
  CONSTRAINT PK_Package PRIMARY KEY (Guid),
  CONSTRAINT FK_Package_Guid FOREIGN KEY (Guid) REFERENCES Item (Guid)
) STRICT;
CREATE INDEX IX_Package_State ON Package (State);
CREATE INDEX IX_Package_NextRefreshAt ON Package (NextRefreshAt);

CREATE TABLE Program (
  Guid TEXT NOT NULL,
  PackageGuid TEXT NOT NULL,
  Position INTEGER NOT NULL,
  Name TEXT NOT NULL COLLATE NOCASE,
  Description TEXT NOT NULL,
  CommandLine TEXT NOT NULL,
  WorkingDirectory TEXT NOT NULL,
  SuccessCodes TEXT NOT NULL,
  FailureCodes TEXT NOT NULL,
  EstimatedDiskSpaceKb INTEGER NOT NULL,
  EstimatedRunTimeMinutes INTEGER NOT NULL,
  TerminateAfterMinutes INTEGER NOT NULL,
  AfterRunning TEXT NOT NULL,
  StartingWindow TEXT NOT NULL,
  RunAs TEXT NOT NULL,
  CanRun TEXT NOT NULL,
  UserInputRequired INTEGER NOT NULL,
  MinimumConnectionSpeedKb INTEGER NOT NULL,
  CONSTRAINT PK_Program PRIMARY KEY (Guid),
  CONSTRAINT FK_Program_PackageGuid FOREIGN KEY (PackageGuid) REFERENCES Package (Guid)
) STRICT;
CREATE INDEX IX_Program_PackageGuid ON Program (PackageGuid, Position);

-- Snapshot: immutable once written.
CREATE TABLE Snapshot (
  PackageGuid TEXT NOT NULL,
  Version INTEGER NOT NULL,
  Hash TEXT NOT NULL,
  FileCount INTEGER NOT NULL,
  TotalSize INTEGER NOT NULL,
  Signature TEXT NOT NULL,
  KeyName TEXT NOT NULL,
  CreatedAt TEXT NOT NULL,
  RetiredAt TEXT,
  CONSTRAINT PK_Snapshot PRIMARY KEY (PackageGuid, Version),
  CONSTRAINT FK_Snapshot_PackageGuid FOREIGN KEY (PackageGuid) REFERENCES Package (Guid)
) STRICT, WITHOUT ROWID;

CREATE TABLE SnapshotFile (
  PackageGuid TEXT NOT NULL,
  Version INTEGER NOT NULL,
  Position INTEGER NOT NULL,
  Path TEXT NOT NULL,
  Size INTEGER NOT NULL,
  FileTime TEXT NOT NULL,
  Hash TEXT NOT NULL,
  IsExecutable INTEGER NOT NULL,
  IsFolder INTEGER NOT NULL,
  CONSTRAINT PK_SnapshotFile PRIMARY KEY (PackageGuid, Version, Position),
  CONSTRAINT FK_SnapshotFile_PackageGuid_Version FOREIGN KEY (PackageGuid, Version) REFERENCES Snapshot (PackageGuid, Version)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_SnapshotFile_Hash ON SnapshotFile (Hash);

-- Policy: Kind: agentSettings, taskAgent, softwareDelivery. Settings: JSON, its shape by kind.
CREATE TABLE Policy (
  Guid TEXT NOT NULL,
  Kind TEXT NOT NULL,
  IsEnabled INTEGER NOT NULL,
  PackageGuid TEXT,
  ProgramGuid TEXT,
  Settings TEXT NOT NULL,
  Version INTEGER NOT NULL,
  CONSTRAINT PK_Policy PRIMARY KEY (Guid),
  CONSTRAINT FK_Policy_Guid FOREIGN KEY (Guid) REFERENCES Item (Guid),
  CONSTRAINT FK_Policy_PackageGuid FOREIGN KEY (PackageGuid) REFERENCES Package (Guid),
  CONSTRAINT FK_Policy_ProgramGuid FOREIGN KEY (ProgramGuid) REFERENCES Program (Guid)
) STRICT;
CREATE INDEX IX_Policy_PackageGuid ON Policy (PackageGuid);
CREATE INDEX IX_Policy_ProgramGuid ON Policy (ProgramGuid);

-- Target: Kind: all or list.
CREATE TABLE Target (
  Guid TEXT NOT NULL,
  Kind TEXT NOT NULL,
  CONSTRAINT PK_Target PRIMARY KEY (Guid),
  CONSTRAINT FK_Target_Guid FOREIGN KEY (Guid) REFERENCES Item (Guid)
) STRICT;

CREATE TABLE TargetMember (
  TargetGuid TEXT NOT NULL,
  ResourceGuid TEXT NOT NULL,
  CONSTRAINT PK_TargetMember PRIMARY KEY (TargetGuid, ResourceGuid),
  CONSTRAINT FK_TargetMember_TargetGuid FOREIGN KEY (TargetGuid) REFERENCES Target (Guid),
  CONSTRAINT FK_TargetMember_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_TargetMember_ResourceGuid ON TargetMember (ResourceGuid);

CREATE TABLE PolicyTarget (
  PolicyGuid TEXT NOT NULL,
  TargetGuid TEXT NOT NULL,
  CONSTRAINT PK_PolicyTarget PRIMARY KEY (PolicyGuid, TargetGuid),
  CONSTRAINT FK_PolicyTarget_PolicyGuid FOREIGN KEY (PolicyGuid) REFERENCES Policy (Guid),
  CONSTRAINT FK_PolicyTarget_TargetGuid FOREIGN KEY (TargetGuid) REFERENCES Target (Guid)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_PolicyTarget_TargetGuid ON PolicyTarget (TargetGuid);

-- Delivery: latest state of a policy on a computer: received, downloading, downloaded, download_failed, running, succeeded, failed.
CREATE TABLE Delivery (
  PolicyGuid TEXT NOT NULL,
  ResourceGuid TEXT NOT NULL,
  PackageGuid TEXT,
  PackageVersion INTEGER,
  Status TEXT NOT NULL,
  ReturnCode INTEGER,
  Detail TEXT NOT NULL,
  UpdatedAt TEXT NOT NULL,
  CONSTRAINT PK_Delivery PRIMARY KEY (PolicyGuid, ResourceGuid),
  CONSTRAINT FK_Delivery_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_Delivery_Resource ON Delivery (ResourceGuid, UpdatedAt, Status);
CREATE INDEX IX_Delivery_Status ON Delivery (Status, UpdatedAt);
CREATE INDEX IX_Delivery_UpdatedAt ON Delivery (UpdatedAt);
-- Counts by state and by day for lists and pages of policies and packages, five times faster than by the key.
CREATE INDEX IX_Delivery_Policy_Status ON Delivery (PolicyGuid, Status, UpdatedAt);
CREATE INDEX IX_Delivery_Package_Status ON Delivery (PackageGuid, Status, UpdatedAt);

-- SwdExecution: base of the view Evt_AeX_SWD_Execution.
CREATE TABLE SwdExecution (
  Id INTEGER PRIMARY KEY AUTOINCREMENT,
  ResourceGuid TEXT NOT NULL,
  EventAt TEXT NOT NULL,
  AdvertisementId TEXT,
  AdvertisementName TEXT NOT NULL,
  PackageId TEXT,
  PackageName TEXT NOT NULL,
  ProgramName TEXT NOT NULL,
  Status TEXT NOT NULL,
  StartAt TEXT,
  EndAt TEXT,
  ReturnCode INTEGER,
  CONSTRAINT FK_SwdExecution_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_SwdExecution_Resource_EventAt ON SwdExecution (ResourceGuid, EventAt);
CREATE INDEX IX_SwdExecution_EventAt ON SwdExecution (EventAt);
CREATE INDEX IX_SwdExecution_Advertisement ON SwdExecution (AdvertisementId, EventAt);

-- SwdPackageEvent: base of the view Evt_AeX_SWD_Package.
CREATE TABLE SwdPackageEvent (
  Id INTEGER PRIMARY KEY AUTOINCREMENT,
  ResourceGuid TEXT NOT NULL,
  EventAt TEXT NOT NULL,
  PackageId TEXT,
  PackageName TEXT NOT NULL,
  PackageVersion INTEGER,
  Status TEXT NOT NULL,
  AdvertisementId TEXT,
  Bytes INTEGER,
  Source TEXT NOT NULL,
  CONSTRAINT FK_SwdPackageEvent_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_SwdPackageEvent_Resource_EventAt ON SwdPackageEvent (ResourceGuid, EventAt);
CREATE INDEX IX_SwdPackageEvent_EventAt ON SwdPackageEvent (EventAt);

-- AppliedEvent: exactly once: the mark commits in the transaction of the effects.
CREATE TABLE AppliedEvent (
  SenderGuid TEXT NOT NULL,
  MsgId TEXT NOT NULL,
  BodyHash TEXT NOT NULL,
  AppliedAt TEXT NOT NULL,
  CONSTRAINT PK_AppliedEvent PRIMARY KEY (SenderGuid, MsgId)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_AppliedEvent_AppliedAt ON AppliedEvent (AppliedAt);

-- EventQueueEntry: the queue on SQL Server; the embedded CMDB keeps it in queue.sqlite. ProcessingState: 0 pending, 1 leased, 2 bad.
CREATE TABLE EventQueueEntry (
  Id INTEGER PRIMARY KEY AUTOINCREMENT,
  QueueName TEXT NOT NULL,
  Priority INTEGER NOT NULL,
  SenderGuid TEXT,
  IsProven INTEGER NOT NULL,
  ReceivedAt TEXT NOT NULL,
  Size INTEGER NOT NULL,
  Body BLOB,
  BodyFile TEXT,
  ProcessingState INTEGER NOT NULL,
  LeasedUntilAt TEXT,
  LeaseOwner TEXT,
  Attempts INTEGER NOT NULL,
  NextAttemptAt TEXT,
  Reason TEXT
) STRICT;
CREATE INDEX IX_EventQueueEntry_Work ON EventQueueEntry (ProcessingState, QueueName, Id);
CREATE INDEX IX_EventQueueEntry_Sender ON EventQueueEntry (SenderGuid, ProcessingState);

CREATE TABLE MinuteCounter (
  Name TEXT NOT NULL,
  MinuteAt TEXT NOT NULL,
  Total INTEGER NOT NULL,
  CONSTRAINT PK_MinuteCounter PRIMARY KEY (Name, MinuteAt)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_MinuteCounter_MinuteAt ON MinuteCounter (MinuteAt);

CREATE TABLE Inv_AeX_AC_Identification (
  _id INTEGER PRIMARY KEY AUTOINCREMENT,
  _ResourceGuid TEXT NOT NULL,
  [Name] TEXT,
  [Domain] TEXT,
  [FQDN] TEXT,
  [OS Name] TEXT,
  [OS Version] TEXT,
  [System Type] TEXT,
  [Last Logon User] TEXT,
  [Client Date] TEXT,
  [OS Build Number] TEXT,
  [Time Zone] TEXT,
  [UniqueID] TEXT,
  [System Manufacturer] TEXT,
  [System Model] TEXT,
  CONSTRAINT FK_Inv_AeX_AC_Identification_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_Inv_AeX_AC_Identification_ResourceGuid ON Inv_AeX_AC_Identification (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_TCPIP (
  _id INTEGER PRIMARY KEY AUTOINCREMENT,
  _ResourceGuid TEXT NOT NULL,
  [Host Name] TEXT,
  [Primary DNS Suffix] TEXT,
  [IP Address] TEXT,
  [Subnet Mask] TEXT,
  [Subnet] TEXT,
  [MAC Address] TEXT,
  [Default Gateway] TEXT,
  [DNS Server 1] TEXT,
  [DNS Server 2] TEXT,
  [Adapter] TEXT,
  [DHCP Enabled] TEXT,
  CONSTRAINT FK_Inv_AeX_AC_TCPIP_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_Inv_AeX_AC_TCPIP_ResourceGuid ON Inv_AeX_AC_TCPIP (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_Client_Agent (
  _id INTEGER PRIMARY KEY AUTOINCREMENT,
  _ResourceGuid TEXT NOT NULL,
  [Agent Name] TEXT,
  [Product Version] TEXT,
  [Build Number] TEXT,
  [Install Path] TEXT,
  [Agent Class Guid] TEXT,
  CONSTRAINT FK_Inv_AeX_AC_Client_Agent_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_Inv_AeX_AC_Client_Agent_ResourceGuid ON Inv_AeX_AC_Client_Agent (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_Primary_User (
  _id INTEGER PRIMARY KEY AUTOINCREMENT,
  _ResourceGuid TEXT NOT NULL,
  [Month] TEXT,
  [Year] TEXT,
  [User] TEXT,
  [Domain] TEXT,
  [Server Generated] TEXT,
  CONSTRAINT FK_Inv_AeX_AC_Primary_User_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_Inv_AeX_AC_Primary_User_ResourceGuid ON Inv_AeX_AC_Primary_User (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_Location (
  _id INTEGER PRIMARY KEY AUTOINCREMENT,
  _ResourceGuid TEXT NOT NULL,
  [Location] TEXT,
  [Site] TEXT,
  [Time Zone] TEXT,
  CONSTRAINT FK_Inv_AeX_AC_Location_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_Inv_AeX_AC_Location_ResourceGuid ON Inv_AeX_AC_Location (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_VirtualMachine (
  _id INTEGER PRIMARY KEY AUTOINCREMENT,
  _ResourceGuid TEXT NOT NULL,
  [Is Virtual] TEXT,
  [Hypervisor] TEXT,
  [Host] TEXT,
  CONSTRAINT FK_Inv_AeX_AC_VirtualMachine_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_Inv_AeX_AC_VirtualMachine_ResourceGuid ON Inv_AeX_AC_VirtualMachine (_ResourceGuid);
