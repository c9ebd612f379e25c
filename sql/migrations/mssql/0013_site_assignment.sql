-- Computers that people give to sites and package servers, whatever their addresses say, and how load is shared.

-- PackageServer: Share: how many computers it gets, in relation to its equals; 0: only when no other is left.
ALTER TABLE PackageServer ADD Share int NOT NULL CONSTRAINT DF_PackageServer_Share DEFAULT 100;

-- SiteTarget: targets whose computers belong to the site. Computers that are named one by one are in an ad hoc list of its own.
CREATE TABLE SiteTarget (
  SiteGuid uniqueidentifier NOT NULL,
  TargetGuid uniqueidentifier NOT NULL,
  CONSTRAINT PK_SiteTarget PRIMARY KEY (SiteGuid, TargetGuid),
  CONSTRAINT FK_SiteTarget_SiteGuid FOREIGN KEY (SiteGuid) REFERENCES Site (Guid),
  CONSTRAINT FK_SiteTarget_TargetGuid FOREIGN KEY (TargetGuid) REFERENCES Target (Guid)
);
CREATE INDEX IX_SiteTarget_TargetGuid ON SiteTarget (TargetGuid);

-- PackageServerTarget: targets whose computers the package server serves, whatever its sites. As SiteTarget.
CREATE TABLE PackageServerTarget (
  ResourceGuid uniqueidentifier NOT NULL,
  TargetGuid uniqueidentifier NOT NULL,
  CONSTRAINT PK_PackageServerTarget PRIMARY KEY (ResourceGuid, TargetGuid),
  CONSTRAINT FK_PackageServerTarget_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES PackageServer (ResourceGuid),
  CONSTRAINT FK_PackageServerTarget_TargetGuid FOREIGN KEY (TargetGuid) REFERENCES Target (Guid)
);
CREATE INDEX IX_PackageServerTarget_TargetGuid ON PackageServerTarget (TargetGuid);

-- Predefined, as in the original: for computers outside the company's networks. It has neither servers nor computers yet.
INSERT INTO Item (Guid, Name, Description, ClassGuid, ProductGuid, Attributes, CreatedAt, CreatedBy, ModifiedAt, ModifiedBy) VALUES
  ('7f0c3b1e-2d54-4c8a-8f10-000000000301', N'Default Internet Site', N'For computers outside the company''s networks.', '7f0c3b1e-2d54-4c8a-8f10-000000000004', NULL, 0, SYSUTCDATETIME(), N'system', SYSUTCDATETIME(), N'system');
INSERT INTO Site (Guid, IsInternet, Fallback) VALUES
  ('7f0c3b1e-2d54-4c8a-8f10-000000000301', 1, N'server');
