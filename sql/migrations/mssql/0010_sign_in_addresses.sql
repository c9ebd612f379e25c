-- SignInAddress: where a user signs in from, and failures from there: a lock holds for one address, so that nobody can lock others out.
CREATE TABLE SignInAddress (
  UserGuid uniqueidentifier NOT NULL,
  Network nvarchar(45) NOT NULL,
  FailedSignIns int NOT NULL,
  LockedUntilAt datetime2(3) NULL,
  LastSignInAt datetime2(3) NULL,
  LastSeenAt datetime2(3) NOT NULL,
  CONSTRAINT PK_SignInAddress PRIMARY KEY (UserGuid, Network),
  CONSTRAINT FK_SignInAddress_UserGuid FOREIGN KEY (UserGuid) REFERENCES ConsoleUser (Guid)
);
