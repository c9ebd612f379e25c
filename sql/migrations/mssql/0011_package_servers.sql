-- Package servers: who they are, which packages they are to hold, what they hold, and where agents go when none has a package.

-- Site: Fallback: server, site or none. FallbackMinutes: how long an agent must have tried; 0: at once.
ALTER TABLE Site ADD FallbackSiteGuid uniqueidentifier NULL;
ALTER TABLE Site ADD FallbackMinutes int NOT NULL CONSTRAINT DF_Site_FallbackMinutes DEFAULT 0;

-- PackageServer: computers with the package service: what people set. KeySalt goes into the key of its download tokens. VerifyCount and ResyncCount rise with each order.
CREATE TABLE PackageServer (
  ResourceGuid uniqueidentifier NOT NULL,
  KeySalt nvarchar(32) NOT NULL,
  IsEnabled bit NOT NULL,
  IsDraining bit NOT NULL,
  IsConstrained bit NOT NULL,
  IsProbed bit NOT NULL,
  IsHttpPublished bit NOT NULL,
  IsHttpsPublished bit NOT NULL,
  MinFreeDiskMb int NOT NULL,
  UnusedAfterHours int NOT NULL,
  KeepOldHours int NOT NULL,
  ThrottleKb int NOT NULL,
  VerifyCount int NOT NULL,
  ResyncCount int NOT NULL,
  CreatedAt datetime2(3) NOT NULL,
  ModifiedAt datetime2(3) NOT NULL,
  CONSTRAINT PK_PackageServer PRIMARY KEY (ResourceGuid)
);

-- PackageServerSite: sites that it serves; without a row, the site of its address.
CREATE TABLE PackageServerSite (
  ResourceGuid uniqueidentifier NOT NULL,
  SiteGuid uniqueidentifier NOT NULL,
  CONSTRAINT PK_PackageServerSite PRIMARY KEY (ResourceGuid, SiteGuid),
  CONSTRAINT FK_PackageServerSite_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES PackageServer (ResourceGuid),
  CONSTRAINT FK_PackageServerSite_SiteGuid FOREIGN KEY (SiteGuid) REFERENCES Site (Guid)
);
CREATE INDEX IX_PackageServerSite_SiteGuid ON PackageServerSite (SiteGuid);

-- PackageServerReport: what a package server says of itself, and what a look at it found. Addresses: separated by blanks. Digest: of what it holds, as last told in full.
CREATE TABLE PackageServerReport (
  ResourceGuid uniqueidentifier NOT NULL,
  ReportedAt datetime2(3) NOT NULL,
  Version nvarchar(60) NOT NULL,
  Addresses nvarchar(2000) NOT NULL,
  HttpUrl nvarchar(400) NOT NULL,
  HttpsUrl nvarchar(400) NOT NULL,
  Pin nvarchar(64) NOT NULL,
  FreeBytes bigint NOT NULL,
  TotalBytes bigint NOT NULL,
  StoredBytes bigint NOT NULL,
  Digest nvarchar(64) NOT NULL,
  ClientCount int NOT NULL,
  ProbedAt datetime2(3) NULL,
  ProbeProblem nvarchar(1000) NOT NULL,
  CONSTRAINT PK_PackageServerReport PRIMARY KEY (ResourceGuid),
  CONSTRAINT FK_PackageServerReport_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES PackageServer (ResourceGuid)
);

-- PackageHolding: a package on a package server. HeldVersion, HeldHash: its newest complete version. Versions: all complete ones, separated by blanks. State: ready, waiting, downloading, failed.
CREATE TABLE PackageHolding (
  ResourceGuid uniqueidentifier NOT NULL,
  PackageGuid uniqueidentifier NOT NULL,
  HeldVersion int NULL,
  HeldHash nvarchar(64) NOT NULL,
  Versions nvarchar(1000) NOT NULL,
  State nvarchar(20) NOT NULL,
  Detail nvarchar(1000) NOT NULL,
  DoneBytes bigint NOT NULL,
  TotalBytes bigint NOT NULL,
  ChangedAt datetime2(3) NOT NULL,
  ProbedAt datetime2(3) NULL,
  ProbeProblem nvarchar(1000) NOT NULL,
  CONSTRAINT PK_PackageHolding PRIMARY KEY (ResourceGuid, PackageGuid),
  CONSTRAINT FK_PackageHolding_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES PackageServer (ResourceGuid),
  CONSTRAINT FK_PackageHolding_PackageGuid FOREIGN KEY (PackageGuid) REFERENCES Package (Guid)
);
CREATE INDEX IX_PackageHolding_PackageGuid ON PackageHolding (PackageGuid);

-- PackageDistribution: Mode: all, servers, sites or automatic; a package without a row goes to all.
CREATE TABLE PackageDistribution (
  PackageGuid uniqueidentifier NOT NULL,
  Mode nvarchar(20) NOT NULL,
  CONSTRAINT PK_PackageDistribution PRIMARY KEY (PackageGuid),
  CONSTRAINT FK_PackageDistribution_PackageGuid FOREIGN KEY (PackageGuid) REFERENCES Package (Guid)
);

