-- What package servers do for computers: a folder for shares (UNC) beside HTTP, and how many computers fetched what.

-- PackageServer: IsUncPublished: whether a share that the package server names is offered to agents.
ALTER TABLE PackageServer ADD COLUMN IsUncPublished INTEGER NOT NULL DEFAULT 1;

-- PackageServerReport: UncPath: the share, as \\host\share; empty where there is none.
ALTER TABLE PackageServerReport ADD COLUMN UncPath TEXT NOT NULL DEFAULT '';

-- PackageClientDay: computers that fetched files of a package from a package server within a day (UTC), their requests and the bytes. A day's figures grow until it is over. No key to Package: they outlive it until retention takes them.
CREATE TABLE PackageClientDay (
  ResourceGuid TEXT NOT NULL,
  PackageGuid TEXT NOT NULL,
  DayAt TEXT NOT NULL,
  ClientCount INTEGER NOT NULL,
  RequestCount INTEGER NOT NULL,
  SentBytes INTEGER NOT NULL,
  CONSTRAINT PK_PackageClientDay PRIMARY KEY (ResourceGuid, PackageGuid, DayAt),
  CONSTRAINT FK_PackageClientDay_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES PackageServer (ResourceGuid)
) STRICT;
CREATE INDEX IX_PackageClientDay_DayAt ON PackageClientDay (DayAt);
CREATE INDEX IX_PackageClientDay_PackageGuid ON PackageClientDay (PackageGuid, DayAt);
