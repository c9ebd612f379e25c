-- The rest of basic inventory, classes of asset data, tables of the events that more capture items take, and what an
-- administrator may say about a data class.

-- DataClass: days and rows NULL: kept for ever. KeepRows: rows of an event class that are kept of each resource.
ALTER TABLE DataClass ADD COLUMN IsBuiltIn INTEGER NOT NULL DEFAULT 0;
ALTER TABLE DataClass ADD COLUMN HasHistory INTEGER NOT NULL DEFAULT 0;
ALTER TABLE DataClass ADD COLUMN HistoryKeepDays INTEGER;
ALTER TABLE DataClass ADD COLUMN KeepDays INTEGER;
ALTER TABLE DataClass ADD COLUMN KeepRows INTEGER;
-- IsVolatile: differs in every event (the time of it, say), so it counts neither as a change nor in the history.
ALTER TABLE DataClassColumn ADD COLUMN IsVolatile INTEGER NOT NULL DEFAULT 0;
-- IsExclusive: the children that an event names for a parent take the place of those that were there.
ALTER TABLE ResourceAssociationType ADD COLUMN IsExclusive INTEGER NOT NULL DEFAULT 0;

UPDATE DataClass SET IsBuiltIn = 1, HasHistory = 1;

UPDATE DataClassColumn SET IsVolatile = 1 WHERE DataClassGuid = '9e6f402a-6a45-4cba-9299-c2323f73a506' AND Name = 'Client Date';

UPDATE ResourceAssociationType SET IsExclusive = 1 WHERE Guid <> 'dc4689d9-1d2d-47cc-bf65-fd9437d08ed5';

INSERT INTO DataClass (Guid, Name, DataTableName, Kind, IsMultiRow, Description, IsBuiltIn, HasHistory) VALUES
  ('5d5d5d5d-0000-4000-8000-000000000206', 'AeX AC Client Connectivity', 'Inv_AeX_AC_Client_Connectivity', 'inventory', 0, '', 1, 1),
  ('5d5d5d5d-0000-4000-8000-000000000207', 'AeX AC NT Services', 'Inv_AeX_AC_NT_Services', 'inventory', 1, '', 1, 1),
  ('5d5d5d5d-0000-4000-8000-000000000208', 'AeX AC Roles', 'Inv_AeX_AC_Roles', 'inventory', 1, '', 1, 1),
  ('5d5d5d5d-0000-4000-8000-000000000209', 'AeX AC TCPIPv6', 'Inv_AeX_AC_TCPIPv6', 'inventory', 1, '', 1, 1),
  ('5d5d5d5d-0000-4000-8000-000000000210', 'AeX AC Machine Usage', 'Inv_AeX_AC_Machine_Usage', 'inventory', 1, 'Who used the computer and how long, by month; computed daily from log-on events.', 1, 0),
  ('0cd0318b-ad51-4d38-8ea3-2612d12189de', 'Ownership Details', 'Inv_Ownership_Details', 'inventory', 1, 'Owners of an asset; written together with the association Asset User Owner.', 1, 1),
  ('b9d54fd2-0863-4aa9-9909-ad2fab9bdaec', 'Computer Model', 'Inv_Computer_Model', 'inventory', 0, 'The class of the published asset example; only its column 2 is known.', 1, 1),
  ('5d5d5d5d-0000-4000-8000-000000000117', 'AeX SWD Execution', 'Evt_AeX_SWD_Execution', 'event', 1, '', 1, 0),
  ('5d5d5d5d-0000-4000-8000-000000000119', 'AeX SWD Package', 'Evt_AeX_SWD_Package', 'event', 1, '', 1, 0),
  ('5d5d5d5d-0000-4000-8000-000000000120', 'AeX SWD Status', 'Evt_AeX_SWD_Status', 'event', 1, '', 1, 0),
  ('5d5d5d5d-0000-4000-8000-000000000118', 'AeX SWD Package Server Status', 'Evt_AeX_SWD_Package_Server_Status', 'event', 1, '', 1, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 'AeX Client Task Status', 'Evt_AeX_Client_Task_Status', 'event', 1, '', 1, 0),
  ('5d5d5d5d-0000-4000-8000-000000000122', 'AeX Client LogOn', 'Evt_AeX_Client_LogOn', 'event', 1, '', 1, 0);

