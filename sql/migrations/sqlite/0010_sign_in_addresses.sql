-- SignInAddress: where a user signs in from, and failures from there: a lock holds for one address, so that nobody can lock others out.
CREATE TABLE SignInAddress (
  UserGuid TEXT NOT NULL,
  Network TEXT NOT NULL,
  FailedSignIns INTEGER NOT NULL,
  LockedUntilAt TEXT,
  LastSignInAt TEXT,
  LastSeenAt TEXT NOT NULL,
  CONSTRAINT PK_SignInAddress PRIMARY KEY (UserGuid, Network),
  CONSTRAINT FK_SignInAddress_UserGuid FOREIGN KEY (UserGuid) REFERENCES ConsoleUser (Guid)
) STRICT, WITHOUT ROWID;
