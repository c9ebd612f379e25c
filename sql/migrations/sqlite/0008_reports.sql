-- Saved reports, and who may run them and write them.

-- Report: SqlText: one SELECT. Parameters, Chart: JSON (models/reports/definition.ts). IsBuiltIn: comes with the program, is renewed by it and never edited: people copy it.
CREATE TABLE Report (
  Guid TEXT NOT NULL,
  Name TEXT NOT NULL COLLATE NOCASE,
  Description TEXT NOT NULL,
  Folder TEXT NOT NULL COLLATE NOCASE,
  Tags TEXT NOT NULL COLLATE NOCASE,
  IsBuiltIn INTEGER NOT NULL,
  RowLimit INTEGER NOT NULL,
  TimeLimitSeconds INTEGER NOT NULL,
  CreatedAt TEXT NOT NULL,
  CreatedBy TEXT NOT NULL,
  ModifiedAt TEXT NOT NULL,
  ModifiedBy TEXT NOT NULL,
  LastRunAt TEXT,
  LastRunBy TEXT,
  LastRunRows INTEGER,
  LastRunMilliseconds INTEGER,
  Chart TEXT,
  Parameters TEXT NOT NULL,
  SqlText TEXT NOT NULL,
  CONSTRAINT PK_Report PRIMARY KEY (Guid)
) STRICT;
CREATE INDEX IX_Report_Folder_Name ON Report (Folder, Name);
CREATE INDEX IX_Report_Name ON Report (Name);

-- Who may see everything may run reports; writing SQL is for administrators.
UPDATE Role SET Privileges = replace(Privileges, ']', ',"reports","sql"]') WHERE Guid = '2e1f478a-4986-4223-9d1e-b5920a63ab41';
UPDATE Role SET Privileges = replace(Privileges, ']', ',"reports"]') WHERE Guid = '2e1f478a-4986-4223-9d1e-b5920a63ab42';
UPDATE Role SET Description = 'May see everything but secrets, run reports, and change nothing.' WHERE Guid = '2e1f478a-4986-4223-9d1e-b5920a63ab42';