INSERT INTO DataClassColumn (DataClassGuid, Position, Name, DataType, MaxLength, IsVolatile) VALUES
  ('5d5d5d5d-0000-4000-8000-000000000206', 0, 'Server', 'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000206', 1, 'Port', 'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000206', 2, 'Protocol', 'text', 10, 0),
  ('5d5d5d5d-0000-4000-8000-000000000206', 3, 'Connection Type', 'text', 60, 0),
  ('5d5d5d5d-0000-4000-8000-000000000206', 4, 'Proxy', 'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000206', 5, 'Local Address', 'text', 45, 0),
  ('5d5d5d5d-0000-4000-8000-000000000206', 6, 'Time Zone Offset', 'text', 10, 0),
  ('5d5d5d5d-0000-4000-8000-000000000206', 7, 'Last Connected', 'text', 60, 1),
  ('5d5d5d5d-0000-4000-8000-000000000207', 0, 'Name', 'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000207', 1, 'Display Name', 'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000207', 2, 'State', 'text', 60, 0),
  ('5d5d5d5d-0000-4000-8000-000000000207', 3, 'Start Mode', 'text', 60, 0),
  ('5d5d5d5d-0000-4000-8000-000000000207', 4, 'Account', 'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000207', 5, 'Path', 'text', 1024, 0),
  ('5d5d5d5d-0000-4000-8000-000000000208', 0, 'Role', 'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000208', 1, 'Detail', 'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 0, 'Host Name', 'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 1, 'Adapter', 'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 2, 'IP Address', 'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 3, 'Prefix Length', 'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 4, 'Scope', 'text', 20, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 5, 'MAC Address', 'text', 32, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 6, 'Default Gateway', 'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 7, 'DNS Server 1', 'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000209', 8, 'DNS Server 2', 'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000210', 0, 'Month', 'text', 20, 0),
  ('5d5d5d5d-0000-4000-8000-000000000210', 1, 'Year', 'text', 10, 0),
  ('5d5d5d5d-0000-4000-8000-000000000210', 2, 'User', 'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000210', 3, 'Domain', 'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000210', 4, 'Hours', 'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000210', 5, 'Minutes', 'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000210', 6, 'Rank', 'int', NULL, 0),
  ('0cd0318b-ad51-4d38-8ea3-2612d12189de', 0, 'Owner', 'text', 64, 0),
  ('0cd0318b-ad51-4d38-8ea3-2612d12189de', 1, 'Ownership Percentage', 'int', NULL, 0),
  ('b9d54fd2-0863-4aa9-9909-ad2fab9bdaec', 2, 'Model', 'text', 256, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 0, 'AdvertisementId', 'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 1, 'AdvertisementName', 'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 2, 'PackageId', 'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 3, 'Package Name', 'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 4, 'Status', 'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 5, 'Start', 'time', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 6, 'End', 'time', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 7, 'ReturnCode', 'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000117', 8, 'Program Name', 'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000119', 0, 'PackageId', 'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000119', 1, 'Package Name', 'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000119', 2, 'Package Version', 'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000119', 3, 'Status', 'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000119', 4, 'AdvertisementId', 'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000119', 5, 'Bytes', 'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000119', 6, 'Source', 'text', 1000, 0),
  ('5d5d5d5d-0000-4000-8000-000000000120', 0, 'AdvertisementId', 'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000120', 1, 'AdvertisementName', 'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000120', 2, 'PackageId', 'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000120', 3, 'Package Name', 'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000120', 4, 'Status', 'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000120', 5, 'Detail', 'text', 1000, 0),
  ('5d5d5d5d-0000-4000-8000-000000000120', 6, 'ReturnCode', 'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000118', 0, 'PackageId', 'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000118', 1, 'Package Version', 'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000118', 2, 'Status', 'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000118', 3, 'Codebase', 'text', 1024, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 0, 'TaskId', 'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 1, 'TaskInstanceId', 'text', 64, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 2, 'Task Name', 'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 3, 'Status', 'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 4, 'Start', 'time', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 5, 'End', 'time', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 6, 'ReturnCode', 'int', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000121', 7, 'Detail', 'text', 1000, 0),
  ('5d5d5d5d-0000-4000-8000-000000000122', 0, 'User', 'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000122', 1, 'Domain', 'text', 255, 0),
  ('5d5d5d5d-0000-4000-8000-000000000122', 2, 'Event', 'text', 60, 0),
  ('5d5d5d5d-0000-4000-8000-000000000122', 3, 'Log On', 'time', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000122', 4, 'Log Off', 'time', NULL, 0),
  ('5d5d5d5d-0000-4000-8000-000000000122', 5, 'Duration', 'int', NULL, 0);

-- Ours: no public source.
INSERT INTO ResourceType (Guid, Name) VALUES
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0004', 'Department'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0005', 'Location'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0006', 'Company'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0007', 'Asset'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0008', 'Fixed Asset Status');

INSERT INTO ResourceTypeHierarchy (ResourceTypeGuid, BaseResourceTypeGuid) VALUES
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0004', '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0004'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0005', '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0005'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0006', '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0006'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0007', '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0007'),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0008', '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0008');

INSERT INTO ResourceTypeMergeKey (ResourceTypeGuid, KeyName, Strength) VALUES
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0001', 'uniqueid', 3),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0001', 'name.domain', 2),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0004', 'uniqueid', 3),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0005', 'uniqueid', 3),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0006', 'uniqueid', 3),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0007', 'uniqueid', 3),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0008', 'uniqueid', 3),
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0007', 'serialnumber', 2);

