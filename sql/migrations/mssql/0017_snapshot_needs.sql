-- Snapshot: LastUsedAt: when an agent last asked for it after a newer one took its place. IsRemoved: nobody sees it any more; its files are being deleted.
ALTER TABLE Snapshot ADD LastUsedAt datetime2(3) NULL;
ALTER TABLE Snapshot ADD IsRemoved bit NOT NULL CONSTRAINT DF_Snapshot_IsRemoved DEFAULT 0;
CREATE INDEX IX_Snapshot_RetiredAt ON Snapshot (RetiredAt, IsRemoved);
