-- More compatibility views for administrators' reports (cmdb.md): the vendor's names and columns, times in the server's local zone.
-- vSiteServices and Inv_Client_Task_Resources have no rows until site servers and task agents report.

CREATE VIEW RM_ResourceUser AS
SELECT r.Guid, r.Name, r.ResourceTypeGuid, r.IsManaged, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.CreatedAt) AS CreatedDate, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.ModifiedAt) AS ModifiedDate
FROM Resource AS r
WHERE r.ResourceTypeGuid = '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0001' AND r.DeletedAt IS NULL;

CREATE VIEW RM_ResourceDepartment AS
SELECT r.Guid, r.Name, r.ResourceTypeGuid, r.IsManaged, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.CreatedAt) AS CreatedDate, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.ModifiedAt) AS ModifiedDate
FROM Resource AS r
WHERE r.ResourceTypeGuid = '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0004' AND r.DeletedAt IS NULL;

CREATE VIEW RM_ResourceLocation AS
SELECT r.Guid, r.Name, r.ResourceTypeGuid, r.IsManaged, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.CreatedAt) AS CreatedDate, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.ModifiedAt) AS ModifiedDate
FROM Resource AS r
WHERE r.ResourceTypeGuid = '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0005' AND r.DeletedAt IS NULL;

CREATE VIEW RM_ResourceCompany AS
SELECT r.Guid, r.Name, r.ResourceTypeGuid, r.IsManaged, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.CreatedAt) AS CreatedDate, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.ModifiedAt) AS ModifiedDate
FROM Resource AS r
WHERE r.ResourceTypeGuid = '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0006' AND r.DeletedAt IS NULL;

CREATE VIEW RM_ResourceAsset AS
SELECT r.Guid, r.Name, r.ResourceTypeGuid, r.IsManaged, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.CreatedAt) AS CreatedDate, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.ModifiedAt) AS ModifiedDate
FROM Resource AS r
WHERE r.ResourceTypeGuid = '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0007' AND r.DeletedAt IS NULL;

CREATE VIEW vRM_Computer_Item AS
SELECT r.Guid, r.Name, r.ResourceTypeGuid, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.CreatedAt) AS CreatedDate, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.ModifiedAt) AS ModifiedDate
FROM ResourceTypeHierarchy AS h
JOIN Resource AS r ON r.ResourceTypeGuid = h.ResourceTypeGuid
WHERE h.BaseResourceTypeGuid = '493435f7-3b17-4c4c-b07f-c23e7ab7781f' AND r.DeletedAt IS NULL;

CREATE VIEW vRM_User_Item AS
SELECT r.Guid, r.Name, r.ResourceTypeGuid, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.CreatedAt) AS CreatedDate, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.ModifiedAt) AS ModifiedDate
FROM ResourceTypeHierarchy AS h
JOIN Resource AS r ON r.ResourceTypeGuid = h.ResourceTypeGuid
WHERE h.BaseResourceTypeGuid = '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0001' AND r.DeletedAt IS NULL;

CREATE VIEW vRM_Department_Item AS
SELECT r.Guid, r.Name, r.ResourceTypeGuid, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.CreatedAt) AS CreatedDate, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.ModifiedAt) AS ModifiedDate
FROM ResourceTypeHierarchy AS h
JOIN Resource AS r ON r.ResourceTypeGuid = h.ResourceTypeGuid
WHERE h.BaseResourceTypeGuid = '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0004' AND r.DeletedAt IS NULL;

CREATE VIEW vRM_Location_Item AS
SELECT r.Guid, r.Name, r.ResourceTypeGuid, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.CreatedAt) AS CreatedDate, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.ModifiedAt) AS ModifiedDate
FROM ResourceTypeHierarchy AS h
JOIN Resource AS r ON r.ResourceTypeGuid = h.ResourceTypeGuid
WHERE h.BaseResourceTypeGuid = '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0005' AND r.DeletedAt IS NULL;

CREATE VIEW vRM_Company_Item AS
SELECT r.Guid, r.Name, r.ResourceTypeGuid, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.CreatedAt) AS CreatedDate, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.ModifiedAt) AS ModifiedDate
FROM ResourceTypeHierarchy AS h
JOIN Resource AS r ON r.ResourceTypeGuid = h.ResourceTypeGuid
WHERE h.BaseResourceTypeGuid = '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0006' AND r.DeletedAt IS NULL;

