-- What changed in the data of a class, and when. The first data of a class writes no row: ResourceUpdate.CreatedAt tells it.

-- InventoryHistory: At: when it was applied; EventAt: when it was sent. Change: JSON, {"added":[row],"removed":[row],"changed":[{"before":{column:value},"after":{column:value}}],"cut":rows left out}.
CREATE TABLE InventoryHistory (
  Id bigint IDENTITY(1,1) NOT NULL,
  ResourceGuid uniqueidentifier NOT NULL,
  InventoryClassGuid uniqueidentifier NOT NULL,
  At datetime2(3) NOT NULL,
  EventAt datetime2(3) NOT NULL,
  Change nvarchar(max) NOT NULL,
  CONSTRAINT PK_InventoryHistory PRIMARY KEY (Id),
  CONSTRAINT FK_InventoryHistory_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
);
CREATE INDEX IX_InventoryHistory_Resource_Class_At ON InventoryHistory (ResourceGuid, InventoryClassGuid, At);
CREATE INDEX IX_InventoryHistory_Class_At ON InventoryHistory (InventoryClassGuid, At);
