-- Package: IsWatched: whether the source folder is watched, so that a change is published without waiting for the schedule.
ALTER TABLE Package ADD COLUMN IsWatched INTEGER NOT NULL DEFAULT 0;
