-- Keys that sign snapshots are changed without agents losing their trust: each change is a statement that agents can check.

-- SigningStatement: which key signs now and which signed before, rising by number. Text: what is signed. Signature: by the key KeyName. Endorsement: by the key before it, when the statement brings a new one; else empty.
CREATE TABLE SigningStatement (
  Number int NOT NULL,
  KeyName nvarchar(64) NOT NULL,
  Text nvarchar(max) NOT NULL,
  Signature nvarchar(200) NOT NULL,
  Endorsement nvarchar(200) NOT NULL,
  MadeAt datetime2(3) NOT NULL,
  MadeBy nvarchar(255) NOT NULL,
  CONSTRAINT PK_SigningStatement PRIMARY KEY (Number)
);

-- AgentRegistration: SigningKeyName: the key that the agent last proved to believe; null: none yet.
ALTER TABLE AgentRegistration ADD SigningKeyName nvarchar(64) NULL;
CREATE INDEX IX_AgentRegistration_SigningKeyName ON AgentRegistration (State, IsKeyOpaque, SigningKeyName, KeyHash);

CREATE INDEX IX_Snapshot_KeyName ON Snapshot (KeyName);
