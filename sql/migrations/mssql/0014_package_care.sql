-- Package: Owner: who is asked when something is wrong with it, a user's name or any contact. ProblemSince: since when refreshes fail; of use while FailureCount is above 0.
ALTER TABLE Package ADD Owner nvarchar(255) NOT NULL CONSTRAINT DF_Package_Owner DEFAULT N'';
ALTER TABLE Package ADD ProblemSince datetime2(3) NULL;

-- Until somebody says otherwise it is who made it.
UPDATE Package SET Owner = i.CreatedBy FROM Package JOIN Item AS i ON i.Guid = Package.Guid;
UPDATE Package SET ProblemSince = LastRefreshAt WHERE FailureCount > 0;
