-- The rest of basic inventory, classes of asset data, tables of the events that more capture items take, and what an
-- administrator may say about a data class.

-- DataClass: days and rows NULL: kept for ever. KeepRows: rows of an event class that are kept of each resource.
ALTER TABLE DataClass ADD IsBuiltIn bit NOT NULL CONSTRAINT DF_DataClass_IsBuiltIn DEFAULT 0;
ALTER TABLE DataClass ADD HasHistory bit NOT NULL CONSTRAINT DF_DataClass_HasHistory DEFAULT 0;
ALTER TABLE DataClass ADD HistoryKeepDays int NULL;
ALTER TABLE DataClass ADD KeepDays int NULL;
ALTER TABLE DataClass ADD KeepRows int NULL;
-- IsVolatile: differs in every event (the time of it, say), so it counts neither as a change nor in the history.
ALTER TABLE DataClassColumn ADD IsVolatile bit NOT NULL CONSTRAINT DF_DataClassColumn_IsVolatile DEFAULT 0;
-- IsExclusive: the children that an event names for a parent take the place of those that were there.
ALTER TABLE ResourceAssociationType ADD IsExclusive bit NOT NULL CONSTRAINT DF_ResourceAssociationType_IsExclusive DEFAULT 0;

UPDATE DataClass SET IsBuiltIn = 1, HasHistory = 1;

UPDATE DataClassColumn SET IsVolatile = 1 WHERE DataClassGuid = '9e6f402a-6a45-4cba-9299-c2323f73a506' AND Name = N'Client Date';

UPDATE ResourceAssociationType SET IsExclusive = 1 WHERE Guid <> 'dc4689d9-1d2d-47cc-bf65-fd9437d08ed5';

