-- How far a package server is: which policy it has, since when it reports; what it takes over from the settings for all; packages that it is to fetch anew; sites that still need a package.

-- PackageServer: Inherited: names of the settings that follow those for all, separated by blanks.
ALTER TABLE PackageServer ADD COLUMN Inherited TEXT NOT NULL DEFAULT '';

-- PackageServerReport: FirstReportedAt: since the service was given; null: before this was noted. PolicyHash: of the policy that it has, empty: not told; PolicyAt: of the first report with it.
ALTER TABLE PackageServerReport ADD COLUMN FirstReportedAt TEXT;
ALTER TABLE PackageServerReport ADD COLUMN PolicyHash TEXT NOT NULL DEFAULT '';
ALTER TABLE PackageServerReport ADD COLUMN PolicyAt TEXT;

-- PackageRefetch: packages that a package server is told to fetch anew. Orders rises with each order.
CREATE TABLE PackageRefetch (
  ResourceGuid TEXT NOT NULL,
  PackageGuid TEXT NOT NULL,
  Orders INTEGER NOT NULL,
  OrderedAt TEXT NOT NULL,
  CONSTRAINT PK_PackageRefetch PRIMARY KEY (ResourceGuid, PackageGuid),
  CONSTRAINT FK_PackageRefetch_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES PackageServer (ResourceGuid),
  CONSTRAINT FK_PackageRefetch_PackageGuid FOREIGN KEY (PackageGuid) REFERENCES Package (Guid)
) STRICT;
CREATE INDEX IX_PackageRefetch_PackageGuid ON PackageRefetch (PackageGuid);

-- PackageDistributionSite: NeededAt: when a computer of the site was last found to need the package; null: not since it was added.
ALTER TABLE PackageDistributionSite ADD COLUMN NeededAt TEXT;
