/**
 * Tables of the CMDB as TypeScript sees them. `sql/migrations` is the truth; a test compares the two.
 *
 * Conventions that the engines' drivers rely on (see types.ts): a column whose name ends in `Guid` or `Id`-of-an-item
 * holds a GUID, one that ends in `At` or `FileTime` a UTC time, one that begins with `Is` a bit.
 */
import type { ComputersTables } from './schema/computers.ts';
import type { EventsTables } from './schema/events.ts';
import type { InventoryTables } from './schema/inventory.ts';
import type { ResourcesTables } from './schema/resources.ts';
import type { SecurityTables } from './schema/security.ts';
import type { ServerTables } from './schema/server.ts';
import type { SitesTables } from './schema/sites.ts';
import type { SoftwareTables } from './schema/software.ts';
import type { SubnetsTables } from './schema/subnets.ts';

export type * from './schema/values.ts';
export type * from './schema/computers.ts';
export type * from './schema/events.ts';
export type * from './schema/inventory.ts';
export type * from './schema/resources.ts';
export type * from './schema/security.ts';
export type * from './schema/server.ts';
export type * from './schema/sites.ts';
export type * from './schema/software.ts';
export type * from './schema/subnets.ts';

/** The CMDB as Kysely sees it. Inventory tables (`Inv_*`) are reached by prepared text: their columns are data. */
export interface Schema
  extends
    ServerTables,
    SecurityTables,
    ResourcesTables,
    ComputersTables,
    InventoryTables,
    SitesTables,
    SubnetsTables,
    SoftwareTables,
    EventsTables {}
