-- Who is who: hardware seen under each GUID, conflicts, merges and splits that can be undone, retired and deleted computers.

-- Resource: RetiredAt: kept, but not managed until it is heard of again. DeletedBy goes with DeletedAt.
ALTER TABLE Resource ADD COLUMN RetiredAt TEXT;
ALTER TABLE Resource ADD COLUMN DeletedBy TEXT;
CREATE INDEX IX_Resource_RetiredAt ON Resource (RetiredAt) WHERE RetiredAt IS NOT NULL;
CREATE INDEX IX_Resource_DeletedAt ON Resource (DeletedAt) WHERE DeletedAt IS NOT NULL;

-- AgentRegistration: BoundAddress: while a shared GUID is being split, the one address that is served under it; empty: none until it registers anew.
ALTER TABLE AgentRegistration ADD COLUMN BoundAddress TEXT;

-- HardwareSeen: sets of hardware keys that came under a GUID; a few a computer. Keys: JSON array of "name=value". IsCurrent: the one that came last.
CREATE TABLE HardwareSeen (
  ResourceGuid TEXT NOT NULL,
  KeysHash TEXT NOT NULL,
  ComputerName TEXT NOT NULL,
  Address TEXT NOT NULL,
  FirstSeenAt TEXT NOT NULL,
  LastSeenAt TEXT NOT NULL,
  TimesSeen INTEGER NOT NULL,
  IsCurrent INTEGER NOT NULL,
  Keys TEXT NOT NULL,
  CONSTRAINT PK_HardwareSeen PRIMARY KEY (ResourceGuid, KeysHash),
  CONSTRAINT FK_HardwareSeen_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
) STRICT, WITHOUT ROWID;

-- IdentityConflict: Kind: shared (several machines, one GUID; OtherGuid is the same GUID) or duplicate (one machine or name, two GUIDs, the smaller first). State: open, ignored, resolved. Evidence: JSON.
CREATE TABLE IdentityConflict (
  Guid TEXT NOT NULL,
  Kind TEXT NOT NULL,
  ResourceGuid TEXT NOT NULL,
  OtherGuid TEXT NOT NULL,
  ResourceName TEXT NOT NULL COLLATE NOCASE,
  OtherName TEXT NOT NULL COLLATE NOCASE,
  State TEXT NOT NULL,
  FirstSeenAt TEXT NOT NULL,
  LastSeenAt TEXT NOT NULL,
  TimesSeen INTEGER NOT NULL,
  DecidedAt TEXT,
  DecidedBy TEXT,
  Decision TEXT NOT NULL,
  Evidence TEXT NOT NULL,
  CONSTRAINT PK_IdentityConflict PRIMARY KEY (Guid)
) STRICT;
CREATE UNIQUE INDEX IX_IdentityConflict_Pair ON IdentityConflict (ResourceGuid, OtherGuid, Kind);
CREATE INDEX IX_IdentityConflict_OtherGuid ON IdentityConflict (OtherGuid);
CREATE INDEX IX_IdentityConflict_State ON IdentityConflict (State, LastSeenAt);

-- IdentityChange: a merge (OtherGuid was merged into ResourceGuid) or a split (OtherGuid was split off), with what it takes to undo it: Kept is gzipped JSON.
CREATE TABLE IdentityChange (
  Guid TEXT NOT NULL,
  Kind TEXT NOT NULL,
  ResourceGuid TEXT NOT NULL,
  OtherGuid TEXT NOT NULL,
  ResourceName TEXT NOT NULL COLLATE NOCASE,
  OtherName TEXT NOT NULL COLLATE NOCASE,
  ConflictGuid TEXT,
  MadeAt TEXT NOT NULL,
  MadeBy TEXT NOT NULL,
  UndoneAt TEXT,
  UndoneBy TEXT,
  Kept BLOB,
  CONSTRAINT PK_IdentityChange PRIMARY KEY (Guid)
) STRICT;
CREATE INDEX IX_IdentityChange_ResourceGuid ON IdentityChange (ResourceGuid);
CREATE INDEX IX_IdentityChange_OtherGuid ON IdentityChange (OtherGuid);
CREATE INDEX IX_IdentityChange_MadeAt ON IdentityChange (MadeAt);

-- ResourceSplit: a machine that is to get a GUID of its own when it registers: one with any of OtherKeys and none of KeeperKeys (JSON arrays).
CREATE TABLE ResourceSplit (
  NewGuid TEXT NOT NULL,
  ResourceGuid TEXT NOT NULL,
  ChangeGuid TEXT NOT NULL,
  CreatedAt TEXT NOT NULL,
  CreatedBy TEXT NOT NULL,
  DoneAt TEXT,
  KeeperKeys TEXT NOT NULL,
  OtherKeys TEXT NOT NULL,
  CONSTRAINT PK_ResourceSplit PRIMARY KEY (NewGuid)
) STRICT;
CREATE INDEX IX_ResourceSplit_ResourceGuid ON ResourceSplit (ResourceGuid);

-- RecycledResource: a deleted computer in the recycle bin. Kept: gzipped JSON of the rows that were taken away.
CREATE TABLE RecycledResource (
  ResourceGuid TEXT NOT NULL,
  Name TEXT NOT NULL COLLATE NOCASE,
  Domain TEXT NOT NULL COLLATE NOCASE,
  LastContactAt TEXT,
  DeletedAt TEXT NOT NULL,
  DeletedBy TEXT NOT NULL,
  Reason TEXT NOT NULL,
  IsPurging INTEGER NOT NULL,
  Kept BLOB NOT NULL,
  CONSTRAINT PK_RecycledResource PRIMARY KEY (ResourceGuid),
  CONSTRAINT FK_RecycledResource_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_RecycledResource_DeletedAt ON RecycledResource (DeletedAt);
CREATE INDEX IX_RecycledResource_Name ON RecycledResource (Name);
