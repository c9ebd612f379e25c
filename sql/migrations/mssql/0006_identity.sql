-- Who is who: hardware seen under each GUID, conflicts, merges and splits that can be undone, retired and deleted computers.

-- Resource: RetiredAt: kept, but not managed until it is heard of again. DeletedBy goes with DeletedAt.
ALTER TABLE Resource ADD RetiredAt datetime2(3) NULL;
ALTER TABLE Resource ADD DeletedBy nvarchar(255) NULL;
CREATE INDEX IX_Resource_RetiredAt ON Resource (RetiredAt) WHERE RetiredAt IS NOT NULL;
CREATE INDEX IX_Resource_DeletedAt ON Resource (DeletedAt) WHERE DeletedAt IS NOT NULL;

-- AgentRegistration: BoundAddress: while a shared GUID is being split, the one address that is served under it; empty: none until it registers anew.
ALTER TABLE AgentRegistration ADD BoundAddress nvarchar(45) NULL;

-- HardwareSeen: sets of hardware keys that came under a GUID; a few a computer. Keys: JSON array of "name=value". IsCurrent: the one that came last.
CREATE TABLE HardwareSeen (
  ResourceGuid uniqueidentifier NOT NULL,
  KeysHash nvarchar(32) NOT NULL,
  ComputerName nvarchar(255) NOT NULL,
  Address nvarchar(45) NOT NULL,
  FirstSeenAt datetime2(3) NOT NULL,
  LastSeenAt datetime2(3) NOT NULL,
  TimesSeen int NOT NULL,
  IsCurrent bit NOT NULL,
  Keys nvarchar(max) NOT NULL,
  CONSTRAINT PK_HardwareSeen PRIMARY KEY (ResourceGuid, KeysHash),
  CONSTRAINT FK_HardwareSeen_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
);

-- IdentityConflict: Kind: shared (several machines, one GUID; OtherGuid is the same GUID) or duplicate (one machine or name, two GUIDs, the smaller first). State: open, ignored, resolved. Evidence: JSON.
CREATE TABLE IdentityConflict (
  Guid uniqueidentifier NOT NULL,
  Kind nvarchar(20) NOT NULL,
  ResourceGuid uniqueidentifier NOT NULL,
  OtherGuid uniqueidentifier NOT NULL,
  ResourceName nvarchar(255) NOT NULL,
  OtherName nvarchar(255) NOT NULL,
  State nvarchar(20) NOT NULL,
  FirstSeenAt datetime2(3) NOT NULL,
  LastSeenAt datetime2(3) NOT NULL,
  TimesSeen int NOT NULL,
  DecidedAt datetime2(3) NULL,
  DecidedBy nvarchar(255) NULL,
  Decision nvarchar(400) NOT NULL,
  Evidence nvarchar(max) NOT NULL,
  CONSTRAINT PK_IdentityConflict PRIMARY KEY (Guid)
);
CREATE UNIQUE INDEX IX_IdentityConflict_Pair ON IdentityConflict (ResourceGuid, OtherGuid, Kind);
CREATE INDEX IX_IdentityConflict_OtherGuid ON IdentityConflict (OtherGuid);
CREATE INDEX IX_IdentityConflict_State ON IdentityConflict (State, LastSeenAt);

-- IdentityChange: a merge (OtherGuid was merged into ResourceGuid) or a split (OtherGuid was split off), with what it takes to undo it: Kept is gzipped JSON.
CREATE TABLE IdentityChange (
  Guid uniqueidentifier NOT NULL,
  Kind nvarchar(20) NOT NULL,
  ResourceGuid uniqueidentifier NOT NULL,
  OtherGuid uniqueidentifier NOT NULL,
  ResourceName nvarchar(255) NOT NULL,
  OtherName nvarchar(255) NOT NULL,
  ConflictGuid uniqueidentifier NULL,
  MadeAt datetime2(3) NOT NULL,
  MadeBy nvarchar(255) NOT NULL,
  UndoneAt datetime2(3) NULL,
  UndoneBy nvarchar(255) NULL,
  Kept varbinary(max) NULL,
  CONSTRAINT PK_IdentityChange PRIMARY KEY (Guid)
);
CREATE INDEX IX_IdentityChange_ResourceGuid ON IdentityChange (ResourceGuid);
CREATE INDEX IX_IdentityChange_OtherGuid ON IdentityChange (OtherGuid);
CREATE INDEX IX_IdentityChange_MadeAt ON IdentityChange (MadeAt);

-- ResourceSplit: a machine that is to get a GUID of its own when it registers: one with any of OtherKeys and none of KeeperKeys (JSON arrays).
CREATE TABLE ResourceSplit (
  NewGuid uniqueidentifier NOT NULL,
  ResourceGuid uniqueidentifier NOT NULL,
  ChangeGuid uniqueidentifier NOT NULL,
  CreatedAt datetime2(3) NOT NULL,
  CreatedBy nvarchar(255) NOT NULL,
  DoneAt datetime2(3) NULL,
  KeeperKeys nvarchar(max) NOT NULL,
  OtherKeys nvarchar(max) NOT NULL,
  CONSTRAINT PK_ResourceSplit PRIMARY KEY (NewGuid)
);
CREATE INDEX IX_ResourceSplit_ResourceGuid ON ResourceSplit (ResourceGuid);

-- RecycledResource: a deleted computer in the recycle bin. Kept: gzipped JSON of the rows that were taken away.
CREATE TABLE RecycledResource (
  ResourceGuid uniqueidentifier NOT NULL,
  Name nvarchar(255) NOT NULL,
  Domain nvarchar(255) NOT NULL,
  LastContactAt datetime2(3) NULL,
  DeletedAt datetime2(3) NOT NULL,
  DeletedBy nvarchar(255) NOT NULL,
  Reason nvarchar(400) NOT NULL,
  IsPurging bit NOT NULL,
  Kept varbinary(max) NOT NULL,
  CONSTRAINT PK_RecycledResource PRIMARY KEY (ResourceGuid),
  CONSTRAINT FK_RecycledResource_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_RecycledResource_DeletedAt ON RecycledResource (DeletedAt);
CREATE INDEX IX_RecycledResource_Name ON RecycledResource (Name);