CREATE TABLE PackageDistributionServer (
  PackageGuid uniqueidentifier NOT NULL,
  ResourceGuid uniqueidentifier NOT NULL,
  CONSTRAINT PK_PackageDistributionServer PRIMARY KEY (PackageGuid, ResourceGuid),
  CONSTRAINT FK_PackageDistributionServer_PackageGuid FOREIGN KEY (PackageGuid) REFERENCES Package (Guid),
  CONSTRAINT FK_PackageDistributionServer_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES PackageServer (ResourceGuid)
);
CREATE INDEX IX_PackageDistributionServer_ResourceGuid ON PackageDistributionServer (ResourceGuid);

-- PackageDistributionSite: IsAutomatic: because an agent of the site asked for the package, not because somebody said so.
CREATE TABLE PackageDistributionSite (
  PackageGuid uniqueidentifier NOT NULL,
  SiteGuid uniqueidentifier NOT NULL,
  IsAutomatic bit NOT NULL,
  AddedAt datetime2(3) NOT NULL,
  CONSTRAINT PK_PackageDistributionSite PRIMARY KEY (PackageGuid, SiteGuid),
  CONSTRAINT FK_PackageDistributionSite_PackageGuid FOREIGN KEY (PackageGuid) REFERENCES Package (Guid),
  CONSTRAINT FK_PackageDistributionSite_SiteGuid FOREIGN KEY (SiteGuid) REFERENCES Site (Guid)
);
CREATE INDEX IX_PackageDistributionSite_SiteGuid ON PackageDistributionSite (SiteGuid);

DROP VIEW SWDPackageServer;
CREATE VIEW SWDPackageServer AS
SELECT h.PackageGuid AS PackageId, h.ResourceGuid AS PkgSvrId, r.Name AS [Package Server],
  CASE
    WHEN h.State = N'failed' OR h.ProbeProblem <> N'' THEN N'Invalid'
    WHEN h.HeldHash = s.Hash AND h.HeldVersion = p.CurrentVersion THEN N'Ready'
    WHEN h.State = N'downloading' THEN N'Downloading'
    WHEN h.HeldVersion IS NOT NULL THEN N'Stale'
    ELSE N'Pending'
  END AS Status,
  h.HeldVersion AS [Package Version], CASE WHEN t.HttpsUrl <> N'' THEN t.HttpsUrl ELSE t.HttpUrl END AS Codebase, DATEADD(minute, DATEDIFF(minute, GETUTCDATE(), GETDATE()), h.ChangedAt) AS ModifiedDate
FROM PackageHolding AS h
JOIN PackageServer AS w ON w.ResourceGuid = h.ResourceGuid
JOIN Resource AS r ON r.Guid = h.ResourceGuid
JOIN Package AS p ON p.Guid = h.PackageGuid
LEFT JOIN Snapshot AS s ON s.PackageGuid = p.Guid AND s.Version = p.CurrentVersion
LEFT JOIN PackageServerReport AS t ON t.ResourceGuid = h.ResourceGuid
WHERE r.DeletedAt IS NULL;

DROP VIEW vSiteServices;
CREATE VIEW vSiteServices AS
SELECT w.ResourceGuid AS Guid, c.Name AS [Host Name], c.Domain AS [Primary DNS Suffix], N'Package Service' AS Service
FROM PackageServer AS w
JOIN Computer AS c ON c.ResourceGuid = w.ResourceGuid
JOIN Resource AS r ON r.Guid = w.ResourceGuid
WHERE w.IsEnabled = 1 AND r.DeletedAt IS NULL;

DROP VIEW SWDPackageCodebase;
CREATE VIEW SWDPackageCodebase AS
SELECT p.Guid AS PackageId, u.Value + N'/Altiris/PackageShare/{' + LOWER(CAST(p.Guid AS nvarchar(36))) + N'}/' + CAST(p.CurrentVersion AS nvarchar(12)) AS URL, N'NS' AS Source, u.Value + N'/Altiris/NS/Agent/GetPackageSnapshot.aspx?package=%7B' + LOWER(CAST(p.Guid AS nvarchar(36))) + N'%7D' AS Snapshot
FROM Package AS p
JOIN Setting AS u ON u.Name = N'server.publicUrl'
WHERE p.CurrentVersion IS NOT NULL AND p.IsEnabled = 1
UNION ALL
SELECT p.Guid, CASE WHEN t.HttpsUrl <> N'' THEN t.HttpsUrl ELSE t.HttpUrl END + N'/Altiris/PS/Share/{' + LOWER(CAST(p.Guid AS nvarchar(36))) + N'}/' + CAST(p.CurrentVersion AS nvarchar(12)), r.Name, u.Value + N'/Altiris/NS/Agent/GetPackageSnapshot.aspx?package=%7B' + LOWER(CAST(p.Guid AS nvarchar(36))) + N'%7D'
FROM PackageHolding AS h
JOIN Package AS p ON p.Guid = h.PackageGuid AND p.CurrentVersion = h.HeldVersion
JOIN PackageServer AS w ON w.ResourceGuid = h.ResourceGuid
JOIN PackageServerReport AS t ON t.ResourceGuid = h.ResourceGuid
JOIN Resource AS r ON r.Guid = h.ResourceGuid
JOIN Setting AS u ON u.Name = N'server.publicUrl'
WHERE p.IsEnabled = 1 AND w.IsEnabled = 1 AND w.IsDraining = 0 AND h.State = N'ready' AND h.ProbeProblem = N'' AND r.DeletedAt IS NULL;
