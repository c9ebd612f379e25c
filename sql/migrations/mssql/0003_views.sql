-- Compatibility views for administrators' reports (cmdb.md): the vendor's names and columns, times in the server's local zone.

CREATE VIEW vResource AS
SELECT r.Guid, r.Name, r.ResourceTypeGuid, r.IsManaged, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.CreatedAt) AS CreatedDate, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.ModifiedAt) AS ModifiedDate
FROM Resource AS r
WHERE r.DeletedAt IS NULL;

CREATE VIEW RM_ResourceComputer AS
SELECT r.Guid, r.Name, r.ResourceTypeGuid, r.IsManaged, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.CreatedAt) AS CreatedDate, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), r.ModifiedAt) AS ModifiedDate
FROM Resource AS r
WHERE r.ResourceTypeGuid = '493435f7-3b17-4c4c-b07f-c23e7ab7781f' AND r.DeletedAt IS NULL;

CREATE VIEW vComputer AS
SELECT r.Guid, r.Name, c.Domain, c.IpAddress AS [IP Address], c.MacAddress AS [MAC Address], c.OsName AS [OS Name], c.OsVersion AS [OS Revision], c.UserName AS [User], c.SystemType AS [System Type], c.AgentVersion AS [Agent Version], r.IsManaged
FROM Resource AS r
JOIN Computer AS c ON c.ResourceGuid = r.Guid
WHERE r.DeletedAt IS NULL;

CREATE VIEW vComputerResource AS
SELECT r.Guid, r.Name, r.IsManaged
FROM Resource AS r
WHERE r.ResourceTypeGuid = '493435f7-3b17-4c4c-b07f-c23e7ab7781f' AND r.DeletedAt IS NULL;

CREATE VIEW vUser AS
SELECT r.Guid, r.Name
FROM Resource AS r
WHERE r.ResourceTypeGuid = '2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0001' AND r.DeletedAt IS NULL;

CREATE VIEW ItemResource AS
SELECT r.Guid, r.Name, r.ResourceTypeGuid
FROM Resource AS r
WHERE r.DeletedAt IS NULL;

CREATE VIEW ResourceUpdateSummary AS
SELECT u.ResourceGuid, u.InventoryClassGuid, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), u.CreatedAt) AS CreatedDate, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), u.ModifiedAt) AS ModifiedDate, u.[RowCount]
FROM ResourceUpdate AS u;

CREATE VIEW SWDPackage AS
SELECT p.Guid AS PackageId, i.Name, i.Description, p.Publisher, p.Language, p.VersionText AS [Version], p.CurrentVersion AS [Package Version], p.SourcePath AS [Package Location], p.State AS [Status], DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), i.ModifiedAt) AS ModifiedDate
FROM Package AS p
JOIN Item AS i ON i.Guid = p.Guid;

CREATE VIEW SWDPackageCodebase AS
SELECT p.Guid AS PackageId, u.Value + N'/Altiris/PackageShare/{' + LOWER(CAST(p.Guid AS nvarchar(36))) + N'}/' + CAST(p.CurrentVersion AS nvarchar(12)) AS URL, N'NS' AS Source, u.Value + N'/Altiris/NS/Agent/GetPackageSnapshot.aspx?package=%7B' + LOWER(CAST(p.Guid AS nvarchar(36))) + N'%7D' AS Snapshot
FROM Package AS p
JOIN Setting AS u ON u.Name = N'server.publicUrl'
WHERE p.CurrentVersion IS NOT NULL AND p.IsEnabled = 1;

CREATE VIEW Evt_AeX_SWD_Execution AS
SELECT e.Id AS _id, e.ResourceGuid AS _ResourceGuid, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), e.EventAt) AS _eventTime, e.AdvertisementId, e.AdvertisementName, e.PackageId, e.PackageName AS [Package Name], e.ProgramName AS [Program Name], e.Status, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), e.StartAt) AS [Start], DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), e.EndAt) AS [End], e.ReturnCode
FROM SwdExecution AS e;

CREATE VIEW Evt_AeX_SWD_Package AS
SELECT e.Id AS _id, e.ResourceGuid AS _ResourceGuid, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), e.EventAt) AS _eventTime, e.PackageId, e.PackageName AS [Package Name], e.PackageVersion AS [Package Version], e.Status, e.AdvertisementId, e.Bytes, e.Source
FROM SwdPackageEvent AS e;

CREATE VIEW CollectionMembership AS
SELECT m.TargetGuid AS CollectionGuid, m.ResourceGuid
FROM TargetMember AS m
UNION ALL
SELECT t.Guid, r.Guid
FROM Target AS t
JOIN Resource AS r ON r.ResourceTypeGuid = '493435f7-3b17-4c4c-b07f-c23e7ab7781f' AND r.DeletedAt IS NULL
WHERE t.Kind = N'all';
