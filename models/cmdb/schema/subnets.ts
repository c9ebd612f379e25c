/** What is known of subnets by counting: who lies in them, and which networks inventory has seen. */
import type { Guid } from '../../../wire/guid.ts';
import type { Utc } from './values.ts';

/** How many computers take their site from a subnet. */
export interface SubnetUseTable {
  SubnetGuid: Guid;
  Computers: number;
  LastSeenAt: Utc | null;
}

/** A network that adapters of computers stand in. Kind: network, virtual, host, linkLocal or loopback. */
export interface SeenNetworkTable {
  Network: string;
  PrefixLength: number;
  Kind: string;
  Computers: number;
  LastSeenAt: Utc | null;
}

export interface SubnetsTables {
  SubnetUse: SubnetUseTable;
  SeenNetwork: SeenNetworkTable;
}
