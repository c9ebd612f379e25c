-- What changed in the data of a class, and when. The first data of a class writes no row: ResourceUpdate.CreatedAt tells it.

-- InventoryHistory: At: when it was applied; EventAt: when it was sent. Change: JSON, {"added":[row],"removed":[row],"changed":[{"before":{column:value},"after":{column:value}}],"cut":rows left out}.
CREATE TABLE InventoryHistory (
  Id INTEGER PRIMARY KEY AUTOINCREMENT,
  ResourceGuid TEXT NOT NULL,
  InventoryClassGuid TEXT NOT NULL,
  At TEXT NOT NULL,
  EventAt TEXT NOT NULL,
  Change TEXT NOT NULL,
  CONSTRAINT FK_InventoryHistory_ResourceGuid FOREIGN KEY (ResourceGuid) REFERENCES Resource (Guid)
) STRICT;
CREATE INDEX IX_InventoryHistory_Resource_Class_At ON InventoryHistory (ResourceGuid, InventoryClassGuid, At);
CREATE INDEX IX_InventoryHistory_Class_At ON InventoryHistory (InventoryClassGuid, At);
