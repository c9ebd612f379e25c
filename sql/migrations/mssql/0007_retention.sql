-- Retention, purge and space; who sends how many events; the queue by minute; bad events as a list.

-- RetentionRule: how long a log without a data class is kept; days and rows NULL: for ever. No row: as the program was delivered.
CREATE TABLE RetentionRule (
  Name nvarchar(60) NOT NULL,
  KeepDays int NULL,
  KeepRows int NULL,
  ModifiedAt datetime2(3) NOT NULL,
  ModifiedBy nvarchar(255) NOT NULL,
  CONSTRAINT PK_RetentionRule PRIMARY KEY (Name)
);

-- PurgeRun: State: requested, running, done, interrupted, overran, failed. SeenAt: when its node last wrote progress. Detail: JSON, what was removed of each log.
CREATE TABLE PurgeRun (
  Id bigint IDENTITY(1,1) NOT NULL,
  State nvarchar(20) NOT NULL,
  RequestedBy nvarchar(255) NOT NULL,
  RequestedAt datetime2(3) NOT NULL,
  StartedAt datetime2(3) NULL,
  SeenAt datetime2(3) NULL,
  EndedAt datetime2(3) NULL,
  Node nvarchar(100) NOT NULL,
  Step nvarchar(200) NOT NULL,
  Planned bigint NOT NULL,
  Removed bigint NOT NULL,
  Detail nvarchar(max) NOT NULL,
  CONSTRAINT PK_PurgeRun PRIMARY KEY (Id)
);
CREATE INDEX IX_PurgeRun_State ON PurgeRun (State, Id);

-- NodeLease: which node does what only one may do at a time.
CREATE TABLE NodeLease (
  Name nvarchar(60) NOT NULL,
  Owner nvarchar(100) NOT NULL,
  UntilAt datetime2(3) NOT NULL,
  CONSTRAINT PK_NodeLease PRIMARY KEY (Name)
);

-- SpaceSample: rows and bytes (indexes included) of a table on a day. IsEstimate: sampled, not counted.
CREATE TABLE SpaceSample (
  DayAt datetime2(3) NOT NULL,
  TableName nvarchar(128) NOT NULL,
  [RowCount] bigint NOT NULL,
  Bytes bigint NOT NULL,
  IsEstimate bit NOT NULL,
  CONSTRAINT PK_SpaceSample PRIMARY KEY (DayAt, TableName)
);

-- EventTally: who sent how much in an hour. Kind: computer, captureItem, dataClass, policy. Subject: GUID or name; empty: all others together.
CREATE TABLE EventTally (
  Kind nvarchar(20) NOT NULL,
  HourAt datetime2(3) NOT NULL,
  Subject nvarchar(200) NOT NULL,
  Events bigint NOT NULL,
  Bytes bigint NOT NULL,
  Bad bigint NOT NULL,
  CONSTRAINT PK_EventTally PRIMARY KEY (Kind, HourAt, Subject)
);
CREATE INDEX IX_EventTally_HourAt ON EventTally (HourAt);

-- QueueSample: the queue by minute and class. Depth, Bytes, OldestSeconds: as last seen in the minute. Entered, Settled: added up over all nodes.
CREATE TABLE QueueSample (
  MinuteAt datetime2(3) NOT NULL,
  QueueName nvarchar(10) NOT NULL,
  Depth bigint NOT NULL,
  Bytes bigint NOT NULL,
  OldestSeconds bigint NOT NULL,
  Entered bigint NOT NULL,
  Settled bigint NOT NULL,
  CONSTRAINT PK_QueueSample PRIMARY KEY (MinuteAt, QueueName)
);

-- BadEvent: a narrow row for each bad event of the queue beside it, so that a hundred thousand can be searched. Id: of EventQueueEntry. ReasonGroup: the reason without names and numbers.
CREATE TABLE BadEvent (
  Id bigint NOT NULL,
  QueueName nvarchar(10) NOT NULL,
  SenderGuid uniqueidentifier NULL,
  ReceivedAt datetime2(3) NOT NULL,
  PutAsideAt datetime2(3) NOT NULL,
  Size bigint NOT NULL,
  Attempts int NOT NULL,
  SentTo nvarchar(100) NOT NULL,
  ClassLabel nvarchar(200) NOT NULL,
  ReasonGroup nvarchar(200) NOT NULL,
  Reason nvarchar(1000) NOT NULL,
  CONSTRAINT PK_BadEvent PRIMARY KEY (Id)
);
CREATE INDEX IX_BadEvent_Sender ON BadEvent (SenderGuid, Id);
CREATE INDEX IX_BadEvent_ReasonGroup ON BadEvent (ReasonGroup, Id);
CREATE INDEX IX_BadEvent_SentTo ON BadEvent (SentTo, Id);
CREATE INDEX IX_BadEvent_Size ON BadEvent (Size, Id);

INSERT INTO BadEvent (Id, QueueName, SenderGuid, ReceivedAt, PutAsideAt, Size, Attempts, SentTo, ClassLabel, ReasonGroup, Reason)
SELECT Id, QueueName, SenderGuid, ReceivedAt, ReceivedAt, Size, Attempts, N'', N'', N'Put aside by an earlier version', COALESCE(Reason, N'')
FROM EventQueueEntry WHERE ProcessingState = 2;

-- A year of events and of changes, unless somebody wants more or less.
UPDATE DataClass SET KeepDays = 365 WHERE Kind = N'event' AND KeepDays IS NULL;
UPDATE DataClass SET HistoryKeepDays = 365 WHERE HasHistory = 1 AND HistoryKeepDays IS NULL;

-- The purge of these goes by time alone.
CREATE INDEX IX_Timeline_At ON Timeline (At);
