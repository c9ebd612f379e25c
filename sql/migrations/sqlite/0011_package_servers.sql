-- Package servers: who they are, which packages they are to hold, what they hold, and where agents go when none has a package.

-- Site: Fallback: server, site or none. FallbackMinutes: how long an agent must have tried; 0: at once.
ALTER TABLE Site ADD COLUMN FallbackSiteGuid TEXT;
ALTER TABLE Site ADD COLUMN FallbackMinutes INTEGER NOT NULL DEFAULT 0;

-- PackageServer: computers with the package service: what people set. KeySalt goes into the key of its download tokens. VerifyCount and ResyncCount rise with each order.
CREATE TABLE PackageServer (
  ResourceGuid TEXT NOT NULL,
  KeySalt TEXT NOT NULL,
  IsEnabled INTEGER NOT NULL,
  IsDraining INTEGER NOT NULL,
  IsConstrained INTEGER NOT NULL,
  IsProbed INTEGER NOT NULL,
  IsHttpPublished INTEGER NOT NULL,
  IsHttpsPublished INTEGER NOT NULL,
  MinFreeDiskMb INTEGER NOT NULL,
  UnusedAfterHours INTEGER NOT NULL,
  KeepOldHours INTEGER NOT NULL,
  ThrottleKb INTEGER NOT NULL,
  VerifyCount INTEGER NOT NULL,
  ResyncCount INTEGER NOT NULL,
  CreatedAt TEXT NOT NULL,
  ModifiedAt TEXT NOT NULL,
  CONSTRAINT PK_PackageServer PRIMARY KEY (ResourceGuid)
) STRICT;

-- PackageServerSite: sites that it serves; without a row, the site of its address.
CREATE TABLE PackageServerSite (
  ResourceGuid TEXT NOT NULL,
  SiteGuid TEXT NOT NULL,
  CONSTRAINT PK_PackageServerSite PRIMARY KEY (ResourceGuid, SiteGuid),
  CONSTRAINT FK_PackageServerSite_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES PackageServer (ResourceGuid),
  CONSTRAINT FK_PackageServerSite_SiteGuid FOREIGN KEY (SiteGuid) REFERENCES Site (Guid)
) STRICT;
CREATE INDEX IX_PackageServerSite_SiteGuid ON PackageServerSite (SiteGuid);

-- PackageServerReport: what a package server says of itself, and what a look at it found. Addresses: separated by blanks. Digest: of what it holds, as last told in full.
CREATE TABLE PackageServerReport (
  ResourceGuid TEXT NOT NULL,
  ReportedAt TEXT NOT NULL,
  Version TEXT NOT NULL,
  Addresses TEXT NOT NULL,
  HttpUrl TEXT NOT NULL,
  HttpsUrl TEXT NOT NULL,
  Pin TEXT NOT NULL,
  FreeBytes INTEGER NOT NULL,
  TotalBytes INTEGER NOT NULL,
  StoredBytes INTEGER NOT NULL,
  Digest TEXT NOT NULL,
  ClientCount INTEGER NOT NULL,
  ProbedAt TEXT,
  ProbeProblem TEXT NOT NULL,
  CONSTRAINT PK_PackageServerReport PRIMARY KEY (ResourceGuid),
  CONSTRAINT FK_PackageServerReport_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES PackageServer (ResourceGuid)
) STRICT;

-- PackageHolding: a package on a package server. HeldVersion, HeldHash: its newest complete version. Versions: all complete ones, separated by blanks. State: ready, waiting, downloading, failed.
CREATE TABLE PackageHolding (
  ResourceGuid TEXT NOT NULL,
  PackageGuid TEXT NOT NULL,
  HeldVersion INTEGER,
  HeldHash TEXT NOT NULL,
  Versions TEXT NOT NULL,
  State TEXT NOT NULL,
  Detail TEXT NOT NULL,
  DoneBytes INTEGER NOT NULL,
  TotalBytes INTEGER NOT NULL,
  ChangedAt TEXT NOT NULL,
  ProbedAt TEXT,
  ProbeProblem TEXT NOT NULL,
  CONSTRAINT PK_PackageHolding PRIMARY KEY (ResourceGuid, PackageGuid),
  CONSTRAINT FK_PackageHolding_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES PackageServer (ResourceGuid),
  CONSTRAINT FK_PackageHolding_PackageGuid FOREIGN KEY (PackageGuid) REFERENCES Package (Guid)
) STRICT;
CREATE INDEX IX_PackageHolding_PackageGuid ON PackageHolding (PackageGuid);

-- PackageDistribution: Mode: all, servers, sites or automatic; a package without a row goes to all.
CREATE TABLE PackageDistribution (
  PackageGuid TEXT NOT NULL,
  Mode TEXT NOT NULL,
  CONSTRAINT PK_PackageDistribution PRIMARY KEY (PackageGuid),
  CONSTRAINT FK_PackageDistribution_PackageGuid FOREIGN KEY (PackageGuid) REFERENCES Package (Guid)
) STRICT;

