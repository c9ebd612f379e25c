-- Snapshot: LastUsedAt: when an agent last asked for it after a newer one took its place. IsRemoved: nobody sees it any more; its files are being deleted.
ALTER TABLE Snapshot ADD COLUMN LastUsedAt TEXT;
ALTER TABLE Snapshot ADD COLUMN IsRemoved INTEGER NOT NULL DEFAULT 0;
CREATE INDEX IX_Snapshot_RetiredAt ON Snapshot (RetiredAt, IsRemoved);
