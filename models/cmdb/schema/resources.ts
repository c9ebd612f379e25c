/** Items and resources, what tells them apart, and how they were merged, split and deleted. */
import type { Generated } from 'kysely';
import type { Guid } from '../../../wire/guid.ts';
import type { Bit, Utc } from './values.ts';

export interface ItemClassTable {
  Guid: Guid;
  Name: string;
}

export interface ItemTable {
  Guid: Guid;
  Name: string;
  Description: string;
  ClassGuid: Guid;
  ProductGuid: Guid | null;
  Attributes: number;
  CreatedAt: Utc;
  CreatedBy: string;
  ModifiedAt: Utc;
  ModifiedBy: string;
}

export interface ResourceTypeTable {
  Guid: Guid;
  Name: string;
}

export interface ResourceTypeHierarchyTable {
  ResourceTypeGuid: Guid;
  BaseResourceTypeGuid: Guid;
}

/** Strength: a weak key never merges against a strong one that contradicts it. */
export interface ResourceTypeMergeKeyTable {
  ResourceTypeGuid: Guid;
  KeyName: string;
  Strength: number;
}

export interface ResourceTable {
  Guid: Guid;
  Name: string;
  ResourceTypeGuid: Guid;
  IsManaged: Bit;
  CreatedAt: Utc;
  ModifiedAt: Utc;
  DeletedAt: Utc | null;
  RetiredAt: Generated<Utc | null>;
  DeletedBy: Generated<string | null>;
}

export interface ResourceKeyTable {
  ResourceGuid: Guid;
  KeyName: string;
  KeyValue: string;
}

/** Losers of a merge; an import cannot recreate them. */
export interface ResourceAliasTable {
  AliasGuid: Guid;
  ResourceGuid: Guid;
  CreatedAt: Utc;
}

/** Sets of hardware keys that came under a GUID. Keys: JSON array of "name=value". IsCurrent: the one that came last. */
export interface HardwareSeenTable {
  ResourceGuid: Guid;
  KeysHash: string;
  ComputerName: string;
  Address: string;
  FirstSeenAt: Utc;
  LastSeenAt: Utc;
  TimesSeen: number;
  IsCurrent: Bit;
  Keys: string;
}

/** Kind: shared or duplicate (the smaller GUID first). State: open, ignored, resolved. Evidence: JSON. */
export interface IdentityConflictTable {
  Guid: Guid;
  Kind: string;
  ResourceGuid: Guid;
  OtherGuid: Guid;
  ResourceName: string;
  OtherName: string;
  State: string;
  FirstSeenAt: Utc;
  LastSeenAt: Utc;
  TimesSeen: number;
  DecidedAt: Utc | null;
  DecidedBy: string | null;
  Decision: string;
  Evidence: string;
}

/** Kind: merge (OtherGuid into ResourceGuid) or split (OtherGuid off ResourceGuid). Kept: gzipped JSON, to undo it. */
export interface IdentityChangeTable {
  Guid: Guid;
  Kind: string;
  ResourceGuid: Guid;
  OtherGuid: Guid;
  ResourceName: string;
  OtherName: string;
  ConflictGuid: Guid | null;
  MadeAt: Utc;
  MadeBy: string;
  UndoneAt: Utc | null;
  UndoneBy: string | null;
  Kept: Uint8Array | null;
}

/** A machine that is to get a GUID of its own when it registers. KeeperKeys, OtherKeys: JSON arrays of "name=value". */
export interface ResourceSplitTable {
  NewGuid: Guid;
  ResourceGuid: Guid;
  ChangeGuid: Guid;
  CreatedAt: Utc;
  CreatedBy: string;
  DoneAt: Utc | null;
  KeeperKeys: string;
  OtherKeys: string;
}

/** A deleted computer in the recycle bin. Kept: gzipped JSON of the rows that were taken away. */
export interface RecycledResourceTable {
  ResourceGuid: Guid;
  Name: string;
  Domain: string;
  LastContactAt: Utc | null;
  DeletedAt: Utc;
  DeletedBy: string;
  Reason: string;
  IsPurging: Bit;
  Kept: Uint8Array;
}

/** IsExclusive: the children that an event names for a parent take the place of those that were there. */
export interface ResourceAssociationTypeTable {
  Guid: Guid;
  Name: string;
  IsExclusive: Generated<Bit>;
}

export interface ResourceAssociationTable {
  ResourceAssociationTypeGuid: Guid;
  ParentResourceGuid: Guid;
  ChildResourceGuid: Guid;
  CreatedAt: Utc;
}

export interface ResourcesTables {
  ItemClass: ItemClassTable;
  Item: ItemTable;
  ResourceType: ResourceTypeTable;
  ResourceTypeHierarchy: ResourceTypeHierarchyTable;
  ResourceTypeMergeKey: ResourceTypeMergeKeyTable;
  Resource: ResourceTable;
  ResourceKey: ResourceKeyTable;
  ResourceAlias: ResourceAliasTable;
  HardwareSeen: HardwareSeenTable;
  IdentityConflict: IdentityConflictTable;
  IdentityChange: IdentityChangeTable;
  ResourceSplit: ResourceSplitTable;
  RecycledResource: RecycledResourceTable;
  ResourceAssociationType: ResourceAssociationTypeTable;
  ResourceAssociation: ResourceAssociationTable;
}
