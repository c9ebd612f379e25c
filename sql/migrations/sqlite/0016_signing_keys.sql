-- Keys that sign snapshots are changed without agents losing their trust: each change is a statement that agents can check.

-- SigningStatement: which key signs now and which signed before, rising by number. Text: what is signed. Signature: by the key KeyName. Endorsement: by the key before it, when the statement brings a new one; else empty.
CREATE TABLE SigningStatement (
  Number INTEGER NOT NULL,
  KeyName TEXT NOT NULL,
  Text TEXT NOT NULL,
  Signature TEXT NOT NULL,
  Endorsement TEXT NOT NULL,
  MadeAt TEXT NOT NULL,
  MadeBy TEXT NOT NULL,
  CONSTRAINT PK_SigningStatement PRIMARY KEY (Number)
) STRICT;

-- AgentRegistration: SigningKeyName: the key that the agent last proved to believe; null: none yet.
ALTER TABLE AgentRegistration ADD COLUMN SigningKeyName TEXT;
CREATE INDEX IX_AgentRegistration_SigningKeyName ON AgentRegistration (State, IsKeyOpaque, SigningKeyName, KeyHash);

CREATE INDEX IX_Snapshot_KeyName ON Snapshot (KeyName);
