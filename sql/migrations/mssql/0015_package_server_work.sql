-- What package servers do for computers: a folder for shares (UNC) beside HTTP, and how many computers fetched what.

-- PackageServer: IsUncPublished: whether a share that the package server names is offered to agents.
ALTER TABLE PackageServer ADD IsUncPublished bit NOT NULL CONSTRAINT DF_PackageServer_IsUncPublished DEFAULT 1;

-- PackageServerReport: UncPath: the share, as \\host\share; empty where there is none.
ALTER TABLE PackageServerReport ADD UncPath nvarchar(400) NOT NULL CONSTRAINT DF_PackageServerReport_UncPath DEFAULT N'';

-- PackageClientDay: computers that fetched files of a package from a package server within a day (UTC), their requests and the bytes. A day's figures grow until it is over. No key to Package: they outlive it until retention takes them.
CREATE TABLE PackageClientDay (
  ResourceGuid uniqueidentifier NOT NULL,
  PackageGuid uniqueidentifier NOT NULL,
  DayAt datetime2(3) NOT NULL,
  ClientCount int NOT NULL,
  RequestCount bigint NOT NULL,
  SentBytes bigint NOT NULL,
  CONSTRAINT PK_PackageClientDay PRIMARY KEY (ResourceGuid, PackageGuid, DayAt),
  CONSTRAINT FK_PackageClientDay_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES PackageServer (ResourceGuid)
);
CREATE INDEX IX_PackageClientDay_DayAt ON PackageClientDay (DayAt);
CREATE INDEX IX_PackageClientDay_PackageGuid ON PackageClientDay (PackageGuid, DayAt);
