/** The event queue, what events said, and who sends them. */
import type { Generated } from 'kysely';
import type { Guid } from '../../../wire/guid.ts';
import type { Bit, Utc } from './values.ts';

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

/** Who sent how much in an hour. Kind: computer, captureItem, dataClass, policy. Subject empty: all others together. */
export interface EventTallyTable {
  Kind: string;
  HourAt: Utc;
  Subject: string;
  Events: number;
  Bytes: number;
  Bad: number;
}

export interface EventsTables {
  SwdExecution: SwdExecutionTable;
  SwdPackageEvent: SwdPackageEventTable;
  SwdStatus: SwdStatusTable;
  PackageServerEvent: PackageServerEventTable;
  TaskStatusEvent: TaskStatusEventTable;
  ClientLogOn: ClientLogOnTable;
  EventSenderRight: EventSenderRightTable;
  AppliedEvent: AppliedEventTable;
  EventQueueEntry: EventQueueEntryTable;
  EventTally: EventTallyTable;
  QueueSample: QueueSampleTable;
  BadEvent: BadEventTable;
}
