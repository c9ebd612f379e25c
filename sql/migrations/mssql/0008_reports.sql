-- Saved reports, and who may run them and write them.

-- Report: SqlText: one SELECT. Parameters, Chart: JSON (models/reports/definition.ts). IsBuiltIn: comes with the program, is renewed by it and never edited: people copy it.
CREATE TABLE Report (
  Guid uniqueidentifier NOT NULL,
  Name nvarchar(255) NOT NULL,
  Description nvarchar(2000) NOT NULL,
  Folder nvarchar(255) NOT NULL,
  Tags nvarchar(400) NOT NULL,
  IsBuiltIn bit NOT NULL,
  RowLimit int NOT NULL,
  TimeLimitSeconds int NOT NULL,
  CreatedAt datetime2(3) NOT NULL,
  CreatedBy nvarchar(255) NOT NULL,
  ModifiedAt datetime2(3) NOT NULL,
  ModifiedBy nvarchar(255) NOT NULL,
  LastRunAt datetime2(3) NULL,
  LastRunBy nvarchar(255) NULL,
  LastRunRows int NULL,
  LastRunMilliseconds int NULL,
  Chart nvarchar(max) NULL,
  Parameters nvarchar(max) NOT NULL,
  SqlText nvarchar(max) NOT NULL,
  CONSTRAINT PK_Report PRIMARY KEY (Guid)
);
CREATE INDEX IX_Report_Folder_Name ON Report (Folder, Name);
CREATE INDEX IX_Report_Name ON Report (Name);

-- Who may see everything may run reports; writing SQL is for administrators.
UPDATE Role SET Privileges = REPLACE(Privileges, N']', N',"reports","sql"]') WHERE Guid = '2e1f478a-4986-4223-9d1e-b5920a63ab41';
UPDATE Role SET Privileges = REPLACE(Privileges, N']', N',"reports"]') WHERE Guid = '2e1f478a-4986-4223-9d1e-b5920a63ab42';
UPDATE Role SET Description = N'May see everything but secrets, run reports, and change nothing.' WHERE Guid = '2e1f478a-4986-4223-9d1e-b5920a63ab42';
