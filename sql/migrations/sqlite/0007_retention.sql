-- Retention, purge and space; who sends how many events; the queue by minute; bad events as a list.

-- RetentionRule: how long a log without a data class is kept; days and rows NULL: for ever. No row: as the program was delivered.
CREATE TABLE RetentionRule (
  Name TEXT NOT NULL,
  KeepDays INTEGER,
  KeepRows INTEGER,
  ModifiedAt TEXT NOT NULL,
  ModifiedBy TEXT NOT NULL,
  CONSTRAINT PK_RetentionRule PRIMARY KEY (Name)
) STRICT, WITHOUT ROWID;

-- PurgeRun: State: requested, running, done, interrupted, overran, failed. SeenAt: when its node last wrote progress. Detail: JSON, what was removed of each log.
CREATE TABLE PurgeRun (
  Id INTEGER PRIMARY KEY AUTOINCREMENT,
  State TEXT NOT NULL,
  RequestedBy TEXT NOT NULL,
  RequestedAt TEXT NOT NULL,
  StartedAt TEXT,
  SeenAt TEXT,
  EndedAt TEXT,
  Node TEXT NOT NULL,
  Step TEXT NOT NULL,
  Planned INTEGER NOT NULL,
  Removed INTEGER NOT NULL,
  Detail TEXT NOT NULL
) STRICT;
CREATE INDEX IX_PurgeRun_State ON PurgeRun (State, Id);

-- NodeLease: which node does what only one may do at a time.
CREATE TABLE NodeLease (
  Name TEXT NOT NULL,
  Owner TEXT NOT NULL,
  UntilAt TEXT NOT NULL,
  CONSTRAINT PK_NodeLease PRIMARY KEY (Name)
) STRICT, WITHOUT ROWID;

-- SpaceSample: rows and bytes (indexes included) of a table on a day. IsEstimate: sampled, not counted.
CREATE TABLE SpaceSample (
  DayAt TEXT NOT NULL,
  TableName TEXT NOT NULL,
  [RowCount] INTEGER NOT NULL,
  Bytes INTEGER NOT NULL,
  IsEstimate INTEGER NOT NULL,
  CONSTRAINT PK_SpaceSample PRIMARY KEY (DayAt, TableName)
) STRICT, WITHOUT ROWID;

-- EventTally: who sent how much in an hour. Kind: computer, captureItem, dataClass, policy. Subject: GUID or name; empty: all others together.
CREATE TABLE EventTally (
  Kind TEXT NOT NULL,
  HourAt TEXT NOT NULL,
  Subject TEXT NOT NULL,
  Events INTEGER NOT NULL,
  Bytes INTEGER NOT NULL,
  Bad INTEGER NOT NULL,
  CONSTRAINT PK_EventTally PRIMARY KEY (Kind, HourAt, Subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX IX_EventTally_HourAt ON EventTally (HourAt);

-- QueueSample: the queue by minute and class. Depth, Bytes, OldestSeconds: as last seen in the minute. Entered, Settled: added up over all nodes.
CREATE TABLE QueueSample (
  MinuteAt TEXT NOT NULL,
  QueueName TEXT NOT NULL,
  Depth INTEGER NOT NULL,
  Bytes INTEGER NOT NULL,
  OldestSeconds INTEGER NOT NULL,
  Entered INTEGER NOT NULL,
  Settled INTEGER NOT NULL,
  CONSTRAINT PK_QueueSample PRIMARY KEY (MinuteAt, QueueName)
) STRICT, WITHOUT ROWID;

-- BadEvent: a narrow row for each bad event of the queue beside it, so that a hundred thousand can be searched. Id: of EventQueueEntry. ReasonGroup: the reason without names and numbers.
CREATE TABLE BadEvent (
  Id INTEGER PRIMARY KEY,
  QueueName TEXT NOT NULL,
  SenderGuid TEXT,
  ReceivedAt TEXT NOT NULL,
  PutAsideAt TEXT NOT NULL,
  Size INTEGER NOT NULL,
  Attempts INTEGER NOT NULL,
  SentTo TEXT NOT NULL,
  ClassLabel TEXT NOT NULL,
  ReasonGroup TEXT NOT NULL,
  Reason TEXT NOT NULL
) STRICT;
CREATE INDEX IX_BadEvent_Sender ON BadEvent (SenderGuid, Id);
CREATE INDEX IX_BadEvent_ReasonGroup ON BadEvent (ReasonGroup, Id);
CREATE INDEX IX_BadEvent_SentTo ON BadEvent (SentTo, Id);
CREATE INDEX IX_BadEvent_Size ON BadEvent (Size, Id);

INSERT INTO BadEvent (Id, QueueName, SenderGuid, ReceivedAt, PutAsideAt, Size, Attempts, SentTo, ClassLabel, ReasonGroup, Reason)
SELECT Id, QueueName, SenderGuid, ReceivedAt, ReceivedAt, Size, Attempts, '', '', 'Put aside by an earlier version', COALESCE(Reason, '')
FROM EventQueueEntry WHERE ProcessingState = 2;

-- A year of events and of changes, unless somebody wants more or less.
UPDATE DataClass SET KeepDays = 365 WHERE Kind = 'event' AND KeepDays IS NULL;
UPDATE DataClass SET HistoryKeepDays = 365 WHERE HasHistory = 1 AND HistoryKeepDays IS NULL;

-- The purge of these goes by time alone.
CREATE INDEX IX_Timeline_At ON Timeline (At);