INSERT INTO ResourceAssociationType (Guid, Name, IsExclusive) VALUES
  ('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0101', 'Computer Primary User', 1);

CREATE TABLE Inv_AeX_AC_Client_Connectivity (
  _id INTEGER PRIMARY KEY AUTOINCREMENT,
  _ResourceGuid TEXT NOT NULL,
  [Server] TEXT,
  [Port] INTEGER,
  [Protocol] TEXT,
  [Connection Type] TEXT,
  [Proxy] TEXT,
  [Local Address] TEXT,
  [Time Zone Offset] TEXT,
  [Last Connected] TEXT,
  CONSTRAINT FK_Inv_AeX_AC_Client_Connectivity_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_Inv_AeX_AC_Client_Connectivity_ResourceGuid ON Inv_AeX_AC_Client_Connectivity (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_NT_Services (
  _id INTEGER PRIMARY KEY AUTOINCREMENT,
  _ResourceGuid TEXT NOT NULL,
  [Name] TEXT,
  [Display Name] TEXT,
  [State] TEXT,
  [Start Mode] TEXT,
  [Account] TEXT,
  [Path] TEXT,
  CONSTRAINT FK_Inv_AeX_AC_NT_Services_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_Inv_AeX_AC_NT_Services_ResourceGuid ON Inv_AeX_AC_NT_Services (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_Roles (
  _id INTEGER PRIMARY KEY AUTOINCREMENT,
  _ResourceGuid TEXT NOT NULL,
  [Role] TEXT,
  [Detail] TEXT,
  CONSTRAINT FK_Inv_AeX_AC_Roles_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_Inv_AeX_AC_Roles_ResourceGuid ON Inv_AeX_AC_Roles (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_TCPIPv6 (
  _id INTEGER PRIMARY KEY AUTOINCREMENT,
  _ResourceGuid TEXT NOT NULL,
  [Host Name] TEXT,
  [Adapter] TEXT,
  [IP Address] TEXT,
  [Prefix Length] INTEGER,
  [Scope] TEXT,
  [MAC Address] TEXT,
  [Default Gateway] TEXT,
  [DNS Server 1] TEXT,
  [DNS Server 2] TEXT,
  CONSTRAINT FK_Inv_AeX_AC_TCPIPv6_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_Inv_AeX_AC_TCPIPv6_ResourceGuid ON Inv_AeX_AC_TCPIPv6 (_ResourceGuid);

CREATE TABLE Inv_AeX_AC_Machine_Usage (
  _id INTEGER PRIMARY KEY AUTOINCREMENT,
  _ResourceGuid TEXT NOT NULL,
  [Month] TEXT,
  [Year] TEXT,
  [User] TEXT,
  [Domain] TEXT,
  [Hours] INTEGER,
  [Minutes] INTEGER,
  [Rank] INTEGER,
  CONSTRAINT FK_Inv_AeX_AC_Machine_Usage_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_Inv_AeX_AC_Machine_Usage_ResourceGuid ON Inv_AeX_AC_Machine_Usage (_ResourceGuid);

CREATE TABLE Inv_Ownership_Details (
  _id INTEGER PRIMARY KEY AUTOINCREMENT,
  _ResourceGuid TEXT NOT NULL,
  [Owner] TEXT,
  [Ownership Percentage] INTEGER,
  CONSTRAINT FK_Inv_Ownership_Details_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_Inv_Ownership_Details_ResourceGuid ON Inv_Ownership_Details (_ResourceGuid);

CREATE TABLE Inv_Computer_Model (
  _id INTEGER PRIMARY KEY AUTOINCREMENT,
  _ResourceGuid TEXT NOT NULL,
  [Model] TEXT,
  CONSTRAINT FK_Inv_Computer_Model_Resource FOREIGN KEY (_ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_Inv_Computer_Model_ResourceGuid ON Inv_Computer_Model (_ResourceGuid);

-- SwdStatus: base of Evt_AeX_SWD_Status: what a policy came to on a computer.
CREATE TABLE SwdStatus (
  Id INTEGER PRIMARY KEY AUTOINCREMENT,
  ResourceGuid TEXT NOT NULL,
  EventAt TEXT NOT NULL,
  AdvertisementId TEXT,
  AdvertisementName TEXT NOT NULL,
  PackageId TEXT,
  PackageName TEXT NOT NULL,
  Status TEXT NOT NULL,
  Detail TEXT NOT NULL,
  ReturnCode INTEGER,
  CONSTRAINT FK_SwdStatus_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_SwdStatus_Resource_EventAt ON SwdStatus (ResourceGuid, EventAt);
CREATE INDEX IX_SwdStatus_EventAt ON SwdStatus (EventAt);
CREATE INDEX IX_SwdStatus_Advertisement ON SwdStatus (AdvertisementId, EventAt);

-- PackageServerEvent: base of Evt_AeX_SWD_Package_Server_Status.
CREATE TABLE PackageServerEvent (
  Id INTEGER PRIMARY KEY AUTOINCREMENT,
  ResourceGuid TEXT NOT NULL,
  EventAt TEXT NOT NULL,
  PackageId TEXT,
  PackageVersion INTEGER,
  Status TEXT NOT NULL,
  Codebase TEXT NOT NULL,
  CONSTRAINT FK_PackageServerEvent_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_PackageServerEvent_Resource_EventAt ON PackageServerEvent (ResourceGuid, EventAt);
CREATE INDEX IX_PackageServerEvent_EventAt ON PackageServerEvent (EventAt);
CREATE INDEX IX_PackageServerEvent_Package ON PackageServerEvent (PackageId, EventAt);

-- TaskStatusEvent: base of Evt_AeX_Client_Task_Status.
CREATE TABLE TaskStatusEvent (
  Id INTEGER PRIMARY KEY AUTOINCREMENT,
  ResourceGuid TEXT NOT NULL,
  EventAt TEXT NOT NULL,
  TaskGuid TEXT,
  TaskInstanceGuid TEXT,
  TaskName TEXT NOT NULL,
  Status TEXT NOT NULL,
  StartAt TEXT,
  EndAt TEXT,
  ReturnCode INTEGER,
  Detail TEXT NOT NULL,
  CONSTRAINT FK_TaskStatusEvent_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_TaskStatusEvent_Resource_EventAt ON TaskStatusEvent (ResourceGuid, EventAt);
CREATE INDEX IX_TaskStatusEvent_EventAt ON TaskStatusEvent (EventAt);
CREATE INDEX IX_TaskStatusEvent_Instance ON TaskStatusEvent (TaskInstanceGuid, EventAt);

-- ClientLogOn: base of Evt_AeX_Client_LogOn. DurationSeconds counts once: a log-on row has none.
CREATE TABLE ClientLogOn (
  Id INTEGER PRIMARY KEY AUTOINCREMENT,
  ResourceGuid TEXT NOT NULL,
  EventAt TEXT NOT NULL,
  UserName TEXT NOT NULL COLLATE NOCASE,
  UserDomain TEXT NOT NULL COLLATE NOCASE,
  Event TEXT NOT NULL,
  LogOnAt TEXT,
  LogOffAt TEXT,
  DurationSeconds INTEGER,
  CONSTRAINT FK_ClientLogOn_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_ClientLogOn_Resource_EventAt ON ClientLogOn (ResourceGuid, EventAt);
CREATE INDEX IX_ClientLogOn_EventAt ON ClientLogOn (EventAt);

-- EventSenderRight: computers that may send data of other resources than themselves. No foreign key: a right whose computer
-- is gone is worth nothing, and need not be found before a computer can go.
CREATE TABLE EventSenderRight (
  ResourceGuid TEXT NOT NULL,
  Note TEXT NOT NULL,
  CreatedAt TEXT NOT NULL,
  CreatedBy TEXT NOT NULL,
  CONSTRAINT PK_EventSenderRight PRIMARY KEY (ResourceGuid)
) STRICT;
