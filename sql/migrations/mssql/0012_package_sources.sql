-- Package: IsWatched: whether the source folder is watched, so that a change is published without waiting for the schedule.
ALTER TABLE Package ADD IsWatched bit NOT NULL CONSTRAINT DF_Package_IsWatched DEFAULT 0;
