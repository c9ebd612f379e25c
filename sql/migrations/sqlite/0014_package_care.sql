-- Package: Owner: who is asked when something is wrong with it, a user's name or any contact. ProblemSince: since when refreshes fail; of use while FailureCount is above 0.
ALTER TABLE Package ADD COLUMN Owner TEXT NOT NULL DEFAULT '';
ALTER TABLE Package ADD COLUMN ProblemSince TEXT;

-- Until somebody says otherwise it is who made it.
UPDATE Package SET Owner = (SELECT i.CreatedBy FROM Item AS i WHERE i.Guid = Package.Guid);
UPDATE Package SET ProblemSince = LastRefreshAt WHERE FailureCount > 0;
