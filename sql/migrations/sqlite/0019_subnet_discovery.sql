-- SubnetUse: how many computers take their site from a subnet, and when such a computer last sent an inventory. Counted
-- now and then from addresses; a row of a subnet that is gone is dropped at the next count, so there is no foreign key.
CREATE TABLE SubnetUse (
  SubnetGuid TEXT NOT NULL,
  Computers INTEGER NOT NULL,
  LastSeenAt TEXT,
  CONSTRAINT PK_SubnetUse PRIMARY KEY (SubnetGuid)
) STRICT, WITHOUT ROWID;

-- SeenNetwork: the networks that adapters of computers stand in, as inventory tells addresses and masks. Kind: network,
-- virtual, host, linkLocal or loopback.
CREATE TABLE SeenNetwork (
  Network TEXT NOT NULL,
  PrefixLength INTEGER NOT NULL,
  Kind TEXT NOT NULL,
  Computers INTEGER NOT NULL,
  LastSeenAt TEXT,
  CONSTRAINT PK_SeenNetwork PRIMARY KEY (Network, PrefixLength)
) STRICT, WITHOUT ROWID;