INSERT INTO DataClass (Guid, Name, DataTableName, Kind, IsMultiRow, Description, IsBuiltIn, HasHistory) VALUES
  ('5d5d5d5d-0000-4000-8000-000000000206', N'AeX AC Client Connectivity', N'Inv_AeX_AC_Client_Connectivity', N'inventory', 0, N'', 1, 1),
  ('5d5d5d5d-0000-4000-8000-000000000207', N'AeX AC NT Services', N'Inv_AeX_AC_NT_Services', N'inventory', 1, N'', 1, 1),
  ('5d5d5d5d-0000-4000-8000-000000000208', N'AeX AC Roles', N'Inv_AeX_AC_Roles', N'inventory', 1, N'', 1, 1),
  ('5d5d5d5d-0000-4000-8000-000000000209', N'AeX AC TCPIPv6', N'Inv_AeX_AC_TCPIPv6', N'inventory', 1, N'', 1, 1),
  ('5d5d5d5d-0000-4000-8000-000000000210', N'AeX AC Machine Usage', N'Inv_AeX_AC_Machine_Usage', N'inventory', 1, N'Who used the computer and how long, by month; computed daily from log-on events.', 1, 0),
  ('0cd0318b-ad51-4d38-8ea3-2612d12189de', N'Ownership Details', N'Inv_Ownership_Details', N'inventory', 1, N'Owners of an asset; written together with the association Asset User Owner.', 1, 1),
  ('b9d54fd2-0863-4aa9-9909-ad2fab9bdaec', N'Computer Model', N'Inv_Computer_Model', N'inventory', 0, N'The class of the published asset example; only its column 2 is known.', 1, 1),
  ('5d5d5d5d-0000-4000-8000-000000000117', N'AeX SWD Execution', N'Evt_AeX_SWD_Execution', N'event', 1, N'', 1, 0),
  ('5d5d5d5d-0000-4000-8000-000000000119', N'AeX SWD Package', N'Evt_AeX_SWD_Package', N'event', 1, N'', 1, 0),
  ('5d5d5d5d-0000-4000-8000-000000000120', N'AeX SWD Status', N'Evt_AeX_SWD_Status', N'event', 1, N'', 1, 0),
  ('5d5d5d5d-0000-4000-8000-000000000118', N'AeX SWD Package Server Status', N'Evt_AeX_SWD_Package_Server_Status', N'event', 1, N'', 1, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', N'AeX Client Task Status', N'Evt_AeX_Client_Task_Status', N'event', 1, N'', 1, 0),
  ('5d5d5d5d-0000-4000-8000-000000000122', N'AeX Client LogOn', N'Evt_AeX_Client_LogOn', N'event', 1, N'', 1, 0);

INSERT INTO DataClassColumn (DataClassGuid, Position, Name, DataType, MaxLength, IsVolatile) VALUES
  ('5d5d5d5d-0000-4000-8000-000000000206', 0, N'Server', N'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000206', 1, N'Port', N'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000206', 2, N'Protocol', N'text', 10, 0),
  ('5d5d5d5d-0000-4000-8000-000000000206', 3, N'Connection Type', N'text', 60, 0),
  ('5d5d5d5d-0000-4000-8000-000000000206', 4, N'Proxy', N'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000206', 5, N'Local Address', N'text', 45, 0),
  ('5d5d5d5d-0000-4000-8000-000000000206', 6, N'Time Zone Offset', N'text', 10, 0),
  ('5d5d5d5d-0000-4000-8000-000000000206', 7, N'Last Connected', N'text', 60, 1),
  ('5d5d5d5d-0000-4000-8000-000000000207', 0, N'Name', N'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000207', 1, N'Display Name', N'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000207', 2, N'State', N'text', 60, 0),
  ('5d5d5d5d-0000-4000-8000-000000000207', 3, N'Start Mode', N'text', 60, 0),
  ('5d5d5d5d-0000-4000-8000-000000000207', 4, N'Account', N'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000207', 5, N'Path', N'text', 1024, 0),
  ('5d5d5d5d-0000-4000-8000-000000000208', 0, N'Role', N'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000208', 1, N'Detail', N'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 0, N'Host Name', N'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 1, N'Adapter', N'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 2, N'IP Address', N'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 3, N'Prefix Length', N'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 4, N'Scope', N'text', 20, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 5, N'MAC Address', N'text', 32, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 6, N'Default Gateway', N'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 7, N'DNS Server 1', N'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 8, N'DNS Server 2', N'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000210', 0, N'Month', N'text', 20, 0),
  ('5d5d5d5d-0000-4000-8000-000000000210', 1, N'Year', N'text', 10, 0),
  ('5d5d5d5d-0000-4000-8000-000000000210', 2, N'User', N'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000210', 3, N'Domain', N'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000210', 4, N'Hours', N'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000210', 5, N'Minutes', N'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000210', 6, N'Rank', N'int', NULL, 0),
  ('0cd0318b-ad51-4d38-8ea3-2612d12189de', 0, N'Owner', N'text', 64, 0),
  ('0cd0318b-ad51-4d38-8ea3-2612d12189de', 1, N'Ownership Percentage', N'int', NULL, 0),
  ('b9d54fd2-0863-4aa9-9909-ad2fab9bdaec', 2, N'Model', N'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 0, N'AdvertisementId', N'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 1, N'AdvertisementName', N'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 2, N'PackageId', N'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 3, N'Package Name', N'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 4, N'Status', N'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 5, N'Start', N'time', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 6, N'End', N'time', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 7, N'ReturnCode', N'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 8, N'Program Name', N'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000119', 0, N'PackageId', N'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000119', 1, N'Package Name', N'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000119', 2, N'Package Version', N'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000119', 3, N'Status', N'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000119', 4, N'AdvertisementId', N'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000119', 5, N'Bytes', N'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000119', 6, N'Source', N'text', 1000, 0),
  ('5d5d5d5d-0000-4000-8000-000000000120', 0, N'AdvertisementId', N'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000120', 1, N'AdvertisementName', N'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000120', 2, N'PackageId', N'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000120', 3, N'Package Name', N'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000120', 4, N'Status', N'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000120', 5, N'Detail', N'text', 1000, 0),
  ('5d5d5d5d-0000-4000-8000-000000000120', 6, N'ReturnCode', N'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000118', 0, N'PackageId', N'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000118', 1, N'Package Version', N'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000118', 2, N'Status', N'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000118', 3, N'Codebase', N'text', 1024, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 0, N'TaskId', N'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 1, N'TaskInstanceId', N'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 2, N'Task Name', N'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 3, N'Status', N'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 4, N'Start', N'time', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 5, N'End', N'time', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 6, N'ReturnCode', N'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 7, N'Detail', N'text', 1000, 0),
  ('5d5d5d5d-0000-4000-8000-000000000122', 0, N'User', N'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000122', 1, N'Domain', N'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000122', 2, N'Event', N'text', 60, 0),
  ('5d5d5d5d-0000-4000-8000-000000000122', 3, N'Log On', N'time', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000122', 4, N'Log Off', N'time', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000122', 5, N'Duration', N'int', NULL, 0);

-- Ours: no public source.
INSERT INTO ResourceType (Guid, Name) VALUES
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0004', N'Department'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0005', N'Location'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0006', N'Company'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0007', N'Asset'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0008', N'Fixed Asset Status');

INSERT INTO ResourceTypeHierarchy (ResourceTypeGuid, BaseResourceTypeGuid) VALUES
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0004', '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0004'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0005', '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0005'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0006', '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0006'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0007', '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0007'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0008', '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0008');

INSERT INTO ResourceTypeMergeKey (ResourceTypeGuid, KeyName, Strength) VALUES
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0001', N'uniqueid', 3),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0001', N'name.domain', 2),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0004', N'uniqueid', 3),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0005', N'uniqueid', 3),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0006', N'uniqueid', 3),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0007', N'uniqueid', 3),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0008', N'uniqueid', 3),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0007', N'serialnumber', 2);

