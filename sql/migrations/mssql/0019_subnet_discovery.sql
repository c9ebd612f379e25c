-- SubnetUse: how many computers take their site from a subnet, and when such a computer last sent an inventory. Counted
-- now and then from addresses; a row of a subnet that is gone is dropped at the next count, so there is no foreign key.
CREATE TABLE SubnetUse (
  SubnetGuid uniqueidentifier NOT NULL,
  Computers int NOT NULL,
  LastSeenAt datetime2(3) NULL,
  CONSTRAINT PK_SubnetUse PRIMARY KEY (SubnetGuid)
);

-- SeenNetwork: the networks that adapters of computers stand in, as inventory tells addresses and masks. Kind: network,
-- virtual, host, linkLocal or loopback.
CREATE TABLE SeenNetwork (
  Network nvarchar(45) NOT NULL,
  PrefixLength int NOT NULL,
  Kind nvarchar(20) NOT NULL,
  Computers int NOT NULL,
  LastSeenAt datetime2(3) NULL,
  CONSTRAINT PK_SeenNetwork PRIMARY KEY (Network, PrefixLength)
);