CREATE TABLE PackageDistributionServer (
  PackageGuid TEXT NOT NULL,
  ResourceGuid TEXT NOT NULL,
  CONSTRAINT PK_PackageDistributionServer PRIMARY KEY (PackageGuid, ResourceGuid),
  CONSTRAINT FK_PackageDistributionServer_PackageGuid FOREIGN KEY (PackageGuid) REFERENCES Package (Guid),
  CONSTRAINT FK_PackageDistributionServer_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES PackageServer (ResourceGuid)
) STRICT;
CREATE INDEX IX_PackageDistributionServer_ResourceGuid ON PackageDistributionServer (ResourceGuid);

-- PackageDistributionSite: IsAutomatic: because an agent of the site asked for the package, not because somebody said so.
CREATE TABLE PackageDistributionSite (
  PackageGuid TEXT NOT NULL,
  SiteGuid TEXT NOT NULL,
  IsAutomatic INTEGER NOT NULL,
  AddedAt TEXT NOT NULL,
  CONSTRAINT PK_PackageDistributionSite PRIMARY KEY (PackageGuid, SiteGuid),
  CONSTRAINT FK_PackageDistributionSite_PackageGuid FOREIGN KEY (PackageGuid) REFERENCES Package (Guid),
  CONSTRAINT FK_PackageDistributionSite_SiteGuid FOREIGN KEY (SiteGuid) REFERENCES Site (Guid)
) STRICT;
CREATE INDEX IX_PackageDistributionSite_SiteGuid ON PackageDistributionSite (SiteGuid);

DROP VIEW SWDPackageServer;
CREATE VIEW SWDPackageServer AS
SELECT h.PackageGuid AS PackageId, h.ResourceGuid AS PkgSvrId, r.Name AS [Package Server],
  CASE
    WHEN h.State = 'failed' OR h.ProbeProblem <> '' THEN 'Invalid'
    WHEN h.HeldHash = s.Hash AND h.HeldVersion = p.CurrentVersion THEN 'Ready'
    WHEN h.State = 'downloading' THEN 'Downloading'
    WHEN h.HeldVersion IS NOT NULL THEN 'Stale'
    ELSE 'Pending'
  END AS Status,
  h.HeldVersion AS [Package Version], CASE WHEN t.HttpsUrl <> '' THEN t.HttpsUrl ELSE t.HttpUrl END AS Codebase, datetime(h.ChangedAt, 'localtime') AS ModifiedDate
FROM PackageHolding AS h
JOIN PackageServer AS w ON w.ResourceGuid = h.ResourceGuid
JOIN Resource AS r ON r.Guid = h.ResourceGuid
JOIN Package AS p ON p.Guid = h.PackageGuid
LEFT JOIN Snapshot AS s ON s.PackageGuid = p.Guid AND s.Version = p.CurrentVersion
LEFT JOIN PackageServerReport AS t ON t.ResourceGuid = h.ResourceGuid
WHERE r.DeletedAt IS NULL;

DROP VIEW vSiteServices;
CREATE VIEW vSiteServices AS
SELECT w.ResourceGuid AS Guid, c.Name AS [Host Name], c.Domain AS [Primary DNS Suffix], 'Package Service' AS Service
FROM PackageServer AS w
JOIN Computer AS c ON c.ResourceGuid = w.ResourceGuid
JOIN Resource AS r ON r.Guid = w.ResourceGuid
WHERE w.IsEnabled = 1 AND r.DeletedAt IS NULL;

DROP VIEW SWDPackageCodebase;
CREATE VIEW SWDPackageCodebase AS
SELECT p.Guid AS PackageId, u.Value || '/Altiris/PackageShare/{' || p.Guid || '}/' || p.CurrentVersion AS URL, 'NS' AS Source, u.Value || '/Altiris/NS/Agent/GetPackageSnapshot.aspx?package=%7B' || p.Guid || '%7D' AS Snapshot
FROM Package AS p
JOIN Setting AS u ON u.Name = 'server.publicUrl'
WHERE p.CurrentVersion IS NOT NULL AND p.IsEnabled = 1
UNION ALL
SELECT p.Guid, CASE WHEN t.HttpsUrl <> '' THEN t.HttpsUrl ELSE t.HttpUrl END || '/Altiris/PS/Share/{' || p.Guid || '}/' || p.CurrentVersion, r.Name, u.Value || '/Altiris/NS/Agent/GetPackageSnapshot.aspx?package=%7B' || p.Guid || '%7D'
FROM PackageHolding AS h
JOIN Package AS p ON p.Guid = h.PackageGuid AND p.CurrentVersion = h.HeldVersion
JOIN PackageServer AS w ON w.ResourceGuid = h.ResourceGuid
JOIN PackageServerReport AS t ON t.ResourceGuid = h.ResourceGuid
JOIN Resource AS r ON r.Guid = h.ResourceGuid
JOIN Setting AS u ON u.Name = 'server.publicUrl'
WHERE p.IsEnabled = 1 AND w.IsEnabled = 1 AND w.IsDraining = 0 AND h.State = 'ready' AND h.ProbeProblem = '' AND r.DeletedAt IS NULL;