INSERT INTO ResourceAssociationType (Guid, Name, IsExclusive) VALUES
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0101', N'Computer Primary User', 1);

CREATE TABLE Inv_AeX_AC_Client_Connectivity (
  _id bigint IDENTITY(1,1) NOT NULL,
  _ResourceGuid uniqueidentifier NOT NULL,
  [Server] nvarchar(256) NULL,
  [Port] bigint NULL,
  [Protocol] nvarchar(10) NULL,
  [Connection Type] nvarchar(60) NULL,
  [Proxy] nvarchar(256) NULL,
  [Local Address] nvarchar(45) NULL,
  [Time Zone Offset] nvarchar(10) NULL,
  [Last Connected] nvarchar(60) NULL,
  CONSTRAINT PK_Inv_AeX_AC_Client_Connectivity PRIMARY KEY (_id),
  CONSTRAINT FK_Inv_AeX_AC_Client_Connectivity_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_Inv_AeX_AC_Client_Connectivity_ResourceGuid ON Inv_AeX_AC_Client_Connectivity (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_NT_Services (
  _id bigint IDENTITY(1,1) NOT NULL,
  _ResourceGuid uniqueidentifier NOT NULL,
  [Name] nvarchar(256) NULL,
  [Display Name] nvarchar(256) NULL,
  [State] nvarchar(60) NULL,
  [Start Mode] nvarchar(60) NULL,
  [Account] nvarchar(256) NULL,
  [Path] nvarchar(1024) NULL,
  CONSTRAINT PK_Inv_AeX_AC_NT_Services PRIMARY KEY (_id),
  CONSTRAINT FK_Inv_AeX_AC_NT_Services_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_Inv_AeX_AC_NT_Services_ResourceGuid ON Inv_AeX_AC_NT_Services (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_Roles (
  _id bigint IDENTITY(1,1) NOT NULL,
  _ResourceGuid uniqueidentifier NOT NULL,
  [Role] nvarchar(256) NULL,
  [Detail] nvarchar(256) NULL,
  CONSTRAINT PK_Inv_AeX_AC_Roles PRIMARY KEY (_id),
  CONSTRAINT FK_Inv_AeX_AC_Roles_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_Inv_AeX_AC_Roles_ResourceGuid ON Inv_AeX_AC_Roles (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_TCPIPv6 (
  _id bigint IDENTITY(1,1) NOT NULL,
  _ResourceGuid uniqueidentifier NOT NULL,
  [Host Name] nvarchar(256) NULL,
  [Adapter] nvarchar(256) NULL,
  [IP Address] nvarchar(64) NULL,
  [Prefix Length] bigint NULL,
  [Scope] nvarchar(20) NULL,
  [MAC Address] nvarchar(32) NULL,
  [Default Gateway] nvarchar(64) NULL,
  [DNS Server 1] nvarchar(64) NULL,
  [DNS Server 2] nvarchar(64) NULL,
  CONSTRAINT PK_Inv_AeX_AC_TCPIPv6 PRIMARY KEY (_id),
  CONSTRAINT FK_Inv_AeX_AC_TCPIPv6_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_Inv_AeX_AC_TCPIPv6_ResourceGuid ON Inv_AeX_AC_TCPIPv6 (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_Machine_Usage (
  _id bigint IDENTITY(1,1) NOT NULL,
  _ResourceGuid uniqueidentifier NOT NULL,
  [Month] nvarchar(20) NULL,
  [Year] nvarchar(10) NULL,
  [User] nvarchar(256) NULL,
  [Domain] nvarchar(256) NULL,
  [Hours] bigint NULL,
  [Minutes] bigint NULL,
  [Rank] bigint NULL,
  CONSTRAINT PK_Inv_AeX_AC_Machine_Usage PRIMARY KEY (_id),
  CONSTRAINT FK_Inv_AeX_AC_Machine_Usage_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_Inv_AeX_AC_Machine_Usage_ResourceGuid ON Inv_AeX_AC_Machine_Usage (_ResourceGuid);

CREATE TABLE Inv_Ownership_Details (
  _id bigint IDENTITY(1,1) NOT NULL,
  _ResourceGuid uniqueidentifier NOT NULL,
  [Owner] nvarchar(64) NULL,
  [Ownership Percentage] bigint NULL,
  CONSTRAINT PK_Inv_Ownership_Details PRIMARY KEY (_id),
  CONSTRAINT FK_Inv_Ownership_Details_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_Inv_Ownership_Details_ResourceGuid ON Inv_Ownership_Details (_ResourceGuid);

CREATE TABLE Inv_Computer_Model (
  _id bigint IDENTITY(1,1) NOT NULL,
  _ResourceGuid uniqueidentifier NOT NULL,
  [Model] nvarchar(256) NULL,
  CONSTRAINT PK_Inv_Computer_Model PRIMARY KEY (_id),
  CONSTRAINT FK_Inv_Computer_Model_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_Inv_Computer_Model_ResourceGuid ON Inv_Computer_Model (_ResourceGuid);

-- SwdStatus: base of Evt_AeX_SWD_Status: what a policy came to on a computer.
CREATE TABLE SwdStatus (
  Id bigint IDENTITY(1,1) NOT NULL,
  ResourceGuid uniqueidentifier NOT NULL,
  EventAt datetime2(3) NOT NULL,
  AdvertisementId uniqueidentifier NULL,
  AdvertisementName nvarchar(255) NOT NULL,
  PackageId uniqueidentifier NULL,
  PackageName nvarchar(255) NOT NULL,
  Status nvarchar(255) NOT NULL,
  Detail nvarchar(1000) NOT NULL,
  ReturnCode int NULL,
  CONSTRAINT PK_SwdStatus PRIMARY KEY (Id),
  CONSTRAINT FK_SwdStatus_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_SwdStatus_Resource_EventAt ON SwdStatus (ResourceGuid, EventAt);
CREATE INDEX IX_SwdStatus_EventAt ON SwdStatus (EventAt);
CREATE INDEX IX_SwdStatus_Advertisement ON SwdStatus (AdvertisementId, EventAt);

-- PackageServerEvent: base of Evt_AeX_SWD_Package_Server_Status.
CREATE TABLE PackageServerEvent (
  Id bigint IDENTITY(1,1) NOT NULL,
  ResourceGuid uniqueidentifier NOT NULL,
  EventAt datetime2(3) NOT NULL,
  PackageId uniqueidentifier NULL,
  PackageVersion bigint NULL,
  Status nvarchar(255) NOT NULL,
  Codebase nvarchar(1024) NOT NULL,
  CONSTRAINT PK_PackageServerEvent PRIMARY KEY (Id),
  CONSTRAINT FK_PackageServerEvent_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_PackageServerEvent_Resource_EventAt ON PackageServerEvent (ResourceGuid, EventAt);
CREATE INDEX IX_PackageServerEvent_EventAt ON PackageServerEvent (EventAt);
CREATE INDEX IX_PackageServerEvent_Package ON PackageServerEvent (PackageId, EventAt);

-- TaskStatusEvent: base of Evt_AeX_Client_Task_Status.
CREATE TABLE TaskStatusEvent (
  Id bigint IDENTITY(1,1) NOT NULL,
  ResourceGuid uniqueidentifier NOT NULL,
  EventAt datetime2(3) NOT NULL,
  TaskGuid uniqueidentifier NULL,
  TaskInstanceGuid uniqueidentifier NULL,
  TaskName nvarchar(255) NOT NULL,
  Status nvarchar(255) NOT NULL,
  StartAt datetime2(3) NULL,
  EndAt datetime2(3) NULL,
  ReturnCode int NULL,
  Detail nvarchar(1000) NOT NULL,
  CONSTRAINT PK_TaskStatusEvent PRIMARY KEY (Id),
  CONSTRAINT FK_TaskStatusEvent_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_TaskStatusEvent_Resource_EventAt ON TaskStatusEvent (ResourceGuid, EventAt);
CREATE INDEX IX_TaskStatusEvent_EventAt ON TaskStatusEvent (EventAt);
CREATE INDEX IX_TaskStatusEvent_Instance ON TaskStatusEvent (TaskInstanceGuid, EventAt);

-- ClientLogOn: base of Evt_AeX_Client_LogOn. DurationSeconds counts once: a log-on row has none.
CREATE TABLE ClientLogOn (
  Id bigint IDENTITY(1,1) NOT NULL,
  ResourceGuid uniqueidentifier NOT NULL,
  EventAt datetime2(3) NOT NULL,
  UserName nvarchar(255) NOT NULL,
  UserDomain nvarchar(255) NOT NULL,
  Event nvarchar(60) NOT NULL,
  LogOnAt datetime2(3) NULL,
  LogOffAt datetime2(3) NULL,
  DurationSeconds bigint NULL,
  CONSTRAINT PK_ClientLogOn PRIMARY KEY (Id),
  CONSTRAINT FK_ClientLogOn_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_ClientLogOn_Resource_EventAt ON ClientLogOn (ResourceGuid, EventAt);
CREATE INDEX IX_ClientLogOn_EventAt ON ClientLogOn (EventAt);

-- EventSenderRight: computers that may send data of other resources than themselves. No foreign key: a right whose computer
-- is gone is worth nothing, and need not be found before a computer can go.
CREATE TABLE EventSenderRight (
  ResourceGuid uniqueidentifier NOT NULL,
  Note nvarchar(500) NOT NULL,
  CreatedAt datetime2(3) NOT NULL,
  CreatedBy nvarchar(255) NOT NULL,
  CONSTRAINT PK_EventSenderRight PRIMARY KEY (ResourceGuid)
);