CREATE VIEW vRM_Asset_Item AS
SELECT r.Guid, r.Name, r.ResourceTypeGuid, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.CreatedAt) AS CreatedDate, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.ModifiedAt) AS ModifiedDate
FROM ResourceTypeHierarchy AS h
JOIN Resource AS r ON r.ResourceTypeGuid = h.ResourceTypeGuid
WHERE h.BaseResourceTypeGuid = '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0007' AND r.DeletedAt IS NULL;

CREATE VIEW vDepartment AS
SELECT r.Guid, r.Name
FROM Resource AS r
WHERE r.ResourceTypeGuid = '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0004' AND r.DeletedAt IS NULL;

CREATE VIEW [String] AS
SELECT i.Guid AS BaseGuid, N'item.name' AS StringRef, N'en' AS Culture, i.Name AS [String]
FROM Item AS i;

CREATE VIEW vSite AS
SELECT s.Guid, i.Name, i.Description, s.IsInternet, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), i.CreatedAt) AS CreatedDate, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), i.ModifiedAt) AS ModifiedDate
FROM Site AS s
JOIN Item AS i ON i.Guid = s.Guid;

CREATE VIEW vSubnet AS
SELECT n.Guid, n.Network AS Subnet, n.PrefixLength AS [Prefix Length], n.Name, n.SiteGuid, i.Name AS Site
FROM Subnet AS n
LEFT JOIN Item AS i ON i.Guid = n.SiteGuid;

CREATE VIEW SWDProgram AS
SELECT g.Guid AS ProgramId, g.PackageGuid AS PackageId, g.Name, g.Description, g.CommandLine AS [Command Line], g.SuccessCodes AS [Success Codes], g.RunAs AS [Run As]
FROM Program AS g;

CREATE VIEW SWDAdvertisement AS
SELECT p.Guid AS AdvertisementId, i.Name, i.Description, p.PackageGuid AS PackageId, p.ProgramGuid AS ProgramId, p.IsEnabled AS Enabled, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), i.ModifiedAt) AS ModifiedDate
FROM Policy AS p
JOIN Item AS i ON i.Guid = p.Guid
WHERE p.Kind = N'softwareDelivery';

CREATE VIEW SWDPackageServer AS
SELECT e.PackageId, e.ResourceGuid AS PkgSvrId, r.Name AS [Package Server], e.Status, e.PackageVersion AS [Package Version], e.Codebase, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), e.EventAt) AS ModifiedDate
FROM PackageServerEvent AS e
JOIN Resource AS r ON r.Guid = e.ResourceGuid
WHERE r.DeletedAt IS NULL AND NOT EXISTS (SELECT 1 FROM PackageServerEvent AS n WHERE n.PackageId = e.PackageId AND n.ResourceGuid = e.ResourceGuid AND n.Id > e.Id);

CREATE VIEW vSiteServices AS
SELECT CAST(NULL AS uniqueidentifier) AS Guid, CAST(NULL AS nvarchar(256)) AS [Host Name], CAST(NULL AS nvarchar(256)) AS [Primary DNS Suffix], CAST(NULL AS nvarchar(60)) AS Service
WHERE 1 = 0;

CREATE VIEW Inv_Client_Task_Resources AS
SELECT CAST(NULL AS bigint) AS _id, CAST(NULL AS uniqueidentifier) AS _ResourceGuid, CAST(NULL AS datetime) AS LastRegistered, CAST(NULL AS bit) AS HasTaskAgent
WHERE 1 = 0;

CREATE VIEW Evt_AeX_SWD_Status AS
SELECT e.Id AS _id, e.ResourceGuid AS _ResourceGuid, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), e.EventAt) AS _eventTime, e.AdvertisementId, e.AdvertisementName, e.PackageId, e.PackageName AS [Package Name], e.Status, e.Detail, e.ReturnCode
FROM SwdStatus AS e;

CREATE VIEW Evt_AeX_SWD_Package_Server_Status AS
SELECT e.Id AS _id, e.ResourceGuid AS _ResourceGuid, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), e.EventAt) AS _eventTime, e.PackageId, e.PackageVersion AS [Package Version], e.Status, e.Codebase
FROM PackageServerEvent AS e;

CREATE VIEW Evt_AeX_Client_Task_Status AS
SELECT e.Id AS _id, e.ResourceGuid AS _ResourceGuid, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), e.EventAt) AS _eventTime, e.TaskGuid AS TaskId, e.TaskInstanceGuid AS TaskInstanceId, e.TaskName AS [Task Name], e.Status, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), e.StartAt) AS [Start], DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), e.EndAt) AS [End], e.ReturnCode, e.Detail
FROM TaskStatusEvent AS e;

CREATE VIEW Evt_AeX_Client_LogOn AS
SELECT e.Id AS _id, e.ResourceGuid AS _ResourceGuid, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), e.EventAt) AS _eventTime, e.UserName AS [User], e.UserDomain AS [Domain], e.Event, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), e.LogOnAt) AS [Log On], DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), e.LogOffAt) AS [Log Off], e.DurationSeconds AS [Duration]
FROM ClientLogOn AS e;

-- Views of our own, for what has no name in the vendor's database.

CREATE VIEW vComputerContact AS
SELECT c.ResourceGuid AS Guid, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), c.LastContactAt) AS LastContact, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), c.LastPolicyAt) AS LastPolicyRequest, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), c.LastEventAt) AS LastEvent, c.LastAddress
FROM ComputerContact AS c;

CREATE VIEW vPolicyDelivery AS
SELECT d.PolicyGuid, i.Name AS Policy, d.ResourceGuid, r.Name AS Computer, d.PackageGuid, d.PackageVersion, d.Status, d.ReturnCode, d.Detail, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), d.UpdatedAt) AS UpdatedDate
FROM Delivery AS d
JOIN Resource AS r ON r.Guid = d.ResourceGuid
LEFT JOIN Item AS i ON i.Guid = d.PolicyGuid
WHERE r.DeletedAt IS NULL;

CREATE VIEW vInventoryHistory AS
SELECT h.Id, h.ResourceGuid, h.InventoryClassGuid, d.Name AS [Data Class], DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), h.At) AS ChangedDate, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), h.EventAt) AS SentDate, h.Change
FROM InventoryHistory AS h
JOIN DataClass AS d ON d.Guid = h.InventoryClassGuid;

CREATE VIEW vIdentityConflict AS
SELECT c.Guid, c.Kind, c.ResourceGuid, c.ResourceName AS Computer, c.OtherGuid, c.OtherName AS [Other Computer], c.State, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), c.FirstSeenAt) AS FirstSeen, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), c.LastSeenAt) AS LastSeen, c.TimesSeen
FROM IdentityConflict AS c;

CREATE VIEW vSpaceSample AS
SELECT DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), s.DayAt) AS [Day], s.TableName, s.[RowCount], s.Bytes, s.IsEstimate
FROM SpaceSample AS s;

CREATE VIEW vEventTally AS
SELECT DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), t.HourAt) AS [Hour], t.Kind, t.Subject, CASE WHEN t.Kind = N'computer' THEN TRY_CAST(t.Subject AS uniqueidentifier) END AS ResourceGuid, t.Events, t.Bytes, t.Bad
FROM EventTally AS t;

-- EventQueue: what waits, by queue. On the embedded CMDB the queue lies in a file of its own, and reports get its counts from the server.
CREATE VIEW EventQueue AS
SELECT e.QueueName AS Name, COUNT(*) AS Waiting, SUM(CAST(e.Size AS bigint)) AS Bytes, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), MIN(e.ReceivedAt)) AS OldestEvent
FROM EventQueueEntry AS e
WHERE e.ProcessingState < 2
GROUP BY e.QueueName;

-- All that a report can read lies in the schema reports; the role may read that and nothing else. The server adds a view
-- for every compatibility view and data class; these stand for tables that have other columns than reports expect.
CREATE ROLE ns_reports;

CREATE SCHEMA reports AUTHORIZATION dbo;

GRANT SELECT ON SCHEMA::reports TO ns_reports;

CREATE VIEW reports.Item AS
SELECT i.Guid, i.Name, i.Description, i.ClassGuid, i.ProductGuid, i.Attributes, i.CreatedBy, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), i.CreatedAt) AS CreatedDate, i.ModifiedBy, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), i.ModifiedAt) AS ModifiedDate, CAST(NULL AS nvarchar(max)) AS State
FROM dbo.Item AS i;

CREATE VIEW reports.ItemClass AS
SELECT i.Guid, i.ClassGuid, c.Name AS ClassName
FROM dbo.Item AS i
JOIN dbo.ItemClass AS c ON c.Guid = i.ClassGuid;

CREATE VIEW reports.EventQueueEntry AS
SELECT e.Id, e.QueueName, e.Priority, e.SenderGuid, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), e.ReceivedAt) AS ReceivedDate, e.Size, e.ProcessingState, e.Attempts, e.Reason
FROM dbo.EventQueueEntry AS e;
